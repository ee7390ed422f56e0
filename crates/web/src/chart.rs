//! Charts as SVG, made by the server: sized by attributes, coloured by classes, never by a `style` attribute.

use crate::ui::{Markup, escaped};
use askama::filters::Safe;
use std::fmt::Write;
use time::OffsetDateTime;

/// Width of a bar and of the gap behind it.
const STEP: usize = 6;
const BAR: usize = 5;

/// A bar: the whole, and the part of it that is drawn in another colour at its foot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bar {
    /// The whole.
    pub value: i64,
    /// The part that stands out.
    pub hot: i64,
}

impl From<i64> for Bar {
    fn from(value: i64) -> Self {
        Self { value, hot: 0 }
    }
}

/// A vertical line: something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where, as a share of the width from 0 to 1.
    pub at: f64,
    /// What it says below the chart.
    pub label: String,
    /// What it says to who points at it.
    pub title: String,
    /// Whether it is bad.
    pub hot: bool,
}

/// Bars over time with marks and a few labels below.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// The bars, oldest first.
    pub bars: Vec<Bar>,
    /// What happened meanwhile.
    pub marks: Vec<Mark>,
    /// Words below: where, as a share of the width, and what.
    pub ticks: Vec<(f64, String)>,
    /// What the chart finds, as a sentence.
    pub label: String,
}

/// A step of a chart: its start, occurrences, and critical ones of them.
pub type Step = (OffsetDateTime, u64, u64);

/// The bars of steps, with how many occurrences and critical ones they are together.
#[must_use]
pub fn of_steps(steps: &[Step]) -> (Vec<Bar>, u64, u64) {
    let bars = steps.iter().map(|(_, all, critical)| Bar {
        value: *all as i64,
        hot: *critical as i64,
    });
    let total = steps.iter().map(|(_, all, _)| all).sum();
    let critical = steps.iter().map(|(_, _, critical)| critical).sum();
    (bars.collect(), total, critical)
}

/// The words below bars: one each so many parts of them, and `now` at the end.
#[must_use]
pub fn ticks<T>(points: &[T], parts: usize, word: impl Fn(&T) -> String) -> Vec<(f64, String)> {
    let steps = points.len().max(1) as f64;
    let places = (0..parts).map(|part| part * points.len() / parts);
    let words = places.filter_map(|at| Some((at as f64 / steps, word(points.get(at)?))));
    std::iter::once((1.0, "now".to_owned()))
        .chain(words)
        .collect()
}

/// The smallest of 1, 2, 5, 10, 20, 50, ... that is not below a number: the end of an axis.
#[must_use]
pub fn ceiling(most: i64) -> i64 {
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            let end = unit * step;
            if end >= most {
                return end;
            }
        }
        if unit > i64::MAX / 100 {
            return most;
        }
        unit *= 10;
    }
}

impl Bars {
    /// The greatest value.
    #[must_use]
    pub fn most(&self) -> i64 {
        self.bars.iter().map(|bar| bar.value).max().unwrap_or(0)
    }

    /// The chart, filled up to its greatest value.
    #[must_use]
    pub fn svg(&self, class: &str) -> Markup {
        self.drawn(class, self.most().max(1), false)
    }

    /// The chart under an axis that ends with this value, with lines at its end, half and foot.
    #[must_use]
    pub fn with_grid(&self, class: &str, end: i64) -> Markup {
        self.drawn(class, end.max(1), true)
    }

    fn drawn(&self, class: &str, end: i64, grid: bool) -> Markup {
        let width = (self.bars.len() * STEP).saturating_sub(STEP - BAR).max(1);
        let mut svg = format!(
            "<svg class=\"{class}\" viewBox=\"0 0 {width} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            escaped(&self.label)
        );
        if grid {
            for y in [0, 50, 100] {
                let _ = write!(
                    svg,
                    "<line class=\"grid-l\" x1=\"0\" x2=\"{width}\" y1=\"{y}\" y2=\"{y}\"/>"
                );
            }
        }
        for (at, bar) in self.bars.iter().enumerate() {
            column(&mut svg, at * STEP, (bar.value, end), "bar");
            if bar.hot > 0 {
                column(&mut svg, at * STEP, (bar.hot, end), "bar hot");
            }
        }
        for mark in &self.marks {
            let (x, hot) = (
                mark.at.clamp(0.0, 1.0) * width as f64,
                if mark.hot { " hot" } else { "" },
            );
            let _ = write!(
                svg,
                "<line class=\"mark-l{hot}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"-4\" y2=\"100\"><title>{}</title></line>",
                escaped(&mark.title)
            );
        }
        svg.push_str("</svg>");
        Safe(svg)
    }

    /// The words below the chart: those of marks stand out, and words that would touch them go.
    #[must_use]
    pub fn ticks(&self) -> Markup {
        const ROOM: f64 = 0.12;
        let mut svg = String::from("<svg class=\"ticks\" aria-hidden=\"true\">");
        let mut taken: Vec<f64> = Vec::new();
        let marks = self.marks.iter().rev().map(|mark| {
            (
                mark.at,
                &mark.label,
                if mark.hot { " class=\"hot\"" } else { "" },
            )
        });
        let ticks = self.ticks.iter().map(|(at, label)| (*at, label, ""));
        for (at, label, class) in marks.chain(ticks) {
            if taken.iter().any(|other| (other - at).abs() < ROOM) {
                continue;
            }
            taken.push(at);
            let anchor = match at {
                ..0.05 => "start",
                0.95.. => "end",
                _ => "middle",
            };
            let (x, label) = (at.clamp(0.0, 1.0) * 100.0, escaped(label));
            let _ = write!(
                svg,
                "<text x=\"{x:.1}%\" y=\"11\" text-anchor=\"{anchor}\"{class}>{label}</text>"
            );
        }
        svg.push_str("</svg>");
        Safe(svg)
    }
}

fn column(svg: &mut String, x: usize, (value, end): (i64, i64), class: &str) {
    let height = (value.max(0) as f64 * 100.0 / end as f64).min(100.0);
    if height > 0.0 {
        // What happened at all is seen.
        let height = height.max(1.5);
        let y = 100.0 - height;
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y:.1}\" width=\"{BAR}\" height=\"{height:.1}\"/>"
        );
    }
}

/// A small chart of one row: counts, oldest first.
#[must_use]
pub fn spark(counts: &[i64], label: &str) -> Markup {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let width = (counts.len() * 4).saturating_sub(1).max(1);
    let mut path = String::new();
    for (at, count) in counts.iter().enumerate() {
        let height = (*count as f64 * 23.0 / most as f64).max(0.8);
        let (x, y) = (at * 4, 24.0 - height);
        // One path in place of a rectangle each: a list has fifty of these.
        let _ = write!(path, "M{x} {y:.1}h3v{height:.1}h-3z");
    }
    Safe(format!(
        "<svg class=\"spark\" viewBox=\"0 0 {width} 24\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\"><path class=\"bar\" d=\"{path}\"/></svg>",
        escaped(label)
    ))
}

/// A share of a whole as a bar behind a name, to be laid into a `dist` list.
#[must_use]
pub fn share(part: f64, whole: f64) -> Markup {
    let width = if whole > 0.0 {
        (100.0 * part / whole).clamp(0.0, 100.0)
    } else {
        0.0
    };
    Safe(format!(
        "<svg aria-hidden=\"true\"><rect width=\"{width:.1}%\" height=\"100%\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_below_parts_of_the_bars() {
        let words = ticks(&[10, 20, 30, 40, 50], 2, |point| point.to_string());
        let expected = [(1.0, "now"), (0.0, "10"), (0.4, "30")];
        assert_eq!(words, expected.map(|(at, word)| (at, word.to_owned())));
        assert_eq!(ticks(&[0; 0], 4, i32::to_string), [(1.0, "now".to_owned())]);
    }

    #[test]
    fn axes_end_round() {
        for (most, end) in [
            (0, 1),
            (1, 1),
            (3, 5),
            (118, 200),
            (1_190, 2_000),
            (5_000, 5_000),
        ] {
            assert_eq!(ceiling(most), end);
        }
    }

    #[test]
    fn labels_are_text() {
        let bars = Bars {
            bars: vec![Bar { value: 4, hot: 1 }, 0.into()],
            marks: vec![Mark {
                at: 0.5,
                label: "\"><script>".to_owned(),
                title: "<b>".to_owned(),
                hot: true,
            }],
            label: "<b>".to_owned(),
            ..Bars::default()
        };
        for svg in [bars.svg("chart"), bars.ticks(), spark(&[1, 2], "<b>")] {
            assert!(
                !svg.0.contains("<b>") && !svg.0.contains("<script"),
                "{}",
                svg.0
            );
            assert!(!svg.0.contains("style="));
        }
    }

    #[test]
    fn nothing_at_all_is_drawn_too() {
        assert!(Bars::default().svg("chart").0.starts_with("<svg"));
        assert!(spark(&[], "").0.contains("viewBox=\"0 0 1 24\""));
    }
}
