//! The stores under test.

use faultbook_domain::alerts::{AlertMetricsStore, RuleStore};
use faultbook_domain::analytics::AnalyticsStore;
use faultbook_domain::errors::{ErrorStore, GroupStore};
use faultbook_domain::identity::{
    AuditLog, InvitationStore, KeyStore, MemberStore, RbacStore, SessionStore, SystemUserStore,
    UserStore,
};
use faultbook_domain::incidents::IncidentStore;
use faultbook_domain::ingest::EventStore;
use faultbook_domain::monitoring::SampleStore;
use faultbook_domain::notifications::{IntegrationStore, Outbox};
use faultbook_domain::retention::{RetentionStore, StoreMaintenance};
use faultbook_domain::tenancy::{PlatformStore, ProjectStore, TenantStore};
use std::any::Any;
use std::sync::Arc;

/// An adapter under test.
pub struct Stores {
    /// Recording.
    pub events: Arc<dyn EventStore>,
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Grouping.
    pub groups: Arc<dyn GroupStore>,
    /// Figures.
    pub analytics: Arc<dyn AnalyticsStore>,
    /// Tenants.
    pub tenants: Arc<dyn TenantStore>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Keys.
    pub keys: Arc<dyn KeyStore>,
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Invitations.
    pub invitations: Arc<dyn InvitationStore>,
    /// System users.
    pub system_users: Arc<dyn SystemUserStore>,
    /// Roles, policies, permissions.
    pub grants: Arc<dyn RbacStore>,
    /// Who changed what.
    pub audit: Arc<dyn AuditLog>,
    /// The installation's own state.
    pub platform: Arc<dyn PlatformStore>,
    /// Alert rules.
    pub rules: Arc<dyn RuleStore>,
    /// Messages.
    pub outbox: Arc<dyn Outbox>,
    /// Incidents.
    pub incidents: Arc<dyn IncidentStore>,
    /// Channels.
    pub integrations: Arc<dyn IntegrationStore>,
    /// What rules look at.
    pub signals: Arc<dyn AlertMetricsStore>,
    /// What is kept no longer.
    pub retention: Arc<dyn RetentionStore>,
    /// Samples.
    pub samples: Arc<dyn SampleStore>,
    /// What must be done now and then.
    pub upkeep: Arc<dyn StoreMaintenance>,
    /// Whatever must live as long as the stores (a temporary directory, a database).
    pub guard: Box<dyn Any + Send + Sync>,
}

impl Stores {
    /// The stores of one adapter value that implements every port.
    pub fn of<S>(store: S, guard: impl Any + Send + Sync) -> Self
    where
        S: EventStore
            + ErrorStore
            + GroupStore
            + AnalyticsStore
            + TenantStore
            + ProjectStore
            + KeyStore
            + UserStore
            + SessionStore
            + MemberStore
            + InvitationStore
            + SystemUserStore
            + RbacStore
            + AuditLog
            + PlatformStore
            + SampleStore
            + RetentionStore
            + RuleStore
            + Outbox
            + IncidentStore
            + IntegrationStore
            + AlertMetricsStore
            + StoreMaintenance
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            events: store.clone(),
            errors: store.clone(),
            groups: store.clone(),
            analytics: store.clone(),
            tenants: store.clone(),
            projects: store.clone(),
            keys: store.clone(),
            users: store.clone(),
            sessions: store.clone(),
            members: store.clone(),
            invitations: store.clone(),
            system_users: store.clone(),
            grants: store.clone(),
            audit: store.clone(),
            platform: store.clone(),
            samples: store.clone(),
            retention: store.clone(),
            rules: store.clone(),
            outbox: store.clone(),
            incidents: store.clone(),
            integrations: store.clone(),
            signals: store.clone(),
            upkeep: store,
            guard: Box::new(guard),
        }
    }
}
