//! Port: finds and deletes data past its retention period.

use crate::id::ProjectId;
use crate::store_error::StoreError;
use crate::tenancy::{Project, Slug};
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// Retention periods in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Occurrences, from their receipt, in projects without a period of their own.
    pub occurrence_days: u16,
    /// Hourly counts.
    pub count_days: u16,
    /// Audit log entries.
    pub audit_days: u16,
    /// Firings with their deliveries.
    pub firing_days: u16,
    /// Incidents with their history, from when they were over.
    pub incident_days: u16,
    /// Activity log entries of errors.
    pub activity_days: u16,
    /// API keys, from when they were revoked or expired.
    pub key_days: u16,
    /// Invitations, from when they were accepted or expired.
    pub invitation_days: u16,
}

impl RetentionPolicy {
    /// Returns the time before which received occurrences are deleted; `own` is the project's own period in days.
    #[must_use]
    pub fn occurrences_from(self, own: Option<i32>, now: OffsetDateTime) -> OffsetDateTime {
        now - Duration::days(i64::from(self.days(own)))
    }

    /// Returns the time before which a project's hourly counts are deleted.
    #[must_use]
    pub fn counts_from(self, project: &Project, now: OffsetDateTime) -> OffsetDateTime {
        crate::ingest::hour_of(now - Duration::days(i64::from(self.counts_days(project))))
    }

    /// Returns the retention period of a project's hourly counts, in days: at least that of its occurrences.
    #[must_use]
    pub fn counts_days(self, project: &Project) -> u16 {
        let own = project.counts_retention_days;
        let own = own.and_then(|days| u16::try_from(days).ok());
        own.unwrap_or(self.count_days)
            .max(self.days(project.retention_days))
    }

    /// Returns the retention period of a project's occurrences, in days.
    #[must_use]
    pub fn days(self, own: Option<i32>) -> u16 {
        let own = own.and_then(|days| u16::try_from(days).ok());
        own.filter(|days| *days > 0).unwrap_or(self.occurrence_days)
    }

    /// Returns the retention period of a kind of record, in days.
    #[must_use]
    pub const fn record_days(self, kind: RecordKind) -> u16 {
        match kind {
            RecordKind::Audit => self.audit_days,
            RecordKind::Firings => self.firing_days,
            RecordKind::Incidents => self.incident_days,
            RecordKind::Activity => self.activity_days,
            RecordKind::Keys => self.key_days,
            RecordKind::Invitations => self.invitation_days,
        }
    }

    /// Returns the time before which records of a kind are deleted.
    #[must_use]
    pub fn records_from(self, kind: RecordKind, now: OffsetDateTime) -> OffsetDateTime {
        now - Duration::days(i64::from(self.record_days(kind)))
    }
}

/// Kinds of record with a retention period for all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// Audit log entries, by their time.
    Audit,
    /// Firings with their deliveries, by the time in the firing's id.
    Firings,
    /// Incidents with their history, by when they were over.
    Incidents,
    /// Activity log entries of errors, by their time.
    Activity,
    /// API keys that ended, by [`ApiKey::ended_at`](crate::identity::ApiKey::ended_at).
    Keys,
    /// Invitations that ended, by [`Invitation::ended_at`](crate::identity::Invitation::ended_at).
    Invitations,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Audit,
        Self::Firings,
        Self::Incidents,
        Self::Activity,
        Self::Keys,
        Self::Invitations,
    ];

    /// The name in logs and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audit => "audit entries",
            Self::Firings => "alert firings",
            Self::Incidents => "incidents",
            Self::Activity => "error activity",
            Self::Keys => "API keys",
            Self::Invitations => "invitations",
        }
    }
}

/// Data of a project past its retention period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expirable {
    /// The project.
    pub project: ProjectId,
    /// Its slug.
    pub slug: Slug,
    /// Retention period of its occurrences, in days.
    pub days: u16,
    /// Number of occurrences.
    pub occurrences: u64,
    /// Number of hourly counts, of the project and of its errors.
    pub counts: u64,
}

/// Deletes data past its retention period. Errors stay, with their counts and times.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RetentionStore: Send + Sync {
    /// Counts what [`RetentionStore::expire_occurrences`] would delete now, by project, without projects that have
    /// none. MUST change nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError>;

    /// Deletes expired occurrences and hourly counts, in short transactions that never block recording for long. MUST
    /// be safe to run on several nodes at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the next run continues.
    async fn expire_occurrences(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<(), StoreError>;

    /// Counts the records of a kind that [`RetentionStore::remove_old_records`] would delete. MUST change nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError>;

    /// Deletes up to `most` records of a kind from before a time, with what belongs to them, and returns the number.
    /// Fewer than `most` mean that none is left, or that another node is deleting the rest. MUST keep records in use:
    /// a firing with a pending delivery, an incident that is not over, a key that was neither revoked nor expired, an
    /// invitation that can be accepted, and the development key, which would be recreated. MUST be safe to run on
    /// several nodes at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is deleted.
    async fn remove_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError>;
}
