//! System users: programs that act for a tenant.

use super::api_key::KeyDigest;
use crate::id::{RbacItemId, SystemUserId, TenantId};
use time::OffsetDateTime;

/// A program with a token and a role. Unlike an API key it has a role, can be deactivated, and its token can be
/// rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemUser {
    /// Its id.
    pub id: SystemUserId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Its role.
    pub role_id: RbacItemId,
    /// SHA-256 of its token.
    pub digest: KeyDigest,
    /// The masked token.
    pub preview: String,
    /// Whether its token is accepted.
    pub active: bool,
    /// When its token expires.
    pub expires_at: Option<OffsetDateTime>,
    /// When its token was last used, to the minute.
    pub last_used: Option<OffsetDateTime>,
    /// When it was created.
    pub created_at: OffsetDateTime,
}
