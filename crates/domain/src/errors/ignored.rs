//! An error's being ignored, and what ends it.

use crate::instant::micros;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// What reopens an ignored error: whichever comes first. Without any it is ignored for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IgnoreTerms {
    /// This time.
    pub until: Option<OffsetDateTime>,
    /// That many further occurrences, at least 1.
    pub count: Option<i64>,
    /// That many users who had none of its occurrences before, at least 1.
    pub users: Option<i64>,
    /// An occurrence of a release newer than all known at the call.
    pub next_release: bool,
}

/// An error's being ignored: since when, and what is left of its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ignored {
    /// When it was ignored.
    pub since: OffsetDateTime,
    /// The terms as they were set.
    pub terms: IgnoreTerms,
    /// Occurrences until it reopens, with [`IgnoreTerms::count`].
    pub count_left: Option<i64>,
    /// New users until it reopens, with [`IgnoreTerms::users`].
    pub users_left: Option<i64>,
}

impl Ignored {
    /// Begins to ignore.
    #[must_use]
    pub const fn begin(terms: IgnoreTerms, since: OffsetDateTime) -> Self {
        Self {
            since,
            terms,
            count_left: terms.count,
            users_left: terms.users,
        }
    }

    /// Returns the stored form: JSON, times in microseconds since 1970.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let Self {
            since,
            terms,
            count_left,
            users_left,
        } = self;
        json!({
            "since": micros(*since),
            "until": terms.until.map(micros),
            "count": terms.count,
            "users": terms.users,
            "next_release": terms.next_release,
            "count_left": count_left,
            "users_left": users_left,
        })
        .to_string()
    }

    /// Parses the stored form.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored).ok()?;
        let number = |name: &str| stored.get(name).and_then(Value::as_i64);
        let time = |name: &str| {
            let nanos = i128::from(number(name)?) * 1_000;
            OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
        };
        Some(Self {
            since: time("since")?,
            terms: IgnoreTerms {
                until: time("until"),
                count: number("count"),
                users: number("users"),
                next_release: stored.get("next_release")?.as_bool()?,
            },
            count_left: number("count_left"),
            users_left: number("users_left"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

    #[test]
    fn stored_forms_are_read_back() {
        let all = IgnoreTerms {
            until: Some(NOON + Duration::MICROSECOND),
            count: Some(3),
            users: Some(1_000_000),
            next_release: true,
        };
        for terms in [all, IgnoreTerms::default()] {
            let mut ignored = Ignored::begin(terms, NOON);
            ignored.count_left = ignored.count_left.map(|left| left - 1);
            assert_eq!(Ignored::from_stored(&ignored.to_stored()), Some(ignored));
        }
        assert_eq!(Ignored::from_stored("{}"), None);
    }
}
