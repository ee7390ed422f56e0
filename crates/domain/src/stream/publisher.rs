//! Hands changes to the log without holding up whoever made them.

use super::change::{Change, ChangeKind};
use super::change_log::{ChangeLog, Entry};
use crate::id::{ErrorId, TenantId};
use crate::log_limit::LogLimit;
use crate::sync::lock;
use std::collections::{HashMap, HashSet};
use std::mem::take;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Maximum errors of a tenant whose changes are told together; of more, readers are told to read their list again.
pub const MAX_ERRORS: usize = 1_000;

/// Interval at which a log that is away is noted.
const AWAY: Duration = Duration::from_secs(60);

/// How long a node counts as being at work after it said so.
const AT_WORK: time::Duration = time::Duration::seconds(4);

/// Takes changes and appends them to the log.
pub struct Publisher {
    log: Arc<dyn ChangeLog>,
    waiting: Mutex<HashMap<TenantId, Waiting>>,
    away: LogLimit,
}

/// Changes of a tenant that were not appended yet.
#[derive(Default)]
struct Waiting {
    changes: Vec<Change>,
    errors: HashSet<ErrorId>,
    /// Errors of which an occurrence is told already.
    counted: HashSet<ErrorId>,
    /// Changes are missing.
    missed: bool,
}

impl Waiting {
    fn add(&mut self, change: Change) {
        if self.missed || change.kind == ChangeKind::Counts && !self.counted.insert(change.error) {
            return;
        }
        self.errors.insert(change.error);
        self.changes.push(change);
        if self.errors.len() > MAX_ERRORS {
            self.miss();
        }
    }

    fn miss(&mut self) {
        *self = Self {
            missed: true,
            ..Self::default()
        };
    }
}

impl Publisher {
    /// Creates a publisher. Call [`Publisher::flush`] several times a second, and [`Publisher::report`] once.
    #[must_use]
    pub fn new(log: Arc<dyn ChangeLog>) -> Self {
        Self {
            log,
            waiting: Mutex::default(),
            away: LogLimit::new(1, AWAY),
        }
    }

    /// Takes changes that are committed. Never waits.
    pub fn publish(&self, changes: impl IntoIterator<Item = Change>) {
        let mut waiting = lock(&self.waiting);
        for change in changes {
            waiting.entry(change.tenant).or_default().add(change);
        }
    }

    /// Notes that more errors of a tenant changed than are told one by one.
    pub fn miss(&self, tenant: TenantId) {
        lock(&self.waiting).entry(tenant).or_default().miss();
    }

    /// Notes that this node is at work, so that readers of all others are told if it dies with changes that it took.
    pub async fn report(&self, node: Uuid) {
        if let Err(error) = self.log.report_node(node, AT_WORK).await {
            tracing::debug!(%error, "the log of changes is away");
        }
    }

    /// Appends what was taken. What cannot be appended is told as missing once the log is back.
    pub async fn flush(&self) {
        let waiting = take(&mut *lock(&self.waiting));
        if waiting.is_empty() {
            return;
        }
        let mut entry = Entry::default();
        let mut tenants = Vec::with_capacity(waiting.len());
        for (tenant, waiting) in waiting {
            tenants.push(tenant);
            if waiting.missed {
                entry.missed.push(tenant);
            }
            entry.changes.extend(waiting.changes);
        }
        if let Err(error) = self.log.append_changes(&entry).await {
            if let Some(held_back) = self.away.allow() {
                tracing::warn!(%error, held_back, "changes of errors are not told");
            }
            let mut waiting = lock(&self.waiting);
            for tenant in tenants {
                waiting.entry(tenant).or_default().miss();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ProjectId;
    use crate::store_error::StoreError;
    use crate::stream::MockChangeLog;
    use time::OffsetDateTime;

    fn change(tenant: u128, error: u128, kind: ChangeKind) -> Change {
        Change {
            tenant: TenantId(Uuid::from_u128(tenant)),
            project: ProjectId(Uuid::nil()),
            error: ErrorId(Uuid::from_u128(error)),
            kind,
            at: OffsetDateTime::UNIX_EPOCH,
            merged_into: None,
            before: None,
            count_before: None,
        }
    }

    /// A publisher whose log fails at first, and what is appended.
    fn publisher(failures: usize) -> (Publisher, Arc<Mutex<Vec<Entry>>>) {
        let appended = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&appended);
        let mut log = MockChangeLog::new();
        log.expect_append_changes().returning(move |entry| {
            let mut kept = lock(&kept);
            kept.push(entry.clone());
            if kept.len() > failures {
                Ok(())
            } else {
                Err(StoreError::unavailable("no route to host"))
            }
        });
        (Publisher::new(Arc::new(log)), appended)
    }

    #[tokio::test]
    async fn occurrences_of_an_error_are_told_once() {
        use ChangeKind::{Changed, Counts, New};
        let (publisher, appended) = publisher(0);
        let changes = [
            (1, New),
            (1, Counts),
            (1, Counts),
            (1, Changed),
            (2, Counts),
        ];
        publisher.publish(changes.map(|(error, kind)| change(1, error, kind)));
        publisher.flush().await;
        publisher.flush().await;
        let appended = lock(&appended);
        let told = appended[0]
            .changes
            .iter()
            .map(|one| (one.error.0.as_u128(), one.kind));
        let expected = [(1, New), (1, Counts), (1, Changed), (2, Counts)];
        assert_eq!(told.collect::<Vec<_>>(), expected);
        assert_eq!(appended.len(), 1);
    }

    #[tokio::test]
    async fn what_does_not_reach_the_log_is_said_to_be_missing() {
        let (publisher, appended) = publisher(1);
        publisher.publish([change(1, 1, ChangeKind::New)]);
        publisher.flush().await;
        publisher.publish([change(1, 2, ChangeKind::New), change(2, 3, ChangeKind::New)]);
        publisher.flush().await;
        let appended = lock(&appended);
        assert_eq!(appended[1].missed, [TenantId(Uuid::from_u128(1))]);
        assert_eq!(appended[1].changes, [change(2, 3, ChangeKind::New)]);
    }

    #[tokio::test]
    async fn many_errors_at_once_are_not_told_one_by_one() {
        let (publisher, appended) = publisher(0);
        publisher.publish((0..1_000).map(|error| change(1, error, ChangeKind::New)));
        publisher.publish((0..1_001).map(|error| change(2, error, ChangeKind::New)));
        publisher.flush().await;
        let appended = lock(&appended);
        assert_eq!(appended[0].changes.len(), 1_000);
        assert_eq!(appended[0].missed, [TenantId(Uuid::from_u128(2))]);
    }
}
