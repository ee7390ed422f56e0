//! Column types for ids and instants, which PostgreSQL and SQLite store differently.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use time::OffsetDateTime;
use uuid::Uuid;

/// The type of a column of ids: `uuid` in PostgreSQL, a blob of 16 bytes in SQLite.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[cfg_attr(
    feature = "postgres",
    diesel(postgres_type(oid = 2950, array_oid = 2951))
)]
#[cfg_attr(feature = "sqlite", diesel(sqlite_type(name = "Binary")))]
pub struct Id;

/// The type of a column of instants: `timestamptz` in PostgreSQL, microseconds since 1970 in SQLite.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[cfg_attr(
    feature = "postgres",
    diesel(postgres_type(oid = 1184, array_oid = 1185))
)]
#[cfg_attr(feature = "sqlite", diesel(sqlite_type(name = "Long")))]
pub struct Instant;

/// A value of an [`Id`] column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Id)]
pub struct DbId(pub Uuid);

/// A value of an [`Instant`] column. Below a microsecond, SQLite truncates and PostgreSQL rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Instant)]
pub struct DbTime(pub OffsetDateTime);

#[cfg(feature = "postgres")]
mod postgres {
    use super::{DbId, DbTime, Id, Instant};
    use diesel::deserialize::{self, FromSql};
    use diesel::pg::{Pg, PgValue};
    use diesel::serialize::{self, Output, ToSql};
    use diesel::sql_types::{Timestamptz, Uuid};

    impl FromSql<Id, Pg> for DbId {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            FromSql::<Uuid, Pg>::from_sql(value).map(Self)
        }
    }

    impl ToSql<Id, Pg> for DbId {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<Uuid, Pg>::to_sql(&self.0, out)
        }
    }

    impl FromSql<Instant, Pg> for DbTime {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            FromSql::<Timestamptz, Pg>::from_sql(value).map(Self)
        }
    }

    impl ToSql<Instant, Pg> for DbTime {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<Timestamptz, Pg>::to_sql(&self.0, out)
        }
    }
}

#[cfg(feature = "sqlite")]
pub use sqlite::{from_micros, micros};

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::{DbId, DbTime, Id, Instant};
    use diesel::deserialize::{self, FromSql};
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_types::BigInt;
    use diesel::sqlite::{Sqlite, SqliteValue};
    pub use faultbook_domain::instant::micros;
    use time::OffsetDateTime;
    use time::error::ComponentRange;
    use uuid::Uuid;

    /// The instant that lies so many microseconds after 1970.
    ///
    /// # Errors
    /// When it is beyond the years that [`OffsetDateTime`] holds.
    pub fn from_micros(micros: i64) -> Result<OffsetDateTime, ComponentRange> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
    }

    impl FromSql<Id, Sqlite> for DbId {
        fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            Ok(Self(Uuid::from_slice(value.read_blob())?))
        }
    }

    impl ToSql<Id, Sqlite> for DbId {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.0.as_bytes().as_slice());
            Ok(IsNull::No)
        }
    }

    impl FromSql<Instant, Sqlite> for DbTime {
        fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            let stored = FromSql::<BigInt, Sqlite>::from_sql(value)?;
            Ok(Self(from_micros(stored)?))
        }
    }

    impl ToSql<Instant, Sqlite> for DbTime {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(micros(self.0));
            Ok(IsNull::No)
        }
    }
}
