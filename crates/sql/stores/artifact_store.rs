//! Artifacts over SQL.

use super::artifact_query::{
    by_checksum, db_ids, matching, places_of, remove_without_places, with_places,
};
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary};
use faultbook_domain::artifacts::{
    Artifact, ArtifactFilter, ArtifactStore, Assembling, ChunkDigest, Entry, NewArtifact,
};
use faultbook_domain::id::{ArtifactId, ProjectId};
use faultbook_domain::instant::micros;
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Scope, TenantScope};
use faultbook_sql::row::{ArtifactRow, EntryRow, PlaceRow, all, chunk_digests};
use faultbook_sql::schema::{artifact_entries, artifact_places, artifacts};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// Gives the oldest open artifact to a node. Who waited for another node's transaction finds it given, and none.
const CLAIM: &str = "
UPDATE artifacts SET node = $1, given_until = $2
WHERE id = (
    SELECT id FROM artifacts WHERE state = 'created' AND (given_until IS NULL OR given_until <= $3)
    ORDER BY uploaded_at LIMIT 1
  )
  AND state = 'created' AND (given_until IS NULL OR given_until <= $3)
RETURNING id, tenant_id, checksum, state, failure, chunks, size, files, debug_ids, uploaded_by, uploaded_at, last_used";

const REMOVE_OLD: &str = "
DELETE FROM artifacts WHERE id IN (
  SELECT id FROM artifacts
  WHERE uploaded_at < $1 AND (last_used IS NULL OR last_used < $1) AND state <> 'created'
  LIMIT $2
)";

const SIZE: &str = "SELECT CAST(coalesce(sum(size), 0) AS bigint) AS total FROM artifact_chunks
WHERE tenant_id = $1 AND digest = $2";

#[derive(QueryableByName)]
struct SizeRow {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

#[async_trait]
impl ArtifactStore for Store {
    async fn find_artifact(
        &self,
        tenant: TenantScope,
        checksum: ChunkDigest,
    ) -> Result<Option<Artifact>, StoreError> {
        self.read(async move |connection| by_checksum(connection, tenant, checksum).await)
            .await
    }

    async fn begin_artifact(&self, new: &NewArtifact) -> Result<Artifact, StoreError> {
        let new = new.clone();
        self.write(async move |connection| {
            let row = ArtifactRow::from(&new);
            let mut size = 0;
            for digest in &new.chunks {
                let chunk: SizeRow = sql_query(SIZE)
                    .bind::<Id, _>(row.tenant_id)
                    .bind::<Binary, _>(digest.0.to_vec())
                    .get_result(connection)
                    .await?;
                size += chunk.total;
            }
            let row = ArtifactRow { size, ..row };
            // Locks the row of a known one, so that its places are added in turn.
            diesel::insert_into(artifacts::table)
                .values(&row)
                .on_conflict((artifacts::tenant_id, artifacts::checksum))
                .do_update()
                .set(artifacts::uploaded_at.eq(DbTime(new.at)))
                .execute(connection)
                .await?;
            let id: DbId = artifacts::table
                .filter(artifacts::tenant_id.eq(row.tenant_id))
                .filter(artifacts::checksum.eq(&row.checksum))
                .select(artifacts::id)
                .first(connection)
                .await?;
            let failed = artifacts::table
                .filter(artifacts::id.eq(id))
                .filter(artifacts::state.eq("failed"));
            diesel::update(failed)
                .set((
                    artifacts::state.eq(&row.state),
                    artifacts::failure.eq(None::<String>),
                    artifacts::chunks.eq(&row.chunks),
                    artifacts::size.eq(size),
                    artifacts::given_until.eq(None::<DbTime>),
                ))
                .execute(connection)
                .await?;
            let mut added = 0;
            for place in &new.places {
                added += diesel::insert_into(artifact_places::table)
                    .values(PlaceRow::of(id, place))
                    .on_conflict_do_nothing()
                    .execute(connection)
                    .await?;
            }
            if added > 0 {
                diesel::update(artifacts::table.find(id))
                    .set(artifacts::told.eq(false))
                    .execute(connection)
                    .await?;
            }
            let row: ArtifactRow = artifacts::table
                .find(id)
                .select(ArtifactRow::as_select())
                .first(connection)
                .await?;
            with_places(connection, row).await
        })
        .await
    }

    async fn claim_artifact(
        &self,
        node: Uuid,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Assembling>, StoreError> {
        self.write(async move |connection| {
            let claimed: Vec<ArtifactRow> = sql_query(CLAIM)
                .bind::<Id, _>(DbId(node))
                .bind::<Instant, _>(DbTime(until))
                .bind::<Instant, _>(DbTime(now))
                .load(connection)
                .await?;
            let Some(row) = claimed.into_iter().next() else {
                return Ok(None);
            };
            let chunks = chunk_digests(&row.chunks);
            let artifact = with_places(connection, row).await?;
            Ok(Some(Assembling { artifact, chunks }))
        })
        .await
    }

    async fn finish_artifact(
        &self,
        artifact: &Artifact,
        node: Uuid,
        outcome: Result<Vec<Entry>, String>,
    ) -> Result<bool, StoreError> {
        let artifact = artifact.clone();
        self.write(async move |connection| {
            let given = artifacts::table
                .filter(artifacts::id.eq(DbId(artifact.id.0)))
                .filter(artifacts::state.eq("created"))
                .filter(artifacts::node.eq(DbId(node)));
            let no_chunks: Vec<u8> = Vec::new();
            let updated = match &outcome {
                Ok(entries) => {
                    let ids: BTreeSet<Uuid> =
                        entries.iter().filter_map(|entry| entry.debug_id).collect();
                    diesel::update(given)
                        .set((
                            artifacts::state.eq("stored"),
                            artifacts::files.eq(i32::try_from(entries.len()).unwrap_or(i32::MAX)),
                            artifacts::debug_ids.eq(i32::try_from(ids.len()).unwrap_or(i32::MAX)),
                            artifacts::chunks.eq(no_chunks),
                        ))
                        .execute(connection)
                        .await?
                }
                Err(failure) => {
                    diesel::update(given)
                        .set((
                            artifacts::state.eq("failed"),
                            artifacts::failure.eq(failure),
                        ))
                        .execute(connection)
                        .await?
                }
            };
            if updated == 0 {
                return Ok(false);
            }
            let entries = outcome.as_deref().unwrap_or_default();
            // One by one: diesel inserts several rows into SQLite in a transaction of its own, which cannot be nested.
            for (entry, place) in entries.iter().zip(0..) {
                diesel::insert_into(artifact_entries::table)
                    .values(EntryRow::of(&artifact, place, entry))
                    .execute(connection)
                    .await?;
            }
            Ok(true)
        })
        .await
    }

    async fn list_untold(&self, most: u32) -> Result<Vec<Artifact>, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<ArtifactRow> = artifacts::table
                .filter(artifacts::state.eq("stored"))
                .filter(artifacts::told.eq(false))
                .order(artifacts::uploaded_at)
                .limit(i64::from(most))
                .select(ArtifactRow::as_select())
                .load(connection)
                .await?;
            let mut untold = Vec::with_capacity(rows.len());
            for row in rows {
                untold.push(with_places(connection, row).await?);
            }
            Ok(untold)
        })
        .await
    }

    async fn note_told(&self, artifact: &Artifact) -> Result<(), StoreError> {
        let (id, uploaded_at) = (DbId(artifact.id.0), DbTime(artifact.uploaded_at));
        self.write(async move |connection| {
            let same = artifacts::table
                .filter(artifacts::id.eq(id))
                .filter(artifacts::uploaded_at.eq(uploaded_at));
            diesel::update(same)
                .set(artifacts::told.eq(true))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn list_artifacts(
        &self,
        scope: &Scope,
        filter: &ArtifactFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Artifact>, StoreError> {
        let (scope, filter) = (scope.clone(), filter.clone());
        self.read(async move |connection| {
            let total: i64 = matching(&scope, &filter)
                .select(count_star())
                .first(connection)
                .await?;
            let mut query = matching(&scope, &filter);
            if let Some(Cursor { rank, id }) = after {
                let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(rank) * 1_000);
                let at = DbTime(at.unwrap_or(OffsetDateTime::UNIX_EPOCH));
                let earlier = artifacts::uploaded_at.lt(at);
                let same = artifacts::uploaded_at
                    .eq(at)
                    .and(artifacts::id.lt(DbId(id)));
                query = query.filter(earlier.or(same));
            }
            let mut rows: Vec<ArtifactRow> = query
                .order((artifacts::uploaded_at.desc(), artifacts::id.desc()))
                .limit(i64::from(limit) + 1)
                .select(ArtifactRow::as_select())
                .load(connection)
                .await?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let has_more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| has_more).map(|last| Cursor {
                rank: micros(last.uploaded_at.0),
                id: last.id.0,
            });
            let ids = rows.iter().map(|row| row.id).collect();
            let mut places = places_of(connection, ids, Some(&scope)).await?;
            let items = rows.into_iter().map(|row| {
                let own = places.remove(&row.id).unwrap_or_default();
                row.at_places(own)
            });
            Ok(Page {
                items: items.collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                next,
            })
        })
        .await
    }

    async fn get_artifact(
        &self,
        scope: &Scope,
        id: ArtifactId,
    ) -> Result<Option<Artifact>, StoreError> {
        let scope = scope.clone();
        self.read(async move |connection| {
            let row: Option<ArtifactRow> = matching(&scope, &ArtifactFilter::default())
                .filter(artifacts::id.eq(DbId(id.0)))
                .select(ArtifactRow::as_select())
                .first(connection)
                .await
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            let mut places = places_of(connection, vec![row.id], Some(&scope)).await?;
            let own = places.remove(&row.id).unwrap_or_default();
            Ok(Some(row.at_places(own)?))
        })
        .await
    }

    async fn list_entries(
        &self,
        id: ArtifactId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<EntryRow> = artifact_entries::table
                .filter(artifact_entries::artifact_id.eq(DbId(id.0)))
                .filter(artifact_entries::place.ge(i32::try_from(from).unwrap_or(i32::MAX)))
                .order(artifact_entries::place)
                .limit(i64::from(limit))
                .select(EntryRow::as_select())
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn remove_artifact(&self, scope: &Scope, id: ArtifactId) -> Result<bool, StoreError> {
        let scope = scope.clone();
        self.write(async move |connection| {
            let ids: Vec<DbId> = matching(&scope, &ArtifactFilter::default())
                .filter(artifacts::id.eq(DbId(id.0)))
                .select(artifacts::id)
                .load(connection)
                .await?;
            let places = artifact_places::table
                .filter(artifact_places::artifact_id.eq_any(ids.clone()))
                .filter(artifact_places::project_id.eq_any(db_ids(&scope)));
            diesel::delete(places).execute(connection).await?;
            let found = !ids.is_empty();
            remove_without_places(connection, ids).await?;
            Ok(found)
        })
        .await
    }

    async fn remove_artifacts_of_release(
        &self,
        scope: &Scope,
        project: ProjectId,
        release: &str,
    ) -> Result<(), StoreError> {
        let release = release.to_owned();
        let projects = db_ids(&scope.narrowed_to(project));
        self.write(async move |connection| {
            let named = artifact_places::table
                .filter(artifact_places::project_id.eq_any(projects.clone()))
                .filter(artifact_places::release.eq(release.clone()));
            let ids: Vec<DbId> = named
                .clone()
                .select(artifact_places::artifact_id)
                .load(connection)
                .await?;
            diesel::delete(named).execute(connection).await?;
            remove_without_places(connection, ids).await
        })
        .await
    }

    async fn remove_old_artifacts(
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
