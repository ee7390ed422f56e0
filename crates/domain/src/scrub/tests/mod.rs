//! What the scrubber promises.

mod cards;
mod forms;
mod harmless;
mod hostile;
mod json;
mod keys;
mod pairs;
mod properties;
mod secrets;

use std::sync::LazyLock;

use super::{DefaultScrubber, Scrubber};

/// Building one takes long without optimization.
static SCRUBBER: LazyLock<DefaultScrubber> = LazyLock::new(DefaultScrubber::default);

fn scrub(text: &str) -> String {
    SCRUBBER.scrub_text(text).unwrap_or_else(|| text.to_owned())
}

/// Each text must become the other one, and stay so.
fn assert_becomes(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let clean = scrub(text);
            let again = scrub(&clean);
            (clean != *expected || again != clean)
                .then(|| format!("{text}\n  became {clean}\n  not    {expected}\n  then   {again}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn assert_unchanged(table: &[&str]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|text| {
            SCRUBBER
                .scrub_text(text)
                .map(|clean| format!("{text}\n  became {clean}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
