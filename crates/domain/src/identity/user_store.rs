//! People.

use super::user::User;
use crate::id::{SessionId, UserId};
use crate::store_error::StoreError;
use async_trait::async_trait;

/// Keeps people.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Adds a person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the address is taken.
    async fn create_user(&self, user: &User) -> Result<(), StoreError>;

    /// A person by address (lowercase).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_user(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// A person by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Changes a person's password and, in the same transaction, ends every session of theirs but `kept`.
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
