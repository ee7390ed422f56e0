//! Credentials and the errors of authentication.

use super::api_key::KeyDigest;
use crate::store_error::StoreError;

/// A credential as presented by a caller.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// An API key or a system user's token.
    Key(&'a str),
    /// A session's secret, and the tenant its user wants to act in (id or slug); the one they joined first when
    /// absent.
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

    /// Returns the key of the credential cache: the principal of a session depends on the tenant, too.
    pub(crate) fn cache_key(&self) -> KeyDigest {
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

/// Why a credential was rejected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Unknown, malformed or revoked.
    #[error("the credential is not valid")]
    Invalid,
    /// An expired key.
    #[error("the key has expired")]
    Expired,
    /// An expired session.
    #[error("the session has expired")]
    SessionExpired,
    /// A system user that is inactive or expired.
    #[error("the system user is inactive")]
    Inactive,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// The tenant that the session's user wants to act in does not exist.
    #[error("there is no such tenant")]
    NoTenant,
    /// The session's user is not an active member of the tenant that they want to act in.
    #[error("the person is no member of the tenant")]
    NotMember,
    /// The store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}
