//! Port: bytes that are too many for a row.

use crate::id::BlobId;
use crate::store_error::StoreError;
use async_trait::async_trait;

/// The largest piece of a blob, in bytes.
pub const PIECE: usize = 1 << 20;

/// Stores blobs in pieces of at most [`PIECE`] bytes, so that nothing has to hold a blob whole. A blob is written once,
/// by whoever made up its id, and is visible to nobody before a record names it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Writes a piece, by its place from 0. MUST be durable when it returns. A piece that is there is replaced.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn write_piece(&self, blob: BlobId, place: u32, bytes: Vec<u8>)
    -> Result<(), StoreError>;

    /// Reads a piece; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn read_piece(&self, blob: BlobId, place: u32) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes blobs. Those that are not there are no error.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_blobs(&self, blobs: &[BlobId]) -> Result<(), StoreError>;
}
