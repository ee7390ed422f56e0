//! Comparison operators.

use winnow::combinator::alt;
use winnow::prelude::*;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=` or `==`
    Equal,
}

impl Comparison {
    /// Returns whether the comparison holds.
    #[must_use]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::More => value > limit,
            Self::AtLeast => value >= limit,
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
            Self::Equal => (value - limit).abs() < f64::EPSILON,
        }
    }

    /// Returns the operator.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
        }
    }

    /// Returns the operator for the same with both sides negated: an age of more than a day is a time before it.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::Equal => Self::Equal,
        }
    }
}

/// Parses an operator.
pub(crate) fn comparison(input: &mut &str) -> ModalResult<Comparison> {
    alt((
        ">=".value(Comparison::AtLeast),
        "<=".value(Comparison::AtMost),
        ">".value(Comparison::More),
        "<".value(Comparison::Less),
        "==".value(Comparison::Equal),
        "=".value(Comparison::Equal),
    ))
    .parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_hold() {
        use Comparison::{AtLeast, AtMost, Equal, Less, More};
        let holding =
            |comparison: Comparison| [1.0, 2.0, 3.0].map(|value| comparison.holds(value, 2.0));
        assert_eq!(holding(More), [false, false, true]);
        assert_eq!(holding(AtLeast), [false, true, true]);
        assert_eq!(holding(Less), [true, false, false]);
        assert_eq!(holding(AtMost), [true, true, false]);
        assert_eq!(holding(Equal), [false, true, false]);
        for comparison in [More, AtLeast, Less, AtMost, Equal] {
            let reversed = [-1.0, -2.0, -3.0].map(|value| comparison.reversed().holds(value, -2.0));
            assert_eq!(reversed, holding(comparison));
        }
    }
}
