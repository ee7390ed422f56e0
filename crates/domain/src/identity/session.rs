//! Logged-in people.

use super::api_key::KeyDigest;
use crate::id::{SessionId, UserId};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// A person's session, kept without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The person.
    pub user_id: UserId,
    /// SHA-256 of the cookie's secret.
    pub digest: KeyDigest,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last used, within some minutes.
    pub last_seen: OffsetDateTime,
}

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// Unused.
    pub idle: Duration,
    /// At all.
    pub absolute: Duration,
}

impl Session {
    /// When it ends unless it is used before.
    #[must_use]
    pub fn ends_at(&self, life: SessionLife) -> OffsetDateTime {
        (self.last_seen + life.idle).min(self.created_at + life.absolute)
    }
}

/// The token that a page must send along with a cookie to change anything. It follows from the
/// session's secret, which only our own answers can tell: another site makes the browser send the
/// cookie, but reads neither.
#[must_use]
pub fn csrf_token(session_secret: &str) -> String {
    let digest = Sha256::new()
        .chain_update("faultbook csrf ")
        .chain_update(session_secret)
        .finalize();
    let bytes: [u8; 16] = std::array::from_fn(|at| digest[at]);
    uuid::Uuid::from_bytes(bytes).simple().to_string()
}
