//! Tenants: create, list, update, suspend, activate, delete.

use crate::http::audit;
use crate::http::audit_change::{self, AuditChange};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::extract::{Json, TenantCaller, TenantJson};
use crate::http::query::Query;
use crate::http::request::{Name, Request, request};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::tenancy::{Slug, Tenant, Tenants};
use serde::Serialize;
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

request! {
    /// A tenant to be made.
    #[schema(example = json!({ "name": "Acme Inc.", "slug": "acme" }))]
    pub struct NewTenant {
        /// 1 to `limits.max_name` characters (200 by default).
        #[schema(value_type = String)]
        pub name: Name,
        /// Lowercase letters, digits and single inner hyphens; unique for ever.
        #[schema(value_type = String)]
        pub slug: Slug,
    }
}

request! {
    /// What may change of a tenant.
    #[schema(example = json!({ "name": "Acme Ltd." }))]
    pub struct TenantChange {
        /// 1 to `limits.max_name` characters (200 by default).
        #[schema(value_type = String)]
        pub name: Name,
    }
}

/// Lists the tenants that the caller belongs to, newest first; every tenant for a platform admin.
#[utoipa::path(
    get, path = "/api/v1/tenants", tag = "Tenants",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of tenants", body = Envelope<TenantList>))
)]
pub async fn list_tenants(
    caller: Caller,
    query: Query,
    tenants: Data<Tenants>,
) -> ApiResult<Success<TenantList>> {
    let (after, limit) = query.page()?;
    let page = tenants.list(caller.principal(), after, limit).await?;
    Ok(Success::ok(TenantList {
        tenants: page.items.into_iter().map(TenantView::of).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// The fields of a tenant that the audit log tells.
const AUDITED: &[&str] = &["name", "slug", "status"];

/// Makes a tenant with its default project. A person who makes one owns it; programs must administer the
/// platform. A person owns at most `limits.max_tenants_per_person` tenants: 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants", tag = "Tenants",
    request_body = NewTenant,
    responses((status = 201, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn create_tenant(
    Json { caller, body }: Json,
    request: HttpRequest,
    tenants: Data<Tenants>,
) -> ApiResult<Success<TenantView>> {
    let NewTenant { name, slug } = body.read()?;
    let tenant = tenants.create(caller.principal(), slug, name.0).await?;
    audit::record_actor(&request, tenant.id, caller.actor());
    let view = TenantView::of(tenant);
    let change = AuditChange::of("tenant", "created", view.id).named(&view.name);
    caller.record_change(change.to(audit_change::fields(&view, AUDITED)));
    Ok(Success::created(view))
}

/// One tenant.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn get_tenant(caller: TenantCaller) -> ApiResult<Success<TenantView>> {
    Ok(Success::ok(TenantView::of(caller.tenant.clone())))
}

/// Renames a tenant. Its slug stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = TenantChange,
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn update_tenant(
    TenantJson { caller, body }: TenantJson,
    tenants: Data<Tenants>,
) -> ApiResult<Success<TenantView>> {
    let mut fields = body.fields()?;
    let change = TenantChange::read(&mut fields);
    if fields
        .slug("slug")
        .is_some_and(|slug| slug != caller.tenant.slug)
    {
        fields.rule("slug", "cannot be changed");
    }
    let Name(name) = fields.conclude(change)?.name;
    let before = TenantView::of(caller.tenant.clone());
    let view = TenantView::of(tenants.rename(&caller, name).await?);
    let change = AuditChange::of("tenant", "changed", view.id).named(&view.name);
    let change = change.from(audit_change::fields(&before, AUDITED));
    caller.record_change(change.to(audit_change::fields(&view, AUDITED)));
    Ok(Success::ok(view))
}

/// Puts a tenant out of everybody's sight. Its slug stays taken.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_tenant(
    caller: TenantCaller,
    tenants: Data<Tenants>,
) -> ApiResult<HttpResponse> {
    tenants.delete(&caller).await?;
    let before = TenantView::of(caller.tenant.clone());
    let change = AuditChange::of("tenant", "deleted", before.id).named(&before.name);
    caller.record_change(change.from(audit_change::fields(&before, AUDITED)));
    Ok(HttpResponse::NoContent().finish())
}

/// Locks every principal of a tenant out. For platform admins.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/suspend", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn suspend_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    tenants: Data<Tenants>,
) -> ApiResult<Success<TenantView>> {
    set_suspended(&caller, (&tenant, true), &request, &tenants).await
}

/// Lets a tenant's principals in again. For platform admins.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/activate", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn activate_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    tenants: Data<Tenants>,
) -> ApiResult<Success<TenantView>> {
    set_suspended(&caller, (&tenant, false), &request, &tenants).await
}

async fn set_suspended(
    caller: &Caller,
    (named, suspended): (&str, bool),
    request: &HttpRequest,
    tenants: &Tenants,
) -> ApiResult<Success<TenantView>> {
    let principal = caller.principal();
    let changed = tenants.set_suspended(principal, named, suspended);
    let tenant = changed.await?;
    audit::record_actor(request, tenant.id, caller.actor());
    let view = TenantView::of(tenant);
    let verb = if suspended { "suspended" } else { "activated" };
    caller.record_change(AuditChange::of("tenant", verb, view.id).named(&view.name));
    Ok(Success::ok(view))
}
