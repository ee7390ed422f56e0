//! Notification channels as the domain knows them: a kind by name, and settings as JSON.
//!
//! What the settings mean is known to the adapter that implements
//! [`ChannelRegistry`](super::ChannelRegistry).

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// A channel's settings: the JSON object that an administrator stores.
pub type ChannelSettings = Map<String, Value>;

/// The name of a kind of channel, such as `slack`: the same in requests, settings and stores.
///
/// A kind is 1 to 16 lower-case ASCII letters, digits or underscores. That a name is well-formed
/// does not say that the installation has such a channel:
/// [`ChannelRegistry::kinds`](super::ChannelRegistry::kinds) does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKind([u8; ChannelKind::LONGEST]);

impl ChannelKind {
    /// The kind whose mail server also sends mail to single persons.
    pub const EMAIL: Self = Self::named("email");

    const LONGEST: usize = 16;

    /// The kind of this name.
    ///
    /// # Panics
    /// When the name is not well-formed: use [`str::parse`] for names from outside.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        let name = name.as_bytes();
        assert!(Self::is_well_formed(name), "not the name of a channel kind");
        Self::padded(name)
    }

    const fn is_well_formed(name: &[u8]) -> bool {
        if name.is_empty() || name.len() > Self::LONGEST {
            return false;
        }
        let mut i = 0;
        while i < name.len() {
            if !matches!(name[i], b'a'..=b'z' | b'0'..=b'9' | b'_') {
                return false;
            }
            i += 1;
        }
        true
    }

    const fn padded(name: &[u8]) -> Self {
        let mut bytes = [0; Self::LONGEST];
        let mut i = 0;
        while i < name.len() {
            bytes[i] = name[i];
            i += 1;
        }
        Self(bytes)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().take_while(|byte| **byte != 0).count();
        str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

/// The text is not the name of a channel kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 16 lower-case letters, digits or underscores")]
pub struct InvalidChannelKind;

impl FromStr for ChannelKind {
    type Err = InvalidChannelKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if Self::is_well_formed(text.as_bytes()) {
            Ok(Self::padded(text.as_bytes()))
        } else {
            Err(InvalidChannelKind)
        }
    }
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A channel to send through. `Debug` shows its kind only: the settings hold secrets.
#[derive(Clone, PartialEq)]
pub struct Channel {
    /// Its kind.
    pub kind: ChannelKind,
    /// Its settings, secrets included.
    pub settings: ChannelSettings,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// An HTTP endpoint whose requests are signed as Standard Webhooks do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// Where to post. Often holds a token, so it is not shown.
    pub url: Secret,
    /// `whsec_` and the base64 of the 24 to 64 bytes that sign.
    pub secret: Secret,
}

/// Text that may be used but not shown: `Debug` prints `***`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides the text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself: to be handed to the party it is for, never to a log or an answer.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kind_is_the_name_it_was_made_of() {
        for name in ["slack", "a", "ms_teams", "sixteen_letters_"] {
            let kind: ChannelKind = name.parse().unwrap();
            assert_eq!(kind.as_str(), name);
            assert_eq!(kind, ChannelKind::named(name));
        }
        for name in ["", "Slack", "a b", "a\0", "jäger", "seventeen_letters"] {
            assert_eq!(
                name.parse::<ChannelKind>(),
                Err(InvalidChannelKind),
                "{name}"
            );
        }
    }

    #[test]
    fn no_secret_of_a_channel_is_printed() {
        let Value::Object(settings) = json!({ "password": "hush-hush" }) else {
            panic!("an object")
        };
        let channel = Channel {
            kind: ChannelKind::EMAIL,
            settings,
        };
        let target = WebhookTarget {
            url: Secret::from("https://hush-hush"),
            secret: Secret::from("hush-hush"),
        };
        let printed = format!("{channel:?} {target:?}");
        assert!(!printed.contains("hush"), "{printed}");
        assert!(printed.contains("***"), "{printed}");
    }
}
