//! Plots: SVG that is sized by attributes and coloured by classes, so that no page needs a `style`.

mod line;
mod plot;
mod spark;
mod strip;

pub use line::Line;
pub use plot::Plot;
pub use spark::Spark;
pub use strip::{Day, Strip};

/// Writes a coordinate: one decimal is less than a device's pixel.
pub(crate) fn at(coordinate: f64) -> String {
    let text = format!("{coordinate:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The least round number that is not below `value`: 1, 2 or 5 times a power of ten, at least 1.
pub(crate) fn round_up(value: f64) -> f64 {
    let value = if value.is_finite() {
        value.max(1.0)
    } else {
        1.0
    };
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    let step = steps.into_iter().find(|step| step * power >= value);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (3.0, 4.0),
            (72.0, 80.0),
            (81.0, 100.0),
            (1_204.0, 2_000.0),
        ] {
            assert_eq!(round_up(value), top, "{value}");
        }
        assert_eq!(round_up(f64::NAN), 1.0);
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(
            (at(3.0).as_str(), at(3.12).as_str(), at(-0.04).as_str()),
            ("3", "3.1", "-0")
        );
    }
}
