//! Misses: source maps that events wanted and nobody had uploaded yet.

use crate::fingerprint::Fingerprint;
use crate::id::{ProjectId, TenantId};
use crate::tenancy::{Scope, TenantScope};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// What an event looked for in vain, and what an upload brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MissKey(pub Uuid);

impl MissKey {
    /// The key of work that waits for no upload.
    pub const NONE: Self = Self(Uuid::nil());

    /// Returns the key of a debug id.
    #[must_use]
    pub const fn of_debug_id(id: Uuid) -> Self {
        Self(id)
    }

    /// Returns the key of a script in a release, whatever host it is loaded from: `path` is its URL's.
    #[must_use]
    pub fn of_path(release: Option<&str>, dist: Option<&str>, path: &str) -> Self {
        let mut hash = Sha256::new();
        for text in [release.unwrap_or_default(), dist.unwrap_or_default(), path] {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (key, _) = digest.split_at(16);
        Self(Uuid::from_slice(key).unwrap_or_default())
    }
}

/// What occurrences of a fingerprint looked for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMisses {
    /// The project.
    pub project_id: ProjectId,
    /// The fingerprint of the occurrences.
    pub fingerprint: Fingerprint,
    /// What they looked for.
    pub keys: Vec<MissKey>,
    /// When they did.
    pub at: OffsetDateTime,
    /// Whether they are worked on without waiting for an upload.
    pub is_due: bool,
}

/// Occurrences whose map has come: those of one fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueMiss {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The project.
    pub project_id: ProjectId,
    /// The fingerprint of the occurrences.
    pub fingerprint: Fingerprint,
    /// Until when a node works on them.
    pub until: OffsetDateTime,
}

impl DueMiss {
    /// Returns the scope to work in.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(TenantScope::of(self.tenant_id), vec![self.project_id])
    }
}
