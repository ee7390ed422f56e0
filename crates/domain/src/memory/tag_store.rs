//! [`TagStore`](crate::search_index::TagStore) in process, out of the occurrences.

use super::{MemoryStore, State};
use crate::id::{ErrorId, ProjectId};
use crate::instant::from_micros;
use crate::search::fold;
use crate::search_index::{
    ErrorTag, IndexDelta, IndexEntry, KnownValue, Owner, Sight, TagKey, TagStore, TagValue,
    ValuesAfter,
};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// Values of a key with their sights.
type Values = BTreeMap<String, Sight>;

#[async_trait]
impl TagStore for MemoryStore {
    async fn list_error_tags(
        &self,
        scope: &Scope,
        error: ErrorId,
        values: u32,
    ) -> Result<Option<Vec<ErrorTag>>, StoreError> {
        let state = self.state();
        let Some(key) = state.find(scope, error) else {
            return Ok(None);
        };
        let tags = state.tags_of(key).into_iter();
        Ok(Some(
            tags.map(|(key, found)| tag(key, &found, None, values))
                .collect(),
        ))
    }

    async fn get_error_tag(
        &self,
        scope: &Scope,
        error: ErrorId,
        key: &str,
        after: Option<ValuesAfter>,
        limit: u32,
    ) -> Result<Option<ErrorTag>, StoreError> {
        let state = self.state();
        let found = state
            .find(scope, error)
            .and_then(|error| state.tags_of(error).remove(key));
        Ok(found.map(|found| tag(key.to_owned(), &found, after.as_ref(), limit)))
    }

    async fn list_key_names(&self, scope: &Scope) -> Result<HashSet<String>, StoreError> {
        let keys = self.list_tag_keys(scope).await?;
        Ok(keys.into_iter().map(|key| key.key).collect())
    }

    async fn list_tag_keys(&self, scope: &Scope) -> Result<Vec<TagKey>, StoreError> {
        let state = self.state();
        let mut errors: BTreeMap<String, u64> = BTreeMap::new();
        for key in state.visible(scope) {
            for name in state.tags_of(key).into_keys() {
                *errors.entry(name).or_default() += 1;
            }
        }
        let mut keys: Vec<TagKey> = errors
            .into_iter()
            .map(|(key, errors)| TagKey { key, errors })
            .collect();
        keys.sort_by_key(|key| Reverse(key.errors));
        Ok(keys)
    }

    async fn list_known_values(
        &self,
        scope: &Scope,
        key: &str,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<KnownValue>, StoreError> {
        let state = self.state();
        let mut values: Values = BTreeMap::new();
        for error in state.visible(scope) {
            for (value, sight) in state.tags_of(error).remove(key).unwrap_or_default() {
                let known = values.entry(value);
                known
                    .and_modify(|known| *known = known.and(sight))
                    .or_insert(sight);
            }
        }
        let begins = |value: &str| fold(value).starts_with(prefix);
        let mut found: Vec<(String, Sight)> = values
            .into_iter()
            .filter(|(value, _)| begins(value))
            .collect();
        found.sort_by_key(|(_, sight)| Reverse(sight.count));
        found.truncate(limit as usize);
        Ok(found
            .into_iter()
            .map(|(value, sight)| KnownValue {
                value,
                count: sight.count.unsigned_abs(),
                last_seen: from_micros(sight.last),
            })
            .collect())
    }
}

impl State {
    /// Returns the errors of a scope.
    fn visible(&self, scope: &Scope) -> Vec<(ProjectId, ErrorId)> {
        let keys = self.errors.keys().copied();
        keys.filter(|(project, _)| scope.projects().contains(project))
            .collect()
    }

    /// Counts an error's tags by key and value.
    fn tags_of(&self, error: (ProjectId, ErrorId)) -> BTreeMap<String, Values> {
        let fingerprints = self.fingerprints_of(error);
        let occurrences = self.occurrences_of(error.0, &fingerprints);
        let entries = occurrences.map(|one| IndexEntry::of(one)).collect();
        let mut tags: BTreeMap<String, Values> = BTreeMap::new();
        for (cell, sight) in IndexDelta::of(entries).tags {
            let (_, key, value): (Owner, _, _) = cell;
            let Some(value) = value else { continue };
            if !key.starts_with('@') {
                let known = tags.entry(key).or_default().entry(value);
                known
                    .and_modify(|known| *known = known.and(sight))
                    .or_insert(sight);
            }
        }
        tags
    }
}

fn tag(key: String, values: &Values, after: Option<&ValuesAfter>, most: u32) -> ErrorTag {
    let mut ordered: Vec<(&String, &Sight)> = values.iter().collect();
    ordered.sort_by_key(|(_, sight)| Reverse(sight.count));
    let is_after = |value: &str, count: u64| match after {
        Some((last, text)) => (Reverse(count), value) > (Reverse(*last), text.as_str()),
        None => true,
    };
    let total: i64 = values.values().map(|sight| sight.count).sum();
    ErrorTag {
        key,
        total: total.unsigned_abs(),
        distinct: values.len() as u64,
        other: 0,
        values: ordered
            .into_iter()
            .filter(|(value, sight)| is_after(value, sight.count.unsigned_abs()))
            .take(most as usize)
            .map(|(value, sight)| TagValue {
                value: value.clone(),
                count: sight.count.unsigned_abs(),
                first_seen: from_micros(sight.first),
                last_seen: from_micros(sight.last),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn values_come_most_frequent_first_in_pages() {
        let sight = |count| Sight {
            count,
            first: 0,
            last: 0,
        };
        let values: Values = [("a", 1), ("b", 3), ("c", 1)]
            .map(|(value, count)| (value.to_owned(), sight(count)))
            .into();
        let names = |tag: ErrorTag| -> BTreeSet<String> {
            tag.values.into_iter().map(|value| value.value).collect()
        };
        let first = tag("k".to_owned(), &values, None, 2);
        assert_eq!(first.total, 5);
        assert_eq!(names(first), ["a", "b"].map(str::to_owned).into());
        let rest = tag("k".to_owned(), &values, Some(&(1, "a".to_owned())), 2);
        assert_eq!(names(rest), ["c".to_owned()].into());
    }
}
