//! Periodic maintenance on SQLite: deletes old event ids and frees pages.

use crate::SqliteStore;
use crate::row::micros;
use async_trait::async_trait;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use faultbook_domain::retention::{EVENT_IDS_KEPT, StoreMaintenance};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;

/// Event ids deleted per transaction: occupies the writer for a few milliseconds.
const STEP: i64 = 2_000;

/// Pages freed per transaction.
const PAGES: &str = "PRAGMA incremental_vacuum(1000)";

#[async_trait]
impl StoreMaintenance for SqliteStore {
    async fn run_maintenance(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let oldest = micros(now - EVENT_IDS_KEPT);
        loop {
            let forgotten = self
                .write(async move |connection| {
                    Ok(sql_query(
                        "DELETE FROM event_ids WHERE (project_id, event_id) IN \
                         (SELECT project_id, event_id FROM event_ids WHERE stored_at < ? LIMIT ?)",
                    )
                    .bind::<BigInt, _>(oldest)
                    .bind::<BigInt, _>(STEP)
                    .execute(connection)?)
                })
                .await?;
            if forgotten == 0 {
                break;
            }
        }
        // SQLite frees one page per step, and `execute` steps once.
        self.write(async |connection| Ok(connection.batch_execute(PAGES)?))
            .await
    }
}
