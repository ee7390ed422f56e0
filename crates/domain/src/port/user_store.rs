//! People.

use super::StoreError;
use crate::entity::User;
use async_trait::async_trait;

/// Keeps people.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Adds a person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the address is taken.
    async fn create(&self, user: &User) -> Result<(), StoreError>;

    /// A person by address (lowercase).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find(&self, email: &str) -> Result<Option<User>, StoreError>;
}
