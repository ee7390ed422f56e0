//! Encrypts the secrets of channels before they are stored.

use anyhow::{Context, ensure};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::notifications::SecretBox;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a nonce; random ones of this length may be drawn for ever.
const NONCE: usize = 24;

/// Seals with XChaCha20-Poly1305: a random nonce, then the sealed text.
pub struct ChaChaSecretBox {
    cipher: XChaCha20Poly1305,
    ids: Arc<dyn IdSource>,
}

impl ChaChaSecretBox {
    /// Seals under a passphrase or key of any form. It should be hard to guess: it is hashed once.
    #[must_use]
    pub fn new(secret: &str, ids: Arc<dyn IdSource>) -> Self {
        let key: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        Self { cipher, ids }
    }

    /// Seals under a random key that is kept nowhere.
    #[must_use]
    pub fn ephemeral(ids: Arc<dyn IdSource>) -> Self {
        let key = Key::from(ids.secret_bytes());
        let cipher = XChaCha20Poly1305::new(&key);
        Self { cipher, ids }
    }

    /// Seals under the key in a file, which is made at the first start.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn from_file(path: &Path, ids: Arc<dyn IdSource>) -> anyhow::Result<Self> {
        let secret = match fs::read_to_string(path) {
            Ok(secret) => {
                restrict(path);
                secret.trim().to_owned()
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make_key(path, &*ids).with_context(|| format!("cannot make {}", path.display()))?
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        ensure!(secret.len() >= 32, "{} holds no key", path.display());
        Ok(Self::new(&secret, ids))
    }
}

fn make_key(path: &Path, ids: &dyn IdSource) -> std::io::Result<String> {
    let secret = crate::hex::hex(&ids.secret_bytes());
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    Ok(secret)
}

/// Takes from others what they may do with a key file that somebody else made.
fn restrict(path: &Path) {
    let restricted = fs::metadata(path).and_then(|about| {
        let mode = about.permissions().mode();
        if mode & 0o077 == 0 {
            return Ok(());
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))
    });
    if let Err(error) = restricted {
        tracing::warn!(path = %path.display(), %error, "other users of this machine may read the key");
    }
}

impl SecretBox for ChaChaSecretBox {
    fn seal(&self, text: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.ids.secret_bytes()[..NONCE]);
        let mut sealed = nonce.to_vec();
        // Fails only for texts of 256 GiB and more.
        sealed.extend(
            self.cipher
                .encrypt(&XNonce::from(nonce), text)
                .unwrap_or_default(),
        );
        sealed
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher.decrypt(&XNonce::from(*nonce), rest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::system::SystemIds;

    fn sealer(secret: &str) -> ChaChaSecretBox {
        ChaChaSecretBox::new(secret, Arc::new(SystemIds::default()))
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_same_key_only() {
        let sealer_one = sealer("one");
        let sealed = sealer_one.seal(b"hush");
        assert!(!sealed.windows(4).any(|window| window == b"hush"));
        assert_ne!(sealed, sealer_one.seal(b"hush"), "each time anew");
        assert_eq!(sealer("one").open(&sealed).as_deref(), Some(&b"hush"[..]));
        assert_eq!(sealer("two").open(&sealed), None);
        let mut changed = sealed;
        changed[30] ^= 1;
        assert_eq!(sealer_one.open(&changed), None);
        assert_eq!(sealer_one.open(b"short"), None);
    }

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret.key");
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::default());
        let first = ChaChaSecretBox::from_file(&path, Arc::clone(&ids)).unwrap();
        let again = ChaChaSecretBox::from_file(&path, ids).unwrap();
        assert_eq!(again.open(&first.seal(b"x")).as_deref(), Some(&b"x"[..]));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let folder_mode = fs::metadata(path.parent().unwrap()).unwrap().permissions();
        assert_eq!(folder_mode.mode() & 0o777, 0o700);
    }

    #[test]
    fn a_key_file_that_others_may_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        fs::write(&path, "x".repeat(40)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        ChaChaSecretBox::from_file(&path, Arc::new(SystemIds::default())).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
