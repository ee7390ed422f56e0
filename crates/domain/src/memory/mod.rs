//! Every store port in process, for development, tests and embedding. Nothing outlives the process.

mod alert_metrics_store;
mod alert_stores;
mod analytics_store;
mod audit_log;
mod cache;
mod error_store;
mod event_store;
mod group_store;
mod health;
mod incident_store;
mod ingest_queue;
mod invitation_store;
mod key_store;
mod lease;
mod member_store;
mod platform_store;
mod project_store;
mod rate_limiter;
mod rbac_store;
mod retention_store;
mod sample_store;
mod session_store;
mod store_maintenance;
mod system_user_store;
mod tenant_store;
mod user_store;

pub use cache::MemoryCache;
pub use ingest_queue::MemoryIngestQueue;
pub use lease::MemoryLease;
pub use rate_limiter::MemoryRateLimiter;

use crate::errors::{Activity, ActivityKind, Actor, ErrorGroup, Occurrence};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::{
    ActivityId, ErrorId, InvitationId, KeyId, MemberId, OccurrenceId, ProjectId, RbacItemId,
    SessionId, SystemUserId, TenantId, UserId,
};
use crate::id_source::IdSource;
use crate::identity::{
    ApiKey, AuditEntry, Invitation, Member, RbacItem, Session, SystemUser, User,
};
use crate::page::{Cursor, Page};
use crate::tenancy::{Project, Scope, Tenant};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use uuid::Uuid;

/// All store ports over one set of maps.
#[derive(Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    ids: Arc<dyn IdSource>,
}

impl MemoryStore {
    /// An empty store that takes ids for errors and activities from here.
    #[must_use]
    pub fn new(ids: Arc<dyn IdSource>) -> Self {
        Self {
            state: Arc::default(),
            ids,
        }
    }

    /// Every method works on a consistent state, so that a panic in one cannot leave it torn.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    /// An empty store with ids of the machine.
    fn default() -> Self {
        Self::new(Arc::new(crate::system::SystemIds::default()))
    }
}

#[derive(Default)]
struct State {
    tenants: BTreeMap<TenantId, Tenant>,
    deleted_tenants: BTreeMap<TenantId, Tenant>,
    projects: BTreeMap<ProjectId, Project>,
    deleted_projects: BTreeMap<ProjectId, Project>,
    keys: BTreeMap<KeyId, ApiKey>,
    users: BTreeMap<UserId, User>,
    last_active: HashMap<UserId, OffsetDateTime>,
    sessions: BTreeMap<SessionId, Session>,
    members: BTreeMap<MemberId, Member>,
    invitations: BTreeMap<InvitationId, Invitation>,
    system_users: BTreeMap<SystemUserId, SystemUser>,
    grants: BTreeMap<RbacItemId, RbacItem>,
    audit: Vec<AuditEntry>,
    maintenance: bool,
    errors: BTreeMap<(ProjectId, ErrorId), ErrorGroup>,
    /// When merged and split errors were first received; the others were when they were made.
    first_received: HashMap<(ProjectId, ErrorId), OffsetDateTime>,
    fingerprints: BTreeMap<(ProjectId, Fingerprint), (FingerprintVersion, ErrorId)>,
    occurrences: BTreeMap<(ProjectId, OccurrenceId), Arc<Occurrence>>,
    /// Occurrences that are kept no longer and still counted.
    retired: BTreeMap<(ProjectId, OccurrenceId), Arc<Occurrence>>,
    /// Callers' event ids, with the occurrence's fingerprint and the time of storing.
    event_ids: HashMap<(ProjectId, Uuid), (Fingerprint, OffsetDateTime)>,
    activity: Vec<Activity>,
    samples: sample_store::Samples,
    alerts: alert_stores::Alerts,
}

impl State {
    /// The key of a visible error.
    fn find(&self, scope: &Scope, id: ErrorId) -> Option<(ProjectId, ErrorId)> {
        scope
            .projects()
            .iter()
            .map(|project| (*project, id))
            .find(|key| self.errors.contains_key(key))
    }

    /// When an error was first received.
    fn first_received(&self, error: &ErrorGroup) -> OffsetDateTime {
        let key = (error.project_id, error.state.id);
        let known = self.first_received.get(&key);
        known.copied().unwrap_or(error.state.created_at)
    }

    /// The fingerprints of an error, ascending.
    fn fingerprints_of(&self, key: (ProjectId, ErrorId)) -> Vec<(Fingerprint, FingerprintVersion)> {
        self.fingerprints
            .iter()
            .filter(|((project, _), (_, error))| (*project, *error) == key)
            .map(|((_, fingerprint), (version, _))| (*fingerprint, *version))
            .collect()
    }

    /// The occurrences of some of a project's fingerprints, oldest received first.
    fn occurrences_of<'a>(
        &'a self,
        project: ProjectId,
        fingerprints: &'a [(Fingerprint, FingerprintVersion)],
    ) -> impl DoubleEndedIterator<Item = &'a Arc<Occurrence>> {
        self.occurrences.values().filter(move |occurrence| {
            occurrence.project_id == project
                && fingerprints
                    .iter()
                    .any(|(owned, _)| *owned == occurrence.fingerprint)
        })
    }
}

/// An entry for an error's history.
fn activity(
    ids: &dyn IdSource,
    (project_id, error_id): (ProjectId, ErrorId),
    kind: ActivityKind,
    (actor, at): (Actor, OffsetDateTime),
    detail: Option<String>,
) -> Activity {
    let id = ActivityId(ids.next_id(at));
    Activity {
        id,
        project_id,
        error_id,
        kind,
        actor: actor.to_string(),
        at,
        detail,
    }
}

/// Shows another occurrence as the error's latest.
fn show(error: &mut ErrorGroup, latest: &Occurrence) {
    error.fingerprint = latest.fingerprint;
    error.latest_id = latest.id;
    error.event_id = latest.event_id;
    error.timestamp = latest.timestamp;
    error.summary = latest.summary.cut().map(str::to_owned);
}

/// A page of a list that has its newest id first.
fn newest_page<'a, T: Clone + 'a>(
    all: impl Iterator<Item = &'a T>,
    (after, limit): (Option<Cursor>, u32),
    id: impl Fn(&T) -> Uuid,
) -> Page<T> {
    let mut all: Vec<&T> = all.collect();
    all.sort_unstable_by_key(|one| std::cmp::Reverse(id(one)));
    let total = all.len() as u64;
    let bound = Cursor::bound(after);
    let rest = all.into_iter().filter(|one| id(one) < bound);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let items = rest.take(most.saturating_add(1)).cloned().collect();
    Page::newest(items, limit, total, id)
}
