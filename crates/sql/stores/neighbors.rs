//! The place of an error in a list.

use super::error_search::{ErrorSearch, Found};
use crate::driver::{Connection, Failure, Store};
use faultbook_domain::errors::{ErrorFilter, ErrorQuery, NEIGHBORS_MAX, Neighbors};
use faultbook_domain::id::ErrorId;
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;

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
            let place = Place {
                scope: &scope,
                query: &query,
            };
            place.of(connection, error).await
        })
        .await
    }
}

/// Looks for places in a list.
struct Place<'a> {
    scope: &'a Scope,
    query: &'a ErrorQuery,
}

impl Place<'_> {
    async fn of(
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
        let listed = self
            .rows(connection, &alone, PageStart::default(), 1)
            .await?;
        let (own, is_listed) = match listed.into_iter().next() {
            Some(own) => (own, true),
            None => {
                let start = PageStart::default();
                match self
                    .rows(connection, &whatever, start, 1)
                    .await?
                    .into_iter()
                    .next()
                {
                    Some(own) => (own, false),
                    None => return Ok(None),
                }
            }
        };
        let key = (own.rank, own.id);
        let most = NEIGHBORS_MAX as usize;
        let start = PageStart::default();
        let first = self
            .rows(connection, self.query, start, NEIGHBORS_MAX)
            .await?;
        let before = first
            .iter()
            .take_while(|one| (one.rank, one.id) > key)
            .count();
        let mut neighbors = Neighbors {
            position: (is_listed && before < most).then_some(before as u64 + 1),
            total: (first.len() <= most).then_some(first.len() as u64),
            previous: before.checked_sub(1).map(|place| first[place].id),
            next: first.get(before + usize::from(is_listed)).map(|one| one.id),
        };
        if before + usize::from(is_listed) >= first.len() && first.len() > most {
            let cursor = Cursor {
                rank: own.rank,
                id: own.id.0,
            };
            let back = PageStart::Before(cursor);
            let previous = self.rows(connection, self.query, back, 1).await?;
            let on = PageStart::After(cursor);
            let next = self.rows(connection, self.query, on, 1).await?;
            neighbors.previous = previous.first().map(|one| one.id);
            neighbors.next = next.first().map(|one| one.id);
        }
        Ok(Some(neighbors))
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
