//! [`FigureStore`](crate::errors::FigureStore) in process.

use super::{MemoryStore, State};
use crate::errors::{
    Actor, ErrorDetail, ErrorHistory, ErrorQuery, ErrorStore, FINGERPRINTS_MAX, FigureStore,
    MatchCount, NEIGHBORS_MAX, Neighbors, Occurrence, OwnedFingerprint, READ_MAX, Tallies,
    summary_message,
};
use crate::fingerprint::Fingerprint;
use crate::id::{ErrorId, OccurrenceId, ProjectId};
use crate::page::{Page, PageStart};
use crate::search::{Facts, Query};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::collections::HashSet;
use std::sync::Arc;
use time::OffsetDateTime;

/// When an occurrence happened, its id, and its release.
pub(super) type Named = (OffsetDateTime, OccurrenceId, String);

/// What a fingerprint ever had.
#[derive(Default)]
pub(super) struct Past {
    /// Occurrences.
    pub(super) count: i64,
    /// The earliest occurrence.
    pub(super) earliest: Option<(OffsetDateTime, OccurrenceId, Option<String>)>,
    /// The earliest that named a release.
    first: Option<Named>,
    /// The latest that named a release.
    last: Option<Named>,
    /// When, by whom and from which error it was merged into its own.
    pub(super) joined: Option<(OffsetDateTime, Actor, ErrorId)>,
}

impl State {
    /// Notes an occurrence that is recorded.
    pub(super) fn note_past(&mut self, occurrence: &Occurrence) {
        let facts = Facts::of(occurrence);
        let release = facts.tag("release").map(str::to_owned);
        let key = (occurrence.project_id, occurrence.fingerprint);
        let past = self.past.entry(key).or_default();
        past.count += 1;
        let seen = (occurrence.timestamp, occurrence.id, release.clone());
        let is_before = |known: &(OffsetDateTime, OccurrenceId, Option<String>)| seen < *known;
        if past.earliest.as_ref().is_none_or(is_before) {
            past.earliest = Some(seen);
        }
        if let Some(release) = release {
            let named = (occurrence.timestamp, occurrence.id, release);
            let first = past
                .first
                .take()
                .map_or_else(|| named.clone(), |known| known.min(named.clone()));
            past.first = Some(first);
            past.last = past.last.take().max(Some(named));
        }
    }

    /// Notes that the fingerprints of an error are merged into another.
    pub(super) fn note_joined(
        &mut self,
        from: (ProjectId, ErrorId),
        (actor, at): (Actor, OffsetDateTime),
    ) {
        for (print, _) in self.fingerprints_of(from) {
            let past = self.past.entry((from.0, print)).or_default();
            past.joined = Some((at, actor, from.1));
        }
    }

    /// Returns the pasts of an error's fingerprints.
    pub(super) fn pasts_of(&self, key: (ProjectId, ErrorId)) -> Vec<(Fingerprint, &Past)> {
        let owned = self.fingerprints_of(key).into_iter();
        owned
            .filter_map(|(print, _)| Some((print, self.past.get(&(key.0, print))?)))
            .collect()
    }

    fn history(
        &self,
        key: (ProjectId, ErrorId),
        (from, to): (OffsetDateTime, OffsetDateTime),
    ) -> Option<ErrorHistory> {
        let error = self.errors.get(&key)?;
        let pasts = self.pasts_of(key);
        let owned = |one: &&Arc<Occurrence>| {
            one.project_id == key.0 && pasts.iter().any(|(print, _)| *print == one.fingerprint)
        };
        let counted = self.occurrences.values().chain(self.retired.values());
        let within = counted
            .filter(owned)
            .filter(|one| (from..to).contains(&one.timestamp));
        let mut fingerprints: Vec<OwnedFingerprint> = pasts
            .iter()
            .map(|(print, past)| {
                let stored = self.occurrences.values().filter(owned);
                let newest = stored
                    .filter(|one| one.fingerprint == *print)
                    .max_by_key(|one| one.id);
                OwnedFingerprint {
                    fingerprint: *print,
                    count: past.count.unsigned_abs(),
                    message: newest.map(|one| summary_message(&one.summary.message).to_owned()),
                    joined_at: past.joined.map_or(error.state.created_at, |(at, ..)| at),
                    merged: past.joined.map(|(_, actor, from)| (actor, from)),
                }
            })
            .collect();
        fingerprints.sort_by_key(|one| (one.merged.is_some(), one.joined_at, one.fingerprint));
        fingerprints.truncate(usize::try_from(FINGERPRINTS_MAX).unwrap_or(usize::MAX));
        let first = pasts
            .iter()
            .filter_map(|(_, past)| past.first.as_ref())
            .min();
        let last = pasts
            .iter()
            .filter_map(|(_, past)| past.last.as_ref())
            .max();
        Some(ErrorHistory {
            count_within: within.count() as u64,
            first_release: first.map(|(.., release)| release.clone()),
            last_release: last.map(|(.., release)| release.clone()),
            fingerprints,
        })
    }
}

impl MemoryStore {
    /// Lists everything that a query finds.
    async fn everything(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        let query = ErrorQuery {
            start: PageStart::default(),
            limit: u32::MAX,
            with_latest: false,
            ..query.clone()
        };
        self.list_errors(scope, &query).await
    }

    /// Returns the users of the occurrences that match, once each, and how many matching occurrences name one.
    async fn users_of(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<(HashSet<String>, u64), StoreError> {
        let found = self.everything(scope, query).await?;
        let search = query.whole_search();
        let state = self.state();
        let (mut users, mut read) = (HashSet::new(), 0);
        for detail in &found.items {
            let key = (detail.error.project_id, detail.error.state.id);
            let fingerprints = state.fingerprints_of(key);
            for one in state.occurrences_of(key.0, &fingerprints) {
                if state.matches(one, query, &search) {
                    users.extend(Facts::of(one).user);
                    read += 1;
                }
            }
        }
        Ok((users, read))
    }
}

#[async_trait]
impl FigureStore for MemoryStore {
    async fn get_history(
        &self,
        scope: &Scope,
        error: ErrorId,
        within: (OffsetDateTime, OffsetDateTime),
    ) -> Result<Option<ErrorHistory>, StoreError> {
        let state = self.state();
        let key = state.find(scope, error);
        Ok(key.and_then(|key| state.history(key, within)))
    }

    async fn get_tallies(&self, scope: &Scope) -> Result<Tallies, StoreError> {
        let query = ErrorQuery::default();
        self.count_by_state(scope, &query).await
    }

    async fn count_by_state(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Tallies, StoreError> {
        let found = self.everything(scope, query).await?;
        let mut tallies = Tallies::default();
        for detail in &found.items {
            let tally = tallies.of_state(&detail.error.state);
            tally.errors += 1;
            tally.occurrences += detail.error.state.count.unsigned_abs();
        }
        Ok(tallies)
    }

    async fn count_matches(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<MatchCount, StoreError> {
        let found = self.everything(scope, query).await?;
        let counted = found.items.iter().filter_map(|one| one.figures.as_ref());
        let occurrences: i64 = counted.map(|figures| figures.of.count).sum();
        let (users, read) = self.users_of(scope, query).await?;
        let is_bounded = read <= READ_MAX;
        Ok(MatchCount {
            occurrences: Some(occurrences.unsigned_abs()),
            users: is_bounded.then_some(users.len() as u64),
        })
    }

    async fn count_users(&self, scope: &Scope, query: &ErrorQuery) -> Result<u64, StoreError> {
        Ok(self.users_of(scope, query).await?.0.len() as u64)
    }

    async fn find_neighbors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        error: ErrorId,
    ) -> Result<Option<Neighbors>, StoreError> {
        let own = ErrorQuery {
            ids: Some(vec![error]),
            filter: crate::errors::ErrorFilter::default(),
            search: None,
            ..query.clone()
        };
        let own = self.everything(scope, &own).await?;
        let Some(own) = own.items.into_iter().next() else {
            return Ok(None);
        };
        let found = self.everything(scope, query).await?.items;
        let at = found.iter().position(|one| one.error.state.id == error);
        let before = at.unwrap_or_else(|| {
            let state = self.state();
            let search = query.whole_search();
            let rank = |detail: &ErrorDetail, search: &Query| {
                let found = state.found(&detail.error, query, search);
                (found.map_or(0, |(rank, _)| rank), detail.error.state.id)
            };
            let place = rank(&own, &Query::all(query.now));
            found.partition_point(|one| rank(one, &search) > place)
        });
        let id = |place: Option<usize>| {
            let one = place.and_then(|place| found.get(place));
            one.map(|one| one.error.state.id)
        };
        let total = found.len() as u64;
        let most = u64::from(NEIGHBORS_MAX);
        Ok(Some(Neighbors {
            position: at.map(|at| at as u64 + 1).filter(|place| *place <= most),
            total: Some(total).filter(|total| *total <= most),
            previous: id(before.checked_sub(1)),
            next: id(Some(before + usize::from(at.is_some()))),
        }))
    }
}
