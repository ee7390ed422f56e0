//! The channels that rules may notify.

use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::ApiResult;
use actix_web::web::Data;
use faultbook_domain::identity::Permission;
use faultbook_domain::notifications::Integrations;
use serde::Serialize;
use utoipa::ToSchema;

/// A channel that rules may notify.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertChannel {
    /// slack, email, webhook or sms.
    #[schema(example = "email")]
    name: String,
    /// connected (the last test passed), configured, `not_configured` or error.
    #[schema(example = "connected")]
    status: &'static str,
    /// To whom it sends; null when it is not set up.
    #[schema(example = "3 people")]
    to: Option<String>,
}

/// The channels that rules may notify.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertChannelList {
    /// slack, email, webhook, sms.
    pub channels: Vec<AlertChannel>,
}

/// Lists the channels that rules may notify, without addresses.
#[utoipa::path(
    get, path = "/api/alerts/channels", tag = "Alerts",
    responses(
        (status = 200, description = "Every channel", body = Envelope<AlertChannelList>),
        (status = 403, description = "The key may not read alerts, or is bound to a project", body = ErrorEnvelope),
    )
)]
pub async fn list_channels(
    caller: Caller,
    integrations: Data<Integrations>,
) -> ApiResult<Success<AlertChannelList>> {
    caller.require(Permission::AlertsRead)?;
    caller.require_whole_tenant()?;
    let shown = integrations.list(caller.tenant_scope()).await?;
    let channels = shown.into_iter().map(|one| AlertChannel {
        name: one.kind.to_string(),
        status: one.state.as_str(),
        to: one.to,
    });
    Ok(Success::ok(AlertChannelList {
        channels: channels.collect(),
    }))
}
