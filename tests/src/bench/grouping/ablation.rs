//! What each rule is worth: how each set scores without it, and without all rules that it alone needs.

use super::data::{Report, Set};
use super::pipeline::{Pipeline, Scrubbed};
use super::score::Score;
use faultbook_domain::fingerprint::v1::{RULES, switch_off};
use std::io::Write;

/// A score that changes by less says nothing.
const NOISE: f64 = 0.0005;

/// A set to score: a system of logs by its grouping accuracy, a language of stack traces by its pairwise F1.
struct Part<'a> {
    name: String,
    labels: Vec<&'a str>,
    reports: Vec<Scrubbed<'a>>,
    score: fn(&Score) -> f64,
}

impl Part<'_> {
    /// The score without the rules whose bits are set.
    fn without(&self, pipeline: &Pipeline, rules: u64) -> f64 {
        switch_off(rules);
        let groups: Vec<String> = self
            .reports
            .iter()
            .map(|report| pipeline.group(report))
            .collect();
        switch_off(0);
        (self.score)(&Score::of(&self.labels, &groups))
    }
}

/// Prints both tables.
pub fn print(
    out: &mut impl Write,
    pipeline: &Pipeline,
    systems: &[Set],
    traces: &[Set],
) -> anyhow::Result<()> {
    let parts = parts(pipeline, systems, traces);
    let full: Vec<f64> = parts.iter().map(|part| part.without(pipeline, 0)).collect();
    writeln!(
        out,
        "\nwhat each set loses without a rule (accuracy of logs, F1 of languages)"
    )?;
    // For each rule, the loss of each set.
    let mut losses: Vec<Vec<f64>> = Vec::new();
    for (bit, (name, source)) in RULES.iter().enumerate() {
        let lost: Vec<f64> = parts
            .iter()
            .zip(&full)
            .map(|(part, full)| full - part.without(pipeline, 1 << bit))
            .collect();
        let shown: Vec<String> = parts
            .iter()
            .zip(&lost)
            .filter(|(_, lost)| lost.abs() > NOISE)
            .map(|(part, lost)| format!("{} {:+.3}", part.name, -lost))
            .collect();
        let source = if source.is_empty() {
            "shape alone"
        } else {
            source
        };
        writeln!(out, "  {name:<22} {:<60} [{source}]", shown.join("  "))?;
        losses.push(lost);
    }
    writeln!(
        out,
        "\nwithout the rules that one set alone needs: all of them, and those of shape alone"
    )?;
    for (at, part) in parts.iter().enumerate() {
        let alone = |bit: &usize| {
            let lost = &losses[*bit];
            lost[at] > NOISE
                && lost
                    .iter()
                    .enumerate()
                    .all(|(i, lost)| i == at || *lost <= NOISE)
        };
        let needed: Vec<usize> = (0..RULES.len()).filter(alone).collect();
        let score = |chosen: &mut dyn Iterator<Item = &usize>| {
            part.without(pipeline, chosen.fold(0, |rules, bit| rules | 1 << bit))
        };
        let all = score(&mut needed.iter());
        let by_shape = score(&mut needed.iter().filter(|bit| RULES[**bit].1.is_empty()));
        let names: Vec<&str> = needed.iter().map(|bit| RULES[*bit].0).collect();
        writeln!(
            out,
            "  {:<22} {:.3}  {all:.3} ({:+.3})  {by_shape:.3} ({:+.3})  {}",
            part.name,
            full[at],
            all - full[at],
            by_shape - full[at],
            names.join(", ")
        )?;
    }
    Ok(())
}

fn parts<'a>(pipeline: &Pipeline, systems: &'a [Set], traces: &'a [Set]) -> Vec<Part<'a>> {
    let part = |name: &str, reports: Vec<&'a Report>, score: fn(&Score) -> f64| Part {
        name: name.to_owned(),
        labels: reports.iter().map(|report| report.label.as_str()).collect(),
        reports: reports
            .into_iter()
            .map(|report| pipeline.scrub(report))
            .collect(),
        score,
    };
    let mut parts: Vec<Part<'a>> = systems
        .iter()
        .map(|set| {
            part(&set.name, set.reports.iter().collect(), |score| {
                score.accuracy
            })
        })
        .collect();
    let reports = || traces.iter().flat_map(|set| &set.reports);
    let mut languages: Vec<&str> = reports().map(|report| report.language.as_str()).collect();
    languages.sort_unstable();
    languages.dedup();
    parts.extend(languages.into_iter().map(|language| {
        let chosen = reports().filter(|report| report.language == language);
        part(language, chosen.collect(), |score| score.f1)
    }));
    parts
}
