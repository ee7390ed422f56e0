//! The stores under test.

use faultbook_domain::alerts::{AlertMetricsStore, PastMetricsStore, RuleStore};
use faultbook_domain::analytics::{AnalyticsStore, BreakdownStore, MarkStore};
use faultbook_domain::artifacts::{
    ArtifactStore, BlobStore, ChunkStore, EntryStore, FileStore, MissStore,
};
use faultbook_domain::errors::{
    DiscussionStore, ErrorStore, FeedbackStore, FigureStore, GroupStore, OccurrenceStore,
    RewriteStore, TriageStore,
};
use faultbook_domain::identity::{
    AuditLog, InvitationStore, KeyStore, MemberStore, PasswordResetStore, RbacStore, SessionStore,
    SystemUserStore, UserStore,
};
use faultbook_domain::incidents::{AttentionStore, IncidentStore};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::jobs::JobStore;
use faultbook_domain::letters::LetterStore;
use faultbook_domain::monitoring::SampleStore;
use faultbook_domain::notifications::{IntegrationStore, Outbox};
use faultbook_domain::releases::{CommitStore, ReleaseStore};
use faultbook_domain::retention::{RetentionStore, StoreMaintenance};
use faultbook_domain::search_index::{IndexStore, TagStore};
use faultbook_domain::tenancy::{PlatformStore, ProjectKeyStore, ProjectStore, TenantStore};
use std::any::Any;
use std::sync::Arc;

/// An adapter under test, as one handle per port.
pub struct Stores {
    /// Recording of occurrences.
    pub events: Arc<dyn EventStore>,
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Single occurrences.
    pub occurrences: Arc<dyn OccurrenceStore>,
    /// Figures of errors.
    pub figures: Arc<dyn FigureStore>,
    /// Feedback of events.
    pub feedback: Arc<dyn FeedbackStore>,
    /// Artifacts.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Chunks of bundles.
    pub chunks: Arc<dyn ChunkStore>,
    /// Files of bundles.
    pub files: Arc<dyn FileStore>,
    /// Blobs.
    pub blobs: Arc<dyn BlobStore>,
    /// Entries of bundles.
    pub entries: Arc<dyn EntryStore>,
    /// Misses of source maps.
    pub misses: Arc<dyn MissStore>,
    /// Rewriting of occurrences.
    pub rewrites: Arc<dyn RewriteStore>,
    /// Commits of releases.
    pub commits: Arc<dyn CommitStore>,
    /// Jobs.
    pub jobs: Arc<dyn JobStore>,
    /// Letters to members.
    pub letters: Arc<dyn LetterStore>,
    /// Releases.
    pub releases: Arc<dyn ReleaseStore>,
    /// Grouping.
    pub groups: Arc<dyn GroupStore>,
    /// The search index.
    pub index: Arc<dyn IndexStore>,
    /// Tags of errors.
    pub tags: Arc<dyn TagStore>,
    /// Comments, bookmarks and follows.
    pub discussion: Arc<dyn DiscussionStore>,
    /// Decisions about errors.
    pub triage: Arc<dyn TriageStore>,
    /// Statistics.
    pub analytics: Arc<dyn AnalyticsStore>,
    /// Breakdowns.
    pub breakdowns: Arc<dyn BreakdownStore>,
    /// Marks of trends.
    pub marks: Arc<dyn MarkStore>,
    /// Tenants.
    pub tenants: Arc<dyn TenantStore>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// DSN keys.
    pub project_keys: Arc<dyn ProjectKeyStore>,
    /// API keys.
    pub keys: Arc<dyn KeyStore>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Rights to set a password.
    pub password_resets: Arc<dyn PasswordResetStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Invitations.
    pub invitations: Arc<dyn InvitationStore>,
    /// System users.
    pub system_users: Arc<dyn SystemUserStore>,
    /// Roles, policies and permissions.
    pub rbac: Arc<dyn RbacStore>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Maintenance mode.
    pub platform: Arc<dyn PlatformStore>,
    /// Alert rules.
    pub rules: Arc<dyn RuleStore>,
    /// The outbox.
    pub outbox: Arc<dyn Outbox>,
    /// Incidents.
    pub incidents: Arc<dyn IncidentStore>,
    /// What waits for somebody.
    pub attention: Arc<dyn AttentionStore>,
    /// Integrations.
    pub integrations: Arc<dyn IntegrationStore>,
    /// Metrics of alert rules.
    pub alert_metrics: Arc<dyn AlertMetricsStore>,
    /// The past of metrics of alert rules.
    pub past_metrics: Arc<dyn PastMetricsStore>,
    /// Retention.
    pub retention: Arc<dyn RetentionStore>,
    /// Monitoring samples.
    pub samples: Arc<dyn SampleStore>,
    /// Periodic maintenance.
    pub maintenance: Arc<dyn StoreMaintenance>,
    /// Keeps resources of the stores alive (a temporary directory, a database).
    pub guard: Box<dyn Any + Send + Sync>,
}

impl Stores {
    /// Builds the handles of one value that implements every port.
    pub fn of<S>(store: S, guard: impl Any + Send + Sync) -> Self
    where
        S: EventStore
            + ErrorStore
            + OccurrenceStore
            + FigureStore
            + FeedbackStore
            + ArtifactStore
            + ChunkStore
            + FileStore
            + BlobStore
            + EntryStore
            + MissStore
            + RewriteStore
            + CommitStore
            + ReleaseStore
            + JobStore
            + LetterStore
            + GroupStore
            + IndexStore
            + TagStore
            + TriageStore
            + DiscussionStore
            + AnalyticsStore
            + BreakdownStore
            + MarkStore
            + TenantStore
            + ProjectStore
            + ProjectKeyStore
            + KeyStore
            + UserStore
            + PasswordResetStore
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
            + AttentionStore
            + IntegrationStore
            + AlertMetricsStore
            + PastMetricsStore
            + StoreMaintenance
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            events: store.clone(),
            errors: store.clone(),
            occurrences: store.clone(),
            figures: store.clone(),
            feedback: store.clone(),
            artifacts: store.clone(),
            chunks: store.clone(),
            files: store.clone(),
            blobs: store.clone(),
            entries: store.clone(),
            misses: store.clone(),
            rewrites: store.clone(),
            commits: store.clone(),
            jobs: store.clone(),
            letters: store.clone(),
            releases: store.clone(),
            groups: store.clone(),
            index: store.clone(),
            tags: store.clone(),
            triage: store.clone(),
            discussion: store.clone(),
            analytics: store.clone(),
            breakdowns: store.clone(),
            marks: store.clone(),
            tenants: store.clone(),
            projects: store.clone(),
            project_keys: store.clone(),
            keys: store.clone(),
            users: store.clone(),
            password_resets: store.clone(),
            sessions: store.clone(),
            members: store.clone(),
            invitations: store.clone(),
            system_users: store.clone(),
            rbac: store.clone(),
            audit: store.clone(),
            platform: store.clone(),
            samples: store.clone(),
            past_metrics: store.clone(),
            retention: store.clone(),
            rules: store.clone(),
            outbox: store.clone(),
            incidents: store.clone(),
            attention: store.clone(),
            integrations: store.clone(),
            alert_metrics: store.clone(),
            maintenance: store,
            guard: Box::new(guard),
        }
    }
}
