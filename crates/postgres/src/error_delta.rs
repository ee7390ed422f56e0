//! Combines the deltas of a batch by error.

use crate::fingerprint_cache::CachedError;
use faultbook_domain::errors::{ErrorState, Occurrence};
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::GroupDelta;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// The deltas of a batch that belong to one error: an UPDATE changes a row only once.
pub struct ErrorDelta<'a> {
    /// The group with the latest occurrence.
    pub latest_group: &'a GroupDelta,
    /// The latest occurrence.
    pub latest: &'a Occurrence,
    /// The error, which is new without a revision.
    pub id: ErrorId,
    /// The revision at which it was cached.
    pub revision: Option<i64>,
    /// Whether its occurrences are believed to be recorded while it is ignored.
    pub ignored: bool,
    /// Number of occurrences.
    pub count: i64,
    /// The earliest timestamp.
    pub first_seen: OffsetDateTime,
    /// Indexes of its occurrences in the batch, ascending.
    pub members: Vec<usize>,
}

impl ErrorDelta<'_> {
    /// Returns the latest timestamp.
    pub const fn last_seen(&self) -> OffsetDateTime {
        self.latest_group.last_seen
    }

    /// Returns the state of a new error.
    pub const fn new_state(&self, at: OffsetDateTime) -> ErrorState {
        ErrorState {
            id: self.id,
            count: self.count,
            first_seen: self.first_seen,
            last_seen: self.last_seen(),
            resolved: false,
            resolved_at: None,
            ignored: false,
            regressed: false,
            created_at: at,
            updated_at: at,
        }
    }
}

/// Combines the deltas of a batch by error: known errors by (project, error), the global lock order of errors, then
/// new ones by (project, fingerprint), the global claim order of fingerprints.
pub fn by_error<'a>(
    groups: &'a [GroupDelta],
    owners: &[Option<CachedError>],
    occurrences: &'a [Arc<Occurrence>],
    next_id: impl Fn() -> Uuid,
) -> Vec<ErrorDelta<'a>> {
    let mut owned: BTreeMap<(Uuid, Uuid), ErrorDelta<'a>> = BTreeMap::new();
    let mut new = Vec::new();
    for (group, owner) in groups.iter().zip(owners) {
        let delta = ErrorDelta {
            latest_group: group,
            latest: &occurrences[group.latest],
            id: ErrorId(owner.map_or_else(&next_id, |owner| owner.error)),
            revision: owner.map(|owner| owner.revision),
            ignored: owner.is_some_and(|owner| owner.ignored),
            count: group.count(),
            first_seen: group.first_seen,
            members: group.members.clone(),
        };
        if owner.is_none() {
            new.push(delta);
            continue;
        }
        let key = (group.project_id.0, delta.id.0);
        let delta = match owned.remove(&key) {
            Some(others) => combine(others, delta),
            None => delta,
        };
        owned.insert(key, delta);
    }
    owned.into_values().chain(new).collect()
}

/// Merges two deltas of one error. The lower of two revisions is outdated and matches no error, so that all
/// fingerprints are looked up again.
fn combine<'a>(one: ErrorDelta<'a>, two: ErrorDelta<'a>) -> ErrorDelta<'a> {
    let sight = |delta: &ErrorDelta<'_>| (delta.last_seen(), delta.latest.id.0);
    let (count, first_seen) = (one.count + two.count, one.first_seen.min(two.first_seen));
    let (revision, mut members) = (
        one.revision.min(two.revision),
        [one.members.as_slice(), &two.members].concat(),
    );
    members.sort_unstable();
    let later = if sight(&two) > sight(&one) { two } else { one };
    ErrorDelta {
        count,
        first_seen,
        revision,
        members,
        ..later
    }
}
