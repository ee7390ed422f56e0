//! Aggregates a batch of occurrences into deltas of errors and roll-ups.
//!
//! Writing occurrences one by one would update the row of a frequent error once per occurrence. Aggregated, a batch
//! costs one update per error.

use crate::errors::{Level, Occurrence, Severity};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::ProjectId;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::{OffsetDateTime, UtcOffset};

/// Aggregates a batch into deltas.
pub trait Aggregator: Send + Sync {
    /// Returns one delta per (project, fingerprint), in ascending key order. MUST be a pure function of the
    /// occurrences and their order.
    fn aggregate(&self, occurrences: &[Arc<Occurrence>]) -> Aggregate;
}

/// The deltas of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aggregate {
    /// Deltas by error, ascending by (project, fingerprint), so that concurrent writers lock rows in one order.
    pub groups: Vec<GroupDelta>,
    /// Roll-up deltas by project, ascending.
    pub project_hours: Vec<(ProjectHourKey, i64)>,
}

/// The delta of one fingerprint's error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDelta {
    /// The project.
    pub project_id: ProjectId,
    /// The fingerprint.
    pub fingerprint: Fingerprint,
    /// Version of the fingerprint algorithm.
    pub version: FingerprintVersion,
    /// Indexes of its occurrences in the batch, ascending; their number is added to the count.
    pub members: Vec<usize>,
    /// The earliest timestamp.
    pub first_seen: OffsetDateTime,
    /// The latest timestamp.
    pub last_seen: OffsetDateTime,
    /// Index of the occurrence with the latest timestamp (the last to arrive among equals).
    pub latest: usize,
    /// Roll-up deltas by hour, ascending.
    pub hours: Vec<(HourKey, i64)>,
}

impl GroupDelta {
    /// Returns the number of occurrences.
    #[must_use]
    pub fn count(&self) -> i64 {
        i64::try_from(self.members.len()).unwrap_or(i64::MAX)
    }
}

/// Key of a roll-up cell: an hour and every dimension that analytics filters by.
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

/// Key of a cell of a project's roll-up.
pub type ProjectHourKey = (ProjectId, HourKey);

/// Maximum characters of source and environment in roll-ups. Occurrences keep them whole; an index cannot (PostgreSQL
/// rejects index rows above 2,704 bytes).
pub const ROLLUP_TEXT_MAX: usize = 200;

/// Cuts a source or environment to the length that roll-ups keep.
#[must_use]
pub fn rollup_text(text: &str) -> &str {
    if text.len() <= ROLLUP_TEXT_MAX {
        return text;
    }
    text.char_indices()
        .nth(ROLLUP_TEXT_MAX)
        .map_or(text, |(end, _)| &text[..end])
}

/// Returns the start of the UTC hour of `at`.
#[must_use]
pub fn hour_of(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(UtcOffset::UTC).truncate_to_hour()
}

/// Returns the roll-up cell of an occurrence.
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

/// The built-in aggregator, by hour.
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
