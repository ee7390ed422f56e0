//! Services, system metrics, uptime and performance.

pub mod view;

use crate::api::monitoring::view::{
    MetricsView, PerformanceView, ServiceStatusView, ServicesView, UptimeView,
};
use crate::http::cached;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, json_response};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::Permission;
use faultbook_domain::monitoring::{MessageState, Monitoring};
use faultbook_domain::notifications::{ChannelKind, ChannelState, Integrations};
use faultbook_domain::tenancy::TenantScope;
use serde::Serialize;
use std::time::Duration as Span;
use time::Duration;

/// The timeframes of metrics, by name.
pub const TIMEFRAMES: [(&str, Duration); 5] = [
    ("1h", Duration::HOUR),
    ("6h", Duration::hours(6)),
    ("24h", Duration::DAY),
    ("7d", Duration::WEEK),
    ("30d", Duration::days(30)),
];

/// An answer about the whole installation.
async fn measured<T: Serialize>(
    request: &HttpRequest,
    caller: &Caller,
    state: &AppState,
    (key, ttl): (&str, Span),
    measure: impl AsyncFnOnce() -> Result<T, ApiError>,
) -> ApiResult<HttpResponse> {
    cached::answer(request, state, (caller.scope(), key, ttl), || async {
        Ok(Envelope::of(measure().await?).into())
    })
    .await
}

/// Gets how well this API answered over the last hour, on all nodes.
#[utoipa::path(
    get, path = "/api/analytics/performance", tag = "Monitoring",
    responses(
        (status = 200, description = "Times, errors, throughput", body = Envelope<PerformanceView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
    )
)]
pub async fn get_performance(
    caller: Caller,
    request: HttpRequest,
    monitoring: Data<Monitoring>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let wanted = ("performance", state.cache_times.performance);
    measured(&request, &caller, &state, wanted, async || {
        let performance = monitoring.performance().await?;
        Ok(PerformanceView::of(&performance))
    })
    .await
}

/// Gets the state of everything this server depends on, probed now.
#[utoipa::path(
    get, path = "/api/monitoring/services", tag = "Monitoring",
    responses(
        (status = 200, description = "Each service", body = Envelope<ServicesView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 403, description = "The key may not read monitoring", body = ErrorEnvelope),
    )
)]
pub async fn get_services(
    caller: Caller,
    request: HttpRequest,
    monitoring: Data<Monitoring>,
    integrations: Data<Integrations>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::MonitoringRead)?;
    let wanted = ("services", state.cache_times.monitoring);
    measured(&request, &caller, &state, wanted, async || {
        let services = monitoring.services().await;
        let messages = messages(&monitoring, &integrations, caller.tenant_scope()).await;
        Ok(ServicesView::of(services, &messages, state.clock.now()))
    })
    .await
}

/// How the tenant's own messages fare; unknown where that cannot be found out.
pub async fn messages(
    monitoring: &Monitoring,
    integrations: &Integrations,
    tenant: TenantScope,
) -> MessageState {
    let found = async {
        let channels = integrations.list(tenant).await?;
        let set_up: Vec<ChannelKind> = channels
            .into_iter()
            .filter(|one| one.state != ChannelState::NotConfigured)
            .map(|one| one.kind)
            .collect();
        monitoring.messages(tenant, &set_up).await
    };
    found.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "how messages fare is not known");
        MessageState::UNKNOWN
    })
}

/// Gets means of the hosts' figures over a timeframe.
#[utoipa::path(
    get, path = "/api/monitoring/metrics", tag = "Monitoring",
    params(("timeframe" = Option<String>, Query, description = "1h (default), 6h, 24h, 7d or 30d")),
    responses(
        (status = 200, description = "Means of all nodes", body = Envelope<MetricsView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "An unknown timeframe", body = ErrorEnvelope),
        (status = 403, description = "The key may not read monitoring", body = ErrorEnvelope),
    )
)]
pub async fn get_system_metrics(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    monitoring: Data<Monitoring>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::MonitoringRead)?;
    let expected = "must be one of 1h, 6h, 24h, 7d, 30d";
    let timeframe = query.parsed("timeframe", expected, |text| {
        TIMEFRAMES.iter().find(|(name, _)| *name == text).copied()
    })?;
    let (name, span) = timeframe.unwrap_or(TIMEFRAMES[0]);
    let key = format!("metrics:{name}");
    let wanted = (key.as_str(), state.cache_times.monitoring);
    measured(&request, &caller, &state, wanted, async || {
        let means = monitoring.means(span).await?;
        Ok(MetricsView::of(&means))
    })
    .await
}

/// Gets when the installation was up, read from its heartbeats.
#[utoipa::path(
    get, path = "/api/monitoring/uptime", tag = "Monitoring",
    responses(
        (status = 200, description = "Uptime and downtimes", body = Envelope<UptimeView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 403, description = "The key may not read monitoring", body = ErrorEnvelope),
    )
)]
pub async fn get_uptime(
    caller: Caller,
    request: HttpRequest,
    monitoring: Data<Monitoring>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::MonitoringRead)?;
    let wanted = ("uptime", state.cache_times.analytics);
    measured(&request, &caller, &state, wanted, async || {
        let uptime = monitoring.uptime().await?;
        Ok(UptimeView::of(&uptime))
    })
    .await
}

/// Gets the parts of the service in a word each.
#[utoipa::path(
    get, path = "/service_status", tag = "Organizations",
    responses(
        (status = 200, description = "Probed now", body = ServiceStatusView),
    )
)]
pub async fn get_service_status(
    _: Caller,
    monitoring: Data<Monitoring>,
    state: Data<AppState>,
) -> HttpResponse {
    let status = monitoring.status().await;
    let view = ServiceStatusView::of(&status, state.clock.now());
    json_response(StatusCode::OK, &view)
}
