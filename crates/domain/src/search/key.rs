//! Keys of terms: those of the language, and tags.

use super::facts::{BUILT_IN_TAGS, OWN_TAG};

/// Keys with a meaning of their own. Every other key is that of a tag.
pub(super) const TABLE: [&str; 20] = [
    "message",
    "type",
    "is",
    "assigned",
    "project",
    "fingerprint",
    "level",
    "severity",
    "source",
    "environment",
    "release",
    "url",
    "user",
    "has",
    "since",
    "until",
    "count",
    "users",
    "first_seen",
    "last_seen",
];

/// Returns whether a key has a meaning of its own.
pub(super) fn is_in_table(key: &str) -> bool {
    TABLE.contains(&key)
}

/// Returns whether keys of terms and of tags may hold the character.
pub(super) fn is_of_key(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}

/// A tag as a search names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TagKey(String);

impl TagKey {
    pub(super) fn new(written: &str) -> Self {
        Self(written.to_owned())
    }

    /// Returns the key as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the keys that the tag may have in [`Facts::tags`](super::Facts::tags): any of them.
    #[must_use]
    pub fn stored(&self) -> Vec<&str> {
        let written = self.0.as_str();
        match written.strip_prefix(OWN_TAG) {
            // The report's own tag beside the built-in one.
            Some(name) if BUILT_IN_TAGS.contains(&name) => vec![written],
            Some(name) if !name.is_empty() => vec![name, written],
            _ => vec![written],
        }
    }
}

/// Returns the known key that a key resembles most, the first of several; `None` without known keys.
pub(super) fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.min_by_key(|candidate| strsim::osa_distance(key, candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_tags_are_reached_by_their_prefix() {
        for (written, stored) in [
            ("customer", vec!["customer"]),
            ("browser", vec!["browser"]),
            ("tag.browser", vec!["tag.browser"]),
            ("tag.release", vec!["tag.release"]),
            ("tag.message", vec!["message", "tag.message"]),
            ("tag.", vec!["tag."]),
        ] {
            assert_eq!(TagKey::new(written).stored(), stored);
        }
    }

    #[test]
    fn the_nearest_key_is_found() {
        let known = || TABLE.into_iter().chain(["customer"]);
        for (key, expected) in [
            ("enviroment", "environment"),
            ("Level", "level"),
            ("custmoer", "customer"),
            ("lastseen", "last_seen"),
        ] {
            assert_eq!(nearest(key, known()), Some(expected));
        }
        assert_eq!(nearest("x", std::iter::empty()), None);
    }
}
