//! Service: deletes data past its retention period.

use super::retention_store::{Expirable, RecordKind, RetentionPolicy, RetentionStore};
use crate::clock::Clock;
use crate::store_error::StoreError;
use std::sync::Arc;

/// Records deleted per transaction: a few milliseconds, during which recording waits on SQLite.
const STEP: u32 = 500;

/// Number of records of a kind that are expired or were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordCount {
    /// The kind.
    pub kind: RecordKind,
    /// Its retention period in days.
    pub days: u16,
    /// The number.
    pub count: u64,
}

/// Data past its retention period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionPreview {
    /// Occurrences and hourly counts by project, without projects that have none.
    pub projects: Vec<Expirable>,
    /// All other kinds of record, including those without expired ones.
    pub records: Vec<RecordCount>,
}

/// Applies a retention policy to a store.
pub struct Retention {
    store: Arc<dyn RetentionStore>,
    policy: RetentionPolicy,
    clock: Arc<dyn Clock>,
}

impl Retention {
    /// Creates the service.
    #[must_use]
    pub fn new(
        store: Arc<dyn RetentionStore>,
        policy: RetentionPolicy,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            policy,
            clock,
        }
    }

    /// Counts what [`Retention::run`] would delete now.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn preview(&self) -> Result<RetentionPreview, StoreError> {
        let now = self.clock.now();
        let projects = self.store.list_expirable(now, self.policy).await?;
        let mut records = Vec::with_capacity(RecordKind::ALL.len());
        for kind in RecordKind::ALL {
            let before = self.policy.records_from(kind, now);
            let count = self.store.count_old_records(kind, before).await?;
            records.push(self.counted(kind, count));
        }
        Ok(RetentionPreview { projects, records })
    }

    /// Deletes all expired data, in short transactions, and returns the number of records by kind. A failure of one
    /// kind does not affect the others.
    ///
    /// # Errors
    /// The first [`StoreError`], after all kinds were tried; the next run continues.
    pub async fn run(&self) -> Result<Vec<RecordCount>, StoreError> {
        let now = self.clock.now();
        let mut outcome = self.store.expire_occurrences(now, self.policy).await;
        let mut removed = Vec::with_capacity(RecordKind::ALL.len());
        for kind in RecordKind::ALL {
            let before = self.policy.records_from(kind, now);
            let mut count = 0;
            loop {
                match self.store.remove_old_records(kind, before, STEP).await {
                    Ok(some) => {
                        count += some;
                        if some < u64::from(STEP) {
                            break;
                        }
                    }
                    Err(error) => {
                        outcome = outcome.and(Err(error));
                        break;
                    }
                }
            }
            if count > 0 {
                tracing::info!(
                    kind = kind.as_str(),
                    count,
                    "removed: past their retention period"
                );
            }
            removed.push(self.counted(kind, count));
        }
        outcome.map(|()| removed)
    }

    fn counted(&self, kind: RecordKind, count: u64) -> RecordCount {
        RecordCount {
            kind,
            days: self.policy.record_days(kind),
            count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::MockRetentionStore;
    use crate::testing::FixedClock;
    use time::Duration;
    use time::macros::datetime;

    const NOW: time::OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    const POLICY: RetentionPolicy = RetentionPolicy {
        occurrence_days: 1,
        count_days: 2,
        audit_days: 3,
        firing_days: 4,
        incident_days: 5,
        activity_days: 6,
        key_days: 7,
        invitation_days: 8,
    };

    fn retention(store: MockRetentionStore) -> Retention {
        Retention::new(Arc::new(store), POLICY, Arc::new(FixedClock::at(NOW)))
    }

    fn broken() -> StoreError {
        StoreError::internal("the disk is full")
    }

    #[tokio::test]
    async fn records_are_removed_in_steps_until_a_step_is_not_full() {
        let mut store = MockRetentionStore::new();
        store
            .expect_expire_occurrences()
            .times(1)
            .returning(|_, _| Ok(()));
        let mut left = 1_234_u64;
        store
            .expect_remove_old_records()
            .returning(move |kind, before, most| {
                if kind != RecordKind::Incidents {
                    return Ok(0);
                }
                assert_eq!(before, NOW - Duration::days(5));
                let some = left.min(u64::from(most));
                left -= some;
                Ok(some)
            });
        let removed = retention(store).run().await.unwrap();
        let counts = removed.iter().map(|one| (one.kind, one.days, one.count));
        assert_eq!(
            counts.collect::<Vec<_>>(),
            [
                (RecordKind::Audit, 3, 0),
                (RecordKind::Firings, 4, 0),
                (RecordKind::Incidents, 5, 1_234),
                (RecordKind::Activity, 6, 0),
                (RecordKind::Keys, 7, 0),
                (RecordKind::Invitations, 8, 0),
            ]
        );
    }

    #[tokio::test]
    async fn what_cannot_be_removed_keeps_nothing_else() {
        let mut store = MockRetentionStore::new();
        store
            .expect_expire_occurrences()
            .returning(|_, _| Err(broken()));
        store
            .expect_remove_old_records()
            .times(RecordKind::ALL.len())
            .returning(|kind, _, _| match kind {
                RecordKind::Firings => Err(broken()),
                _ => Ok(1),
            });
        assert!(retention(store).run().await.is_err());
    }

    #[tokio::test]
    async fn looking_removes_nothing() {
        let mut store = MockRetentionStore::new();
        store
            .expect_list_expirable()
            .returning(|_, _| Ok(Vec::new()));
        store.expect_count_old_records().returning(|kind, before| {
            assert_eq!(before, POLICY.records_from(kind, NOW));
            Ok(u64::from(POLICY.record_days(kind)))
        });
        let preview = retention(store).preview().await.unwrap();
        assert!(preview.projects.is_empty());
        let counts: Vec<u64> = preview.records.iter().map(|one| one.count).collect();
        assert_eq!(counts, [3, 4, 5, 6, 7, 8]);
    }
}
