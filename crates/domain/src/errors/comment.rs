//! Comments on errors, and marks of people on them.

use super::activity::Actor;
use crate::id::{CommentId, ErrorId, MemberId, ProjectId};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// A comment on an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The error's project.
    pub project_id: ProjectId,
    /// The error.
    pub error_id: ErrorId,
    /// Who wrote it.
    pub author: Actor,
    /// What it says: Markdown, scrubbed like messages.
    pub text: String,
    /// The members that it mentions.
    pub mentions: Vec<MemberId>,
    /// When it was written.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

impl Comment {
    /// Maximum characters of a comment.
    pub const MAX_CHARS: usize = 10_000;

    /// Maximum members that a comment mentions; further ones are text.
    pub const MAX_MENTIONS: usize = 50;
}

/// Returns the e-mail addresses that a text mentions as `@address`, lowercase, at most [`Comment::MAX_MENTIONS`].
#[must_use]
pub fn mentioned_addresses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut before = None;
    for (place, character) in text.char_indices() {
        // An `@` within a word belongs to an address that is only written.
        let begins = character == '@' && before.is_none_or(|before: char| !is_of_address(before));
        before = Some(character);
        if !begins {
            continue;
        }
        let rest = &text[place + 1..];
        let end = rest.find(|one| !is_of_address(one) && one != '@');
        let address = rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', '-', '@']);
        let parts = address.split_once('@');
        if parts.is_some_and(|(name, host)| !name.is_empty() && !host.contains('@'))
            && found.len() < Comment::MAX_MENTIONS
        {
            found.insert(address.to_lowercase());
        }
    }
    found
}

fn is_of_address(character: char) -> bool {
    character.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(character)
}

/// What a principal keeps about an error for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// To find it again.
    Bookmark,
    /// To be told what happens to it.
    Follow,
}

impl Mark {
    /// Returns the name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bookmark => "bookmark",
            Self::Follow => "follow",
        }
    }
}

/// What lists show of an error's marks and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorMarks {
    /// Whether the caller has a bookmark on it.
    pub bookmarked: bool,
    /// Whether the caller follows it.
    pub followed: bool,
    /// How many comments it has.
    pub comments: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_after_an_at_sign_is_mentioned() {
        for (text, found) in [
            ("@ada@example.com, look", vec!["ada@example.com"]),
            ("(@Ada@Example.com)", vec!["ada@example.com"]),
            ("see @ada@example.com.", vec!["ada@example.com"]),
            ("write to ada@example.com", vec![]),
            ("@ada and @ @@x@ y", vec![]),
            ("_ @a@b: @c+d@e.org", vec!["a@b", "c+d@e.org"]),
            ("@ada@example.com @ada@example.com", vec!["ada@example.com"]),
        ] {
            let mentioned = mentioned_addresses(text);
            assert_eq!(mentioned.iter().collect::<Vec<_>>(), found, "{text}");
        }
        let many: String = (0..90).map(|n| format!("@a{n}@b ")).collect();
        assert_eq!(mentioned_addresses(&many).len(), Comment::MAX_MENTIONS);
    }
}
