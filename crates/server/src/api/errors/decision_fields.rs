//! The fields of a decision about errors, about one or about many. Faults are noted in the fields.

use crate::http::fields::Fields;
use faultbook_domain::errors::{AssignTo, IgnoreTerms, ResolveIn};
use faultbook_domain::releases::Version;
use serde_json::Value;
use time::OffsetDateTime;

/// Occurrences and users that terms may wait for.
const TERM_MAX: i64 = 1_000_000;

/// Reads where errors are resolved; now by default.
pub(super) fn read_resolution(fields: &mut Fields) -> ResolveIn {
    let expected = "must be one of now, current_release, next_release, release";
    let place = fields.parsed("in", expected, |text| {
        ["now", "current_release", "next_release", "release"]
            .into_iter()
            .find(|known| *known == text)
    });
    match place {
        None | Some("now") => ResolveIn::Now,
        Some("current_release") => ResolveIn::CurrentRelease,
        Some("next_release") => ResolveIn::NextRelease,
        Some(_) => {
            let version = fields.required("release");
            match Version::new(version.clone()) {
                Ok(version) => ResolveIn::Release(version),
                Err(invalid) => {
                    if !version.is_empty() {
                        fields.problem("release", &invalid.to_string());
                    }
                    ResolveIn::Now
                }
            }
        }
    }
}

/// Reads under which terms errors are ignored; for ever by default.
pub(super) fn read_terms(fields: &mut Fields, now: OffsetDateTime) -> IgnoreTerms {
    let until = fields.time("until");
    if until.is_some_and(|until| until <= now) {
        fields.problem("until", "must be in the future");
    }
    let count = fields.whole("count", 1..=TERM_MAX);
    let users = fields.whole("users", 1..=TERM_MAX);
    let next = fields.parsed("release", "must be next or null", |text| {
        (text == "next").then_some(())
    });
    IgnoreTerms {
        until,
        count,
        users,
        next_release: next.is_some(),
    }
}

/// Reads to whom errors are assigned; `None` where that is missing or at fault.
pub(super) fn read_assignment(fields: &mut Fields) -> Option<AssignTo> {
    if !fields.has("assigned_to") {
        fields.problem("assigned_to", "is required");
        return None;
    }
    match fields.take("assigned_to") {
        None => Some(AssignTo::Nobody),
        Some(Value::String(text)) if text == "me" => Some(AssignTo::Caller),
        Some(Value::String(text)) => Some(AssignTo::Named(text.trim().to_owned())),
        Some(_) => {
            let expected = "must be me, a member's id or e-mail address, or null";
            fields.problem("assigned_to", expected);
            None
        }
    }
}
