//! Port: decides about errors and assigns them.

use super::activity::Actor;
use super::change::Assignee;
use super::triage_state::StateAction;
use crate::id::{ErrorId, ProjectId, TenantId};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// A decision about errors, with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The decision.
    pub action: StateAction,
    /// The author.
    pub actor: Actor,
    /// When it is made.
    pub at: OffsetDateTime,
}

/// An assignment of errors, with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The member who is to work on them; `None` for nobody.
    pub to: Option<Assignee>,
    /// The author.
    pub actor: Actor,
    /// When it is made.
    pub at: OffsetDateTime,
}

/// Changes status and assignment of errors within a [`Scope`]. Errors outside the scope count as not found.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TriageStore: Send + Sync {
    /// Resolves, ignores or reopens errors and returns the ids found.
    ///
    /// - MUST change each error as [`TriageState::decided`](super::TriageState::decided) says, with one activity where
    ///   that names a change: the same decision again changes nothing.
    /// - MUST have recording that comes after it, on any node, go by the new state.
    /// - MUST remember, with [`IgnoreTerms::users`](super::IgnoreTerms::users), the users of all stored occurrences.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn change_states(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        change: &StateChange,
    ) -> Result<Vec<ErrorId>, StoreError>;

    /// Assigns errors and returns the ids found. MUST write one activity for each error whose assignment changes, and
    /// none for others.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn assign_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        assignment: &Assignment,
    ) -> Result<Vec<ErrorId>, StoreError>;

    /// Lists the projects of errors, of those found.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_error_projects(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<(ErrorId, ProjectId)>, StoreError>;

    /// Reopens up to `most` errors, of all tenants, that were ignored until `now` or an earlier time, and returns
    /// them with tenant and project. MUST reopen each once, however many nodes do it at the same time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn reopen_due_errors(
        &self,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<(TenantId, ProjectId, ErrorId)>, StoreError>;
}
