//! Port: sessions.

use super::api_key::KeyDigest;
use super::session::Session;
use super::user::User;
use crate::id::SessionId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores sessions.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Adds a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_session(&self, session: &Session) -> Result<(), StoreError>;

    /// Finds a session by digest, expired ones too, with its user.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_session(&self, digest: &KeyDigest)
    -> Result<Option<(Session, User)>, StoreError>;

    /// Updates `last_seen` of sessions and of their users. MUST never move either back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn touch_sessions(&self, used: &[(SessionId, OffsetDateTime)]) -> Result<(), StoreError>;

    /// Deletes a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_session(&self, id: SessionId) -> Result<(), StoreError>;

    /// Deletes sessions that were last used, or created, before these times.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_old_sessions(
        &self,
        used_before: OffsetDateTime,
        begun_before: OffsetDateTime,
    ) -> Result<(), StoreError>;
}
