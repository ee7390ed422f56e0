//! Blobs over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use faultbook_domain::artifacts::BlobStore;
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::BlobRow;
use faultbook_sql::schema::artifact_blobs;
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = Id)]
    blob_id: DbId,
}

impl Store {
    /// Sums the stored bytes of what owns blobs in a tenant, by a statement that returns them as `total`.
    pub(crate) async fn sum_stored(
        &self,
        statement: &str,
        tenant: TenantScope,
    ) -> Result<u64, StoreError> {
        let statement = statement.to_owned();
        self.read(async move |connection| {
            let sum: SumRow = sql_query(statement.clone())
                .bind::<Id, _>(DbId(tenant.id().0))
                .get_result(connection)
                .await?;
            Ok(sum.total.unsigned_abs())
        })
        .await
    }

    /// Deletes at most so many owners of blobs that were added before a time, by a statement that returns each
    /// `blob_id`, and returns the blobs, which are to be deleted next.
    pub(crate) async fn remove_owners(
        &self,
        statement: &str,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError> {
        let statement = statement.to_owned();
        self.write(async move |connection| {
            let removed: Vec<OwnerRow> = sql_query(statement.clone())
                .bind::<Instant, _>(DbTime(before))
                .bind::<BigInt, _>(i64::from(most))
                .load(connection)
                .await?;
            let blobs = removed.into_iter().map(|row| BlobId(row.blob_id.0));
            Ok(blobs.collect())
        })
        .await
    }
}

#[async_trait]
impl BlobStore for Store {
    async fn write_piece(
        &self,
        blob: BlobId,
        place: u32,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        let row = BlobRow {
            id: DbId(blob.0),
            place: i32::try_from(place).unwrap_or(i32::MAX),
            data: bytes,
        };
        self.write(async move |connection| {
            diesel::insert_into(artifact_blobs::table)
                .values(&row)
                .on_conflict((artifact_blobs::id, artifact_blobs::place))
                .do_update()
                .set(artifact_blobs::data.eq(&row.data))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn read_piece(&self, blob: BlobId, place: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let place = i32::try_from(place).unwrap_or(i32::MAX);
        self.read(async move |connection| {
            Ok(artifact_blobs::table
                .find((DbId(blob.0), place))
                .select(artifact_blobs::data)
                .first(connection)
                .await
                .optional()?)
        })
        .await
    }

    async fn remove_blobs(&self, blobs: &[BlobId]) -> Result<(), StoreError> {
        let blobs: Vec<DbId> = blobs.iter().map(|id| DbId(id.0)).collect();
        self.write(async move |connection| {
            let named = artifact_blobs::table.filter(artifact_blobs::id.eq_any(blobs.clone()));
            diesel::delete(named).execute(connection).await?;
            Ok(())
        })
        .await
    }
}
