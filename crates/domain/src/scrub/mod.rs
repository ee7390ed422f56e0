//! Removes secrets from reports before they reach storage, logs or notifications.
//!
//! A [`Scrubber`] replaces values by [`FILTERED`]. [`DefaultScrubber`] replaces the values of sensitive keys
//! ([`DEFAULT_KEYS`], or a configured list) and, anywhere in text, payment card numbers, JSON web tokens,
//! HTTP credentials, passwords in URLs, private keys in PEM and keys with a well-known prefix. It finds the
//! value of a sensitive key in pairs (`key=value`), tuples and lists, objects that name their value, printed
//! structs and maps, connection strings, XML and the arguments of commands.

mod argv;
mod beside;
mod call;
mod card;
mod credential;
mod enclosure;
mod fields;
mod json;
mod key;
mod keys;
mod list;
mod member;
mod pair;
mod pem;
mod printed;
mod prose;
mod span;
mod text;
mod token;
mod tuple;
mod url;
mod value;
mod words;
mod xml;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use keys::DEFAULT_KEYS;

use keys::KeySet;
use text::Anchors;

/// The placeholder that replaces a removed value.
pub const FILTERED: &str = "[Filtered]";

/// Removes secrets from the text and JSON of a report.
pub trait Scrubber: Send + Sync {
    /// Removes secrets from free text: a message, a stack trace, a URL.
    ///
    /// Returns `None` when the text holds no secret. MUST take time linear in the input.
    fn scrub_text(&self, text: &str) -> Option<String>;

    /// Removes secrets from a JSON value in place: values under sensitive keys at any depth, and
    /// secrets inside any string. NUL characters in keys and strings become U+FFFD on the way.
    fn scrub_json(&self, value: &mut Value);
}

/// The built-in [`Scrubber`]. Building one compiles its search tables: build it once and share it.
#[derive(Debug, Clone)]
pub struct DefaultScrubber {
    keys: KeySet,
    anchors: Anchors,
}

impl DefaultScrubber {
    /// Builds a scrubber whose sensitive keys are `keys` alone; [`DEFAULT_KEYS`] describes how an entry is
    /// compared with a key. Ignores entries without a letter or digit.
    pub fn new(keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self {
            keys: KeySet::new(keys),
            anchors: Anchors::new(),
        }
    }

    /// Returns whether the value of this key is removed.
    pub fn is_sensitive_key(&self, key: &str) -> bool {
        self.keys.is_sensitive(key)
    }
}

impl Default for DefaultScrubber {
    fn default() -> Self {
        Self::new(DEFAULT_KEYS)
    }
}

impl Scrubber for DefaultScrubber {
    fn scrub_text(&self, text: &str) -> Option<String> {
        text::scrub(text, &self.keys, &self.anchors)
    }

    fn scrub_json(&self, value: &mut Value) {
        json::scrub(value, &self.keys, &self.anchors);
    }
}
