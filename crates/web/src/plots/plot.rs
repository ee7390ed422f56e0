//! Bars over time with a scale and the limit they are compared with.

use super::{at, round_up};
use askama::Template;
use faultbook_domain::alerts::Comparison;

/// Bars over time.
#[derive(Debug, Template)]
#[template(path = "plots/plot.html")]
pub struct Plot {
    label: String,
    width: usize,
    end: usize,
    top: String,
    half: String,
    bars: Vec<Bar>,
    limit: Option<String>,
    size: &'static str,
    ticks: Vec<String>,
}

#[derive(Debug)]
struct Bar {
    x: usize,
    y: String,
    height: String,
    is_hot: bool,
}

impl Plot {
    /// Draws values, oldest first, against a limit. `label` says the finding for whoever does not see it.
    #[must_use]
    pub fn of(values: &[f64], limit: Option<(Comparison, f64)>, label: String) -> Self {
        let line = limit.map_or(0.0, |(_, limit)| limit);
        let highest = values.iter().copied().fold(line, f64::max);
        let top = round_up(highest);
        let bar = |(place, value): (usize, &f64)| {
            let height = value / top * 100.0;
            Bar {
                x: place * 6,
                y: at(100.0 - height),
                height: at(height),
                is_hot: limit.is_some_and(|(side, limit)| side.holds(*value, limit)),
            }
        };
        Self {
            label,
            width: (values.len() * 6).saturating_sub(1).max(1),
            end: values.len() * 6,
            top: number(top),
            half: number(top / 2.0),
            bars: values
                .iter()
                .enumerate()
                .filter(|(_, value)| **value > 0.0)
                .map(bar)
                .collect(),
            limit: limit.map(|(_, limit)| at(100.0 - limit / top * 100.0)),
            size: "",
            ticks: Vec::new(),
        }
    }

    /// With names of moments below, in equal distances.
    #[must_use]
    pub fn with_ticks(self, ticks: Vec<String>) -> Self {
        Self { ticks, ..self }
    }

    /// Less high.
    #[must_use]
    pub fn low(self) -> Self {
        Self {
            size: " mid",
            ..self
        }
    }
}

/// A number of a scale.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        crate::number::Number(value as i64).to_string()
    } else {
        at(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crosses_the_limit_stands_out() {
        let plot = Plot::of(
            &[0.0, 10.0, 30.0],
            Some((Comparison::More, 25.0)),
            "Highest 30".to_owned(),
        );
        let html = plot.render().unwrap();
        assert_eq!(html.matches("bar hot").count(), 1, "{html}");
        assert_eq!(html.matches("<rect").count(), 2, "{html}");
        assert!(html.contains("aria-label=\"Highest 30\""), "{html}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let html = Plot::of(&[], None, String::new()).render().unwrap();
        assert!(!html.contains("NaN") && !html.contains("<rect"), "{html}");
    }
}
