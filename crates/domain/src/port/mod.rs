//! What the domain needs from the outside.
//!
//! Every port is `Send + Sync`, takes `&self` and is used as `Arc<dyn Port>`. One call is one
//! transaction. What does not exist is `Ok(None)`. Each MUST below has a test of that name in the
//! contract suite (`faultbook-contract`), which every adapter runs.

mod analytics_store;
mod audit_log;
mod cache;
mod clock;
mod courier;
mod error_store;
mod event_store;
mod failure;
mod grant_store;
mod group_store;
mod health;
mod host_probe;
mod id_source;
mod incident_store;
mod ingest_queue;
mod integration_store;
mod invitation_store;
mod key_store;
mod lease;
mod member_store;
mod notifier;
mod outbox;
mod passwords;
mod platform_store;
mod project_store;
mod rate_limiter;
mod retention_store;
mod rule_store;
mod sample_store;
mod session_store;
mod signal_store;
mod system_user_store;
mod tenant_store;
mod upkeep;
mod user_store;

pub use analytics_store::{AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window};
pub use audit_log::AuditLog;
pub use cache::Cache;
pub use clock::Clock;
pub use courier::{Courier, Event, PersonalLetter};
pub use error_store::{ErrorQuery, ErrorStore, Resolution};
pub use event_store::{Batch, EventStore, Recorded};
pub use failure::StoreError;
pub use grant_store::{GrantRemoval, GrantStore};
pub use group_store::{GroupStore, Merge, Split};
pub use health::{Figures, HealthProbe};
pub use host_probe::HostProbe;
pub use id_source::IdSource;
pub use incident_store::{IncidentQuery, IncidentStore};
pub use ingest_queue::{Claimed, IngestQueue, Queued};
pub use integration_store::{IntegrationStore, Sealer};
pub use invitation_store::InvitationStore;
pub use key_store::KeyStore;
pub use lease::Lease;
pub use member_store::{MemberChange, MemberStore};
pub use notifier::{Notifier, NotifyError};
pub use outbox::{Attempted, HistoryQuery, Outbox};
pub use passwords::{HashFailed, Passwords};
pub use platform_store::PlatformStore;
pub use project_store::ProjectStore;
pub use rate_limiter::{Quota, RateLimiter, Verdict};
pub use retention_store::{Expirable, RecordKind, RetentionPolicy, RetentionStore};
pub use rule_store::{Alarm, LONGEST_CONDITION, RuleNote, RuleStore};
pub use sample_store::{DeliveryRecord, LastBeat, SAMPLES_KEPT, SampleStore, ServiceRecord};
pub use session_store::SessionStore;
pub use signal_store::{Apart, Signal, SignalCell, SignalFilter, SignalStore, since_each};
pub use system_user_store::SystemUserStore;
pub use tenant_store::TenantStore;
pub use upkeep::{EVENT_IDS_KEPT, Upkeep};
pub use user_store::UserStore;

#[cfg(feature = "testing")]
pub use {
    analytics_store::MockAnalyticsStore,
    audit_log::MockAuditLog,
    cache::MockCache,
    clock::MockClock,
    courier::MockCourier,
    error_store::MockErrorStore,
    event_store::MockEventStore,
    grant_store::MockGrantStore,
    group_store::MockGroupStore,
    health::MockHealthProbe,
    host_probe::MockHostProbe,
    id_source::MockIdSource,
    incident_store::MockIncidentStore,
    ingest_queue::MockIngestQueue,
    integration_store::{MockIntegrationStore, MockSealer},
    invitation_store::MockInvitationStore,
    key_store::MockKeyStore,
    lease::MockLease,
    member_store::MockMemberStore,
    notifier::MockNotifier,
    outbox::MockOutbox,
    passwords::MockPasswords,
    platform_store::MockPlatformStore,
    project_store::MockProjectStore,
    rate_limiter::MockRateLimiter,
    retention_store::MockRetentionStore,
    rule_store::MockRuleStore,
    sample_store::MockSampleStore,
    session_store::MockSessionStore,
    signal_store::MockSignalStore,
    system_user_store::MockSystemUserStore,
    tenant_store::MockTenantStore,
    upkeep::MockUpkeep,
    user_store::MockUserStore,
};
