//! Port: the chunks that bundles arrive in.

use super::digest::ChunkDigest;
use crate::id::BlobId;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Content that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBlob<D> {
    /// Its digest.
    pub digest: D,
    /// Where it is.
    pub blob: BlobId,
    /// Its size in bytes.
    pub size: u64,
    /// The bytes that it takes up.
    pub stored: u64,
}

/// Stores chunks until their bundle is assembled. Nothing is shared between tenants: the same chunk of two is stored
/// twice, and none of them can find out what the other has.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ChunkStore: Send + Sync {
    /// Adds a chunk of a tenant whose blob is written, and returns whether it was unknown. A known one MUST keep its blob,
    /// and be as young as the new one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn add_chunk(
        &self,
        tenant: TenantScope,
        chunk: KnownBlob<ChunkDigest>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Finds the chunks of a tenant that are known, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_chunks(
        &self,
        tenant: TenantScope,
        digests: &[ChunkDigest],
    ) -> Result<Vec<KnownBlob<ChunkDigest>>, StoreError>;

    /// Sums up the bytes that the chunks of a tenant take up.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn sum_chunks(&self, tenant: TenantScope) -> Result<u64, StoreError>;

    /// Removes chunks that were added before a time, at most so many, and returns their blobs. MUST leave those of an
    /// artifact that is to be worked on.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_old_chunks(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError>;
}
