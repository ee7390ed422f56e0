//! What the index holds of one occurrence.

use crate::errors::{Occurrence, UserKey, summary_message};
use crate::fingerprint::Fingerprint;
use crate::id::{OccurrenceId, ProjectId};
use crate::search::{Facts, MAX_TAG_VALUE, TraceMemo, fold};
use crate::text::start;
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// Values of a key that are kept for a fingerprint; later ones count in the key's total only.
pub const VALUES_MAX: i64 = 10_000;

/// Distinct texts that are kept for a fingerprint: the newest.
pub const TEXTS_MAX: usize = 100;

/// The key under which every field of a user is found. No report's tag has it: `@` is no character of a key.
pub const ANY_USER: &str = "@user";

/// The key under which every exception type is found.
pub const ANY_TYPE: &str = "@type";

/// The key of severities.
pub const SEVERITY: &str = "@severity";

/// Kind of a searched text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextKind {
    /// The message.
    Message,
    /// Type of an exception.
    Type,
    /// Value of an exception.
    Value,
    /// The innermost own frame.
    Frame,
}

impl TextKind {
    /// Returns the number in storage.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Message => 0,
            Self::Type => 1,
            Self::Value => 2,
            Self::Frame => 3,
        }
    }
}

/// What the index holds of one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its project.
    pub project_id: ProjectId,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// When it happened.
    pub timestamp: OffsetDateTime,
    /// The occurrence.
    pub id: OccurrenceId,
    /// The affected user.
    pub user_key: Option<UserKey>,
    /// Keys and values, each pair once.
    pub tags: BTreeSet<(String, String)>,
    /// Folded texts, each once: as much of them as [`summary_message`] keeps.
    pub texts: BTreeSet<(TextKind, String)>,
    /// Type of its exception.
    pub exception_type: Option<String>,
    /// Its innermost own frame.
    pub culprit: Option<String>,
}

impl IndexEntry {
    /// Condenses an occurrence.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Self {
        Self::with(occurrence, &mut TraceMemo::default())
    }

    /// Condenses one of several occurrences, whose traces are often the same.
    #[must_use]
    pub fn with(occurrence: &Occurrence, traces: &mut TraceMemo) -> Self {
        let facts = Facts::with(occurrence, traces);
        let mut tags: BTreeSet<(String, String)> = facts.tags.into_iter().collect();
        tags.extend(hidden(ANY_USER, &facts.user_fields));
        tags.extend(hidden(ANY_TYPE, &facts.exception_types));
        let severity = occurrence.summary.severity.as_str().to_owned();
        tags.insert((SEVERITY.to_owned(), severity));
        let mut texts = BTreeSet::new();
        let mut add = |kind, text: &str| {
            let cut = summary_message(text);
            if !cut.is_empty() {
                texts.insert((kind, fold(cut)));
            }
        };
        add(TextKind::Message, &facts.message);
        for name in &facts.exception_types {
            add(TextKind::Type, name);
        }
        for value in &facts.exception_values {
            add(TextKind::Value, value);
        }
        if let Some(frame) = &facts.culprit {
            add(TextKind::Frame, frame);
        }
        Self {
            project_id: occurrence.project_id,
            fingerprint: occurrence.fingerprint,
            timestamp: occurrence.timestamp,
            id: occurrence.id,
            user_key: facts.user.as_deref().map(UserKey::of_text),
            tags,
            texts,
            exception_type: facts.exception_type,
            culprit: facts.culprit,
        }
    }

    /// Returns how many bytes its texts and tags are.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tags = self.tags.iter().map(|(key, value)| key.len() + value.len());
        let texts = self.texts.iter().map(|(_, text)| text.len());
        tags.chain(texts).sum()
    }
}

/// Returns tags under a key that no report has.
fn hidden<'a>(key: &'a str, values: &'a [String]) -> impl Iterator<Item = (String, String)> + 'a {
    let values = values.iter().map(|value| start(value, MAX_TAG_VALUE));
    values.map(move |value| (key.to_owned(), value.to_owned()))
}
