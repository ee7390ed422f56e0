//! Projects.

use super::slug::Slug;
use crate::id::{ProjectId, TenantId};
use time::OffsetDateTime;

/// A project: the space within which reports are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// A small integer id, for places where only a number fits (an SDK's DSN).
    pub number: i64,
    /// Its slug, unique within the tenant.
    pub slug: Slug,
    /// Its display name.
    pub name: String,
    /// The platform it runs on, as its owner says.
    pub platform: Option<String>,
    /// The public key of the DSN key that is made with it, which may be revoked since.
    pub first_key: String,
    /// Days that its occurrences are kept; the server's default when absent.
    pub retention_days: Option<i32>,
    /// Days that its counts are kept; the server's default when absent.
    pub counts_retention_days: Option<i32>,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}
