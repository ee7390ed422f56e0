//! Times in answers. A value that a store holds never makes an answer fail: what RFC 3339 cannot write is moved to
//! the nearest instant that it can.

use faultbook_domain::instant::clamped_instant;
use serde::Serializer;
use time::OffsetDateTime;

/// Serializes a time in RFC 3339, UTC.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    time::serde::rfc3339::serialize(&clamped_instant(*at), serializer)
}

/// Times that may be absent.
pub mod option {
    use super::{OffsetDateTime, Serializer, clamped_instant};

    /// Serializes a time in RFC 3339, UTC, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        at: &Option<OffsetDateTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time::serde::rfc3339::option::serialize(&at.map(clamped_instant), serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn no_time_fails() {
        for (at, expected) in [
            (datetime!(2026-11-20 12:00 +2), "2026-11-20T10:00:00Z"),
            (datetime!(0000-01-01 00:00 +23:59), "0000-01-01T00:00:00Z"),
            (datetime!(-9999-01-01 00:00 UTC), "0000-01-01T00:00:00Z"),
        ] {
            let written = serialize(&at, serde_json::value::Serializer).unwrap();
            assert_eq!(written, expected);
            let written = option::serialize(&Some(at), serde_json::value::Serializer).unwrap();
            assert_eq!(written, expected);
        }
        let after = datetime!(9999-12-31 23:59:59 -1);
        let written = serialize(&after, serde_json::value::Serializer).unwrap();
        assert_eq!(written, "9999-12-31T23:59:59.999999Z");
    }
}
