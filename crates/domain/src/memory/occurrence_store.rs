//! [`OccurrenceStore`](crate::errors::OccurrenceStore) in process.

use super::{MemoryStore, State};
use crate::errors::{
    COMPANY_FROM, COMPANY_MAX, COMPANY_MINUTE, COMPANY_OCCURRENCES, Company, FoundOccurrence,
    Occurrence, OccurrencePlace, OccurrenceSearch, OccurrenceStore,
};
use crate::id::{ErrorId, ProjectId};
use crate::page::{Cursor, Page, page_length};
use crate::search::Facts;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::OffsetDateTime;

#[async_trait]
impl OccurrenceStore for MemoryStore {
    async fn find_occurrence(
        &self,
        scope: &Scope,
        error: ErrorId,
        place: OccurrencePlace,
        search: &OccurrenceSearch,
    ) -> Result<Option<FoundOccurrence>, StoreError> {
        let state = self.state();
        let Some(key) = state.find(scope, error) else {
            return Ok(None);
        };
        let all = state.stored_of(key);
        let found: Vec<&Arc<Occurrence>> = all
            .iter()
            .copied()
            .filter(|one| search.meets(one))
            .collect();
        let chosen = match place {
            OccurrencePlace::Id(id) => all.iter().copied().find(|one| one.id == id),
            OccurrencePlace::Latest => found.last().copied(),
            OccurrencePlace::First => found.first().copied(),
        };
        Ok(chosen.map(|chosen| {
            let before = found.partition_point(|one| one.id < chosen.id);
            let is_found = found.get(before).is_some_and(|one| one.id == chosen.id);
            let behind = found.get(before + usize::from(is_found));
            FoundOccurrence {
                occurrence: Occurrence::clone(chosen),
                position: is_found.then_some(before as u64 + 1),
                total: Some(found.len() as u64),
                newer: behind.map(|one| one.id),
                older: before.checked_sub(1).map(|place| found[place].id),
                capped: false,
            }
        }))
    }

    async fn search_occurrences(
        &self,
        scope: &Scope,
        error: ErrorId,
        search: &OccurrenceSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Option<Page<Occurrence>>>, StoreError> {
        let state = self.state();
        let Some(key) = state.find(scope, error) else {
            return Ok(None);
        };
        let mut found = state.stored_of(key);
        found.retain(|one| search.meets(one));
        found.reverse();
        let total = found.len() as u64;
        found.retain(|one| one.id.0 < Cursor::bound(after));
        let kept = page_length(found.iter().map(|one| one.text_bytes()), limit);
        let items = found[..kept].iter().map(|one| Occurrence::clone(one));
        let more = kept < found.len();
        let page = Page::ending(items.collect(), more, total, |one: &Occurrence| one.id.0);
        Ok(Some(Some(page)))
    }

    async fn list_company(
        &self,
        scope: &Scope,
        error: ErrorId,
    ) -> Result<Option<Vec<Company>>, StoreError> {
        let state = self.state();
        Ok(state.find(scope, error).map(|key| state.company(key)))
    }
}

impl State {
    /// Returns an error's stored occurrences, first received first.
    fn stored_of(&self, key: (ProjectId, ErrorId)) -> Vec<&Arc<Occurrence>> {
        let fingerprints = self.fingerprints_of(key);
        let owned = |one: &&Arc<Occurrence>| {
            one.project_id == key.0
                && fingerprints
                    .iter()
                    .any(|(print, _)| *print == one.fingerprint)
        };
        let mut all: Vec<&Arc<Occurrence>> = self.occurrences.values().filter(owned).collect();
        all.sort_unstable_by_key(|one| one.id);
        all
    }

    fn company(&self, key: (ProjectId, ErrorId)) -> Vec<Company> {
        let most = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let own = self.stored_of(key).into_iter().rev();
        let newest = own.take(most(COMPANY_OCCURRENCES));
        let minutes: BTreeSet<OffsetDateTime> = newest.map(|one| one.id.minute()).collect();
        let mut shared: BTreeMap<ErrorId, u64> = BTreeMap::new();
        for minute in minutes {
            let mut received: Vec<&Arc<Occurrence>> = self
                .occurrences
                .values()
                .filter(|one| one.project_id == key.0 && one.id.minute() == minute)
                .collect();
            received.sort_unstable_by_key(|one| one.id);
            received.truncate(most(COMPANY_MINUTE));
            let owners = received.into_iter().filter_map(|one| {
                let owner = self.fingerprints.get(&(key.0, one.fingerprint));
                owner.map(|(_, error)| *error)
            });
            for owner in owners.collect::<BTreeSet<_>>() {
                *shared.entry(owner).or_default() += 1;
            }
        }
        shared.remove(&key.1);
        let found = shared
            .into_iter()
            .filter(|(_, minutes)| *minutes >= COMPANY_FROM);
        let mut company: Vec<Company> = found
            .filter_map(|(id, minutes)| {
                let error = self.errors.get(&(key.0, id))?.clone();
                let latest = self.occurrences.get(&(key.0, error.latest_id));
                Some(Company {
                    exception_type: latest.and_then(|one| Facts::of(one).exception_type),
                    error,
                    minutes,
                })
            })
            .collect();
        company.sort_by_key(|one| {
            Reverse((one.minutes, one.error.state.last_seen, one.error.state.id))
        });
        company.truncate(COMPANY_MAX);
        company
    }
}
