//! The days of a service: one mark a day.

use super::at;
use askama::Template;

/// A day of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// Share of the day's samples that passed, in percent; `None` without any.
    pub percent: Option<f64>,
}

/// A mark for each day of a service, oldest first.
#[derive(Debug, Template)]
#[template(path = "plots/strip.html")]
pub struct Strip {
    label: String,
    width: String,
    marks: Vec<(usize, &'static str)>,
}

impl Strip {
    /// Draws days. `label` says the finding.
    #[must_use]
    pub fn of(days: &[Day], label: String) -> Self {
        let mark = |day: &Day| match day.percent {
            None => "no",
            Some(percent) if percent >= 100.0 => "ok",
            // An hour of a day.
            Some(percent) if percent >= 96.0 => "part",
            Some(_) => "down",
        };
        Self {
            label,
            width: at((days.len() * 3) as f64 - 0.7),
            marks: days
                .iter()
                .enumerate()
                .map(|(place, day)| (place * 3, mark(day)))
                .collect(),
        }
    }
}
