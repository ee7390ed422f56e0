//! Per-node cache of the error that each fingerprint belongs to.
//!
//! Finding the error of a fingerprint takes a fifth of the database's time for recording, and the result hardly ever changes.
//! Entries may be outdated: each carries the error's revision, and recording that finds no error of that revision
//! writes nothing, evicts the entries and starts over.

use crate::connect::{Parameter, WriteConnection};
use crate::failure::Failure;
use crate::row::fingerprint_id;
use faultbook_domain::ingest::GroupDelta;
use moka::sync::Cache;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// Capacity in fingerprints: about 10 MiB.
const REMEMBERED: u64 = 50_000;

/// An error, at the revision at which a fingerprint belonged to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedError {
    /// The error.
    pub error: Uuid,
    /// Its revision.
    pub revision: i64,
    /// Whether it was resolved or ignored when it was last recorded: a guess.
    pub watched: bool,
    /// Whether it was ignored: a guess.
    pub ignored: bool,
}

impl CachedError {
    /// Returns a new error.
    pub const fn new(error: Uuid) -> Self {
        Self {
            error,
            revision: 0,
            watched: false,
            ignored: false,
        }
    }
}

type Key = (Uuid, Uuid);

/// Caches the error of each fingerprint.
#[derive(Clone)]
pub struct FingerprintCache(Cache<Key, CachedError>);

impl Default for FingerprintCache {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

/// Selects errors by project and fingerprint.
const LOOK_UP: &str = "
SELECT k.n, f.error_id, f.revision
FROM unnest($1, $2) WITH ORDINALITY AS k (project_id, fingerprint, n)
JOIN error_fingerprints f ON f.project_id = k.project_id AND f.fingerprint = k.fingerprint";

impl FingerprintCache {
    /// Returns the error of each group's fingerprint, if it has one. Queries the database for those not cached.
    pub async fn of(
        &self,
        connection: &mut WriteConnection,
        groups: &[GroupDelta],
    ) -> Result<Vec<Option<CachedError>>, Failure> {
        let mut owners: Vec<Option<CachedError>> =
            groups.iter().map(|group| self.0.get(&key(group))).collect();
        let unknown: Vec<usize> = (0..groups.len())
            .filter(|place| owners[*place].is_none())
            .collect();
        if unknown.is_empty() {
            return Ok(owners);
        }
        let (projects, fingerprints): (Vec<Uuid>, Vec<Uuid>) =
            unknown.iter().map(|place| key(&groups[*place])).unzip();
        let parameters: [Parameter<'_>; 2] = [
            (&projects, Type::UUID_ARRAY),
            (&fingerprints, Type::UUID_ARRAY),
        ];
        for row in connection.query(LOOK_UP, &parameters).await? {
            let place = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or(usize::MAX);
            let owner = CachedError {
                error: row.try_get(1)?,
                revision: row.try_get(2)?,
                watched: false,
                ignored: false,
            };
            if let Some(place) = unknown.get(place) {
                self.remember(&groups[*place], owner);
                owners[*place] = Some(owner);
            }
        }
        Ok(owners)
    }

    /// Caches the error of a group's fingerprint.
    pub fn remember(&self, group: &GroupDelta, owner: CachedError) {
        self.0.insert(key(group), owner);
    }

    /// Evicts the fingerprints of these groups.
    pub fn forget(&self, groups: &[GroupDelta]) {
        for group in groups {
            self.0.invalidate(&key(group));
        }
    }
}

fn key(group: &GroupDelta) -> Key {
    (group.project_id.0, fingerprint_id(group.fingerprint))
}
