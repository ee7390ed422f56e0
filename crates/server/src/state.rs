//! State that middlewares and extractors share. Handlers take the services that they use as `Data<T>`.

use crate::http::body::budget::BodyBudget;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::settings::{CacheTimes, HttpSettings, Limits};
use crate::stopping::Stopping;
use actix_web::HttpRequest;
use actix_web::web::Data;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::Access;
use faultbook_domain::identity::AuditLog;
use faultbook_domain::monitoring::Monitoring;
use faultbook_domain::rate_limit::RateLimits;
use faultbook_domain::tenancy::Platform;
use faultbook_protocols::otlp::Severity;
use std::sync::Arc;
use tokio::sync::Notify;

/// What any request may need before or after its handler, and what handlers need of the settings.
pub struct AppState {
    /// Finds out whose credential it is.
    pub access: Arc<Access>,
    /// Keeps who changed what.
    pub audit: Arc<dyn AuditLog>,
    /// Tells whether the installation is closed.
    pub platform: Arc<Platform>,
    /// Limits how often callers may call.
    pub rate_limits: RateLimits,
    /// Wakes the evaluation of alert rules.
    pub committed: Arc<Notify>,
    /// Counts requests.
    pub monitoring: Arc<Monitoring>,
    /// Keeps answers.
    pub cache: Arc<ReadCache>,
    /// Called when there are messages to be delivered.
    pub messages: Arc<Notify>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Tells whether the server is stopping.
    pub stopping: Stopping,
    /// How HTTP behaves.
    pub http: HttpSettings,
    /// Bounds on what is accepted.
    pub limits: Limits,
    /// Which log records of OpenTelemetry without an exception become errors.
    pub otlp_min_severity: Severity,
    /// The memory that bodies share.
    pub bodies: Arc<BodyBudget>,
    /// Whether this is a development server.
    pub development: bool,
    /// How long answers may be cached.
    pub cache_times: CacheTimes,
}

impl AppState {
    /// The state of the server that handles a request.
    ///
    /// # Errors
    /// 500 for an app that was put together without it.
    pub fn of(request: &HttpRequest) -> ApiResult<&Data<Self>> {
        request
            .app_data()
            .ok_or_else(|| ApiError::new(Code::Internal))
    }

    /// Has alert rules evaluated soon: one was made or changed.
    pub fn wake_alerts(&self) {
        self.committed.notify_one();
    }

    /// Has messages delivered soon: there are new ones.
    pub fn wake_delivery(&self) {
        self.messages.notify_waiters();
    }
}
