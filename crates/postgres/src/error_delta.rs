//! What a batch changes about each error.

use crate::fingerprint_cache::CachedError;
use faultbook_domain::errors::{ErrorState, Occurrence};
use faultbook_domain::id::{ActivityId, ErrorId};
use faultbook_domain::ingest::GroupDelta;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// The groups of a batch that belong to one error: an UPDATE changes a row once.
pub struct ErrorDelta<'a> {
    /// The group with the latest occurrence.
    pub shown: &'a GroupDelta,
    /// That occurrence.
    pub latest: &'a Occurrence,
    /// The error, new where it has no revision.
    pub id: ErrorId,
    /// The revision it was found at.
    pub revision: Option<i64>,
    /// The id of the regression, if this is one.
    pub regression: ActivityId,
    /// What the count grows by.
    pub count: i64,
    /// The earliest timestamp.
    pub first_seen: OffsetDateTime,
    /// Places of its occurrences in the batch, ascending.
    pub members: Vec<usize>,
}

impl ErrorDelta<'_> {
    /// The latest timestamp.
    pub const fn last_seen(&self) -> OffsetDateTime {
        self.shown.last_seen
    }

    /// The state of an error that this makes.
    pub const fn made(&self, at: OffsetDateTime) -> ErrorState {
        ErrorState {
            id: self.id,
            count: self.count,
            first_seen: self.first_seen,
            last_seen: self.last_seen(),
            resolved: false,
            resolved_at: None,
            regressed: false,
            created_at: at,
            updated_at: at,
        }
    }
}

/// The deltas of a batch's errors: those with an owner by (project, error), the order in which everybody
/// locks errors, then new ones by (project, fingerprint), the order in which everybody claims
/// fingerprints.
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
            shown: group,
            latest: &occurrences[group.latest],
            id: ErrorId(owner.map_or_else(&next_id, |owner| owner.error)),
            revision: owner.map(|owner| owner.revision),
            regression: ActivityId(next_id()),
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
            Some(others) => together(others, delta),
            None => delta,
        };
        owned.insert(key, delta);
    }
    owned.into_values().chain(new).collect()
}

/// Two deltas of one error. Of two revisions the lower is out of date and finds no error, so that all
/// is looked up again.
fn together<'a>(one: ErrorDelta<'a>, two: ErrorDelta<'a>) -> ErrorDelta<'a> {
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
