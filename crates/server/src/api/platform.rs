//! Maintenance mode of the installation.

use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::Json;
use crate::http::request::JsonBody;
use actix_web::web::Data;
use faultbook_domain::tenancy::{Platform, require_platform_admin};
use serde::Serialize;
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
pub fn read_maintenance(body: JsonBody) -> Result<bool, ApiError> {
    let mut fields = body.fields()?;
    let enabled = fields.flag("enabled");
    let enabled = fields.demand("enabled", enabled).unwrap_or_default();
    fields.finish(enabled)
}

/// Whether the installation is closed for maintenance. For platform admins.
#[utoipa::path(
    get, path = "/api/v1/platform/maintenance", tag = "Platform",
    responses((status = 200, description = "Whether it is", body = Envelope<Maintenance>))
)]
pub async fn get_maintenance(
    caller: Caller,
    platform: Data<Platform>,
) -> ApiResult<Success<Maintenance>> {
    require_platform_admin(caller.principal())?;
    let enabled = platform.refresh().await?;
    Ok(Success::ok(Maintenance { enabled }))
}

/// Closes the installation for maintenance, or opens it: other nodes follow within 5 seconds. While it is
/// closed, everything but health, login and this route answers 503. For platform admins.
#[utoipa::path(
    put, path = "/api/v1/platform/maintenance", tag = "Platform",
    request_body = Maintenance,
    responses((status = 200, description = "Whether it is closed now", body = Envelope<Maintenance>))
)]
pub async fn set_maintenance(
    Json { caller, body }: Json,
    platform: Data<Platform>,
) -> ApiResult<Success<Maintenance>> {
    let enabled = read_maintenance(body)?;
    let principal = caller.principal();
    platform.set_closed(principal, enabled).await?;
    caller.record_detail(if enabled { "closed" } else { "opened" });
    Ok(Success::ok(Maintenance { enabled }))
}
