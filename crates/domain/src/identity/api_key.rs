//! API keys and the format of secrets.

use super::permission::Permissions;
use crate::id::{KeyId, ProjectId, TenantId};
use sha2::{Digest, Sha256};
use std::fmt;
use time::OffsetDateTime;

/// An API key as stored: never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The project that the key is bound to; `None` for a key of the whole tenant.
    pub project_id: Option<ProjectId>,
    /// Its display name.
    pub name: String,
    /// SHA-256 of the secret.
    pub digest: KeyDigest,
    /// `sk_****` and the secret's last four characters.
    pub preview: String,
    /// Permission names as given at creation.
    pub permission_names: Vec<String>,
    /// Whether the key also administers the platform.
    pub platform_admin: bool,
    /// Requests per minute, in place of the configured limit.
    pub rate_limit: Option<i32>,
    /// When the key expires.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
    /// When the key was last used, to the minute.
    pub last_used: Option<OffsetDateTime>,
    /// When the key was created.
    pub created_at: OffsetDateTime,
}

impl ApiKey {
    /// Returns when the key was revoked or, if it was not, when it expires.
    #[must_use]
    pub fn ended_at(&self) -> Option<OffsetDateTime> {
        self.revoked_at.or(self.expires_at)
    }

    /// Returns the permissions of the key. Names that this version does not know grant nothing.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.permission_names
            .iter()
            .filter_map(|name| Permissions::from_names([name]).ok())
            .fold(Permissions::NONE, Permissions::union)
    }
}

/// SHA-256 of a key's secret. Secrets are random and long, so a fast hash is enough.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest(pub [u8; 32]);

impl KeyDigest {
    /// Hashes a presented secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(***)")
    }
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The kind of a secret, recognized by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// An API key.
    ApiKey,
    /// A system user's token.
    SystemUser,
    /// A session cookie.
    Session,
    /// An invitation token.
    Invitation,
}

impl KeyKind {
    const ALL: [Self; 4] = [
        Self::ApiKey,
        Self::SystemUser,
        Self::Session,
        Self::Invitation,
    ];

    /// Returns the prefix of secrets of this kind.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "sk_live_",
            Self::SystemUser => "su_live_",
            Self::Session => "se_live_",
            Self::Invitation => "iv_live_",
        }
    }

    /// Recognizes the kind of a secret by its prefix.
    #[must_use]
    pub fn of(secret: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| secret.starts_with(kind.prefix()))
    }
}

/// A new secret: its kind's prefix, 32 random base62 characters and a checksum of 6, which tells a typing error from
/// an unknown key without a lookup.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

/// The text has the form of a Faultbook secret, but its checksum is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is malformed")]
pub struct MalformedKey;

impl KeyText {
    const RANDOM: usize = 32;
    const CHECKSUM: usize = 6;

    /// Encodes 32 random bytes as a secret; each byte picks one of 62 characters.
    #[must_use]
    pub fn from_random(kind: KeyKind, random: [u8; Self::RANDOM]) -> Self {
        let mut text = String::from(kind.prefix());
        text.extend(
            random
                .iter()
                .map(|byte| char::from(BASE62[usize::from(*byte) % 62])),
        );
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Self(text)
    }

    /// Rejects text that has the prefix of a Faultbook secret and is malformed. Other text passes: the development
    /// key has another form.
    ///
    /// # Errors
    /// [`MalformedKey`] when length, alphabet or checksum are wrong.
    pub fn check(text: &str) -> Result<(), MalformedKey> {
        let Some(kind) = KeyKind::of(text) else {
            return Ok(());
        };
        let rest = &text[kind.prefix().len()..];
        if rest.len() != Self::RANDOM + Self::CHECKSUM
            || !rest.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return Err(MalformedKey);
        }
        let (body, sum) = text.split_at(text.len() - Self::CHECKSUM);
        if checksum(body) == sum {
            Ok(())
        } else {
            Err(MalformedKey)
        }
    }

    /// Returns the secret: show it once, never store it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the masked form of a secret that may be shown later.
    #[must_use]
    pub fn preview_of(secret: &str) -> String {
        let prefix = KeyKind::of(secret).unwrap_or(KeyKind::ApiKey).prefix();
        let last: Vec<char> = secret.chars().rev().take(4).collect();
        let last: String = last.into_iter().rev().collect();
        format!("{}****{last}", &prefix[..3])
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(***)")
    }
}

/// Returns six base62 digits of the first 64 bits of SHA-256.
fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut number = digest
        .iter()
        .take(8)
        .fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
    let mut digits = [0u8; KeyText::CHECKSUM];
    for digit in &mut digits {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_has_the_documented_form_and_passes_its_own_check() {
        let key = KeyText::from_random(KeyKind::ApiKey, [7; 32]);
        assert_eq!(key.reveal().len(), "sk_live_".len() + 38);
        assert_eq!(KeyText::check(key.reveal()), Ok(()));
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let key = KeyText::from_random(KeyKind::ApiKey, [7; 32]);
        let wrong = key.reveal().replacen('7', "8", 1);
        assert_ne!(wrong, key.reveal());
        assert_eq!(KeyText::check(&wrong), Err(MalformedKey));
    }

    #[test]
    fn foreign_keys_pass_and_previews_show_four_characters() {
        assert_eq!(KeyText::check("test-api-key"), Ok(()));
        assert_eq!(KeyText::preview_of("sk_live_abcdef7890"), "sk_****7890");
    }

    #[test]
    fn nothing_prints_a_secret() {
        let key = KeyText::from_random(KeyKind::ApiKey, [7; 32]);
        assert!(!format!("{key:?}").contains(key.reveal()));
    }
}
