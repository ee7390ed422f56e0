//! A line over time, broken where nothing was measured.

use super::{at, round_up};
use askama::Template;
use std::fmt::Write as _;

/// Distance of two points.
const STEP: usize = 4;

/// A line over time.
#[derive(Debug, Template)]
#[template(path = "plots/line.html")]
pub struct Line {
    label: String,
    end: usize,
    pieces: Vec<Piece>,
    is_hot: bool,
}

#[derive(Debug)]
struct Piece {
    first: usize,
    last: usize,
    points: String,
}

impl Line {
    /// Draws values, oldest first, up to `top`, or to a round number above the highest. `label` says the finding.
    #[must_use]
    pub fn of(values: &[Option<f64>], top: Option<f64>, label: String) -> Self {
        let highest = values.iter().flatten().copied().fold(0.0, f64::max);
        let top = top.unwrap_or_else(|| round_up(highest));
        let mut pieces: Vec<Piece> = Vec::new();
        let mut is_open = false;
        for (place, value) in values.iter().enumerate() {
            let Some(value) = value else {
                is_open = false;
                continue;
            };
            let x = place * STEP;
            if !is_open {
                let points = String::new();
                pieces.push(Piece {
                    first: x,
                    last: x,
                    points,
                });
                is_open = true;
            }
            if let Some(piece) = pieces.last_mut() {
                let y = at(100.0 - (value / top).clamp(0.0, 1.0) * 100.0);
                let gap = if piece.points.is_empty() { "" } else { " " };
                // Writing into a text cannot fail.
                let _ = write!(piece.points, "{gap}{x},{y}");
                piece.last = x;
            }
        }
        Self {
            label,
            end: (values.len().saturating_sub(1) * STEP).max(1),
            pieces,
            is_hot: false,
        }
    }

    /// In the colour of what is broken.
    #[must_use]
    pub fn hot(self) -> Self {
        Self {
            is_hot: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_the_line() {
        let values = [Some(1.0), Some(2.0), None, Some(4.0)];
        let html = Line::of(&values, None, "Now 4".to_owned())
            .render()
            .unwrap();
        assert_eq!(html.matches("<polyline").count(), 2, "{html}");
        assert!(html.contains("points=\"0,75 4,50\""), "{html}");
    }

    #[test]
    fn nothing_measured_is_an_empty_frame() {
        let html = Line::of(&[None, None], None, String::new())
            .render()
            .unwrap();
        assert!(
            !html.contains("<polyline") && !html.contains("NaN"),
            "{html}"
        );
    }
}
