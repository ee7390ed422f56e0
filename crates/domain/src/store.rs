//! All store ports as one supertrait.

use crate::alerts::{AlertMetricsStore, PastMetricsStore, RuleStore};
use crate::analytics::{AnalyticsStore, BreakdownStore, MarkStore};
use crate::artifacts::{ArtifactStore, BlobStore, ChunkStore, EntryStore, FileStore, MissStore};
use crate::errors::{
    DiscussionStore, ErrorStore, FeedbackStore, FigureStore, GroupStore, OccurrenceStore,
    RewriteStore, TriageStore,
};
use crate::identity::{
    AuditLog, InvitationStore, KeyStore, MemberStore, PasswordResetStore, RbacStore, SessionStore,
    SystemUserStore, UserStore,
};
use crate::incidents::{AttentionStore, IncidentStore};
use crate::ingest::EventStore;
use crate::jobs::JobStore;
use crate::letters::LetterStore;
use crate::monitoring::{HealthProbe, SampleStore};
use crate::notifications::{IntegrationStore, Outbox};
use crate::releases::{CommitStore, ReleaseStore};
use crate::retention::{RetentionStore, StoreMaintenance};
use crate::search_index::{IndexStore, TagStore};
use crate::tenancy::{PlatformStore, ProjectKeyStore, ProjectStore, TenantStore};

macro_rules! store {
    ($($port:ident),+ $(,)?) => {
        /// A database that implements every store port. Implemented for every type that implements the ports; an
        /// `Arc<dyn Store>` coerces to an `Arc` of any of them.
        ///
        /// ```
        /// # #[cfg(feature = "memory")] {
        /// use faultbook_domain::{errors::ErrorStore, memory::MemoryStore, store::Store};
        /// use std::sync::Arc;
        ///
        /// let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        /// let errors: Arc<dyn ErrorStore> = store;
        /// # }
        /// ```
        pub trait Store: $($port +)+ 'static {}

        impl<S: $($port +)+ 'static> Store for S {}
    };
}

store!(
    AlertMetricsStore,
    AnalyticsStore,
    ArtifactStore,
    AttentionStore,
    AuditLog,
    BlobStore,
    BreakdownStore,
    ChunkStore,
    CommitStore,
    DiscussionStore,
    EntryStore,
    ErrorStore,
    EventStore,
    FeedbackStore,
    FileStore,
    FigureStore,
    GroupStore,
    HealthProbe,
    IncidentStore,
    IndexStore,
    IntegrationStore,
    InvitationStore,
    JobStore,
    KeyStore,
    MarkStore,
    LetterStore,
    MemberStore,
    MissStore,
    OccurrenceStore,
    Outbox,
    PasswordResetStore,
    PastMetricsStore,
    PlatformStore,
    ProjectKeyStore,
    ProjectStore,
    RbacStore,
    ReleaseStore,
    RetentionStore,
    RewriteStore,
    RuleStore,
    SampleStore,
    SessionStore,
    StoreMaintenance,
    SystemUserStore,
    TagStore,
    TenantStore,
    TriageStore,
    UserStore,
);
