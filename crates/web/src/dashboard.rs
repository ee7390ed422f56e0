//! The dashboard: what needs a person, then what happened and where.

use crate::assets;
use crate::chart::{self, Bars, Step, ceiling, of_steps, ticks};
use crate::link::Address;
use crate::number::{Number, change};
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::when::{day, span};
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
    /// Occurrences of 7 days.
    pub week: u64,
    /// Occurrences of 24 hours.
    pub day: u64,
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
    /// The page of a range: points are starts of steps with occurrences and critical ones, oldest first.
    #[must_use]
    pub fn new(
        shell: Shell,
        range: &'static str,
        figures: Figures,
        points: &[Step],
        parts: Vec<(&'static str, Vec<Part>)>,
    ) -> Self {
        let (bars, total, critical) = of_steps(points);
        let ticks = ticks(points, 4, |(start, ..)| match range {
            "24h" => format!("{:02}:00", start.hour()),
            _ => day(start.date()),
        });
        let bars = Bars {
            bars,
            marks: Vec::new(),
            ticks,
            label: format!(
                "{} occurrences, {} of them critical.",
                Number::from(total),
                Number::from(critical)
            ),
        };
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

    fn per_hour(&self) -> String {
        format!("{:.1}", self.figures.day as f64 / 24.0)
    }

    fn resolution(&self) -> String {
        self.figures.resolution.map_or_else(|| "–".to_owned(), span)
    }

    fn today_change(&self) -> Option<(String, bool)> {
        self.figures
            .today_change
            .map(|percent| (change(percent), percent > 0.0))
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
