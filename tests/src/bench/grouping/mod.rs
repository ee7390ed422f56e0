//! `bench grouping`: accuracy on labelled reports, and cost.

mod ablation;
mod data;
mod pipeline;
mod score;
mod speed;

use anyhow::Context as _;
use data::Set;
use pipeline::Pipeline;
use score::Score;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Variations of the stack set that no text tells apart or together for certain: other languages,
/// other engines, renamed functions.
const HARD: &str =
    "localised,engine-firefox,engine-safari,rebuilt-renamed,line-tables-only,reverse-order";

/// What to score.
#[derive(clap::Args)]
pub struct Args {
    /// A folder with labelled reports: `loghub/*.csv` with the columns `Content` and `EventTemplate`, one system each,
    /// and `stacks/*.jsonl` with `label`, `variation`, `language`, `message`, `stack_trace`, `source`.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints what each set loses without each rule, and without the rules that it alone needs.
    #[arg(long)]
    ablation: bool,
    /// Variations left out of the first of the two stack figures, by name, comma-separated.
    #[arg(long, default_value = HARD)]
    hard: String,
    /// Lists up to this many merged and split groups per set.
    #[arg(long, default_value_t = 10)]
    errors: usize,
    /// Writes one group id a line for the stack sets, in their order (for other scorers).
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// Writes what was hashed for each report, one a line after its label and variation.
    #[arg(long)]
    dump: Option<PathBuf>,
}

/// Runs the measurement and prints its tables.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let pipeline = Pipeline::default();
    let (mut systems, mut traces) = (Vec::new(), Vec::new());
    if let Some(folder) = &args.data {
        systems = data::loghub(&folder.join("loghub"))?;
        traces = data::stacks(&folder.join("stacks"))?;
    }
    if !systems.is_empty() {
        loghub(&mut out, &pipeline, &systems, args.errors)?;
    }
    for set in &traces {
        stacks(&mut out, &pipeline, set, args)?;
    }
    if let Some(path) = &args.predictions {
        let groups: Vec<String> = traces
            .iter()
            .flat_map(|set| pipeline.groups(&set.reports))
            .collect();
        std::fs::write(path, groups.join("\n") + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(path) = &args.dump {
        let sets: Vec<&Set> = systems.iter().chain(&traces).collect();
        dump(&pipeline, &sets, path)?;
    }
    if args.ablation {
        return ablation::print(&mut out, &pipeline, &systems, &traces);
    }
    writeln!(out, "\na 2 KB report, by the format of its stack trace")?;
    for (name, micros) in speed::two_kilobytes(&pipeline.fingerprinter) {
        writeln!(out, "  {name:<12} {micros:>7.2} us")?;
    }
    writeln!(out, "\n1 MiB message and 1 MiB stack trace of")?;
    for (name, millis) in speed::mebibyte(&pipeline.fingerprinter) {
        writeln!(out, "  {name:<12} {millis:>7.2} ms")?;
    }
    Ok(())
}

/// What was hashed for each report, to read beside its label.
fn dump(pipeline: &Pipeline, sets: &[&Set], path: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for report in sets.iter().flat_map(|set| &set.reports) {
        let parts: Vec<String> = pipeline
            .explain(report)
            .inputs
            .iter()
            .map(|part| format!("{}={:?}", part.name, part.value))
            .collect();
        text += &format!(
            "{}\t{}\t{}\n",
            report.label,
            report.variation,
            parts.join(" ")
        );
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn loghub(
    out: &mut impl Write,
    pipeline: &Pipeline,
    sets: &[Set],
    errors: usize,
) -> anyhow::Result<()> {
    writeln!(out, "{}", Score::HEAD)?;
    let mut scores = Vec::new();
    for set in sets {
        let score = Score::of(&set.labels(), &pipeline.groups(&set.reports));
        writeln!(
            out,
            "{} {:>7.2}",
            score.row(&set.name),
            speed::mean(pipeline, &set.reports)
        )?;
        scores.push((set, score));
    }
    let mean = |value: fn(&Score) -> f64| {
        scores.iter().map(|(_, score)| value(score)).sum::<f64>() / scores.len().max(1) as f64
    };
    writeln!(
        out,
        "{:<14} mean grouping accuracy {:.4}  mean pairwise precision {:.4}  recall {:.4}",
        "MEAN",
        mean(|s| s.accuracy),
        mean(|s| s.precision),
        mean(|s| s.recall)
    )?;
    for (set, score) in &scores {
        score.list(out, &set.name, errors)?;
    }
    Ok(())
}

fn stacks(out: &mut impl Write, pipeline: &Pipeline, set: &Set, args: &Args) -> anyhow::Result<()> {
    let predicted = pipeline.groups(&set.reports);
    let hard: Vec<&str> = args.hard.split(',').collect();
    for (name, with_hard) in [("without hard", false), ("with hard", true)] {
        let kept: Vec<usize> = (0..set.reports.len())
            .filter(|i| with_hard || !hard.contains(&set.reports[*i].variation.as_str()))
            .collect();
        writeln!(out, "\n{}   ({}, {name} variations)", Score::HEAD, set.name)?;
        let mut languages: Vec<&str> = kept
            .iter()
            .map(|i| set.reports[*i].language.as_str())
            .collect();
        languages.sort_unstable();
        languages.dedup();
        let score = |wanted: Option<&str>| {
            let chosen: Vec<usize> = kept
                .iter()
                .copied()
                .filter(|i| wanted.is_none_or(|l| set.reports[*i].language == l))
                .collect();
            let labels: Vec<&str> = chosen
                .iter()
                .map(|i| set.reports[*i].label.as_str())
                .collect();
            let groups: Vec<String> = chosen.iter().map(|i| predicted[*i].clone()).collect();
            Score::of(&labels, &groups)
        };
        for language in &languages {
            writeln!(out, "{}", score(Some(language)).row(language))?;
        }
        let total = score(None);
        writeln!(
            out,
            "{} {:>7.2}",
            total.row("TOTAL"),
            speed::mean(pipeline, &set.reports)
        )?;
        total.list(out, name, args.errors)?;
    }
    Ok(())
}
