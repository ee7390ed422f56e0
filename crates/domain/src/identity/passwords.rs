//! Port: password hashing.

use async_trait::async_trait;

/// The hash function failed: a bug, or out of memory.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashFailed(pub String);

/// Hashes and verifies passwords. Slow on purpose; runs off the threads that serve requests.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Hashes a password, in PHC form.
    ///
    /// # Errors
    /// [`HashFailed`].
    async fn hash(&self, password: &str) -> Result<String, HashFailed>;

    /// Verifies a password. Without a hash it returns `false` after the same time, so that timing does not reveal
    /// whether an account exists.
    ///
    /// # Errors
    /// [`HashFailed`].
    async fn matches(&self, password: &str, hash: Option<String>) -> Result<bool, HashFailed>;
}
