//! Login sessions and CSRF tokens.

use super::api_key::KeyDigest;
use crate::id::{SessionId, UserId};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// A user's session as stored: never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The user.
    pub user_id: UserId,
    /// SHA-256 of the cookie's secret.
    pub digest: KeyDigest,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last used, to a few minutes.
    pub last_seen: OffsetDateTime,
}

/// Lifetime of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// Maximum idle time.
    pub idle: Duration,
    /// Maximum age.
    pub absolute: Duration,
}

impl Session {
    /// Returns when the session expires if it is not used again.
    #[must_use]
    pub fn ends_at(&self, life: SessionLife) -> OffsetDateTime {
        (self.last_seen + life.idle).min(self.created_at + life.absolute)
    }
}

/// Derives the CSRF token that a page must send along with the cookie on every change. It is derived from the
/// session's secret: another site can make the browser send the cookie, but reads neither.
#[must_use]
pub fn csrf_token(session_secret: &str) -> String {
    let digest = Sha256::new()
        .chain_update("faultbook csrf ")
        .chain_update(session_secret)
        .finalize();
    let bytes: [u8; 16] = std::array::from_fn(|at| digest[at]);
    uuid::Uuid::from_bytes(bytes).simple().to_string()
}
