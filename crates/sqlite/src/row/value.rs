//! Column values and SQL functions of SQLite.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteValue};
use faultbook_domain::errors::{JsonText, UserKey};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::corrupt;
use faultbook_sql::types::{DbId, from_micros};
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

impl From<Uid> for DbId {
    fn from(id: Uid) -> Self {
        Self(id.uuid())
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

/// Converts stored microseconds, or names the corrupt column.
pub(crate) fn time(
    table: &'static str,
    column: &'static str,
    micros: i64,
) -> Result<OffsetDateTime, StoreError> {
    from_micros(micros).map_err(|_| corrupt(table, column, &micros))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Returns whether one of the wanted tags is among an occurrence's: numbers of 8 bytes, ascending.
    fn has_tag(tags: Binary, wanted: Binary) -> Bool;

    /// Returns whether a tag is among numbers of tags, 8 bytes each.
    fn has_tag_numbered(tags: Binary, tag: BigInt) -> Bool;

    /// Returns the key of a report's `user`, which older versions did not store.
    fn faultbook_user_key(reporter: Nullable<Text>) -> Nullable<Binary>;
}

/// Registers the SQL functions on a connection.
pub(crate) fn register_functions(connection: &mut SqliteConnection) -> QueryResult<()> {
    has_tag_utils::register_impl(connection, |tags: Vec<u8>, wanted: Vec<u8>| {
        has_common(&tags, &wanted)
    })?;
    has_tag_numbered_utils::register_impl(connection, |tags: Vec<u8>, tag: i64| {
        tags.chunks_exact(8).any(|one| one == tag.to_le_bytes())
    })?;
    faultbook_user_key_utils::register_impl(connection, |reporter: Option<String>| {
        reporter.map(|user| {
            UserKey::of(&JsonText::from_stored(user))
                .as_bytes()
                .to_vec()
        })
    })
}

/// Returns whether two ascending lists of numbers of 8 bytes share one.
fn has_common(tags: &[u8], wanted: &[u8]) -> bool {
    let numbers = |bytes: &[u8]| -> Vec<i64> {
        let (numbers, _) = bytes.as_chunks::<8>();
        numbers.iter().map(|one| i64::from_le_bytes(*one)).collect()
    };
    let wanted = numbers(wanted);
    numbers(tags)
        .iter()
        .any(|tag| wanted.binary_search(tag).is_ok())
}
