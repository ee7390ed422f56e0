//! Programs that act for a tenant.

use super::api_key::KeyDigest;
use crate::id::{RbacItemId, SystemUserId, TenantId};
use time::OffsetDateTime;

/// A program with a token and a role. Unlike an API key it belongs to the team: it has a role, can be
/// switched off and on, and its token can be rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemUser {
    /// Its id.
    pub id: SystemUserId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// What its maker called it; unique in the tenant.
    pub name: String,
    /// What it may do.
    pub role_id: RbacItemId,
    /// SHA-256 of its token.
    pub digest: KeyDigest,
    /// What may be shown of the token.
    pub preview: String,
    /// Whether its token is accepted.
    pub active: bool,
    /// When its token stops being accepted.
    pub expires_at: Option<OffsetDateTime>,
    /// When it last called, within a minute.
    pub last_used: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}
