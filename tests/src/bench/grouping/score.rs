//! How well predicted groups match the true ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The figures of one set.
pub struct Score {
    reports: usize,
    labels: usize,
    groups: usize,
    /// Share of the pairs put together that belong together.
    pub precision: f64,
    /// Share of the pairs that belong together that were put together.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Share of reports whose group holds exactly the reports of their label.
    pub accuracy: f64,
    /// The same for groups instead of reports: harmonic mean of the share of predicted groups and
    /// the share of labels that match exactly.
    group_f1: f64,
    /// Labels that share a group, with how many reports each has there.
    merged: Vec<Vec<(String, usize)>>,
    /// Labels that are spread over several groups, with the sizes of the parts.
    split: Vec<(String, Vec<usize>)>,
}

fn pairs(n: usize) -> f64 {
    (n * n.saturating_sub(1) / 2) as f64
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 1.0 } else { part / whole }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 {
        0.0
    } else {
        2.0 * a * b / (a + b)
    }
}

impl Score {
    /// The columns of [`Score::row`].
    pub const HEAD: &'static str = "set            reports labels groups     GA  grpF1   prec recall     F1 merged  split      us";

    /// Compares one label and one predicted group per report.
    pub fn of(labels: &[&str], groups: &[String]) -> Self {
        let mut by_label: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        let mut by_group: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for (label, group) in labels.iter().zip(groups) {
            *by_label.entry(label).or_default().entry(group).or_default() += 1;
            *by_group.entry(group).or_default().entry(label).or_default() += 1;
        }
        let together: f64 = by_label
            .values()
            .flat_map(BTreeMap::values)
            .map(|n| pairs(*n))
            .sum();
        let sum = |map: &BTreeMap<&str, BTreeMap<&str, usize>>| -> f64 {
            map.values().map(|part| pairs(part.values().sum())).sum()
        };
        let exact: Vec<usize> = by_group
            .values()
            .filter(|parts| parts.len() == 1)
            .filter_map(|parts| parts.iter().next())
            .filter(|(label, _)| by_label[*label].len() == 1)
            .map(|(_, n)| *n)
            .collect();
        let precision = ratio(together, sum(&by_group));
        let recall = ratio(together, sum(&by_label));
        let mut merged: Vec<Vec<(String, usize)>> = by_group
            .values()
            .filter(|parts| parts.len() > 1)
            .map(|parts| parts.iter().map(|(l, n)| ((*l).to_owned(), *n)).collect())
            .collect();
        merged.sort_by_key(|parts| std::cmp::Reverse(parts.iter().map(|(_, n)| n).sum::<usize>()));
        let mut split: Vec<(String, Vec<usize>)> = by_label
            .iter()
            .filter(|(_, parts)| parts.len() > 1)
            .map(|(label, parts)| ((*label).to_owned(), parts.values().copied().collect()))
            .collect();
        split.sort_by_key(|(_, parts)| std::cmp::Reverse(parts.iter().sum::<usize>()));
        Self {
            reports: labels.len(),
            labels: by_label.len(),
            groups: by_group.len(),
            precision,
            recall,
            f1: harmonic(precision, recall),
            accuracy: ratio(exact.iter().sum::<usize>() as f64, labels.len() as f64),
            group_f1: harmonic(
                ratio(exact.len() as f64, by_group.len() as f64),
                ratio(exact.len() as f64, by_label.len() as f64),
            ),
            merged,
            split,
        }
    }

    /// One line of the table.
    pub fn row(&self, name: &str) -> String {
        let pairs: BTreeSet<(&str, &str)> = self
            .merged
            .iter()
            .flat_map(|parts| {
                parts.iter().enumerate().flat_map(move |(i, (a, _))| {
                    parts[i + 1..]
                        .iter()
                        .map(move |(b, _)| (a.as_str(), b.as_str()))
                })
            })
            .collect();
        format!(
            "{name:<14} {:>7} {:>6} {:>6} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6} {:>6}",
            self.reports,
            self.labels,
            self.groups,
            self.accuracy,
            self.group_f1,
            self.precision,
            self.recall,
            self.f1,
            pairs.len(),
            self.split.len(),
        )
    }

    /// The largest merged groups and split labels by name.
    pub fn list(&self, out: &mut impl Write, name: &str, most: usize) -> std::io::Result<()> {
        for parts in self.merged.iter().take(most) {
            let parts: Vec<String> = parts
                .iter()
                .take(6)
                .map(|(l, n)| format!("{n} x {l}"))
                .collect();
            writeln!(out, "  merged in {name}: {}", parts.join("  +  "))?;
        }
        for (label, parts) in self.split.iter().take(most) {
            writeln!(out, "  split in {name}: {label}: {parts:?}")?;
        }
        Ok(())
    }
}
