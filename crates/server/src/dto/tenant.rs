//! Tenants as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::tenancy::{Slug, Tenant};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenant)]
pub struct TenantView {
    id: Uuid,
    #[schema(example = "acme")]
    slug: String,
    #[schema(example = "Acme Inc.")]
    name: String,
    /// `active` or `suspended`.
    status: &'static str,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    created_at: OffsetDateTime,
}

impl TenantView {
    /// The view of a tenant.
    #[must_use]
    pub fn of(tenant: Tenant) -> Self {
        Self {
            id: tenant.id.0,
            slug: tenant.slug.to_string(),
            name: tenant.name,
            status: if tenant.suspended {
                "suspended"
            } else {
                "active"
            },
            created_at: tenant.created_at,
        }
    }
}

/// Tenants.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantList {
    /// Newest first.
    pub tenants: Vec<TenantView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// A tenant to be made.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "Acme Inc.", "slug": "acme" }))]
pub struct NewTenant {
    /// 1 to 200 characters.
    pub name: String,
    /// Lowercase letters, digits and single inner hyphens; unique for ever.
    pub slug: String,
}

/// Reads a tenant to be made.
///
/// # Errors
/// 400, 422.
pub fn read_tenant(body: Value) -> Result<(Slug, String), ApiError> {
    let mut fields = Fields::v1(body)?;
    let name = fields.name("name");
    let name = fields.demand("name", name).unwrap_or_default();
    let slug = fields.slug("slug");
    match fields.demand("slug", slug) {
        Some(slug) => fields.finish((slug, name)),
        None => Err(fields.fault()),
    }
}

/// What may change of a tenant.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "Acme Ltd." }))]
pub struct TenantChange {
    /// 1 to 200 characters.
    pub name: String,
}

/// Reads a tenant's new name.
///
/// # Errors
/// 400, 422: its slug never changes.
pub fn read_tenant_change(body: Value, slug: &Slug) -> Result<String, ApiError> {
    let mut fields = Fields::v1(body)?;
    let name = fields.name("name");
    let name = fields.demand("name", name).unwrap_or_default();
    if fields.slug("slug").is_some_and(|given| given != *slug) {
        fields.rule("slug", "cannot be changed");
    }
    fields.finish(name)
}
