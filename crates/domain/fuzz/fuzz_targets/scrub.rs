//! Fuzzes the scrubber with plain text and JSON: scrubbing is idempotent, ends in time (libFuzzer's
//! `-timeout`), and removes every value of a sensitive key.
#![no_main]

use std::sync::LazyLock;

use faultbook_domain::scrub::{DefaultScrubber, FILTERED, Scrubber};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static SCRUBBER: LazyLock<DefaultScrubber> = LazyLock::new(DefaultScrubber::default);

fuzz_target!(|text: &str| {
    if let Some(clean) = SCRUBBER.scrub_text(text) {
        assert_eq!(SCRUBBER.scrub_text(&clean), None, "{clean:?}");
    }
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let mut value =
        json!({ "password": value, "any": [value, { "name": "token", "value": value }] });
    SCRUBBER.scrub_json(&mut value);
    assert!(value["password"].is_null() || value["password"] == FILTERED);
    let once = value.clone();
    SCRUBBER.scrub_json(&mut value);
    assert_eq!(value, once);
});
