//! Misses of source maps over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::artifacts::{DueMiss, MissKey, MissStore, NewMisses};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::schema::artifact_misses;
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Keys that are raised in one statement.
const STEP: usize = 500;

const NOTE: &str = "
INSERT INTO artifact_misses (project_id, key, fingerprint, noted_at, due_at)
SELECT $1, $2, $3, $4, $5
WHERE (SELECT count(*) FROM artifact_misses WHERE project_id = $1) < $6
   OR EXISTS (SELECT 1 FROM artifact_misses WHERE project_id = $1 AND key = $2 AND fingerprint = $3)
ON CONFLICT (project_id, key, fingerprint) DO UPDATE
SET noted_at = excluded.noted_at, due_at = coalesce(artifact_misses.due_at, excluded.due_at)";

const FIRST_DUE: &str = "
SELECT m.project_id, m.fingerprint, p.tenant_id FROM artifact_misses m
JOIN projects p ON p.id = m.project_id
WHERE m.due_at <= $1 ORDER BY m.due_at LIMIT 1";

const REMOVE_OLD: &str = "
DELETE FROM artifact_misses WHERE (project_id, key, fingerprint) IN (
  SELECT project_id, key, fingerprint FROM artifact_misses WHERE noted_at < $1 LIMIT $2
)";

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Id)]
    fingerprint: DbId,
    #[diesel(sql_type = Id)]
    tenant_id: DbId,
}

fn id_of(fingerprint: Fingerprint) -> DbId {
    DbId(Uuid::from_bytes(*fingerprint.as_bytes()))
}

#[async_trait]
impl MissStore for Store {
    async fn note_misses(&self, new: &NewMisses, most: u32) -> Result<(), StoreError> {
        let mut new = new.clone();
        // In one order, so that two who note the same misses do not wait for each other.
        new.keys.sort_unstable();
        self.write(async move |connection| {
            for key in &new.keys {
                sql_query(NOTE)
                    .bind::<Id, _>(DbId(new.project_id.0))
                    .bind::<Id, _>(DbId(key.0))
                    .bind::<Id, _>(id_of(new.fingerprint))
                    .bind::<Instant, _>(DbTime(new.at))
                    .bind::<Nullable<Instant>, _>(new.is_due.then_some(DbTime(new.at)))
                    .bind::<BigInt, _>(i64::from(most))
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    async fn raise_misses(
        &self,
        project: ProjectId,
        keys: &[MissKey],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut keys: Vec<DbId> = keys.iter().map(|key| DbId(key.0)).collect();
        keys.sort_unstable();
        self.write(async move |connection| {
            for some in keys.chunks(STEP) {
                let named = artifact_misses::table
                    .filter(artifact_misses::project_id.eq(DbId(project.0)))
                    .filter(artifact_misses::key.eq_any(some.to_vec()));
                diesel::update(named)
                    .set(artifact_misses::due_at.eq(DbTime(at)))
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    async fn claim_miss(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<DueMiss>, StoreError> {
        self.write(async move |connection| {
            let due: Vec<DueRow> = sql_query(FIRST_DUE)
                .bind::<Instant, _>(DbTime(now))
                .load(connection)
                .await?;
            let Some(first) = due.into_iter().next() else {
                return Ok(None);
            };
            let own = artifact_misses::table
                .filter(artifact_misses::project_id.eq(first.project_id))
                .filter(artifact_misses::fingerprint.eq(first.fingerprint))
                .filter(artifact_misses::due_at.le(DbTime(now)));
            // Who waited for another node's transaction finds them given, and none.
            let taken = diesel::update(own)
                .set(artifact_misses::due_at.eq(DbTime(until)))
                .execute(connection)
                .await?;
            Ok((taken > 0).then_some(DueMiss {
                tenant_id: TenantId(first.tenant_id.0),
                project_id: ProjectId(first.project_id.0),
                fingerprint: Fingerprint::from_bytes(first.fingerprint.0.into_bytes()),
                until,
            }))
        })
        .await
    }

    async fn finish_miss(&self, miss: &DueMiss) -> Result<(), StoreError> {
        let miss = *miss;
        self.write(async move |connection| {
            let given = artifact_misses::table
                .filter(artifact_misses::project_id.eq(DbId(miss.project_id.0)))
                .filter(artifact_misses::fingerprint.eq(id_of(miss.fingerprint)))
                .filter(artifact_misses::due_at.eq(DbTime(miss.until)));
            diesel::delete(given).execute(connection).await?;
            Ok(())
        })
        .await
    }

    async fn remove_old_misses(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.write(async move |connection| {
            let removed = sql_query(REMOVE_OLD)
                .bind::<Instant, _>(DbTime(before))
                .bind::<BigInt, _>(i64::from(most))
                .execute(connection)
                .await?;
            Ok(removed as u64)
        })
        .await
    }
}
