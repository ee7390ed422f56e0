//! Passwords.

use async_trait::async_trait;

/// The hash function failed: a defect, or no memory.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashFailed(pub String);

/// Turns passwords into what may be stored. Slow on purpose, and off the threads that serve requests.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Passwords: Send + Sync {
    /// A new hash in PHC form.
    ///
    /// # Errors
    /// [`HashFailed`].
    async fn hash(&self, password: &str) -> Result<String, HashFailed>;

    /// Whether this is the password. Without a hash it is not, after the same time: who measures cannot
    /// tell whether there is somebody of that name.
    ///
    /// # Errors
    /// [`HashFailed`].
    async fn matches(&self, password: &str, hash: Option<String>) -> Result<bool, HashFailed>;
}
