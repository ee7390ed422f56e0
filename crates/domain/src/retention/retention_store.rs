//! What is kept no longer.

use crate::id::ProjectId;
use crate::store_error::StoreError;
use crate::tenancy::Slug;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Days that occurrences are kept after they were received, in projects that say nothing else.
    pub occurrence_days: u16,
    /// Days that hourly counts are kept.
    pub count_days: u16,
    /// Days that entries of the audit log are kept.
    pub audit_days: u16,
    /// Days that firings are kept, with their messages.
    pub firing_days: u16,
    /// Days that incidents are kept after they were over, with their changes.
    pub incident_days: u16,
    /// Days that entries of errors' histories are kept.
    pub activity_days: u16,
    /// Days that API keys are kept after they were revoked or expired.
    pub key_days: u16,
    /// Days that invitations are kept after they were accepted or expired.
    pub invitation_days: u16,
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
        crate::ingest::hour_of(now - Duration::days(i64::from(self.count_days)))
    }

    /// How many days a project's occurrences are kept.
    #[must_use]
    pub fn days(self, own: Option<i32>) -> u16 {
        let own = own.and_then(|days| u16::try_from(days).ok());
        own.filter(|days| *days > 0).unwrap_or(self.occurrence_days)
    }

    /// How many days records of this kind are kept.
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

    /// Records of this kind from before this time go.
    #[must_use]
    pub fn records_from(self, kind: RecordKind, now: OffsetDateTime) -> OffsetDateTime {
        now - Duration::days(i64::from(self.record_days(kind)))
    }
}

/// A kind of record that goes after a number of days, whatever project it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// Entries of the audit log, by their time.
    Audit,
    /// Firings of rules with their messages, by the time in the firing's id.
    Firings,
    /// Incidents that are over with their changes, by when they were over.
    Incidents,
    /// Entries of errors' histories, by their time.
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
    /// What [`RetentionStore::expire_occurrences`] would remove now: the projects that have any. MUST change nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError>;

    /// Removes it, in bounded steps that never hold up recording for long. MUST be safe to run on
    /// several nodes at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the next run goes on.
    async fn expire_occurrences(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<(), StoreError>;

    /// Counts the records of this kind that [`RetentionStore::remove_old_records`] would remove. MUST change
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError>;

    /// Removes up to `most` records of this kind from before that time, with what belongs to them, and
    /// returns how many. Fewer than `most` mean that none is left, or that another node is removing the
    /// rest. MUST keep whatever is still needed: a firing with a pending message, an incident that is not
    /// over, a key that was neither revoked nor expired, an invitation that can be accepted, and the
    /// development key, which would be made anew. MUST be safe to run on several nodes at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is removed then.
    async fn remove_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError>;
}
