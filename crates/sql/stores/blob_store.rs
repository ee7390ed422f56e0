//! Blobs over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::artifacts::BlobStore;
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::BlobRow;
use faultbook_sql::schema::artifact_blobs;
use faultbook_sql::types::DbId;

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
