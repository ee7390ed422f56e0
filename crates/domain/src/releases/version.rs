//! Versions of releases, and the semantic ones among them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Maximum characters of a version.
const MAX_CHARS: usize = 200;

/// The text that names a release within its project: 1 to 200 characters without control characters and without a
/// blank at either end, and neither `.` nor `..` (which a path of a URL cannot hold).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(String);

/// The text cannot be a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersion {
    /// It is empty or too long.
    #[error("must have 1 to {MAX_CHARS} characters")]
    Length,
    /// It contains a control character.
    #[error("must not contain control characters")]
    Control,
    /// It begins or ends with a blank.
    #[error("must not begin or end with a blank")]
    Blank,
    /// It is `.` or `..`.
    #[error("must not be '.' or '..'")]
    Dots,
}

impl Version {
    /// Checks a text.
    ///
    /// # Errors
    /// [`InvalidVersion`] when the text cannot be a version.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidVersion> {
        let text = text.into();
        check(&text)?;
        Ok(Self(text))
    }

    /// Returns whether [`new`](Self::new) accepts a text.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        check(text).is_ok()
    }

    /// Returns a version that was checked before it was stored.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the parts of a semantic version; `None` for any other.
    #[must_use]
    pub fn semantic(&self) -> Option<Semantic<'_>> {
        Semantic::parse(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text)?;
        Ok(Self(text.to_owned()))
    }
}

fn check(text: &str) -> Result<(), InvalidVersion> {
    if text.is_empty() || text.chars().count() > MAX_CHARS {
        Err(InvalidVersion::Length)
    } else if text.chars().any(char::is_control) {
        Err(InvalidVersion::Control)
    } else if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        Err(InvalidVersion::Blank)
    } else if matches!(text, "." | "..") {
        Err(InvalidVersion::Dots)
    } else {
        Ok(())
    }
}

/// The parts of a semantic version, `[name@|v]N.N[.N[.N]][-pre][+build]`.
///
/// Not of the crate `semver`: that one refuses numbers beyond 64 bits, a fourth number, a missing third one and leading
/// zeros (`2026.01.05`), all of which are versions that people release.
#[derive(Debug, Clone, Copy)]
pub struct Semantic<'a> {
    name: Option<&'a str>,
    /// Digits without leading zeros, so that zero is empty.
    numbers: [&'a str; 4],
    pre: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Semantic<'a> {
    /// Parses a text; `None` when it is no semantic version.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        // No part behind the name contains an `@`, but a name may: `@scope/package@1.0.0`.
        let (name, rest) = match text.rsplit_once('@') {
            Some(("", _)) => return None,
            Some((name, rest)) => (Some(name), rest),
            None => (None, text.strip_prefix('v').unwrap_or(text)),
        };
        let (rest, build) = split_once(rest, '+')?;
        let (rest, pre) = split_once(rest, '-')?;
        let mut numbers = [""; 4];
        let mut given = 0;
        for number in rest.split('.') {
            *numbers.get_mut(given)? = digits(number)?;
            given += 1;
        }
        (given >= 2).then_some(Self {
            name,
            numbers,
            pre,
            build,
        })
    }

    /// Returns the name before the `@`. Versions with a `v` and with nothing in front have none.
    #[must_use]
    pub const fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Compares precedence, whatever the names: by the four numbers, by pre-release (none is the highest; Semantic
    /// Versioning 2.0.0, 11), then by build metadata, compared in the same way (none is the lowest). Versions that are
    /// written differently may be equal: `v1.0` and `1.0.0`.
    #[must_use]
    pub fn precedence(&self, other: &Self) -> Ordering {
        let numbers = || {
            let pairs = self.numbers.iter().zip(&other.numbers);
            pairs.map(|(a, b)| compare_numbers(a, b))
        };
        let by_number = numbers().find(|order| order.is_ne());
        by_number
            .unwrap_or(Ordering::Equal)
            .then_with(|| match (self.pre, other.pre) {
                (Some(a), Some(b)) => compare_identifiers(a, b),
                (a, b) => a.is_none().cmp(&b.is_none()),
            })
            .then_with(|| match (self.build, other.build) {
                (Some(a), Some(b)) => compare_identifiers(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            })
    }
}

/// Splits off the identifiers behind the first `mark`; `None` when there is a mark but no identifiers follow.
fn split_once(text: &str, mark: char) -> Option<(&str, Option<&str>)> {
    let Some((rest, identifiers)) = text.split_once(mark) else {
        return Some((text, None));
    };
    let is_valid = |identifier: &str| {
        let mut bytes = identifier.bytes();
        !identifier.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let all_valid = identifiers.split('.').all(is_valid);
    all_valid.then_some((rest, Some(identifiers)))
}

/// Returns the digits of a number without leading zeros; `None` for any other text.
fn digits(text: &str) -> Option<&str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.trim_start_matches('0'))
}

/// Compares numbers of any size, given as digits without leading zeros.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Compares dotted identifiers: numbers by value and below other identifiers, those by ASCII; a longer list is higher
/// than its beginning.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    let by_identifier = a
        .split('.')
        .zip(b.split('.'))
        .map(|(a, b)| match (digits(a), digits(b)) {
            (Some(a), Some(b)) => compare_numbers(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.cmp(b),
        });
    let mut different = by_identifier.filter(|order| order.is_ne());
    let first = different.next();
    first.unwrap_or_else(|| a.split('.').count().cmp(&b.split('.').count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compare(a: &str, b: &str) -> Option<Ordering> {
        Some(Semantic::parse(a)?.precedence(&Semantic::parse(b)?))
    }

    #[test]
    fn versions_rise() {
        // The middle of it is the example of Semantic Versioning 2.0.0, 11.
        let rising = [
            "0.0.0.1-0",
            "0.0.0.1",
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha+1",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0+0",
            "1.0.0+2",
            "1.0.0+10",
            "1.0.0+10.1",
            "1.0.0+a",
            "1.0.0.1-a",
            "1.0.0.1",
            "v1.0.1-99999999999999999999999",
            "1.0.1-100000000000000000000000",
            "1.0.1--",
            "1.0.1-A",
            "1.0.1-a",
            "10.18.7",
            "10.24",
            "2026.01.05",
            "2026.1.6",
            "99999999999999999999999.0",
            "100000000000000000000000.0",
        ];
        for (place, a) in rising.iter().enumerate() {
            for (other, b) in rising.iter().enumerate() {
                assert_eq!(compare(a, b), Some(place.cmp(&other)), "{a} {b}");
            }
        }
    }

    #[test]
    fn missing_numbers_and_leading_zeros_change_nothing() {
        let equal = [
            ("1.0", "1.0.0.0"),
            ("v1.2", "1.2.0"),
            ("2026.01.05", "2026.1.5"),
            ("1.0.0-01", "1.0.0-1"),
            ("1.0.0+00", "1.0.0+0"),
        ];
        for (a, b) in equal {
            assert_eq!(compare(a, b), Some(Ordering::Equal), "{a} {b}");
        }
    }

    #[test]
    fn names_end_at_the_last_sign() {
        let name = |text| Semantic::parse(text).map(|semantic| semantic.name());
        assert_eq!(name("1.0"), Some(None));
        assert_eq!(name("v1.0"), Some(None));
        assert_eq!(name("shop@1.0"), Some(Some("shop")));
        assert_eq!(name("v@1.0"), Some(Some("v")));
        assert_eq!(name("@scope/shop@1.0-a+b"), Some(Some("@scope/shop")));
        assert_eq!(name("my shop@1.0"), Some(Some("my shop")));
    }

    #[test]
    fn other_texts_are_not_semantic() {
        let others = [
            "",
            "1",
            "v1",
            "v",
            "1.",
            ".1",
            "1..2",
            "1.2.3.4.5",
            "1.0-",
            "1.0+",
            "1.0-a..b",
            "1.0-a.",
            "1.0+a+b",
            "1.0-ä",
            "1.0 ",
            "1.0-a b",
            "1.x",
            "V1.0",
            "vv1.0",
            "@1.0",
            "shop@v1.0",
            "shop@",
            "shop-1.0",
            "1.0@shop",
            "+1.0",
            "-1.0",
            "١.٢",
            "7d8e9fa",
            "latest",
        ];
        for text in others {
            assert!(Semantic::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_version_is_refused() {
        let long = "ü".repeat(MAX_CHARS);
        for text in ["1", "a b", "...", ".a", "release/2026 ☃", long.as_str()] {
            assert_eq!(
                Version::new(text).map(|v| v.to_string()),
                Ok(text.to_owned())
            );
            assert!(Version::is_valid(text));
        }
        let longer = format!("{long}ü");
        for (text, reason) in [
            ("", InvalidVersion::Length),
            (longer.as_str(), InvalidVersion::Length),
            ("a\nb", InvalidVersion::Control),
            ("a\0", InvalidVersion::Control),
            ("a\u{85}b", InvalidVersion::Control),
            (" a", InvalidVersion::Blank),
            ("a\u{a0}", InvalidVersion::Blank),
            (".", InvalidVersion::Dots),
            ("..", InvalidVersion::Dots),
        ] {
            assert_eq!(text.parse::<Version>(), Err(reason), "{text:?}");
            assert!(!Version::is_valid(text));
        }
    }

    /// Texts that collide often.
    fn semantic_text() -> impl Strategy<Value = String> {
        let numbers = proptest::collection::vec("0{0,2}(0|1|2|18446744073709551616)", 2..5);
        let identifiers = || "((0|1|10|a|-|B)(\\.(0|01|b|99999999999999999999)){0,2})?";
        ("v?", numbers, identifiers(), identifiers()).prop_map(|(v, numbers, pre, build)| {
            let part = |mark: &str, text: String| match text.as_str() {
                "" => String::new(),
                text => format!("{mark}{text}"),
            };
            let (pre, build) = (part("-", pre), part("+", build));
            format!("{v}{}{pre}{build}", numbers.join("."))
        })
    }

    proptest! {
        #[test]
        fn precedence_is_a_total_order(a in semantic_text(), b in semantic_text(), c in semantic_text()) {
            let of = |a: &str, b: &str| compare(a, b).expect("semantic");
            prop_assert_eq!(of(&a, &a), Ordering::Equal);
            prop_assert_eq!(of(&a, &b), of(&b, &a).reverse());
            if of(&a, &b).is_le() && of(&b, &c).is_le() {
                prop_assert!(of(&a, &c).is_le());
                let all_equal = of(&a, &b).is_eq() && of(&b, &c).is_eq();
                prop_assert_eq!(of(&a, &c).is_eq(), all_equal);
            }
        }

        #[test]
        fn small_numbers_compare_by_value(a: [u32; 4], b: [u32; 4]) {
            let text = |n: [u32; 4]| format!("{}.{}.{}.{}", n[0], n[1], n[2], n[3]);
            prop_assert_eq!(compare(&text(a), &text(b)), Some(a.cmp(&b)));
        }

        #[test]
        fn any_text_is_a_version_or_refused(text: String) {
            let semantic = Semantic::parse(&text);
            if let Ok(version) = Version::new(text.clone()) {
                prop_assert_eq!(version.as_str(), &text);
                prop_assert_eq!(version.semantic().is_some(), semantic.is_some());
            }
        }
    }
}
