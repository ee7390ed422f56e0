//! Settings of notification channels, and their test.

use crate::http::audit_change::AuditChange;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code, FieldProblem};
use crate::http::extract::Json;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::identity::Permission;
use faultbook_domain::notifications::{
    ChannelKind, ChannelState, FieldFault, Integrations, NotSet, Outbox, Shown, Unset,
};
use faultbook_domain::rate_limit::Spending;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntegrationView {
    /// slack, email, webhook or sms.
    #[schema(example = "slack")]
    name: String,
    /// connected (the last test passed), configured, `not_configured` or error.
    #[schema(example = "connected")]
    status: &'static str,
    /// Its configuration; secrets are masked.
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_test: Option<OffsetDateTime>,
    /// What came of the last test, as a sentence.
    #[schema(example = "Sent. Answered 200 in 212 ms.")]
    last_result: Option<String>,
    /// How long the last test took.
    #[schema(example = 212)]
    last_duration_ms: Option<u64>,
    /// When the channel's earliest pending message is tried next.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    next_attempt_at: Option<OffsetDateTime>,
    /// Why the last test failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl IntegrationView {
    /// The view of a channel.
    #[must_use]
    pub fn of(shown: Shown, next_attempt_at: Option<OffsetDateTime>) -> Self {
        let test = shown.last_test.as_ref();
        Self {
            name: shown.kind.to_string(),
            status: shown.state.as_str(),
            config: shown.config,
            last_test: test.map(|test| test.at),
            last_result: test
                .map(|test| test.result.clone())
                .filter(|result| !result.is_empty()),
            last_duration_ms: test.map(|test| test.took.as_millis() as u64),
            next_attempt_at,
            error: shown.last_error,
        }
    }
}

/// Every channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntegrationList {
    /// slack, email, webhook, sms.
    pub integrations: Vec<IntegrationView>,
}

fn kind_of(name: &str, integrations: &Integrations) -> ApiResult<ChannelKind> {
    let kind = integrations.kind(name);
    kind.ok_or_else(|| ApiError::new(Code::IntegrationNotFound))
}

/// Channels are the tenant's: a key that is bound to a project does not see them.
fn may_manage(caller: &Caller) -> ApiResult<()> {
    caller.require(Permission::IntegrationsManage)?;
    caller.require_whole_tenant()
}

/// When the earliest pending message of each channel is tried next.
async fn next_attempts(
    caller: &Caller,
    outbox: &Data<dyn Outbox>,
) -> ApiResult<BTreeMap<ChannelKind, OffsetDateTime>> {
    let next = outbox.next_attempts(caller.tenant_scope()).await?;
    Ok(next.into_iter().collect())
}

/// Lists the channels with their state. Secrets are masked.
#[utoipa::path(
    get, path = "/api/settings/integrations", tag = "Integrations",
    responses(
        (status = 200, description = "slack, email, webhook, sms", body = Envelope<IntegrationList>),
        (status = 403, description = "The key may not manage integrations", body = ErrorEnvelope),
    )
)]
pub async fn list_integrations(
    caller: Caller,
    integrations: Data<Integrations>,
    outbox: Data<dyn Outbox>,
) -> ApiResult<Success<IntegrationList>> {
    may_manage(&caller)?;
    let shown = integrations.list(caller.tenant_scope()).await?;
    let next = next_attempts(&caller, &outbox).await?;
    let view = |shown: Shown| {
        let at = next.get(&shown.kind).copied();
        IntegrationView::of(shown, at)
    };
    Ok(Success::ok(IntegrationList {
        integrations: shown.into_iter().map(view).collect(),
    }))
}

/// Sets a channel.
///
/// slack: `webhook_url`, `channel`. email: `smtp_server`, `smtp_port`, `smtp_security` (none, starttls,
/// tls), `username`, `password`, `from_email`, `recipients`. webhook: `url`, `secret` (`whsec_` and
/// base64). sms: `api_base`, `account_sid`, `auth_token`, `from_number`, `to_numbers`. Secrets that come
/// back masked stay as they are while they go to the same place: with another scheme or `smtp_security`, host
/// or port they must be given anew (400). They are encrypted at rest.
///
/// email and sms have at most `limits.max_recipients` recipients; a configuration is at most
/// `limits.max_channel_config` long: 400 beyond.
#[utoipa::path(
    put, path = "/api/settings/integrations/{name}", tag = "Integrations",
    params(("name" = String, Path, description = "slack, email, webhook or sms")),
    request_body = Object,
    responses(
        (status = 200, description = "The channel", body = Envelope<IntegrationView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage integrations", body = ErrorEnvelope),
        (status = 404, description = "Channel not found", body = ErrorEnvelope),
    )
)]
pub async fn set_integration(
    Json { caller, body }: Json,
    name: Path<String>,
    integrations: Data<Integrations>,
    outbox: Data<dyn Outbox>,
) -> ApiResult<Success<IntegrationView>> {
    may_manage(&caller)?;
    let kind = kind_of(&name, &integrations)?;
    let Value::Object(mut config) = body.value else {
        return Err(ApiError::new(Code::InvalidInput)
            .with_message("Invalid input: the body must be a JSON object"));
    };
    // The document shows a channel's fields within `config`.
    if let Some(Value::Object(inner)) = config.get_mut("config") {
        config = std::mem::take(inner);
    }
    let tenant = caller.tenant_scope();
    let by_manager = caller.principal().may(Permission::TenantManage);
    let before = integrations.get(tenant, kind).await?;
    let said = config.clone();
    match integrations.set(tenant, kind, config, by_manager).await {
        Ok(shown) => {
            caller.record_change(change_of(&before, &shown, &said));
            let next = next_attempts(&caller, &outbox).await?;
            let at = next.get(&kind).copied();
            Ok(Success::ok(IntegrationView::of(shown, at)))
        }
        Err(NotSet::Invalid(faults)) => {
            let problem =
                |fault: FieldFault| FieldProblem::new(fault.field, fault.message.into_owned());
            Err(ApiError::fields(faults.into_iter().map(problem).collect()))
        }
        Err(NotSet::Store(error)) => Err(error.into()),
        Err(large @ NotSet::TooLarge(_)) => {
            Err(ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {large}")))
        }
        Err(_) => Err(ApiError::new(Code::Internal)),
    }
}

/// What setting a channel changed. A secret is one that is shown masked: it was changed where something else than what
/// is shown was said.
fn change_of(before: &Shown, after: &Shown, said: &Map<String, Value>) -> AuditChange {
    let is_new = before.state == ChannelState::NotConfigured;
    let verb = if is_new { "created" } else { "changed" };
    let mut change = AuditChange::of("integration", verb, after.kind).to(after.config.clone());
    if !is_new {
        change = change.from(before.config.clone());
    }
    // A hidden value, or an address without its path.
    let hides = |text: &str| text.contains("***") || text.ends_with("/...");
    let is_masked = |value: &Value| value.as_str().is_some_and(hides);
    for (field, value) in said {
        let shown = after.config.get(field);
        if shown.is_some_and(is_masked) && before.config.get(field) != Some(value) {
            change = change.secret(field);
        }
    }
    change
}

/// Clears a channel.
#[utoipa::path(
    delete, path = "/api/settings/integrations/{name}", tag = "Integrations",
    params(("name" = String, Path, description = "slack, email, webhook or sms")),
    responses(
        (status = 204, description = "Cleared"),
        (status = 403, description = "The key may not manage integrations", body = ErrorEnvelope),
        (status = 404, description = "Channel not found, or it is not set", body = ErrorEnvelope),
    )
)]
pub async fn clear_integration(
    caller: Caller,
    name: Path<String>,
    integrations: Data<Integrations>,
) -> ApiResult<HttpResponse> {
    may_manage(&caller)?;
    let (tenant, kind) = (caller.tenant_scope(), kind_of(&name, &integrations)?);
    let before = integrations.get(tenant, kind).await?;
    if integrations.clear(tenant, kind).await? {
        let change = AuditChange::of("integration", "deleted", kind);
        caller.record_change(change.from(before.config));
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(ApiError::new(Code::IntegrationNotFound))
    }
}

/// Really sends a test message through a channel. The answer tells how it went.
///
/// With rate limits on, a tenant and a caller test at most `rate_limits.channel_tests` times a minute: 429 beyond.
#[utoipa::path(
    post, path = "/api/settings/integrations/{name}/test", tag = "Integrations",
    params(("name" = String, Path, description = "slack, email, webhook or sms")),
    responses(
        (status = 200, description = "connected, or error with its reason", body = Envelope<IntegrationView>),
        (status = 400, description = "The channel is not set up", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage integrations", body = ErrorEnvelope),
        (status = 404, description = "Channel not found", body = ErrorEnvelope),
    )
)]
pub async fn test_integration(
    caller: Caller,
    name: Path<String>,
    integrations: Data<Integrations>,
    outbox: Data<dyn Outbox>,
) -> ApiResult<Success<IntegrationView>> {
    may_manage(&caller)?;
    let (tenant, kind) = (caller.tenant_scope(), kind_of(&name, &integrations)?);
    let spender = caller.spend(tenant.id(), Spending::ChannelTest).await?;
    let tested = integrations.test(tenant, kind).await;
    if matches!(tested, Err(Unset::NotConfigured | Unset::Sealed)) {
        spender.spent_nothing().await;
    }
    match tested {
        Ok(shown) => {
            caller.record_change(AuditChange::of("integration", "tested", kind));
            let next = next_attempts(&caller, &outbox).await?;
            let at = next.get(&kind).copied();
            Ok(Success::ok(IntegrationView::of(shown, at)))
        }
        Err(Unset::Store(error)) => Err(error.into()),
        Err(unset) => {
            Err(ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {unset}")))
        }
    }
}
