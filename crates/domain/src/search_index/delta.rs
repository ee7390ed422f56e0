//! Condenses indexed occurrences into changes of the index's tables.

use super::entry::{IndexEntry, TEXTS_MAX, TextKind};
use crate::errors::UserKey;
use crate::fingerprint::Fingerprint;
use crate::id::{OccurrenceId, ProjectId};
use crate::instant::micros;
use sha2::{Digest, Sha256};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// How often and when something was seen. Times are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Occurrences.
    pub count: i64,
    /// Time of the earliest.
    pub first: i64,
    /// Time of the latest.
    pub last: i64,
}

impl Sight {
    /// Returns the sight of one occurrence.
    #[must_use]
    pub const fn at(time: i64) -> Self {
        Self {
            count: 1,
            first: time,
            last: time,
        }
    }

    /// Joins two sights.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

/// The owner of indexed data: a project's fingerprint.
pub type Owner = (ProjectId, Fingerprint);

/// A tag of a fingerprint: key and value. Without value it stands for every value of its key.
pub type TagCell = (Owner, String, Option<String>);

/// What is counted of a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Its occurrences.
    pub sight: Sight,
    /// Type of the exception of the latest, by its own time.
    pub exception_type: Option<String>,
    /// The innermost own frame of the latest.
    pub culprit: Option<String>,
}

/// An occurrence as filters see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its project and fingerprint.
    pub owner: Owner,
    /// When it happened, in microseconds since 1970.
    pub timestamp: i64,
    /// The occurrence.
    pub id: OccurrenceId,
    /// The affected user.
    pub user_key: Option<UserKey>,
    /// Keys and values.
    pub tags: BTreeSet<(String, String)>,
}

/// A text of a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRow {
    /// Its project and fingerprint.
    pub owner: Owner,
    /// Its kind.
    pub kind: TextKind,
    /// The first 16 bytes of the SHA-256 of the text.
    pub digest: [u8; 16],
    /// The folded text.
    pub folded: String,
    /// The latest occurrence that has it.
    pub seen: OccurrenceId,
}

/// Changes of the index by a set of occurrences, each list in ascending order of its key, so that concurrent writers
/// lock rows in one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexDelta {
    /// The occurrences.
    pub facts: Vec<Fact>,
    /// Tags of fingerprints.
    pub tags: BTreeMap<TagCell, Sight>,
    /// Fingerprints.
    pub totals: BTreeMap<Owner, Total>,
    /// Users of fingerprints.
    pub users: BTreeSet<(Owner, UserKey)>,
    /// The newest distinct texts of each fingerprint.
    pub texts: Vec<TextRow>,
}

impl IndexDelta {
    /// Condenses occurrences.
    #[must_use]
    pub fn of(entries: Vec<IndexEntry>) -> Self {
        let mut delta = Self::default();
        let mut texts: BTreeMap<Owner, BTreeMap<(TextKind, String), OccurrenceId>> =
            BTreeMap::new();
        for entry in entries {
            let owner = (entry.project_id, entry.fingerprint);
            let timestamp = micros(entry.timestamp);
            let sight = Sight::at(timestamp);
            let total = delta.totals.entry(owner).or_insert_with(|| Total {
                sight: Sight { count: 0, ..sight },
                exception_type: None,
                culprit: None,
            });
            if timestamp >= total.sight.last {
                total.exception_type = entry.exception_type;
                total.culprit = entry.culprit;
            }
            total.sight = total.sight.and(sight);
            for (key, value) in &entry.tags {
                let cell = (owner, key.clone(), Some(value.clone()));
                count(delta.tags.entry(cell), sight);
            }
            let keys: BTreeSet<&String> = entry.tags.iter().map(|(key, _)| key).collect();
            for key in keys {
                count(delta.tags.entry((owner, key.clone(), None)), sight);
            }
            if let Some(user) = entry.user_key {
                delta.users.insert((owner, user));
            }
            let known = texts.entry(owner).or_default();
            for text in entry.texts {
                let seen = known.entry(text).or_insert(entry.id);
                *seen = entry.id.max(*seen);
            }
            delta.facts.push(Fact {
                owner,
                timestamp,
                id: entry.id,
                user_key: entry.user_key,
                tags: entry.tags,
            });
        }
        delta
            .facts
            .sort_unstable_by_key(|fact| (fact.owner, fact.timestamp, fact.id));
        delta.texts = texts.into_iter().flat_map(newest).collect();
        delta
    }
}

fn count<K: Ord>(cell: Entry<'_, K, Sight>, sight: Sight) {
    cell.and_modify(|known| *known = known.and(sight))
        .or_insert(sight);
}

/// Returns the newest texts of a fingerprint.
fn newest(
    (owner, texts): (Owner, BTreeMap<(TextKind, String), OccurrenceId>),
) -> impl Iterator<Item = TextRow> {
    let mut rows: Vec<TextRow> = texts
        .into_iter()
        .map(|((kind, folded), seen)| TextRow {
            owner,
            kind,
            digest: digest(&folded),
            folded,
            seen,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.seen));
    rows.truncate(TEXTS_MAX);
    rows.sort_unstable_by_key(|row| (row.kind, row.digest));
    rows.into_iter()
}

fn digest(text: &str) -> [u8; 16] {
    let digest = Sha256::digest(text.as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;
    use uuid::Uuid;

    const NOON: time::OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn entry(number: u128, print: u8, tags: &[(&str, &str)], text: &str) -> IndexEntry {
        IndexEntry {
            project_id: ProjectId(Uuid::nil()),
            fingerprint: Fingerprint::from_bytes([print; 16]),
            timestamp: NOON + time::Duration::seconds(number as i64),
            id: OccurrenceId(Uuid::from_u128(number)),
            user_key: Some(UserKey::of_text(&(number % 2).to_string())),
            tags: tags
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            texts: BTreeSet::from([(TextKind::Message, text.to_owned())]),
            exception_type: None,
            culprit: None,
        }
    }

    #[test]
    fn tags_count_by_value_and_by_key() {
        let delta = IndexDelta::of(vec![
            entry(1, 1, &[("region", "eu")], "a"),
            entry(2, 1, &[("region", "us"), ("plan", "pro")], "a"),
            entry(3, 2, &[("region", "eu")], "a"),
        ]);
        let owner = delta.facts[0].owner;
        let cell = |key: &str, value: Option<&str>| {
            delta.tags[&(owner, key.to_owned(), value.map(str::to_owned))].count
        };
        assert_eq!(cell("region", Some("eu")), 1);
        assert_eq!(cell("region", None), 2);
        assert_eq!(cell("plan", None), 1);
        assert_eq!(delta.totals[&owner].sight.count, 2);
        assert_eq!(delta.users.len(), 3);
    }

    #[test]
    fn the_newest_texts_stay() {
        let many = (1..=250).map(|number| entry(number, 1, &[], &format!("text {number}")));
        let delta = IndexDelta::of(many.collect());
        assert_eq!(delta.texts.len(), TEXTS_MAX);
        assert!(
            delta
                .texts
                .iter()
                .all(|row| row.seen > OccurrenceId(Uuid::from_u128(150)))
        );
    }
}
