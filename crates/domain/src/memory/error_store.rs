//! [`ErrorStore`](crate::errors::ErrorStore) in process.

use super::{MemoryStore, State, newest_page};
use crate::errors::search;
use crate::errors::{
    Activity, ErrorDetail, ErrorFilter, ErrorGroup, FeedEntry, Occurrence,
    summary_message, summary_text,
};
use crate::errors::{ErrorQuery, ErrorStore};
use crate::id::ErrorId;
use crate::page::{Cursor, Page, PageStart, page_length};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::sync::Arc;

#[async_trait]
impl ErrorStore for MemoryStore {
    async fn list_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        let state = self.state();
        let rank = |error: &ErrorGroup| (query.sort.rank(&error.state), error.state.id.0);
        let mut matching: Vec<&ErrorGroup> = state
            .errors
            .values()
            .filter(|error| scope.projects().contains(&error.project_id))
            .filter(|error| matches(&state, error, &query.filter))
            .collect();
        matching.sort_unstable_by_key(|error| Reverse(rank(error)));
        let total = matching.len() as u64;
        let skipped = match query.start {
            PageStart::Offset(offset) => usize::try_from(offset).unwrap_or(usize::MAX),
            PageStart::After(Cursor { rank: last, id }) => {
                matching.partition_point(|error| rank(error) >= (last, id))
            }
        };
        let rest = matching.get(skipped..).unwrap_or_default();
        let bytes = |error: &&ErrorGroup| {
            let latest = query.with_latest.then(|| latest(&state, error)).flatten();
            latest.map_or(0, |latest| latest.text_bytes())
        };
        let shown = &rest[..page_length(rest.iter().map(bytes), query.limit)];
        let next = (shown.len() < rest.len())
            .then(|| shown.last().map(|error| rank(error)))
            .flatten()
            .map(|(rank, id)| Cursor { rank, id });
        let items = shown
            .iter()
            .map(|error| {
                let latest = if query.with_latest {
                    latest(&state, error)
                } else {
                    None
                };
                ErrorDetail {
                    error: (*error).clone(),
                    latest,
                }
            })
            .collect();
        Ok(Page { items, total, next })
    }

    async fn get_error(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<ErrorDetail>, StoreError> {
        let state = self.state();
        let error = state.find(scope, id).and_then(|key| state.errors.get(&key));
        Ok(error.map(|error| ErrorDetail {
            error: error.clone(),
            latest: latest(&state, error),
        }))
    }

    async fn list_occurrences(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Occurrence>>, StoreError> {
        let state = self.state();
        let Some(key) = state.find(scope, id) else {
            return Ok(None);
        };
        let fingerprints = state.fingerprints_of(key);
        let all = state.occurrences_of(key.0, &fingerprints).collect();
        let (total, rest) = newest(all, after);
        let kept = page_length(rest.iter().map(|one| one.text_bytes()), limit);
        let items = rest[..kept].iter().map(|one| Occurrence::clone(one));
        let more = kept < rest.len();
        let page = Page::ending(items.collect(), more, total, |one: &Occurrence| one.id.0);
        Ok(Some(page))
    }

    async fn list_feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError> {
        let state = self.state();
        let is_visible = |one: &&Arc<Occurrence>| scope.projects().contains(&one.project_id);
        let all = state.occurrences.values().filter(is_visible).collect();
        let (total, rest) = newest(all, after);
        let entry = |one: &Arc<Occurrence>| FeedEntry {
            id: one.id,
            timestamp: one.timestamp,
            severity: one.summary.severity,
            message: summary_message(&one.summary.message).to_owned(),
        };
        let items = rest.into_iter().map(entry).collect();
        Ok(Page::newest(items, limit, total, |one: &FeedEntry| {
            one.id.0
        }))
    }

    async fn list_activity(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Activity>, StoreError> {
        let state = self.state();
        let key = state.find(scope, id);
        let own = state
            .activity
            .iter()
            .filter(|entry| Some((entry.project_id, entry.error_id)) == key);
        Ok(newest_page(own, (after, limit), |entry| entry.id.0))
    }

    async fn delete_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<ErrorId>, StoreError> {
        let mut state = self.state();
        let mut found = Vec::new();
        for id in ids {
            let Some(key) = state.find(scope, *id) else {
                continue;
            };
            found.push(*id);
            let gone = state.fingerprints_of(key);
            let is_gone = |fingerprint| gone.iter().any(|(owned, _)| *owned == fingerprint);
            state.errors.remove(&key);
            state.fingerprints.retain(|_, (_, error)| *error != key.1);
            state
                .event_ids
                .retain(|(project, _), (print, _)| *project != key.0 || !is_gone(*print));
            state
                .occurrences
                .retain(|(project, _), kept| *project != key.0 || !is_gone(kept.fingerprint));
            state
                .retired
                .retain(|(project, _), kept| *project != key.0 || !is_gone(kept.fingerprint));
            state
                .feedback
                .retain(|entry| entry.project != key.0 || !is_gone(entry.fingerprint));
            state
                .activity
                .retain(|entry| (entry.project_id, entry.error_id) != key);
            state.known_users.remove(&key);
        }
        Ok(found)
    }
}

/// Returns the number of occurrences, and those after the cursor, last received first.
fn newest(mut all: Vec<&Arc<Occurrence>>, after: Option<Cursor>) -> (u64, Vec<&Arc<Occurrence>>) {
    let total = all.len() as u64;
    all.retain(|occurrence| occurrence.id.0 < Cursor::bound(after));
    all.sort_unstable_by_key(|occurrence| Reverse(occurrence.id));
    (total, all)
}

fn latest(state: &State, error: &ErrorGroup) -> Option<Occurrence> {
    state
        .occurrences
        .get(&(error.project_id, error.latest_id))
        .map(|latest| Occurrence::clone(latest))
}

fn matches(state: &State, error: &ErrorGroup, filter: &ErrorFilter) -> bool {
    let ErrorFilter {
        level,
        source,
        environment,
        severity,
        resolved,
        fingerprint,
        since,
        until,
        words,
    } = filter;
    let owns = |wanted| {
        let owner = state.fingerprints.get(&(error.project_id, wanted));
        owner.is_some_and(|(_, id)| *id == error.state.id)
    };
    level.is_none_or(|level| level == error.summary.level)
        && source
            .as_ref()
            .is_none_or(|source| summary_text(source) == error.summary.source)
        && environment
            .as_ref()
            .is_none_or(|environment| summary_text(environment) == error.summary.environment)
        && severity.is_none_or(|severity| severity == error.summary.severity)
        && resolved.is_none_or(|resolved| resolved == error.state.resolved)
        && fingerprint.is_none_or(owns)
        && since.is_none_or(|since| error.state.last_seen >= since)
        && until.is_none_or(|until| error.state.last_seen < until)
        && words
            .iter()
            .all(|word| search::contains(&error.summary.message, word))
}
