//! Service: lists, explains, resolves, deletes, merges and splits errors.

use super::activity::Actor;
use super::error_group::ErrorDetail;
use super::error_store::{ErrorQuery, ErrorStore};
use super::feedback_store::FeedbackStore;
use super::group_store::{GroupStore, Merge, Split};
use super::occurrence::{FeedEntry, Occurrence};
use super::occurrences::{add_feedback, with_feedback};
use super::resolved_in::ResolvedIn;
use super::triage_state::StateAction;
use super::triage_store::{StateChange, TriageStore};
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::fingerprint::{Explanation, Fingerprint, FingerprintInput, Fingerprinter};
use crate::id::ErrorId;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::stream::Announcer;
use crate::tenancy::Scope;
use std::sync::Arc;

/// An action on several errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Resolves them.
    Resolve,
    /// Reopens them.
    Unresolve,
    /// Deletes them with all occurrences.
    Delete,
}

/// Explanation of an error's grouping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// How its latest occurrence was grouped.
    pub explanation: Explanation,
    /// All its fingerprints, ascending.
    pub fingerprints: Vec<Fingerprint>,
}

/// Reads and changes errors. Invalidates cached reads before a change returns.
#[derive(Clone)]
pub struct Triage {
    errors: Arc<dyn ErrorStore>,
    groups: Arc<dyn GroupStore>,
    states: Arc<dyn TriageStore>,
    feedback: Arc<dyn FeedbackStore>,
    fingerprinter: Arc<dyn Fingerprinter>,
    cache: Arc<ReadCache>,
    clock: Arc<dyn Clock>,
    announcer: Announcer,
}

impl Triage {
    /// Creates the service.
    #[must_use]
    pub fn new(
        (errors, groups): (Arc<dyn ErrorStore>, Arc<dyn GroupStore>),
        states: Arc<dyn TriageStore>,
        feedback: Arc<dyn FeedbackStore>,
        fingerprinter: Arc<dyn Fingerprinter>,
        cache: Arc<ReadCache>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            errors,
            groups,
            states,
            feedback,
            fingerprinter,
            cache,
            clock,
            announcer: Announcer::default(),
        }
    }

    /// Announces changes to readers of the stream.
    #[must_use]
    pub fn announcing(mut self, announcer: Announcer) -> Self {
        self.announcer = announcer;
        self
    }

    /// Lists one page of errors.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        self.errors.list_errors(scope, query).await
    }

    /// Lists occurrences of all errors, last received first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError> {
        self.errors.list_feed(scope, after, limit).await
    }

    /// Returns an error with its latest occurrence and that one's feedback.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn get(&self, scope: &Scope, id: ErrorId) -> Result<Option<ErrorDetail>, StoreError> {
        let mut found = self.errors.get_error(scope, id).await?;
        let latest = found.as_mut().and_then(|detail| detail.latest.as_mut());
        if let Some(latest) = latest {
            add_feedback(&*self.feedback, scope, std::slice::from_mut(latest)).await?;
        }
        Ok(found)
    }

    /// Lists an error's occurrences with their feedback, last received first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn occurrences(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Occurrence>>, StoreError> {
        let page = self
            .errors
            .list_occurrences(scope, id, after, limit)
            .await?;
        let Some(mut page) = page else {
            return Ok(None);
        };
        add_feedback(&*self.feedback, scope, &mut page.items).await?;
        Ok(Some(with_feedback(page, limit)))
    }

    /// Applies an action to errors and returns the ids found. Idempotent.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn apply(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        action: BulkAction,
        actor: Actor,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let at = self.clock.now();
        let action = match action {
            BulkAction::Resolve => StateAction::Resolve(ResolvedIn::Now),
            BulkAction::Unresolve => StateAction::Reopen,
            BulkAction::Delete => return self.delete(scope, ids).await,
        };
        let change = StateChange { action, actor, at };
        let noted = self.announcer.note(scope, ids).await?;
        let found = self.states.change_states(scope, ids, &change).await?;
        self.cache.advance(&[scope.tenant()]).await;
        self.announcer.changed(scope, &noted, &found, at);
        Ok(found)
    }

    async fn delete(&self, scope: &Scope, ids: &[ErrorId]) -> Result<Vec<ErrorId>, StoreError> {
        let at = self.clock.now();
        let noted = self.announcer.note(scope, ids).await?;
        let found = self.errors.delete_errors(scope, ids).await?;
        self.cache.advance(&[scope.tenant()]).await;
        self.announcer.deleted(scope, &noted, &found, None, at);
        Ok(found)
    }

    /// Merges `from` into `into`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn merge(
        &self,
        scope: &Scope,
        from: ErrorId,
        into: ErrorId,
        actor: Actor,
    ) -> Result<Merge, StoreError> {
        let at = self.clock.now();
        let noted = self.announcer.note(scope, &[from, into]).await?;
        let merged = self
            .groups
            .merge_errors(scope, from, into, actor, at)
            .await?;
        self.cache.advance(&[scope.tenant()]).await;
        if matches!(merged, Merge::Done(_)) && from != into {
            let announcer = &self.announcer;
            announcer.deleted(scope, &noted, &[from], Some(into), at);
            announcer.changed(scope, &noted, &[into], at);
        }
        Ok(merged)
    }

    /// Splits one fingerprint off an error.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn split(
        &self,
        scope: &Scope,
        id: ErrorId,
        fingerprint: Fingerprint,
        actor: Actor,
    ) -> Result<Split, StoreError> {
        let at = self.clock.now();
        let noted = self.announcer.note(scope, &[id]).await?;
        let split = self
            .groups
            .split_error(scope, id, fingerprint, actor, at)
            .await?;
        self.cache.advance(&[scope.tenant()]).await;
        if let Split::Done(new) = &split {
            self.announcer.changed(scope, &noted, &[id], at);
            self.announcer
                .created(scope, new.project_id, new.state.id, at);
        }
        Ok(split)
    }

    /// Explains the grouping of an error's latest occurrence; `None` when the error does not exist or retention has
    /// deleted the occurrence.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn explain(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<Explained>, StoreError> {
        let Some(occurrence) = self
            .errors
            .get_error(scope, id)
            .await?
            .and_then(|detail| detail.latest)
        else {
            return Ok(None);
        };
        let owned = self.groups.list_fingerprints(scope, id).await?;
        let custom = occurrence
            .custom_fingerprint
            .as_ref()
            .and_then(|parts| serde_json::from_str::<Vec<String>>(parts.as_str()).ok());
        let explanation = self.fingerprinter.explain(&FingerprintInput {
            source: &occurrence.summary.source,
            message: &occurrence.summary.message,
            stack_trace: occurrence.stack_trace.as_deref(),
            custom: custom.as_deref(),
            ..FingerprintInput::default()
        });
        let fingerprints = owned
            .into_iter()
            .map(|(fingerprint, _)| fingerprint)
            .collect();
        Ok(Some(Explained {
            explanation,
            fingerprints,
        }))
    }
}
