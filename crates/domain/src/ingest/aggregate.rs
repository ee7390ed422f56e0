//! From a batch of occurrences to what changes in the store.
//!
//! A store that wrote each occurrence on its own would update a busy error's row as often as it
//! occurs. Aggregated first, a batch costs one update per error, however often each occurs in it.

use crate::errors::{Level, Occurrence, Severity};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::ProjectId;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::{OffsetDateTime, UtcOffset};

/// Turns a batch into what changes.
pub trait Aggregator: Send + Sync {
    /// One delta per (project, fingerprint), in ascending key order. MUST be a pure function of the
    /// occurrences and their order.
    fn aggregate(&self, occurrences: &[Arc<Occurrence>]) -> Aggregate;
}

/// What a batch changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aggregate {
    /// Per error, ascending by (project, fingerprint), so that concurrent writers take row locks in
    /// one order.
    pub groups: Vec<GroupDelta>,
    /// Per project, ascending.
    pub project_hours: Vec<(ProjectHourKey, i64)>,
}

/// What a batch changes about one fingerprint's error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDelta {
    /// The project.
    pub project_id: ProjectId,
    /// The fingerprint.
    pub fingerprint: Fingerprint,
    /// The algorithm that made it.
    pub version: FingerprintVersion,
    /// Indexes of its occurrences in the batch, ascending: their number is what the count grows by.
    pub members: Vec<usize>,
    /// The earliest timestamp.
    pub first_seen: OffsetDateTime,
    /// The latest timestamp.
    pub last_seen: OffsetDateTime,
    /// Index of the occurrence with the latest timestamp (of equals, the last to arrive).
    pub latest: usize,
    /// Its hours, ascending.
    pub hours: Vec<(HourKey, i64)>,
}

impl GroupDelta {
    /// What the count grows by.
    #[must_use]
    pub fn count(&self) -> i64 {
        i64::try_from(self.members.len()).unwrap_or(i64::MAX)
    }
}

/// A cell of the roll-ups: an hour and everything that analytics filters by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourKey {
    /// The start of the hour, UTC.
    pub hour: OffsetDateTime,
    /// Source, bounded by [`rollup_text`].
    pub source: String,
    /// Environment, bounded by [`rollup_text`].
    pub environment: String,
    /// Level.
    pub level: Level,
    /// Severity.
    pub severity: Severity,
}

/// A cell of a project's roll-up.
pub type ProjectHourKey = (ProjectId, HourKey);

/// How many characters of a source or environment count in roll-ups. Occurrences keep them whole; an
/// index cannot (PostgreSQL refuses index rows above 2,704 bytes).
pub const ROLLUP_TEXT_MAX: usize = 200;

/// The part of a source or environment that roll-ups are kept by.
#[must_use]
pub fn rollup_text(text: &str) -> &str {
    if text.len() <= ROLLUP_TEXT_MAX {
        return text;
    }
    text.char_indices()
        .nth(ROLLUP_TEXT_MAX)
        .map_or(text, |(end, _)| &text[..end])
}

/// The start of the UTC hour that holds `at`.
#[must_use]
pub fn hour_of(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(UtcOffset::UTC).truncate_to_hour()
}

/// The roll-up cell that an occurrence counts in.
#[must_use]
pub fn hour_key(occurrence: &Occurrence) -> HourKey {
    HourKey {
        hour: hour_of(occurrence.timestamp),
        source: rollup_text(&occurrence.summary.source).to_owned(),
        environment: rollup_text(&occurrence.summary.environment).to_owned(),
        level: occurrence.summary.level,
        severity: occurrence.summary.severity,
    }
}

/// The built-in aggregator.
#[derive(Debug, Clone, Copy, Default)]
pub struct HourlyAggregator;

impl Aggregator for HourlyAggregator {
    fn aggregate(&self, occurrences: &[Arc<Occurrence>]) -> Aggregate {
        let mut groups: BTreeMap<(ProjectId, Fingerprint), Vec<usize>> = BTreeMap::new();
        for (index, occurrence) in occurrences.iter().enumerate() {
            groups
                .entry((occurrence.project_id, occurrence.fingerprint))
                .or_default()
                .push(index);
        }
        let mut project_hours: BTreeMap<ProjectHourKey, i64> = BTreeMap::new();
        let groups = groups
            .into_iter()
            .map(|((project_id, fingerprint), members)| {
                let delta = delta(project_id, fingerprint, members, occurrences);
                for (key, count) in &delta.hours {
                    *project_hours.entry((project_id, key.clone())).or_default() += count;
                }
                delta
            })
            .collect();
        Aggregate {
            groups,
            project_hours: project_hours.into_iter().collect(),
        }
    }
}

fn delta(
    project_id: ProjectId,
    fingerprint: Fingerprint,
    members: Vec<usize>,
    occurrences: &[Arc<Occurrence>],
) -> GroupDelta {
    let mut latest = members[0];
    let mut first_seen = occurrences[latest].timestamp;
    let mut hours: BTreeMap<HourKey, i64> = BTreeMap::new();
    for &index in &members {
        let occurrence = &occurrences[index];
        first_seen = first_seen.min(occurrence.timestamp);
        if occurrence.timestamp >= occurrences[latest].timestamp {
            latest = index;
        }
        *hours.entry(hour_key(occurrence)).or_default() += 1;
    }
    GroupDelta {
        project_id,
        fingerprint,
        version: occurrences[latest].fingerprint_version,
        members,
        first_seen,
        last_seen: occurrences[latest].timestamp,
        latest,
        hours: hours.into_iter().collect(),
    }
}
