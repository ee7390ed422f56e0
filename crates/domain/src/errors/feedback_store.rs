//! Port: what users say about events.

use super::feedback::Feedback;
use crate::id::ProjectId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use uuid::Uuid;

/// Stores feedback of events, which is kept as long as the events' occurrences: their deletion and their retention
/// MUST take it along.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait FeedbackStore: Send + Sync {
    /// Adds feedback to events and returns, in order, whether each entry's event is known. MUST have the entries
    /// durable when it returns, or none of them.
    ///
    /// - MUST keep an entry only if its event is stored in that project: under the id that its client gave it,
    ///   which is remembered for a week, or under the occurrence's own id.
    /// - MUST keep an entry with the same [`Feedback::digest`] once, and [`Feedback::MAX_PER_EVENT`] entries of an
    ///   event at most: the first ones. Entries beyond count as known.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn add_feedback(
        &self,
        feedback: &[(ProjectId, Feedback)],
    ) -> Result<Vec<bool>, StoreError>;

    /// Lists the feedback of events of the scope's projects, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_feedback(
        &self,
        scope: &Scope,
        events: &[Uuid],
    ) -> Result<Vec<Feedback>, StoreError>;
}
