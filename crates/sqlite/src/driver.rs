//! The names that the stores in `crates/sql/stores` are compiled against, for SQLite.

pub(crate) use crate::SqliteStore as Store;
pub(crate) use crate::activity_ids::ActivityIds;
pub(crate) use crate::failure::Failure;
pub(crate) use diesel::SqliteConnection as Connection;
pub(crate) use diesel::sqlite::Sqlite as Backend;

use diesel::QueryResult;
use diesel::dsl::Limit;
use diesel::query_dsl::LoadQuery;
use diesel::query_dsl::methods::{ExecuteDsl, LimitDsl};
use std::future::{Ready, ready};

/// Mirrors diesel-async's trait of this name for a synchronous connection: its futures are ready at once.
pub(crate) trait RunQueryDsl: diesel::RunQueryDsl<Connection> + Sized {
    fn execute(self, connection: &mut Connection) -> Ready<QueryResult<usize>>
    where
        Self: ExecuteDsl<Connection>,
    {
        ready(diesel::RunQueryDsl::execute(self, connection))
    }

    fn load<'query, U>(self, connection: &mut Connection) -> Ready<QueryResult<Vec<U>>>
    where
        Self: LoadQuery<'query, Connection, U>,
    {
        ready(diesel::RunQueryDsl::load(self, connection))
    }

    fn get_result<'query, U>(self, connection: &mut Connection) -> Ready<QueryResult<U>>
    where
        Self: LoadQuery<'query, Connection, U>,
    {
        ready(diesel::RunQueryDsl::get_result(self, connection))
    }

    fn first<'query, U>(self, connection: &mut Connection) -> Ready<QueryResult<U>>
    where
        Self: LimitDsl,
        Limit<Self>: LoadQuery<'query, Connection, U>,
    {
        ready(diesel::RunQueryDsl::first(self, connection))
    }
}

impl<T: diesel::RunQueryDsl<Connection>> RunQueryDsl for T {}
