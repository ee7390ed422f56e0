//! What a reader is told of the changes of a round.

use super::change::{Before, ChangeKind};
use super::change_log::Position;
use super::event_id::EventId;
use super::joined::Joined;
use crate::clock::Clock;
use crate::errors::{ErrorDetail, ErrorFinder, ErrorQuery, Viewer};
use crate::id::{ErrorId, MemberId};
use crate::search::{Assignee, Filter, Query, State};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::HashMap;
use std::sync::Arc;

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

    /// Returns the events of a round, in their order: of the errors that the search finds, or found before what changed.
    /// Errors that were deleted are told of whatever the search: nothing is left to look at.
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
        let held = |one: &Joined| {
            one.before
                .iter()
                .any(|before| held(&search, before, listener))
        };
        let changed = joined.iter().filter(|one| !found.contains_key(&one.error));
        let ids = changed.filter(|one| held(one)).map(|one| one.error);
        found.extend(
            self.find(listener, &undecided(&search), ids.collect())
                .await?,
        );
        let mut told = Vec::new();
        for one in joined {
            let detail = found.remove(&one.error);
            if detail.is_none() && one.kind != ChangeKind::Deleted {
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

/// The search without what people decide.
fn undecided(search: &Query) -> Query {
    let mut search = search.clone();
    search.terms.retain(|term| match &term.filter {
        Filter::State(states) => !states.iter().any(|state| is_decided(*state)),
        filter => !matches!(filter, Filter::Assigned(_)),
    });
    search
}

/// Whether people decide it for everybody.
const fn is_decided(state: State) -> bool {
    !matches!(state, State::New | State::Bookmarked | State::Followed)
}

/// Whether an error that was in this state before may have been found, as far as people decide.
fn held(search: &Query, before: &Before, listener: &Listener) -> bool {
    search.terms.iter().all(|term| match &term.filter {
        Filter::State(states) if states.iter().any(|state| is_decided(*state)) => {
            let mut states = states.iter();
            states.any(|state| was(*state, before)) != term.negated
        }
        Filter::Assigned(assignees) => {
            let to = before.assigned_to;
            let mut assignees = assignees.iter();
            assignees.any(|one| was_assigned(one, to, listener.viewer.member)) != term.negated
        }
        _ => true,
    })
}

fn was(state: State, before: &Before) -> bool {
    match state {
        State::Assigned => before.assigned_to.is_some(),
        State::Unassigned => before.assigned_to.is_none(),
        state => before.states.contains(&state),
    }
}

fn was_assigned(assignee: &Assignee, to: Option<MemberId>, viewer: Option<MemberId>) -> bool {
    match assignee {
        Assignee::Nobody => to.is_none(),
        Assignee::Me => to.is_some() && to == viewer,
        // The address is not known any more.
        Assignee::Member(pattern) => to.is_some_and(|member| {
            pattern.matches(&member.to_string())
                || pattern.only().is_none_or(|only| only.contains('@'))
        }),
    }
}
