//! Sessions.

use super::api_key::KeyDigest;
use super::session::Session;
use super::user::User;
use crate::id::SessionId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Keeps sessions.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_session(&self, session: &Session) -> Result<(), StoreError>;

    /// The session with that digest, ended by time or not, and whose it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_session(&self, digest: &KeyDigest)
    -> Result<Option<(Session, User)>, StoreError>;

    /// Notes when sessions were last used, and their people with them. MUST never move either back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn touch_sessions(&self, used: &[(SessionId, OffsetDateTime)]) -> Result<(), StoreError>;

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_session(&self, id: SessionId) -> Result<(), StoreError>;

    /// Forgets sessions that were last used, or began, before these times.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_old_sessions(
        &self,
        used_before: OffsetDateTime,
        begun_before: OffsetDateTime,
    ) -> Result<(), StoreError>;
}
