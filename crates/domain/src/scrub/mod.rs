//! Sensitive data never reaches storage, logs or notifications.

use serde_json::Value;

/// What stands in the place of a removed value.
pub const FILTERED: &str = "[Filtered]";

/// Removes secrets from what was reported.
pub trait Scrubber: Send + Sync {
    /// Removes secrets from free text: a message, a stack trace, a URL.
    ///
    /// Returns `None` when nothing had to be changed. MUST take time linear in the input.
    fn scrub_text(&self, text: &str) -> Option<String>;

    /// Removes secrets from a JSON value in place: values under sensitive keys at any depth, and
    /// secrets inside any string. NUL characters in keys and strings become U+FFFD on the way.
    fn scrub_json(&self, value: &mut Value);
}
