//! Chunks of bundles over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::artifacts::{ChunkDigest, ChunkStore, KnownBlob};
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{ChunkRow, all};
use faultbook_sql::schema::artifact_chunks;
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

/// Chunks that are asked for in one statement.
const STEP: usize = 500;

const REMOVE: &str = "
DELETE FROM artifact_chunks WHERE (tenant_id, digest) IN (
    SELECT tenant_id, digest FROM artifact_chunks WHERE added_at < $1 ORDER BY added_at LIMIT $2
  )
  AND added_at < $1
  AND NOT EXISTS (
    SELECT 1 FROM artifacts a WHERE a.state = 'created' AND a.tenant_id = artifact_chunks.tenant_id
  )
RETURNING blob_id";

const SUM: &str = "SELECT CAST(coalesce(sum(stored), 0) AS bigint) AS total FROM artifact_chunks WHERE tenant_id = $1";

#[async_trait]
impl ChunkStore for Store {
    async fn add_chunk(
        &self,
        tenant: TenantScope,
        chunk: KnownBlob<ChunkDigest>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let row = ChunkRow::of(tenant.id(), chunk, at);
        self.write(async move |connection| {
            diesel::insert_into(artifact_chunks::table)
                .values(&row)
                .on_conflict((artifact_chunks::tenant_id, artifact_chunks::digest))
                .do_update()
                .set(artifact_chunks::added_at.eq(DbTime(at)))
                .execute(connection)
                .await?;
            let own: DbId = artifact_chunks::table
                .find((row.tenant_id, &row.digest))
                .select(artifact_chunks::blob_id)
                .first(connection)
                .await?;
            Ok(own == row.blob_id)
        })
        .await
    }

    async fn find_chunks(
        &self,
        tenant: TenantScope,
        digests: &[ChunkDigest],
    ) -> Result<Vec<KnownBlob<ChunkDigest>>, StoreError> {
        let digests: Vec<Vec<u8>> = digests.iter().map(|digest| digest.0.to_vec()).collect();
        self.read(async move |connection| {
            let mut found: Vec<ChunkRow> = Vec::new();
            for some in digests.chunks(STEP) {
                let rows: Vec<ChunkRow> = artifact_chunks::table
                    .filter(artifact_chunks::tenant_id.eq(DbId(tenant.id().0)))
                    .filter(artifact_chunks::digest.eq_any(some.to_vec()))
                    .select(ChunkRow::as_select())
                    .load(connection)
                    .await?;
                found.extend(rows);
            }
            Ok(all(found)?)
        })
        .await
    }

    async fn sum_chunks(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        self.sum_stored(SUM, tenant).await
    }

    async fn remove_old_chunks(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError> {
        self.remove_owners(REMOVE, before, most).await
    }
}
