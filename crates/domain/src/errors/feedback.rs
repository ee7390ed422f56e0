//! What users say about an event.

use crate::text::start;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a user says about an event: an entry of the event's feedback. Kept as long as the occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The event, as its client names it.
    pub event_id: Uuid,
    /// The user's name.
    pub name: Option<String>,
    /// The user's e-mail address.
    pub email: Option<String>,
    /// What the user says.
    pub message: Option<String>,
    /// Where the user was.
    pub url: Option<String>,
    /// When it was received.
    pub received_at: OffsetDateTime,
}

impl Feedback {
    /// Maximum number of entries that are kept of an event.
    pub const MAX_PER_EVENT: usize = 20;

    /// Maximum number of characters of a name. Longer ones are cut, as all texts here are.
    pub const MAX_NAME: usize = 250;

    /// Maximum number of characters of an e-mail address (RFC 3696, erratum 1690: 254 octets at most are valid).
    pub const MAX_EMAIL: usize = 320;

    /// Maximum number of characters of a message.
    pub const MAX_MESSAGE: usize = 8_192;

    /// Maximum number of characters of a URL.
    pub const MAX_URL: usize = 2_048;

    /// Returns the same with each text changed by `clean` and cut to its limit; blank texts are none.
    #[must_use]
    pub fn cleaned(self, clean: impl Fn(String) -> String) -> Self {
        let field = |text: Option<String>, most: usize| {
            let text = text.filter(|text| !text.trim().is_empty());
            // Cleaning costs by length: what is cut off anyway is not looked at, apart from a secret's rest.
            let text = text.map(|text| cut(clean(cut(text, most.saturating_mul(2))), most));
            text.filter(|text| !text.is_empty())
        };
        Self {
            event_id: self.event_id,
            name: field(self.name, Self::MAX_NAME),
            email: field(self.email, Self::MAX_EMAIL),
            message: field(self.message, Self::MAX_MESSAGE),
            url: field(self.url, Self::MAX_URL),
            received_at: self.received_at,
        }
    }

    /// Returns a digest of what is said: the first 128 bits of a SHA-256. An entry that is sent again has the same.
    #[must_use]
    pub fn digest(&self) -> Uuid {
        let mut digest = Sha256::new();
        for text in [&self.name, &self.email, &self.message, &self.url] {
            // The length keeps the texts apart, and nothing from an empty one.
            let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
            digest.update(length.to_le_bytes());
            digest.update(text.as_deref().unwrap_or_default());
        }
        let digest: [u8; 32] = digest.finalize().into();
        Uuid::from_bytes(std::array::from_fn(|at| digest[at]))
    }

    /// Returns the bytes of all texts.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let texts = [&self.name, &self.email, &self.message, &self.url];
        texts.into_iter().flatten().map(String::len).sum()
    }
}

fn cut(mut text: String, most: usize) -> String {
    text.truncate(start(&text, most).len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: Option<&str>) -> Feedback {
        Feedback {
            event_id: Uuid::from_u128(1),
            name: None,
            email: None,
            message: message.map(str::to_owned),
            url: None,
            received_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn texts_are_cleaned_and_cut_between_characters() {
        let long = said(Some(&"ж".repeat(9_000)));
        let cleaned = long.cleaned(|text| text.replacen('ж', "я", 1));
        let message = cleaned.message.unwrap();
        assert_eq!(message.chars().count(), Feedback::MAX_MESSAGE);
        assert!(message.starts_with("яж"));
        assert_eq!(said(Some(" \n")).cleaned(|text| text).message, None);
    }

    #[test]
    fn equal_entries_have_equal_digests_and_others_do_not() {
        let one = said(Some("broken"));
        let mut again = one.clone();
        again.received_at += time::Duration::HOUR;
        assert_eq!(one.digest(), again.digest());
        let mut moved = said(None);
        moved.name = Some("broken".to_owned());
        assert_ne!(one.digest(), moved.digest());
        assert_ne!(said(None).digest(), said(Some("")).digest());
    }
}
