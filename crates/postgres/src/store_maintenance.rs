//! Periodic maintenance on PostgreSQL: partitions and old event ids.

use crate::PostgresStore;
use async_trait::async_trait;
use diesel::dsl::sql_query;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use faultbook_domain::retention::{EVENT_IDS_KEPT, StoreMaintenance};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;

/// Event ids deleted per statement: a few milliseconds.
const STEP: i64 = 2_000;

/// Skips rows that another node is deleting or a duplicate report is using.
const FORGET: &str = "
DELETE FROM event_ids e USING (
  SELECT project_id, event_id FROM event_ids WHERE stored_at < $1
  ORDER BY stored_at LIMIT $2 FOR UPDATE SKIP LOCKED
) old
WHERE e.project_id = old.project_id AND e.event_id = old.event_id";

#[async_trait]
impl StoreMaintenance for PostgresStore {
    async fn run_maintenance(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        self.maintain_partitions(now).await?;
        loop {
            let forgotten = self.run(|| async {
                let mut session = self.begin_write().await?;
                let forgotten = sql_query(FORGET)
                    .bind::<Timestamptz, _>(now - EVENT_IDS_KEPT)
                    .bind::<BigInt, _>(STEP)
                    .execute(&mut *session)
                    .await?;
                session.finish().await?;
                Ok(forgotten)
            });
            if i64::try_from(forgotten.await?).unwrap_or(STEP) < STEP {
                return Ok(());
            }
        }
    }
}
