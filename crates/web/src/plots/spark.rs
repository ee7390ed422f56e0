//! A sparkline: a few bars without a scale.

use super::at;
use askama::Template;

/// Height of the drawing.
const HEIGHT: f64 = 24.0;

/// A sparkline of bars, which says nothing that its row does not say in words.
#[derive(Debug, Template)]
#[template(path = "plots/spark.html")]
pub struct Spark {
    width: usize,
    bars: Vec<Bar>,
}

#[derive(Debug)]
struct Bar {
    x: usize,
    y: String,
    height: String,
    is_hot: bool,
}

impl Spark {
    /// Draws values, oldest first; `is_hot` tells which stand out. What is not known is left out.
    #[must_use]
    pub fn of(values: &[Option<f64>], is_hot: impl Fn(f64) -> bool) -> Self {
        let highest = values.iter().flatten().copied().fold(0.0, f64::max);
        let bar = |(place, value): (usize, &Option<f64>)| {
            let value = (*value)?;
            let share = if highest > 0.0 { value / highest } else { 0.0 };
            let height = (share * (HEIGHT - 1.0)).max(1.0);
            Some(Bar {
                x: place * 4,
                y: at(HEIGHT - height),
                height: at(height),
                is_hot: is_hot(value),
            })
        };
        Self {
            width: (values.len() * 4).saturating_sub(1).max(1),
            bars: values.iter().enumerate().filter_map(bar).collect(),
        }
    }
}
