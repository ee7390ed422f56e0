//! What is kept no longer.

use super::StoreError;
use crate::entity::{ProjectId, Slug};
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Days that occurrences are kept after they were received, in projects that say nothing else.
    pub occurrence_days: u16,
    /// Days that hourly counts are kept.
    pub count_days: u16,
}

impl RetentionPolicy {
    /// Occurrences received before this time go; `own` is the project's own number of days.
    #[must_use]
    pub fn occurrences_from(self, own: Option<i32>, now: OffsetDateTime) -> OffsetDateTime {
        now - Duration::days(i64::from(self.days(own)))
    }

    /// Counts of hours before this time go.
    #[must_use]
    pub fn counts_from(self, now: OffsetDateTime) -> OffsetDateTime {
        crate::aggregate::hour_of(now - Duration::days(i64::from(self.count_days)))
    }

    /// How many days a project's occurrences are kept.
    #[must_use]
    pub fn days(self, own: Option<i32>) -> u16 {
        let own = own.and_then(|days| u16::try_from(days).ok());
        own.filter(|days| *days > 0).unwrap_or(self.occurrence_days)
    }
}

/// What of a project is past its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expirable {
    /// The project.
    pub project: ProjectId,
    /// Its short name.
    pub slug: Slug,
    /// How many days its occurrences are kept.
    pub days: u16,
    /// Occurrences.
    pub occurrences: u64,
    /// Hourly counts, of the project and of its errors.
    pub counts: u64,
}

/// Removes what is past its time. Errors stay, with their own counts and sights.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RetentionStore: Send + Sync {
    /// What [`RetentionStore::expire`] would remove now: the projects that have any. MUST change nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError>;

    /// Removes it, in bounded steps that never hold up recording for long. MUST be safe to run on
    /// several nodes at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the next run goes on.
    async fn expire(&self, now: OffsetDateTime, policy: RetentionPolicy) -> Result<(), StoreError>;
}
