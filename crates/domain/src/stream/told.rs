//! What a reader is told of the changes of a round.

use super::change::ChangeKind;
use super::change_log::Position;
use super::event_id::EventId;
use super::joined::Joined;
use super::past::{lasting, matched, matched_deleted};
use crate::clock::Clock;
use crate::errors::{ErrorDetail, ErrorFinder, ErrorQuery, Viewer};
use crate::id::ErrorId;
use crate::search::{Assignee, Filter, Query, State};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::HashMap;
use std::sync::Arc;
use time::OffsetDateTime;

/// Whom changes are told to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// What they may see.
    pub scope: Scope,
    /// Who they are.
    pub viewer: Viewer,
    /// The search whose errors they want to know of.
    pub query: String,
}

impl Listener {
    /// Returns the listener without who they are, unless the search asks for that: such listeners are told of the same
    /// errors.
    #[must_use]
    pub fn question(&self, now: OffsetDateTime) -> Self {
        let search = Query::parse(&self.query, now);
        let asks_for_viewer = search.is_ok_and(|search| {
            search.terms.iter().any(|term| match &term.filter {
                Filter::State(states) => {
                    states.contains(&State::Bookmarked) || states.contains(&State::Followed)
                }
                Filter::Assigned(assignees) => assignees.contains(&Assignee::Me),
                _ => false,
            })
        });
        if asks_for_viewer {
            return self.clone();
        }
        Self {
            viewer: Viewer::default(),
            ..self.clone()
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: ChangeKind,
    /// The error.
    pub error: ErrorId,
    /// The error as lists show it now, unless it was deleted.
    pub detail: Option<ErrorDetail>,
    /// The error that it was merged into.
    pub merged_into: Option<ErrorId>,
}

/// Part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The log's epoch.
    pub epoch: String,
    /// The changes behind this position.
    pub start: Position,
    /// The changes up to this position.
    pub end: Position,
}

/// Finds out which changes a listener is told of.
pub struct Teller {
    finder: ErrorFinder,
    clock: Arc<dyn Clock>,
}

impl Teller {
    /// Creates the service.
    #[must_use]
    pub const fn new(finder: ErrorFinder, clock: Arc<dyn Clock>) -> Self {
        Self { finder, clock }
    }

    /// Returns the events of a round, in their order: of the errors that the search finds, or may have found before what
    /// changed. Of an error that was deleted it is known what people decided about it and what its figures were; whatever
    /// else the search asks may have held.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn tell(
        &self,
        listener: &Listener,
        round: &Round,
        joined: &[Joined],
    ) -> Result<Vec<Told>, StoreError> {
        // A listener's search was understood when they came.
        let Ok(search) = Query::parse(&listener.query, self.clock.now()) else {
            return Ok(Vec::new());
        };
        let there = joined.iter().filter(|one| one.kind != ChangeKind::Deleted);
        let ids: Vec<ErrorId> = there.map(|one| one.error).collect();
        let mut found = self.find(listener, &search, ids).await?;
        found.extend(self.find_left(listener, &search, joined, &found).await?);
        let mut told = Vec::new();
        for one in joined {
            let detail = found.remove(&one.error);
            let is_told = match one.kind {
                ChangeKind::Deleted => matched_deleted(&search, one, listener),
                _ => detail.is_some(),
            };
            if !is_told {
                continue;
            }
            told.push(Told {
                id: EventId {
                    epoch: round.epoch.clone(),
                    start: round.start,
                    end: round.end,
                    last: one.last,
                    error: one.error,
                },
                kind: one.kind,
                error: one.error,
                detail,
                merged_into: one.merged_into,
            });
        }
        Ok(told)
    }

    /// Finds the errors that the search does not find any more, but may have found before what changed.
    async fn find_left(
        &self,
        listener: &Listener,
        search: &Query,
        joined: &[Joined],
        found: &HashMap<ErrorId, ErrorDetail>,
    ) -> Result<HashMap<ErrorId, ErrorDetail>, StoreError> {
        let lasting = lasting(search);
        if lasting.terms.len() == search.terms.len() {
            return Ok(HashMap::new());
        }
        let changed: HashMap<ErrorId, &Joined> = joined
            .iter()
            .filter(|one| one.kind != ChangeKind::Deleted && !found.contains_key(&one.error))
            .map(|one| (one.error, one))
            .collect();
        let ids = changed.keys().copied().collect();
        let mut left = self.find(listener, &lasting, ids).await?;
        left.retain(|id, detail| {
            let one = changed.get(id);
            one.is_some_and(|one| matched(search, one, detail, listener))
        });
        Ok(left)
    }

    async fn find(
        &self,
        listener: &Listener,
        search: &Query,
        ids: Vec<ErrorId>,
    ) -> Result<HashMap<ErrorId, ErrorDetail>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let query = ErrorQuery {
            now: search.now,
            search: Some(search.clone()),
            limit: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            ids: Some(ids),
            viewer: listener.viewer.clone(),
            ..ErrorQuery::default()
        };
        self.finder.refresh().await;
        let page = self.finder.list(&listener.scope, &query).await?;
        let items = page.items.into_iter();
        Ok(items
            .map(|detail| (detail.error.state.id, detail))
            .collect())
    }
}
