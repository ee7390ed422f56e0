//! Daily partitions of `occurrences`.

use crate::PostgresStore;
use crate::failure::Failure;
use crate::migrate::TAKE_SCHEMA_LOCK;
use crate::session::Session;
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::store_error::StoreError;
use std::collections::BTreeSet;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Partitions are created from yesterday, for reports that waited over midnight, to this many days ahead, so that the
/// worker is never urgent.
const DAYS_AHEAD: usize = 7;

/// Analyzes a partition when it has doubled. Dead rows of hot tables cannot be removed while an ANALYZE runs, and the
/// default of a tenth keeps one running in the first minutes of a day.
const SELDOM_ANALYZED: &str =
    "autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 10000";

impl PostgresStore {
    /// Creates the partitions of yesterday to seven days ahead. Call it at least once a day; recording creates a
    /// missing one itself, with a delay.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn maintain_partitions(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let today = now.to_offset(time::UtcOffset::UTC).date();
        let first = today.previous_day().unwrap_or(today);
        let days = std::iter::successors(Some(first), |day| day.next_day());
        self.make_partitions(days.take(DAYS_AHEAD + 2).collect())
            .await
    }

    /// Drops the partitions of the days before this one. Dropping takes an instant, and gives up waiting for locks
    /// before it blocks others.
    pub(crate) async fn drop_partitions_before(&self, day: Date) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.begin_write().await?;
            session.batch_execute(TAKE_SCHEMA_LOCK).await?;
            session
                .batch_execute("SET LOCAL lock_timeout = '1s'")
                .await?;
            let first_kept = name_of(day);
            // Names have the same length and sort by day.
            for name in partitions(&mut session).await?.range(..first_kept) {
                session
                    .batch_execute(&format!(
                        "INSERT INTO index_rebuilds (project_id, fingerprint) \
                         SELECT DISTINCT project_id, fingerprint FROM {name} ON CONFLICT DO NOTHING; \
                         DROP TABLE {name}"
                    ))
                    .await?;
                tracing::info!(name, "partition dropped: past its retention period");
            }
            session.finish().await
        })
        .await
    }

    /// Creates missing partitions of these days. Attaching a finished table, unlike creating a partition directly,
    /// neither waits for writers nor blocks them.
    pub(crate) async fn make_partitions(&self, days: BTreeSet<Date>) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.begin_write().await?;
            session.batch_execute(TAKE_SCHEMA_LOCK).await?;
            let there = partitions(&mut session).await?;
            for day in &days {
                let name = name_of(*day);
                if !there.contains(&name) {
                    session.batch_execute(&creation(&name, *day)).await?;
                    tracing::info!(name, "partition created");
                }
            }
            session.finish().await?;
            Ok::<(), Failure>(())
        })
        .await
    }
}

async fn partitions(session: &mut Session) -> Result<BTreeSet<String>, Failure> {
    let there: Vec<Relation> = sql_query(
        "SELECT c.relname::text AS name FROM pg_inherits i \
         JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'occurrences'::regclass",
    )
    .load(&mut **session)
    .await?;
    Ok(there.into_iter().map(|found| found.name).collect())
}

#[derive(QueryableByName)]
struct Relation {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Returns the UTC day of an id's time: its first 48 bits, in milliseconds (RFC 9562, 5.7).
pub fn day_of(id: Uuid) -> Date {
    let millis = i128::try_from(id.as_u128() >> 80).unwrap_or(0);
    OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000)
        .map_or(Date::MAX, OffsetDateTime::date)
}

/// Returns the smallest id of a day.
fn first_id(day: Date) -> Uuid {
    OccurrenceId::first_of(day.midnight().assume_utc()).0
}

fn name_of(day: Date) -> String {
    let (year, month, day) = day.to_calendar_date();
    format!("occurrences_{year:04}{:02}{day:02}", u8::from(month))
}

fn creation(name: &str, day: Date) -> String {
    // Ids that are not UUIDv7 may lie beyond the last valid day.
    let end = day.next_day().map_or_else(
        || "MAXVALUE".to_owned(),
        |next| format!("'{}'", first_id(next)),
    );
    format!(
        "CREATE TABLE {name} (LIKE occurrences INCLUDING ALL) WITH ({SELDOM_ANALYZED}); \
         ALTER TABLE occurrences ATTACH PARTITION {name} FOR VALUES FROM ('{}') TO ({end})",
        first_id(day)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn an_id_falls_into_the_partition_of_its_own_day() {
        for at in [
            datetime!(2026-11-20 00:00:00 UTC),
            datetime!(2026-11-20 23:59:59.999 UTC),
        ] {
            let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap();
            for random in [[0x00; 10], [0xff; 10]] {
                let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
                assert_eq!(day_of(id), date!(2026 - 11 - 20));
                assert!(first_id(date!(2026 - 11 - 20)) <= id);
                assert!(id < first_id(date!(2026 - 11 - 21)));
            }
        }
    }

    #[test]
    fn partitions_are_named_for_their_day_and_the_last_has_no_end() {
        assert_eq!(name_of(date!(2026 - 01 - 09)), "occurrences_20260109");
        assert!(creation("p", Date::MAX).ends_with("TO (MAXVALUE)"));
        assert_eq!(day_of(Uuid::max()), Date::MAX);
    }
}
