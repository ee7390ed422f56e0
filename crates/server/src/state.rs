//! What every handler can reach.

use crate::http::body::BodyBudget;
use crate::settings::{CacheTimes, HttpSettings, Limits, MetricsSettings};
use crate::stopping::Stopping;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::alerts::Alerting;
use faultbook_domain::analytics::Analytics;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::Triage;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::Access;
use faultbook_domain::identity::ApiKeys;
use faultbook_domain::identity::AuditLog;
use faultbook_domain::identity::Invitations;
use faultbook_domain::identity::Members;
use faultbook_domain::identity::Roles;
use faultbook_domain::identity::Sessions;
use faultbook_domain::identity::SystemUsers;
use faultbook_domain::incidents::Incidents;
use faultbook_domain::ingest::Intake;
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::monitoring::Monitoring;
use faultbook_domain::notifications::Integrations;
use faultbook_domain::notifications::Outbox;
use faultbook_domain::rate_limit::RateLimits;
use faultbook_domain::tenancy::Platform;
use faultbook_domain::tenancy::Projects;
use faultbook_domain::tenancy::Tenants;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tokio::sync::Notify;

/// The use cases and what routes need of the settings.
pub struct AppState {
    /// Taking reports in.
    pub intake: Intake,
    /// Looking at errors and deciding about them.
    pub triage: Triage,
    /// Stats and trends.
    pub analytics: Analytics,
    /// What is measured.
    pub monitoring: Arc<Monitoring>,
    /// Alert rules.
    pub rules: AlertRules,
    /// Looking at rules.
    pub alerting: Arc<Alerting>,
    /// What rules fired.
    pub outbox: Arc<dyn Outbox>,
    /// Incidents.
    pub incidents: Incidents,
    /// Channels.
    pub integrations: Arc<Integrations>,
    /// Called when there are new messages.
    pub messages: Arc<Notify>,
    /// Who is calling.
    pub access: Arc<Access>,
    /// API keys.
    pub api_keys: ApiKeys,
    /// Logging in and out.
    pub sessions: Arc<Sessions>,
    /// Tenants.
    pub tenants: Tenants,
    /// Their projects.
    pub projects: Projects,
    /// Their members.
    pub members: Members,
    /// Who is invited.
    pub invitations: Invitations,
    /// Programs that act for them.
    pub system_users: SystemUsers,
    /// Roles, policies, permissions.
    pub roles: Arc<Roles>,
    /// Who changed what.
    pub audit: Arc<dyn AuditLog>,
    /// The installation as a whole.
    pub platform: Arc<Platform>,
    /// How often callers may call.
    pub rate_limits: RateLimits,
    /// Cached reads.
    pub cache: Arc<ReadCache>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// The database's sign of life.
    pub database: Arc<dyn HealthProbe>,
    /// Prometheus.
    pub prometheus: PrometheusHandle,
    /// Tells whether the server is stopping.
    pub stopping: Stopping,
    /// How HTTP behaves.
    pub http: HttpSettings,
    /// Bounds on what is accepted.
    pub limits: Limits,
    /// The room that bodies share.
    pub bodies: Arc<BodyBudget>,
    /// Who may read figures.
    pub metrics: MetricsSettings,
    /// Whether figures are open to this machine.
    pub development: bool,
    /// How long answers may be cached.
    pub cache_times: CacheTimes,
}

impl AppState {
    /// Has the rules looked at soon: one was made or changed.
    pub fn wake_alerts(&self) {
        self.cache.writes().notify_one();
    }
}
