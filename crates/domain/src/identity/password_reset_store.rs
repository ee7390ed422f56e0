//! Port: rights to set a new password.

use super::api_key::KeyDigest;
use super::password_reset::PasswordReset;
use crate::id::UserId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores rights to set a new password.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PasswordResetStore: Send + Sync {
    /// Adds a right, unless the person was given [`PasswordReset::MOST`] within the last
    /// [`PasswordReset::VALIDITY`], used ones included: MUST hold under concurrent calls. Returns whether it was added.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_password_reset(&self, reset: &PasswordReset) -> Result<bool, StoreError>;

    /// Finds a right that can be used now: MUST NOT find one that was used or ended, or is older than
    /// [`PasswordReset::VALIDITY`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_password_reset(
        &self,
        digest: &KeyDigest,
        now: OffsetDateTime,
    ) -> Result<Option<PasswordReset>, StoreError>;

    /// Uses a right: in one transaction sets the password, deletes all of the person's sessions and ends all of their
    /// rights. Returns whose it was; `None`, and changes nothing, where
    /// [`find_password_reset`](Self::find_password_reset) finds none. MUST work once, however many call.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn use_password_reset(
        &self,
        digest: &KeyDigest,
        now: OffsetDateTime,
        password_hash: &str,
    ) -> Result<Option<UserId>, StoreError>;

    /// Deletes rights that were created before a time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_password_resets(&self, before: OffsetDateTime) -> Result<(), StoreError>;
}
