//! An organization.

use super::slug::Slug;
use crate::id::TenantId;
use time::OffsetDateTime;

/// A tenant: an organization whose data nobody else sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name, unique for ever.
    pub slug: Slug,
    /// Its display name.
    pub name: String,
    /// Whether its principals are locked out.
    pub suspended: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
}
