//! Files of bundles over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::artifacts::{FileDigest, FileStore, KnownBlob};
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{FileRow, all};
use faultbook_sql::schema::artifact_files;
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

/// Files that are asked for in one statement.
const STEP: usize = 500;

/// A file that is claimed meanwhile is young again when its row is looked at, and stays.
const REMOVE: &str = "
DELETE FROM artifact_files WHERE (tenant_id, digest) IN (
    SELECT tenant_id, digest FROM artifact_files f
    WHERE added_at < $1
      AND NOT EXISTS (SELECT 1 FROM artifact_entries e WHERE e.tenant_id = f.tenant_id AND e.digest = f.digest)
    LIMIT $2
  )
  AND added_at < $1
RETURNING blob_id";

const SUM: &str = "SELECT CAST(coalesce(sum(stored), 0) AS bigint) AS total FROM artifact_files WHERE tenant_id = $1";

#[async_trait]
impl FileStore for Store {
    async fn add_file(
        &self,
        tenant: TenantScope,
        file: KnownBlob<FileDigest>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let row = FileRow::of(tenant.id(), file, at);
        self.write(async move |connection| {
            diesel::insert_into(artifact_files::table)
                .values(&row)
                .on_conflict((artifact_files::tenant_id, artifact_files::digest))
                .do_update()
                .set(artifact_files::added_at.eq(DbTime(at)))
                .execute(connection)
                .await?;
            let own: DbId = artifact_files::table
                .find((row.tenant_id, &row.digest))
                .select(artifact_files::blob_id)
                .first(connection)
                .await?;
            Ok(own == row.blob_id)
        })
        .await
    }

    async fn claim_files(
        &self,
        tenant: TenantScope,
        digests: &[FileDigest],
        at: OffsetDateTime,
    ) -> Result<Vec<KnownBlob<FileDigest>>, StoreError> {
        let mut digests: Vec<Vec<u8>> = digests.iter().map(|digest| digest.0.to_vec()).collect();
        // In one order, so that two who claim the same files do not wait for each other.
        digests.sort_unstable();
        self.write(async move |connection| {
            let mut found: Vec<FileRow> = Vec::new();
            for some in digests.chunks(STEP) {
                let named = artifact_files::table
                    .filter(artifact_files::tenant_id.eq(DbId(tenant.id().0)))
                    .filter(artifact_files::digest.eq_any(some.to_vec()));
                diesel::update(named.clone())
                    .set(artifact_files::added_at.eq(DbTime(at)))
                    .execute(connection)
                    .await?;
                let rows: Vec<FileRow> =
                    named.select(FileRow::as_select()).load(connection).await?;
                found.extend(rows);
            }
            Ok(all(found)?)
        })
        .await
    }

    async fn sum_files(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        self.sum_stored(SUM, tenant).await
    }

    async fn remove_unused_files(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError> {
        self.remove_owners(REMOVE, before, most).await
    }
}
