//! Port: letters, and what they are to tell of.

use super::letter::{DueLetter, Letter, LetterStatus, Untold};
use crate::id::{ActivityId, LetterId, MemberId, ProjectId};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// Project and id of an entry of an activity log.
pub type ActivityKey = (ProjectId, ActivityId);

/// What became of an attempt to send a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterAttempt {
    /// Which letter.
    pub id: LetterId,
    /// How far it is now.
    pub status: LetterStatus,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: OffsetDateTime,
    /// Why it failed.
    pub reason: Option<String>,
}

/// Keeps what members are to be told, and the letters that tell it.
///
/// Whatever writes an activity log MUST write down, in the same transaction, that an entry is untold where it concerns
/// somebody ([`Change::concerns_somebody`](crate::errors::Change::concerns_somebody)), or where somebody follows the error
/// and it [is followed](crate::errors::Change::is_followed). A comment whose change mentions more members MUST be untold
/// again, for them.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait LetterStore: Send + Sync {
    /// Lists entries that are untold, of all tenants, at most so many, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_untold(&self, most: u32) -> Result<Vec<Untold>, StoreError>;

    /// Writes down that entries were told, and adds the letters that do, all or nothing. MUST add no letter of an entry
    /// that another call has told, and MUST add one of an entry for a member at most, ever.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn tell(&self, told: &[ActivityKey], letters: &[Letter]) -> Result<(), StoreError>;

    /// Counts a member's letters since a time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_letters(
        &self,
        member: MemberId,
        since: OffsetDateTime,
    ) -> Result<u64, StoreError>;

    /// Takes up to `most` letters that are due, oldest first, and counts an attempt of each. MUST NOT give one to two
    /// callers, unless the first has not said within `patience` what became of it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn claim_due_letters(
        &self,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<DueLetter>, StoreError>;

    /// Writes down what became of an attempt.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails: the letter is sent again.
    async fn record_letter_attempt(&self, attempted: &LetterAttempt) -> Result<(), StoreError>;

    /// Removes letters from before a time that are not pending, and returns their number.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_old_letters(&self, before: OffsetDateTime) -> Result<u64, StoreError>;
}
