//! The right to set a new password without the old one.

use super::api_key::KeyDigest;
use crate::id::UserId;
use crate::notifications::Secret;
use time::{Duration, OffsetDateTime};

/// The right to set a new password without the old one, as stored: never its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordReset {
    /// SHA-256 of the token.
    pub digest: KeyDigest,
    /// Whose password may be set.
    pub user_id: UserId,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
}

impl PasswordReset {
    /// How long a token is valid.
    pub const VALIDITY: Duration = Duration::HOUR;

    /// How many a person may be sent within [`VALIDITY`](Self::VALIDITY).
    pub const MOST: u32 = 3;

    /// Writes 256 random bits as a token.
    #[must_use]
    pub fn token(random: [u8; 32]) -> Secret {
        let digits = random.iter().map(|byte| format!("{byte:02x}"));
        Secret::new(digits.collect())
    }
}
