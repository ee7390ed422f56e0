//! Port: user accounts.

use super::profile::Profile;
use super::user::User;
use crate::id::{SessionId, UserId};
use crate::store_error::StoreError;
use async_trait::async_trait;

/// Stores user accounts.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Adds a user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the e-mail address is taken.
    async fn create_user(&self, user: &User) -> Result<(), StoreError>;

    /// Finds a user by e-mail address (lowercase).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_user(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// Returns a user by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Returns what a user has set for themselves; the defaults for a user that does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_profile(&self, id: UserId) -> Result<Profile, StoreError>;

    /// Sets a user's name and what they have set for themselves. Members of tenants have the new name at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn set_profile(
        &self,
        id: UserId,
        name: &str,
        profile: &Profile,
    ) -> Result<(), StoreError>;

    /// Sets a user's password and, in the same transaction, deletes all of their sessions but `kept` and ends all of
    /// their rights to set another ([`PasswordReset`](super::PasswordReset)).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        kept: SessionId,
    ) -> Result<(), StoreError>;
}
