//! Values as SQLite keeps them.

use crate::failure::corrupt;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Binary, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteValue};
use faultbook_domain::errors::search;
use faultbook_domain::errors::{JsonText, UserKey};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::store_error::StoreError;
use std::str::FromStr;
use time::OffsetDateTime;
use uuid::Uuid;

/// An id or a fingerprint: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(crate) struct Uid(pub(crate) [u8; 16]);

impl Uid {
    pub(crate) const fn uuid(self) -> Uuid {
        Uuid::from_bytes(self.0)
    }

    pub(crate) const fn fingerprint(self) -> Fingerprint {
        Fingerprint::from_bytes(self.0)
    }
}

impl From<Uuid> for Uid {
    fn from(id: Uuid) -> Self {
        Self(id.into_bytes())
    }
}

impl From<Fingerprint> for Uid {
    fn from(fingerprint: Fingerprint) -> Self {
        Self(*fingerprint.as_bytes())
    }
}

impl ToSql<Binary, Sqlite> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Binary, Sqlite> for Uid {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_blob().try_into()?))
    }
}

/// Microseconds since 1970. Finer parts are cut, also before 1970.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    // i64 holds 292,000 years of microseconds, `time` no more than 10,000 years: never saturates.
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

/// The time that so many microseconds mean, or which column is at fault.
pub(crate) fn time(
    table: &'static str,
    column: &'static str,
    micros: i64,
) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_err(|_| corrupt(table, column, &micros))
}

/// A value kept by its name (a level, a slug), or which column is at fault.
pub(crate) fn named<T: FromStr>(
    table: &'static str,
    column: &'static str,
    name: &str,
) -> Result<T, StoreError> {
    name.parse().map_err(|_| corrupt(table, column, &name))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Whether a text contains a word, in any case and alphabet; SQLite's `LIKE` knows the case of ASCII
    /// letters only.
    fn contains_word(text: Text, word: Text) -> Bool;

    /// The key of a report's `user`, of which older versions stored none.
    fn faultbook_user_key(reporter: Nullable<Text>) -> Nullable<Binary>;
}

/// Makes our SQL functions known to a connection.
pub(crate) fn register_functions(connection: &mut SqliteConnection) -> QueryResult<()> {
    contains_word_utils::register_impl(connection, |text: String, word: String| {
        search::contains(&text, &word)
    })?;
    faultbook_user_key_utils::register_impl(connection, |reporter: Option<String>| {
        reporter.map(|user| {
            UserKey::of(&JsonText::from_stored(user))
                .as_bytes()
                .to_vec()
        })
    })
}
