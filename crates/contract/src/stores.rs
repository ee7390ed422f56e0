//! The stores under test.

use faultbook_domain::port::{
    AnalyticsStore, AuditLog, ErrorStore, EventStore, GrantStore, GroupStore, IncidentStore,
    IntegrationStore, InvitationStore, KeyStore, MemberStore, Outbox, PlatformStore, ProjectStore,
    RetentionStore, RuleStore, SampleStore, SessionStore, SignalStore, SystemUserStore,
    TenantStore, Upkeep, UserStore,
};
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
    pub grants: Arc<dyn GrantStore>,
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
    pub signals: Arc<dyn SignalStore>,
    /// What is kept no longer.
    pub retention: Arc<dyn RetentionStore>,
    /// Samples.
    pub samples: Arc<dyn SampleStore>,
    /// What must be done now and then.
    pub upkeep: Arc<dyn Upkeep>,
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
            + GrantStore
            + AuditLog
            + PlatformStore
            + SampleStore
            + RetentionStore
            + RuleStore
            + Outbox
            + IncidentStore
            + IntegrationStore
            + SignalStore
            + Upkeep
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
