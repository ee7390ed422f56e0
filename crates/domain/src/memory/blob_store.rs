//! Blobs in process.

use super::MemoryStore;
use crate::artifacts::BlobStore;
use crate::id::BlobId;
use crate::store_error::StoreError;
use async_trait::async_trait;

#[async_trait]
impl BlobStore for MemoryStore {
    async fn write_piece(
        &self,
        blob: BlobId,
        place: u32,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.state().artifacts.blobs.insert((blob, place), bytes);
        Ok(())
    }

    async fn read_piece(&self, blob: BlobId, place: u32) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().artifacts.blobs.get(&(blob, place)).cloned())
    }

    async fn remove_blobs(&self, blobs: &[BlobId]) -> Result<(), StoreError> {
        let kept = &mut self.state().artifacts.blobs;
        kept.retain(|(blob, _), _| !blobs.contains(blob));
        Ok(())
    }
}
