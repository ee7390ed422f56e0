//! The installation as a whole.

use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::fields::Fields;
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::web::Data;
use faultbook_domain::tenancy::require_platform_admin;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Whether the installation is closed for maintenance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "enabled": true }))]
pub struct Maintenance {
    /// Whether it is.
    pub enabled: bool,
}

/// Reads whether the installation is to be closed.
///
/// # Errors
/// 400.
pub fn read_maintenance(body: Value) -> Result<bool, ApiError> {
    let mut fields = Fields::v1(body)?;
    let enabled = fields.flag("enabled");
    let enabled = fields.demand("enabled", enabled).unwrap_or_default();
    fields.finish(enabled)
}

/// Whether the installation is closed for maintenance. For platform admins.
#[utoipa::path(
    get, path = "/api/v1/platform/maintenance", operation_id = "get_maintenance", tag = "Platform",
    responses((status = 200, description = "Whether it is", body = Envelope<Maintenance>))
)]
pub async fn get_maintenance(
    caller: Caller,
    state: Data<AppState>,
) -> ApiResult<Success<Maintenance>> {
    require_platform_admin(caller.principal())?;
    let enabled = state.platform.refresh().await?;
    Ok(Success::ok(Maintenance { enabled }))
}

/// Closes the installation for maintenance, or opens it: other nodes follow within 5 seconds. While it is
/// closed, everything but health, login and this route answers 503. For platform admins.
#[utoipa::path(
    put, path = "/api/v1/platform/maintenance", operation_id = "set_maintenance", tag = "Platform",
    request_body = Maintenance,
    responses((status = 200, description = "Whether it is closed now", body = Envelope<Maintenance>))
)]
pub async fn set_maintenance(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<Maintenance>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let enabled = read_maintenance(body)?;
    let principal = caller.principal();
    state.platform.set_closed(principal, enabled).await?;
    audit::detail(&request, if enabled { "closed" } else { "opened" });
    Ok(Success::ok(Maintenance { enabled }))
}
