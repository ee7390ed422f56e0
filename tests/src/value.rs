//! Values that tests send and compare.

use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::system::{SystemClock, SystemIds};
use serde_json::{Value, json};
use std::sync::OnceLock;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Now.
#[must_use]
pub fn now() -> OffsetDateTime {
    SystemClock.now()
}

/// A time this far from now, as RFC 3339.
///
/// # Panics
/// Beyond the year 9999.
#[must_use]
pub fn time_in(offset: Duration) -> String {
    (now() + offset).format(&Rfc3339).unwrap()
}

/// A time out of an answer.
///
/// # Panics
/// When it is not RFC 3339 in UTC with `Z`.
#[track_caller]
pub fn time_of(value: &Value) -> OffsetDateTime {
    let text = value.as_str().unwrap_or_else(|| panic!("no time: {value}"));
    assert!(text.ends_with('Z'), "{text} is not in UTC");
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

/// A fresh UUID.
#[must_use]
pub fn fresh_id() -> Uuid {
    static IDS: OnceLock<SystemIds> = OnceLock::new();
    IDS.get_or_init(SystemIds::default).next_id(now())
}

/// The smallest report with this message.
#[must_use]
pub fn report(message: &str) -> Value {
    json!({ "message": message, "source": "backend" })
}

/// A text out of an answer.
///
/// # Panics
/// When it is none.
#[must_use]
#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The texts of one field of many values.
#[must_use]
#[track_caller]
pub fn texts(values: &[Value], field: &str) -> Vec<String> {
    values
        .iter()
        .map(|one| text(&one[field]).to_owned())
        .collect()
}
