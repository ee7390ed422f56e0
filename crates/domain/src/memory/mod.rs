//! In-memory implementations of every store port, for development, tests and embedding.

mod alert_metrics_store;
mod alert_stores;
mod analytics_store;
mod artifact_store;
mod attention_store;
mod audit_log;
mod blob_store;
mod breakdown_store;
mod cache;
mod change_log;
mod chunk_store;
mod commit_store;
mod discussion_store;
mod entry_store;
mod error_store;
mod event_store;
mod feedback_store;
mod figure_store;
mod file_store;
mod group_store;
mod health;
mod incident_store;
mod index_store;
mod ingest_queue;
mod invitation_store;
mod job_store;
mod key_store;
mod lease;
mod letter_store;
mod mark_store;
mod member_store;
mod miss_store;
mod occurrence_store;
mod password_reset_store;
mod past_metrics_store;
mod platform_store;
mod project_key_store;
mod project_store;
mod rate_limiter;
mod rbac_store;
mod release_store;
mod retention_store;
mod sample_store;
mod session_store;
mod store_maintenance;
mod system_user_store;
mod tag_store;
mod tenant_store;
mod triage_store;
mod user_store;

pub use cache::MemoryCache;
pub use change_log::MemoryChangeLog;
pub use ingest_queue::MemoryIngestQueue;
pub use lease::MemoryLease;
pub use rate_limiter::MemoryRateLimiter;

use crate::artifacts::MissKey;
use crate::errors::{Activity, Actor, Change, Comment, ErrorGroup, Mark, Occurrence, UserKey};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::{
    ActivityId, CommentId, ErrorId, InvitationId, JobId, KeyId, MemberId, OccurrenceId, ProjectId,
    ProjectKeyId, RbacItemId, SessionId, SystemUserId, TenantId, UserId,
};
use crate::id_source::IdSource;
use crate::identity::{
    ApiKey, AuditEntry, Invitation, Member, PasswordReset, Profile, RbacItem, Session, SystemUser,
    User,
};
use crate::page::{Cursor, Page};
use crate::releases::{Deploy, Release, ReleaseCommits, Version};
use crate::tenancy::{Project, ProjectKey, Scope, Tenant};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use uuid::Uuid;

/// A store that implements all store ports in memory.
#[derive(Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    ids: Arc<dyn IdSource>,
}

impl MemoryStore {
    /// Creates an empty store with this source of ids for errors and activities.
    #[must_use]
    pub fn new(ids: Arc<dyn IdSource>) -> Self {
        Self {
            state: Arc::default(),
            ids,
        }
    }

    /// Locks the state, which every method leaves consistent even if it panics.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    /// Creates an empty store with random ids.
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
    project_keys: BTreeMap<ProjectKeyId, ProjectKey>,
    keys: BTreeMap<KeyId, ApiKey>,
    users: BTreeMap<UserId, User>,
    profiles: HashMap<UserId, Profile>,
    /// Rights to set a password, and whether they were used or ended.
    password_resets: Vec<(PasswordReset, bool)>,
    last_active: HashMap<UserId, OffsetDateTime>,
    sessions: BTreeMap<SessionId, Session>,
    members: BTreeMap<MemberId, Member>,
    invitations: BTreeMap<InvitationId, Invitation>,
    system_users: BTreeMap<SystemUserId, SystemUser>,
    rbac_items: BTreeMap<RbacItemId, RbacItem>,
    audit: Vec<AuditEntry>,
    maintenance: bool,
    errors: BTreeMap<(ProjectId, ErrorId), ErrorGroup>,
    /// First receipt of merged and split errors; that of others is their creation.
    first_received: HashMap<(ProjectId, ErrorId), OffsetDateTime>,
    fingerprints: BTreeMap<(ProjectId, Fingerprint), (FingerprintVersion, ErrorId)>,
    occurrences: BTreeMap<(ProjectId, OccurrenceId), Arc<Occurrence>>,
    /// What fingerprints ever had.
    past: BTreeMap<(ProjectId, Fingerprint), figure_store::Past>,
    /// Occurrences that were deleted by retention and are still counted.
    retired: BTreeMap<(ProjectId, OccurrenceId), Arc<Occurrence>>,
    /// Clients' event ids, with fingerprint and time of recording.
    event_ids: HashMap<(ProjectId, Uuid), (Fingerprint, OffsetDateTime)>,
    feedback: Vec<feedback_store::Entry>,
    /// Without the times of their occurrences.
    releases: BTreeMap<(ProjectId, Version), Release>,
    deploys: Vec<Deploy>,
    commits: BTreeMap<(ProjectId, Version), ReleaseCommits>,
    jobs: BTreeMap<JobId, job_store::Entry>,
    artifacts: artifact_store::Artifacts,
    misses: BTreeMap<(ProjectId, MissKey, Fingerprint), miss_store::Miss>,
    activity: Vec<Activity>,
    letters: letter_store::Letters,
    comments: BTreeMap<(ProjectId, CommentId), Comment>,
    marks: BTreeSet<((ProjectId, ErrorId), String, Mark)>,
    /// Users of errors whose terms count new ones: those who had occurrences of it.
    known_users: HashMap<(ProjectId, ErrorId), HashSet<UserKey>>,
    /// Occurrences that were recorded while their error was ignored.
    ignored: HashSet<(ProjectId, OccurrenceId)>,
    samples: sample_store::Samples,
    alerts: alert_stores::Alerts,
}

impl State {
    /// Returns the key of a visible error.
    fn find(&self, scope: &Scope, id: ErrorId) -> Option<(ProjectId, ErrorId)> {
        scope
            .projects()
            .iter()
            .map(|project| (*project, id))
            .find(|key| self.errors.contains_key(key))
    }

    /// Returns when an error was first received.
    fn first_received(&self, error: &ErrorGroup) -> OffsetDateTime {
        let key = (error.project_id, error.state.id);
        let known = self.first_received.get(&key);
        known.copied().unwrap_or(error.state.created_at)
    }

    /// Returns an error's fingerprints, ascending.
    fn fingerprints_of(&self, key: (ProjectId, ErrorId)) -> Vec<(Fingerprint, FingerprintVersion)> {
        self.fingerprints
            .iter()
            .filter(|((project, _), (_, error))| (*project, *error) == key)
            .map(|((_, fingerprint), (version, _))| (*fingerprint, *version))
            .collect()
    }

    /// Returns the occurrences of a project's fingerprints, first received first.
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

/// Builds an activity log entry.
fn activity(
    ids: &dyn IdSource,
    (project_id, error_id): (ProjectId, ErrorId),
    change: Change,
    (actor, at): (Actor, OffsetDateTime),
) -> Activity {
    Activity {
        id: ActivityId(ids.next_id(at)),
        project_id,
        error_id,
        change,
        actor,
        at,
    }
}

/// Makes an occurrence the error's latest.
fn set_latest(error: &mut ErrorGroup, latest: &Occurrence) {
    error.fingerprint = latest.fingerprint;
    error.latest_id = latest.id;
    error.event_id = latest.event_id;
    error.timestamp = latest.timestamp;
    error.summary = latest.summary.cut().map(str::to_owned);
}

/// Builds a page of a list ordered by id, newest first.
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
