//! Making partitions ahead and forgetting old event ids.

use crate::PostgresStore;
use async_trait::async_trait;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use faultbook_domain::port::{EVENT_IDS_KEPT, StoreError, Upkeep};
use time::OffsetDateTime;

/// Event ids forgotten in one transaction.
const STEP: i64 = 5_000;

#[async_trait]
impl Upkeep for PostgresStore {
    async fn maintain(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        self.maintain_partitions(now).await?;
        let oldest = now - EVENT_IDS_KEPT;
        loop {
            let forgotten = self
                .run(|| async {
                    let mut session = self.change().await?;
                    let forgotten = sql_query(
                        "DELETE FROM event_ids WHERE (project_id, event_id) IN \
                         (SELECT project_id, event_id FROM event_ids WHERE stored_at < $1 LIMIT $2)",
                    )
                    .bind::<Timestamptz, _>(oldest)
                    .bind::<BigInt, _>(STEP)
                    .execute(&mut *session)
                    .await?;
                    session.finish().await?;
                    Ok(forgotten)
                })
                .await?;
            if forgotten == 0 {
                return Ok(());
            }
        }
    }
}
