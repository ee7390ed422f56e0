//! When a rule would have fired, had it been watched.

use super::condition::number;
use crate::number::counted;
use crate::plots::Plot;
use crate::ui;
use crate::when::{Clock, day, span};
use crate::words;
use askama::Template;
use faultbook_domain::alerts::Comparison;
use time::{Duration, OffsetDateTime};

/// What is found of the time before now.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Preview {
    /// Nothing was looked at.
    #[default]
    Unasked,
    /// When the rule would have fired.
    Shown(PreviewShown),
    /// Why that could not be found out.
    Failed(String),
}

/// When a rule would have fired.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewShown {
    /// Days that were looked at.
    pub days: u32,
    /// The first instant that was looked at.
    pub from: OffsetDateTime,
    /// The last one.
    pub to: OffsetDateTime,
    /// What values are compared with.
    pub against: (Comparison, f64),
    /// The greatest value of each stretch, oldest first.
    pub values: Vec<f64>,
    /// How long a stretch is.
    pub slice: Duration,
    /// How often it would have become true.
    pub fired: u64,
    /// How many messages it would have sent to each channel.
    pub messages: u64,
    /// The newest times.
    pub spells: Vec<Spell>,
    /// Whether days were left out.
    pub is_cut: bool,
}

/// One time that a condition held.
#[derive(Debug, Clone, PartialEq)]
pub struct Spell {
    /// When it became true.
    pub at: OffsetDateTime,
    /// How long it held, or holds.
    pub lasted: Duration,
    /// Whether it still holds.
    pub is_open: bool,
    /// Its peak.
    pub highest: f64,
}

/// When the condition would have fired.
#[derive(Debug, Template)]
#[template(path = "alerts/preview.html")]
pub struct PreviewCard {
    pub(super) clock: Clock,
    pub(super) preview: Preview,
    pub(super) is_swapped: bool,
}

impl PreviewCard {
    fn title(&self) -> String {
        let days = match &self.preview {
            Preview::Shown(shown) => shown.days,
            _ => 7,
        };
        format!(
            "Last {} with this condition",
            counted(u64::from(days), "day")
        )
    }

    fn told(&self, shown: &PreviewShown) -> String {
        told(shown)
    }

    fn plot(&self, shown: &PreviewShown) -> Plot {
        plot(shown, self.clock)
    }

    fn number(&self, value: &f64) -> String {
        number(*value)
    }
}

/// How often it would have fired.
fn told(shown: &PreviewShown) -> String {
    match shown.fired {
        0 => "Would not have fired".to_owned(),
        fired => format!("Would have fired {}", counted(fired, "time")),
    }
}

fn plot(shown: &PreviewShown, clock: Clock) -> Plot {
    let (_, limit) = shown.against;
    let highest = shown.values.iter().copied().fold(0.0, f64::max);
    let label = format!(
        "The greatest value of each {} over {} is {}, against the limit of {}. {}.",
        span(shown.slice),
        counted(u64::from(shown.days), "day"),
        number(highest),
        number(limit),
        told(shown),
    );
    let length: Duration = shown.to - shown.from;
    let ticks = (0..4_i32).map(|part| day(OffsetDateTime::date(shown.from + length * part / 4)));
    let now = if (clock.now() - shown.to) < Duration::HOUR {
        "now"
    } else {
        ""
    };
    let plot = Plot::of(&shown.values, Some(shown.against), label);
    plot.with_ticks(ticks.chain([now.to_owned()]).collect())
}
