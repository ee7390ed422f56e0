//! API keys.

use super::permission::Permissions;
use crate::id::{KeyId, ProjectId, TenantId};
use sha2::{Digest, Sha256};
use std::fmt;
use time::OffsetDateTime;

/// An API key as kept: never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The one project it is for; the tenant's default project takes its reports when absent.
    pub project_id: Option<ProjectId>,
    /// What its maker called it.
    pub name: String,
    /// SHA-256 of the secret.
    pub digest: KeyDigest,
    /// `sk_****` and the secret's last four characters.
    pub preview: String,
    /// The permission names as its maker gave them.
    pub permission_names: Vec<String>,
    /// Whether it also administers the platform.
    pub platform_admin: bool,
    /// Requests a minute, in place of the configured limit.
    pub rate_limit: Option<i32>,
    /// When it stops being valid.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
    /// When it was last used, within a minute.
    pub last_used: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl ApiKey {
    /// When the key was revoked or, if it was not, when it expires.
    #[must_use]
    pub fn ended_at(&self) -> Option<OffsetDateTime> {
        self.revoked_at.or(self.expires_at)
    }

    /// What the key allows. Names that this version no longer knows grant nothing.
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
    /// The digest of a presented secret.
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

/// What a secret opens; told by how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The API, for a program.
    ApiKey,
    /// The API, for a system user.
    SystemUser,
    /// The API, for a person's browser.
    Session,
    /// A tenant, once.
    Invitation,
}

impl KeyKind {
    const ALL: [Self; 4] = [
        Self::ApiKey,
        Self::SystemUser,
        Self::Session,
        Self::Invitation,
    ];

    /// How such secrets begin.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "sk_live_",
            Self::SystemUser => "su_live_",
            Self::Session => "se_live_",
            Self::Invitation => "iv_live_",
        }
    }

    /// The kind of a secret that was made here.
    #[must_use]
    pub fn of(secret: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| secret.starts_with(kind.prefix()))
    }
}

/// A new secret: its kind's prefix + 32 random base62 characters + 6 of checksum, which lets a typing
/// error be told from an unknown key without asking a database.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

/// The text has the form of one of our keys, but its checksum is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is malformed")]
pub struct MalformedKey;

impl KeyText {
    const RANDOM: usize = 32;
    const CHECKSUM: usize = 6;

    /// Makes a key out of 32 random bytes; each picks one of 62 characters.
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

    /// Refuses text that begins like our keys and cannot be one. Other text passes: keys may come
    /// from elsewhere (the development key does).
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

    /// The secret itself: to be shown once and never stored.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be shown of it afterwards.
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

/// Six base62 digits of the first 64 bits of SHA-256.
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
