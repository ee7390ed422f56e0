//! A person who can log in.

use crate::id::UserId;
use time::OffsetDateTime;

/// A person with a password.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, lowercase; unique.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The password's argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether they may administer every tenant.
    pub platform_admin: bool,
    /// When the row was made.
    pub created_at: OffsetDateTime,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}
