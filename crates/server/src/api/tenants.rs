//! Tenants.

use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::fields::Fields;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
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
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
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

/// Lists the tenants that the caller belongs to, newest first; every tenant for a platform admin.
#[utoipa::path(
    get, path = "/api/v1/tenants", operation_id = "list_tenants", tag = "Tenants",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of tenants", body = Envelope<TenantList>))
)]
pub async fn list_tenants(
    caller: Caller,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantList>> {
    let (after, limit) = Query::of(request.query_string()).page()?;
    let page = state.tenants.list(caller.principal(), after, limit).await?;
    Ok(Success::ok(TenantList {
        tenants: page.items.into_iter().map(TenantView::of).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Makes a tenant with its default project. A person who makes one owns it; programs must administer the
/// platform. A person owns at most `limits.max_tenants_per_person` tenants: 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants", operation_id = "create_tenant", tag = "Tenants",
    request_body = NewTenant,
    responses((status = 201, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn create_tenant(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let (slug, name) = read_tenant(body)?;
    let tenant = state.tenants.create(caller.principal(), slug, name).await?;
    audit::record_actor(&request, tenant.id, caller.actor());
    audit::detail(&request, &tenant.slug);
    Ok(Success::created(TenantView::of(tenant)))
}

/// One tenant.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}", operation_id = "get_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn get_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    Ok(Success::ok(TenantView::of(caller.tenant)))
}

/// Renames a tenant. Its slug stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}", operation_id = "update_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = TenantChange,
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn update_tenant(
    sender: AuthenticatedBody,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let name = read_tenant_change(body, &caller.tenant.slug)?;
    audit::detail(&request, &name);
    let tenant = state.tenants.rename(&caller, name).await?;
    Ok(Success::ok(TenantView::of(tenant)))
}

/// Puts a tenant out of everybody's sight. Its slug stays taken.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}", operation_id = "delete_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    state.tenants.delete(&caller).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Locks every principal of a tenant out. For platform admins.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/suspend", operation_id = "suspend_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn suspend_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    set_suspended(&caller, &tenant, true, &request, &state).await
}

/// Lets a tenant's principals in again. For platform admins.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/activate", operation_id = "activate_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn activate_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    set_suspended(&caller, &tenant, false, &request, &state).await
}

async fn set_suspended(
    caller: &Caller,
    named: &str,
    suspended: bool,
    request: &HttpRequest,
    state: &AppState,
) -> ApiResult<Success<TenantView>> {
    let principal = caller.principal();
    let changed = state.tenants.set_suspended(principal, named, suspended);
    let tenant = changed.await?;
    audit::record_actor(request, tenant.id, caller.actor());
    Ok(Success::ok(TenantView::of(tenant)))
}
