//! The place of an error in a list.

use super::error_search::{ErrorSearch, Found};
use crate::driver::{Connection, Failure, Store};
use faultbook_domain::errors::{ErrorFilter, ErrorQuery, NEIGHBORS_MAX, Neighbors};
use faultbook_domain::id::ErrorId;
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use uuid::Uuid;

/// Errors that are read at once to find the one before a place.
const WINDOW: u32 = 50;

impl Store {
    /// Finds an error's place in the list of a query; `None` when it does not exist.
    pub(crate) async fn neighbors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        error: ErrorId,
    ) -> Result<Option<Neighbors>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(None);
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| {
            let list = List {
                scope: &scope,
                query: &query,
            };
            list.place_of(connection, error).await
        })
        .await
    }
}

/// A place in a list, whose first error has the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rank: i64,
    id: u128,
}

impl Key {
    /// Before every other.
    const FIRST: Self = Self {
        rank: i64::MAX,
        id: u128::MAX,
    };

    const fn of(found: &Found) -> Self {
        Self {
            rank: found.rank,
            id: found.id.0.as_u128(),
        }
    }

    const fn cursor(self) -> Cursor {
        Cursor {
            rank: self.rank,
            id: Uuid::from_u128(self.id),
        }
    }

    /// Returns a place before this one, further away with each step: by id at first, then by rank.
    const fn before(self, step: u32) -> Self {
        match step {
            0..16 => Self {
                id: self.id.saturating_add(1 << (64 + 4 * step)),
                ..self
            },
            16..48 => Self {
                rank: self
                    .rank
                    .saturating_add(4_i64.saturating_pow(step - 16) - 1),
                id: u128::MAX,
            },
            _ => Self::FIRST,
        }
    }

    /// Returns a place between this one and one before it.
    const fn towards(self, before: Self) -> Self {
        let ranks = before.rank.saturating_sub(self.rank);
        if ranks == 0 {
            let ids = before.id - self.id;
            return Self {
                id: self.id + ids / 2,
                ..self
            };
        }
        match (ranks, self.id) {
            (1, u128::MAX) => Self {
                id: before.id / 2,
                ..before
            },
            (ranks, _) => Self {
                rank: self.rank + ranks / 2,
                id: u128::MAX,
            },
        }
    }
}

/// A list in which places are looked for.
struct List<'a> {
    scope: &'a Scope,
    query: &'a ErrorQuery,
}

impl List<'_> {
    async fn place_of(
        &self,
        connection: &mut Connection,
        error: ErrorId,
    ) -> Result<Option<Neighbors>, Failure> {
        let alone = ErrorQuery {
            ids: Some(vec![error]),
            ..self.query.clone()
        };
        let whatever = ErrorQuery {
            filter: ErrorFilter::default(),
            search: None,
            ..alone.clone()
        };
        let start = PageStart::default();
        let listed = self.rows(connection, &alone, start, 1).await?;
        let is_listed = !listed.is_empty();
        let own = match listed.into_iter().next() {
            Some(own) => own,
            None => {
                let own = self.rows(connection, &whatever, start, 1).await?;
                let Some(own) = own.into_iter().next() else {
                    return Ok(None);
                };
                own
            }
        };
        let own = Key::of(&own);
        let most = NEIGHBORS_MAX as usize;
        let first = self
            .rows(connection, self.query, start, NEIGHBORS_MAX)
            .await?;
        let before = first.iter().take_while(|one| Key::of(one) > own).count();
        let behind = before + usize::from(is_listed);
        let mut neighbors = Neighbors {
            position: (is_listed && before < most).then_some(before as u64 + 1),
            total: (first.len() <= most).then_some(first.len() as u64),
            previous: before.checked_sub(1).map(|place| first[place].id),
            next: first.get(behind).map(|one| one.id),
        };
        if behind >= first.len() && first.len() > most {
            neighbors.previous = self.previous(connection, own).await?;
            let on = PageStart::After(own.cursor());
            let next = self.rows(connection, self.query, on, 1).await?;
            neighbors.next = next.into_iter().next().map(|one| one.id);
        }
        Ok(Some(neighbors))
    }

    /// Finds the last error before a place. A list is read forwards only: where to begin is searched for, further away
    /// at first, then between two places.
    async fn previous(
        &self,
        connection: &mut Connection,
        own: Key,
    ) -> Result<Option<ErrorId>, Failure> {
        let (mut near, mut far) = (own, None);
        let mut step = 0;
        loop {
            let start = far.map_or_else(|| own.before(step), |far| near.towards(far));
            let from = PageStart::After(start.cursor());
            let page = self.rows(connection, self.query, from, WINDOW).await?;
            let between = page.iter().take_while(|one| Key::of(one) > own).count();
            let ends = between < page.len() || page.len() <= WINDOW as usize;
            match between.checked_sub(1) {
                Some(last) if ends => return Ok(Some(page[last].id)),
                // Too many lie between.
                Some(_) => far = Some(start),
                None if far.is_none() && start == Key::FIRST => return Ok(None),
                None => near = start,
            }
            step += 1;
        }
    }

    /// Finds errors of a list, one more than asked for where there are more.
    async fn rows(
        &self,
        connection: &mut Connection,
        query: &ErrorQuery,
        start: PageStart,
        limit: u32,
    ) -> Result<Vec<Found>, Failure> {
        let query = ErrorQuery {
            start,
            limit,
            ..query.clone()
        };
        let search = query.whole_search();
        let asked = ErrorSearch::prepare(connection, self.scope, &query, &search).await?;
        Ok(asked.page(connection).await?.errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_further_away_and_halves_meet() {
        let own = Key { rank: 5, id: 7 };
        let steps = (0..49).map(|step| own.before(step));
        let steps: Vec<Key> = std::iter::once(own).chain(steps).collect();
        assert!(steps.is_sorted());
        assert_eq!(steps.last(), Some(&Key::FIRST));
        let wanted = Key {
            rank: 1_000,
            id: 1 << 90,
        };
        let (mut near, mut far) = (own, Key::FIRST);
        let mut halves = 0;
        while near.towards(far) != near && near.towards(far) != far {
            let between = near.towards(far);
            match between < wanted {
                true => near = between,
                false => far = between,
            }
            halves += 1;
        }
        assert!(halves < 250 && near <= wanted && wanted <= far);
    }
}
