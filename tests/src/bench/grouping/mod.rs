//! `bench grouping`: accuracy on labelled reports, and cost.

mod data;
mod score;
mod speed;

use anyhow::Context as _;
use data::{Report, Set};
use faultbook_domain::fingerprint::{FingerprintInput, Fingerprinter, v1::FingerprinterV1};
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
    /// A folder of CSV files with the columns `Content` and `EventTemplate`, one system each.
    #[arg(long)]
    loghub: Option<PathBuf>,
    /// A JSON Lines file of reports with `label`, `variation`, `message`, `stack_trace`, `source`.
    #[arg(long)]
    stacks: Option<PathBuf>,
    /// Variations left out of the first of the two stack figures, by name, comma-separated.
    #[arg(long, default_value = HARD)]
    hard: String,
    /// Lists up to this many merged and split groups per set.
    #[arg(long, default_value_t = 10)]
    errors: usize,
    /// Writes one group id a line for the stack set, in its order (for other scorers).
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// Writes what was hashed for each report, one a line after its label and variation.
    #[arg(long)]
    dump: Option<PathBuf>,
}

/// Runs the measurement and prints its tables.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let grouper = FingerprinterV1;
    let systems = args
        .loghub
        .as_deref()
        .map(data::loghub)
        .transpose()?
        .unwrap_or_default();
    let traces = args.stacks.as_deref().map(data::stacks).transpose()?;
    if !systems.is_empty() {
        loghub(&mut out, &grouper, &systems, args.errors)?;
    }
    if let Some(set) = &traces {
        stacks(&mut out, &grouper, set, args)?;
    }
    if let Some(path) = &args.dump {
        let sets: Vec<&Set> = systems.iter().chain(&traces).collect();
        dump(&grouper, &sets, path)?;
    }
    writeln!(out, "\na 2 KB report, by the format of its stack trace")?;
    for (name, micros) in speed::two_kilobytes(&grouper) {
        writeln!(out, "  {name:<12} {micros:>7.2} us")?;
    }
    writeln!(out, "\n1 MiB message and 1 MiB stack trace of")?;
    for (name, millis) in speed::mebibyte(&grouper) {
        writeln!(out, "  {name:<12} {millis:>7.2} ms")?;
    }
    Ok(())
}

/// What was hashed for each report, to read beside its label.
fn dump(grouper: &dyn Fingerprinter, sets: &[&Set], path: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for report in sets.iter().flat_map(|set| &set.reports) {
        let explanation = grouper.explain(&report.input());
        let parts: Vec<String> = explanation
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

fn groups(grouper: &dyn Fingerprinter, reports: &[Report]) -> Vec<String> {
    reports
        .iter()
        .map(|report| grouper.fingerprint(&report.input()).to_string())
        .collect()
}

fn loghub(
    out: &mut impl Write,
    grouper: &dyn Fingerprinter,
    sets: &[Set],
    errors: usize,
) -> anyhow::Result<()> {
    writeln!(out, "{}", Score::HEAD)?;
    let mut scores = Vec::new();
    for set in sets {
        let score = Score::of(&set.labels(), &groups(grouper, &set.reports));
        writeln!(
            out,
            "{} {:>7.2}",
            score.row(&set.name),
            speed::mean(grouper, &set.reports)
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

fn stacks(
    out: &mut impl Write,
    grouper: &dyn Fingerprinter,
    set: &Set,
    args: &Args,
) -> anyhow::Result<()> {
    let predicted = groups(grouper, &set.reports);
    if let Some(path) = &args.predictions {
        std::fs::write(path, predicted.join("\n") + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let hard: Vec<&str> = args.hard.split(',').collect();
    for (name, with_hard) in [("without hard", false), ("with hard", true)] {
        let kept: Vec<usize> = (0..set.reports.len())
            .filter(|i| with_hard || !hard.contains(&set.reports[*i].variation.as_str()))
            .collect();
        writeln!(out, "\n{}   ({name} variations)", Score::HEAD)?;
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
            speed::mean(grouper, &set.reports)
        )?;
        total.list(out, name, args.errors)?;
    }
    Ok(())
}

impl Report {
    fn input(&self) -> FingerprintInput<'_> {
        FingerprintInput {
            source: &self.source,
            message: &self.message,
            stack_trace: self.stack_trace.as_deref(),
            ..FingerprintInput::default()
        }
    }
}
