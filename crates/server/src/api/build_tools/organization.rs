//! Who calls, and their organization, as build tools ask for them.

use super::Uploader;
use crate::api::dsn::DsnAddress;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ApiResult, Code};
use actix_web::HttpResponse;
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::Slug;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What the credential of the call is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsRoot)]
pub struct RootView {
    #[schema(example = "0")]
    version: &'static str,
    auth: AuthView,
    /// Always null: no person calls.
    #[schema(value_type = Option<Object>)]
    user: Option<Value>,
}

/// The permissions of a credential.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsAuth)]
pub struct AuthView {
    scopes: Vec<String>,
}

/// The credential of a call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsCaller)]
pub struct CallerView {
    id: String,
    name: String,
    email: String,
    username: String,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsOrganization)]
pub struct OrganizationView {
    id: String,
    slug: String,
    name: String,
    status: StatusView,
    features: [String; 0],
    links: LinksView,
}

/// The state of an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsStatus)]
pub struct StatusView {
    #[schema(example = "active")]
    id: &'static str,
}

/// Where an organization is reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsLinks)]
#[serde(rename_all = "camelCase")]
pub struct LinksView {
    organization_url: String,
    region_url: String,
}

/// Tells what the credential is for.
#[utoipa::path(
    get, path = "/api/0/", tag = "Build tools",
    responses((status = 200, description = "The credential's permissions", body = RootView))
)]
pub async fn get_build_tools_root(caller: Caller) -> HttpResponse {
    let permissions = Permission::ALL
        .iter()
        .filter(|one| caller.principal().may(**one));
    let scopes = permissions.map(|one| one.as_str().to_owned()).collect();
    HttpResponse::Ok().json(RootView {
        version: "0",
        auth: AuthView { scopes },
        user: None,
    })
}

/// Tells whose credential it is.
#[utoipa::path(
    get, path = "/api/0/auth/", tag = "Build tools",
    responses((status = 200, description = "The credential", body = CallerView))
)]
pub async fn get_build_tools_caller(caller: Caller) -> HttpResponse {
    let name = caller.actor().to_string();
    HttpResponse::Ok().json(CallerView {
        id: name.clone(),
        username: name.clone(),
        name,
        email: String::new(),
    })
}

/// An organization as build tools know it.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/", tag = "Build tools",
    params(("org" = String, Path, description = "The tenant's slug or id")),
    responses((status = 200, description = "The organization", body = OrganizationView))
)]
pub async fn get_build_tools_organization(
    Uploader(caller): Uploader,
    address: DsnAddress,
) -> HttpResponse {
    let principal = caller.principal();
    let id = principal.scope.tenant().to_string();
    let slug = principal
        .tenant_slug
        .as_ref()
        .map_or(id.as_str(), Slug::as_str);
    let url = address.base_url();
    HttpResponse::Ok().json(OrganizationView {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        id: id.clone(),
        status: StatusView { id: "active" },
        features: [],
        links: LinksView {
            organization_url: url.clone(),
            region_url: url,
        },
    })
}

/// There are no regions: build tools go on with the server that they know.
#[utoipa::path(
    get, path = "/api/0/users/me/regions/", tag = "Build tools",
    responses((status = 404, description = "Always", body = super::bundles::DetailView))
)]
pub async fn list_regions(_: Caller) -> ApiResult<HttpResponse> {
    Err(ApiError::new(Code::RouteNotFound))
}

/// The repositories that are known: none, so that build tools send the commits of the local one.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/repos/", tag = "Build tools",
    params(("org" = String, Path, description = "The tenant's slug or id")),
    responses((status = 200, description = "None", body = [Object]))
)]
pub async fn list_repositories(_: Uploader) -> HttpResponse {
    HttpResponse::Ok().json(json!([]))
}
