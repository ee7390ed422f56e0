//! Prepared statements, cached per connection.
//!
//! diesel caches a prepared statement only for queries with a type of their own; `sql_query` has none and is parsed
//! each time, which halves the rate of the write path. Here every statement is a type with plain SQL text.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;
use std::marker::PhantomData;

/// A statement with constant text.
pub(crate) trait Statement: 'static {
    /// Returns the text between the parameters: one part more than there are parameters.
    fn parts() -> &'static [&'static str];
    /// SQL types of its rows; `()` when it returns none.
    type Row;
}

/// Declares a [`Statement`]: name, SQL types of its rows if any, and text with `?` per parameter. The text is split
/// once: splitting it each time took 3 % of the writer's time.
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident, $sql:expr) => {
        statement!($(#[$doc])* $name -> (), $sql);
    };
    ($(#[$doc:meta])* $name:ident -> $row:ty, $sql:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl crate::statement::Statement for $name {
            fn parts() -> &'static [&'static str] {
                static PARTS: std::sync::LazyLock<Vec<&'static str>> =
                    std::sync::LazyLock::new(|| $sql.split('?').collect());
                &PARTS
            }
            type Row = $row;
        }
    };
}
pub(crate) use statement;

/// A bound value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bind<'a> {
    Blob(&'a [u8]),
    MaybeBlob(Option<&'a [u8]>),
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Int(i64),
    MaybeInt(Option<i64>),
}

/// A statement with its values, in order.
pub(crate) struct Prepared<'a, S> {
    binds: &'a [Bind<'a>],
    statement: PhantomData<S>,
}

impl<S: Statement> QueryFragment<Sqlite> for Prepared<'_, S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let (first, rest) = S::parts().split_first().unwrap_or((&"", &[]));
        out.push_sql(first);
        for (bind, text) in self.binds.iter().zip(rest) {
            match bind {
                Bind::Blob(value) => out.push_bind_param::<Binary, [u8]>(value)?,
                Bind::MaybeBlob(value) => out.push_bind_param::<Nullable<Binary>, _>(value)?,
                Bind::Text(value) => out.push_bind_param::<Text, str>(value)?,
                Bind::MaybeText(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Bind::Int(value) => out.push_bind_param::<BigInt, _>(value)?,
                Bind::MaybeInt(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
            }
            out.push_sql(text);
        }
        Ok(())
    }
}

impl<S: Statement> QueryId for Prepared<'_, S> {
    type QueryId = Prepared<'static, S>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: Statement> Query for Prepared<'_, S> {
    type SqlType = S::Row;
}

impl<S: Statement> RunQueryDsl<SqliteConnection> for Prepared<'_, S> {}

/// Runs a statement and returns the number of changed rows.
pub(crate) fn run<S: Statement>(
    connection: &mut SqliteConnection,
    _: S,
    binds: &[Bind<'_>],
) -> QueryResult<usize> {
    prepared::<S>(binds).execute(connection)
}

/// Runs a statement and returns its rows.
pub(crate) fn rows<'a, S, U>(
    connection: &mut SqliteConnection,
    _: S,
    binds: &'a [Bind<'a>],
) -> QueryResult<Vec<U>>
where
    S: Statement,
    Prepared<'a, S>: LoadQuery<'a, SqliteConnection, U>,
{
    prepared::<S>(binds).load(connection)
}

fn prepared<'a, S: Statement>(binds: &'a [Bind<'a>]) -> Prepared<'a, S> {
    debug_assert_eq!(S::parts().len(), binds.len() + 1, "{:?}", S::parts());
    Prepared {
        binds,
        statement: PhantomData,
    }
}
