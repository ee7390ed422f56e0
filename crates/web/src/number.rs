//! Numbers as people read them.

use std::fmt;

/// A number with commas between thousands: `1,204`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Number(pub i64);

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&u64> for Number {
    fn from(number: &u64) -> Self {
        Self::from(*number)
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// `1 error`, `3 errors`, `1,204 errors`.
#[must_use]
pub fn counted(number: impl Into<Number>, noun: &str) -> String {
    let number = number.into();
    let plural = if number.0 == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A share of a whole in percent, in one word: `97 %`, `0.4 %`.
#[must_use]
pub fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 {
        return "0 %".to_owned();
    }
    let share = 100.0 * part / whole;
    if share > 0.0 && share < 1.0 {
        format!("{share:.1} %")
    } else {
        format!("{share:.0} %")
    }
}

/// A change in percent with its sign: `+45 %`.
#[must_use]
pub fn change(percent: f64) -> String {
    format!("{percent:+.0} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_204, "1,204"),
            (-1_000_000, "-1,000,000"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(Number(number).to_string(), text);
        }
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(counted(1_i64, "error"), "1 error");
        assert_eq!(counted(0_i64, "error"), "0 errors");
        assert_eq!(counted(2_000_u64, "user"), "2,000 users");
    }

    #[test]
    fn shares_are_short() {
        assert_eq!(percent(97.0, 100.0), "97 %");
        assert_eq!(percent(4.0, 1_000.0), "0.4 %");
        assert_eq!(percent(1.0, 0.0), "0 %");
    }
}
