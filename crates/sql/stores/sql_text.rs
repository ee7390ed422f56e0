//! SQL that is put together at run time, with bound values.

use crate::dialect;
use crate::driver::Backend;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use std::fmt::Write;

/// A statement as diesel runs it.
pub(crate) type Boxed = BoxedSqlQuery<'static, Backend, SqlQuery>;

/// A bound value.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// An id.
    Id(DbId),
    /// A number, or microseconds since 1970.
    Int(i64),
    /// An instant of a column that has a type for them.
    Time(DbTime),
    /// A text.
    Text(String),
    /// Numbers of tags, ascending.
    Numbers(Vec<i64>),
}

/// SQL text with the values of its places, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Bound>,
}

impl Sql {
    /// Starts with a text without places.
    pub(crate) fn of(text: &str) -> Self {
        let mut sql = Self::default();
        sql.push(text);
        sql
    }

    /// Appends a text without places.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends how many rows are wanted: as text, so that it is planned for so many. PostgreSQL plans for a tenth of all rows
    /// where it does not know.
    pub(crate) fn limit(&mut self, most: i64) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, " LIMIT {most}");
    }

    /// Appends a place for a value. NUL, which no stored text has and PostgreSQL refuses, becomes a character that none
    /// has either.
    pub(crate) fn bind(&mut self, value: Bound) {
        let value = match value {
            Bound::Text(text) if text.contains('\0') => Bound::Text(text.replace('\0', "\u{fdd0}")),
            value => value,
        };
        self.values.push(value);
        let place = self.values.len();
        // Writing to a String cannot fail.
        let _ = write!(self.text, "${place}");
    }

    /// Appends a text and a place for a value.
    pub(crate) fn with(&mut self, text: &str, value: Bound) {
        self.push(text);
        self.bind(value);
    }

    /// Appends `(place, place, ...)`; `(NULL)`, which nothing is in, without values.
    pub(crate) fn list(&mut self, values: impl Iterator<Item = Bound>) {
        self.push("(");
        let mut is_first = true;
        for value in values {
            self.push(if is_first { "" } else { ", " });
            is_first = false;
            self.bind(value);
        }
        self.push(if is_first { "NULL)" } else { ")" });
    }

    /// Whether nothing was appended.
    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends SQL with its values.
    pub(crate) fn append(&mut self, other: &Self) {
        let before = self.values.len();
        let mut parts = other.text.split('$');
        self.push(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at(digits);
            let number: usize = number.parse().unwrap_or(0);
            let _ = write!(self.text, "${}{rest}", before + number);
        }
        self.values.extend(other.values.iter().cloned());
    }

    /// Returns the statement.
    pub(crate) fn into_query(self) -> Boxed {
        let mut query = sql_query(self.text).into_boxed();
        for value in self.values {
            query = match value {
                Bound::Id(id) => query.bind::<Id, _>(id),
                Bound::Int(number) => query.bind::<BigInt, _>(number),
                Bound::Time(at) => query.bind::<Instant, _>(at),
                Bound::Text(text) => query.bind::<Text, _>(text),
                Bound::Numbers(numbers) => dialect::bind_numbers(query, numbers),
            };
        }
        query
    }
}
