//! Bounds of figures.

use crate::syntax::Comparison;

/// Values from one on and below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds<T> {
    /// The least value; `None` for any.
    pub from: Option<T>,
    /// What values are less than; `None` for any.
    pub below: Option<T>,
}

impl<T: PartialOrd + Copy> Bounds<T> {
    /// Bounds that a comparison sets with a unit of values: that which begins at `start` and ends before `end`. Where it
    /// has no end, nothing lies behind it.
    pub(super) fn of(comparison: Comparison, start: T, end: Option<T>) -> Self {
        let (from, below) = match comparison {
            // Nothing is both from and below the same value.
            Comparison::More => (Some(end.unwrap_or(start)), end.is_none().then_some(start)),
            Comparison::AtLeast => (Some(start), None),
            Comparison::Less => (None, Some(start)),
            Comparison::AtMost => (None, end),
            Comparison::Equal => (Some(start), end),
        };
        Self { from, below }
    }

    /// Returns whether a value lies within.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        self.from.is_none_or(|from| value >= from) && self.below.is_none_or(|below| value < below)
    }

    /// Returns whether one of the values between two, both included, lies within.
    #[must_use]
    pub fn meets(&self, least: T, most: T) -> bool {
        self.from.is_none_or(|from| most >= from) && self.below.is_none_or(|below| least < below)
    }
}

impl Bounds<i64> {
    /// Parses what a count is compared with: a whole number.
    pub(super) fn parse(comparison: Comparison, text: &str) -> Option<Self> {
        let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // No count is as large as a number that does not fit.
        let number = text.parse().unwrap_or(i64::MAX);
        is_whole.then(|| Self::of(comparison, number, number.checked_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_compared() {
        use Comparison::{AtLeast, AtMost, Equal, Less, More};
        for (comparison, holding) in [
            (More, [false, false, true]),
            (AtLeast, [false, true, true]),
            (Less, [true, false, false]),
            (AtMost, [true, true, false]),
            (Equal, [false, true, false]),
        ] {
            let bounds = Bounds::parse(comparison, "10").unwrap();
            assert_eq!([9, 10, 11].map(|count| bounds.contains(count)), holding);
            let huge = Bounds::parse(comparison, "99999999999999999999").unwrap();
            assert_eq!(huge.contains(5), matches!(comparison, Less | AtMost));
        }
        for text in ["", "-1", "1.5", "1e3", "ten", " 1"] {
            assert_eq!(Bounds::parse(Equal, text), None, "{text}");
        }
    }
}
