//! What callers present, and why it is not accepted.

use super::api_key::KeyDigest;
use crate::store_error::StoreError;

/// What a caller presents.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// An API key or a system user's token.
    Key(&'a str),
    /// A session's secret, and the tenant its holder wants to act in (id or short name); the one they
    /// joined first when absent.
    Session {
        /// The secret.
        secret: &'a str,
        /// The tenant.
        tenant: Option<&'a str>,
    },
}

impl Credential<'_> {
    pub(crate) fn secret(&self) -> &str {
        match self {
            Self::Key(secret) | Self::Session { secret, .. } => secret,
        }
    }

    /// What a trusted principal is remembered by: what they are depends on the tenant, too.
    pub(crate) fn memory(&self) -> KeyDigest {
        match self {
            Self::Key(secret)
            | Self::Session {
                secret,
                tenant: None,
            } => KeyDigest::of(secret),
            Self::Session {
                secret,
                tenant: Some(tenant),
            } => KeyDigest::of(&format!("{secret}\0{tenant}")),
        }
    }
}

/// Why a credential was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Unknown, malformed or revoked.
    #[error("the credential is not valid")]
    Invalid,
    /// A key past its date.
    #[error("the key has expired")]
    Expired,
    /// A session past its time.
    #[error("the session has expired")]
    SessionExpired,
    /// A system user that was switched off, or is past its date.
    #[error("the system user is inactive")]
    Inactive,
    /// Its tenant is locked out.
    #[error("the tenant is suspended")]
    Suspended,
    /// The tenant that the holder of a session wants to act in does not exist.
    #[error("there is no such tenant")]
    NoTenant,
    /// The holder of a session is no active member of the tenant that they want to act in.
    #[error("the person is no member of the tenant")]
    NotMember,
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}
