//! User accounts.

use crate::id::UserId;
use time::OffsetDateTime;

/// A user account: a person with a password.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// E-mail address, lowercase; unique.
    pub email: String,
    /// Display name.
    pub name: String,
    /// The password's argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether the user administers the platform.
    pub platform_admin: bool,
    /// When the account was created.
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
