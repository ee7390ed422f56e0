//! Password hashing with Argon2.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use async_trait::async_trait;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::{HashFailed, Passwords};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes at once: each takes 19 MiB and some 20 ms of one core.
const AT_ONCE: usize = 2;

/// argon2id with 19 MiB, two passes and one lane: the parameters that OWASP's Password Storage Cheat Sheet
/// asks for at least, and the `argon2` crate's defaults.
pub struct ArgonPasswords {
    ids: Arc<dyn IdSource>,
    turns: Arc<Semaphore>,
}

impl ArgonPasswords {
    /// Takes salts from this source.
    #[must_use]
    pub fn new(ids: Arc<dyn IdSource>) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { ids, turns }
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashFailed> + Send + 'static,
    ) -> Result<T, HashFailed> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|error| HashFailed(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|error| HashFailed(error.to_string()))?
    }
}

#[async_trait]
impl Passwords for ArgonPasswords {
    async fn hash(&self, password: &str) -> Result<String, HashFailed> {
        let (password, salt) = (password.to_owned(), self.ids.secret_bytes());
        self.apart(move || {
            let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt[..16]);
            let hash = hash.map_err(|error| HashFailed(error.to_string()))?;
            Ok(hash.to_string())
        })
        .await
    }

    async fn matches(&self, password: &str, hash: Option<String>) -> Result<bool, HashFailed> {
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(false);
        };
        let password = password.to_owned();
        self.apart(move || {
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), hash.as_str())
                .is_ok())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::system::SystemIds;

    #[tokio::test]
    async fn only_the_password_matches_its_hash() {
        let passwords = ArgonPasswords::new(Arc::new(SystemIds::default()));
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(!hash.contains("horse"));
        for (password, hash, expected) in [
            ("correct horse", Some(hash.clone()), true),
            ("correct horse ", Some(hash), false),
            ("correct horse", None, false),
            ("correct horse", Some("no hash".to_owned()), false),
        ] {
            let matches = passwords.matches(password, hash).await.unwrap();
            assert_eq!(matches, expected);
        }
    }
}
