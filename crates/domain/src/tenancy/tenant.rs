//! Tenants.

use super::slug::Slug;
use crate::id::TenantId;
use time::OffsetDateTime;

/// A tenant: an organization whose data is isolated from other tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its slug, never reused.
    pub slug: Slug,
    /// Its display name.
    pub name: String,
    /// Whether the tenant is suspended: its principals are locked out.
    pub suspended: bool,
    /// When it was created.
    pub created_at: OffsetDateTime,
}
