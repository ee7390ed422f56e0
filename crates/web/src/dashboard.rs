//! The dashboard: what needs a person, then what happened and where.

use crate::assets;
use crate::chart::{self, ceiling};
use crate::errors::Volume;
use crate::errors::search::written;
use crate::link::Address;
use crate::number::{Number, change};
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::when::span;
use askama::Template;
use time::Duration;

/// The ranges: value, and days.
pub const RANGES: [(&str, i64); 4] = [("24h", 1), ("7d", 7), ("30d", 30), ("1y", 365)];

/// Figures of the whole, whatever the range.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Open errors.
    pub open: u64,
    /// Regressed ones of them.
    pub regressed: u64,
    /// All errors.
    pub errors: u64,
    /// Resolved ones.
    pub resolved: u64,
    /// Occurrences today.
    pub today: u64,
    /// Their change against yesterday in percent, where it is known.
    pub today_change: Option<f64>,
    /// Occurrences of the range.
    pub occurrences: u64,
    /// Their change against as long before in percent, where it is known.
    pub change: Option<f64>,
    /// Errors first seen in the range.
    pub new_errors: u64,
    /// Errors resolved in the range.
    pub resolved_errors: u64,
    /// How long a resolution takes on average.
    pub resolution: Option<Duration>,
}

/// A value of a breakdown.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// Where its errors are.
    pub href: String,
    /// How many occurrences.
    pub occurrences: u64,
    /// The change against the range before, where it is known.
    pub change: Option<f64>,
}

/// The page.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct Dashboard {
    shell: Shell,
    range: &'static str,
    figures: Figures,
    chart: Markup,
    ticks: Markup,
    axis: [Number; 3],
    parts: Vec<(&'static str, Vec<PartView>)>,
}

/// A value of a breakdown as it is drawn.
struct PartView {
    name: String,
    href: String,
    bar: Markup,
    count: Number,
    change: String,
    worse: bool,
}

impl Dashboard {
    /// The page of a range.
    #[must_use]
    pub fn new(
        shell: Shell,
        range: &'static str,
        figures: Figures,
        volume: &Volume,
        parts: Vec<(&'static str, Vec<Part>)>,
    ) -> Self {
        let bars = volume.bars(shell.clock, range == "24h");
        let end = ceiling(bars.most());
        Self {
            chart: bars.with_grid("chart tall", end),
            ticks: bars.ticks(),
            axis: [Number(end), Number(end / 2), Number(0)],
            parts: parts
                .into_iter()
                .map(|(title, parts)| (title, drawn(parts)))
                .collect(),
            shell,
            range,
            figures,
        }
    }

    /// The list of errors with this value of a field.
    #[must_use]
    pub fn errors_with(shell: &Shell, field: &str, value: &str) -> String {
        Address::new("/errors")
            .with("q", &written(field, value))
            .with("status", "all")
            .with("project", &shell.project)
            .to_string()
    }

    fn ranges(&self) -> impl Iterator<Item = (&'static str, Address, bool)> {
        RANGES.into_iter().map(|(range, _)| {
            (
                range,
                self.shell.address.with("range", range),
                range == self.range,
            )
        })
    }

    fn resolved_share(&self) -> String {
        crate::number::percent(self.figures.resolved as f64, self.figures.errors as f64)
    }

    fn regressed(&self) -> Address {
        Address::new("/errors")
            .with("status", "regressed")
            .with("project", &self.shell.project)
    }

    fn resolution(&self) -> String {
        self.figures.resolution.map_or_else(|| "–".to_owned(), span)
    }

    /// A change in words, and whether it is for the worse.
    fn change(&self, percent: &Option<f64>) -> Option<(String, bool)> {
        percent.map(|percent| (change(percent), percent > 0.0))
    }

    fn number(&self, number: &u64) -> Number {
        number.into()
    }
}

fn drawn(parts: Vec<Part>) -> Vec<PartView> {
    let most = parts.iter().map(|part| part.occurrences).max().unwrap_or(0) as f64;
    let drawn = parts.into_iter().map(|part| PartView {
        bar: chart::share(part.occurrences as f64, most),
        name: part.name,
        href: part.href,
        count: part.occurrences.into(),
        change: part.change.map(change).unwrap_or_default(),
        worse: part.change.is_some_and(|percent| percent > 0.0),
    });
    drawn.collect()
}
