//! Port: the files that bundles are of.

use super::chunk_store::KnownBlob;
use super::digest::FileDigest;
use crate::id::BlobId;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores each file of a tenant's bundles once. Nothing is shared between tenants.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait FileStore: Send + Sync {
    /// Adds a file of a tenant whose blob is written, and returns whether it was unknown. A known one MUST keep its blob,
    /// and be as young as the new one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn add_file(
        &self,
        tenant: TenantScope,
        file: KnownBlob<FileDigest>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Finds the files of a tenant that are known, in no order, and MUST make them as young as the time, so that
    /// [`remove_unused_files`](Self::remove_unused_files) leaves them.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn claim_files(
        &self,
        tenant: TenantScope,
        digests: &[FileDigest],
        at: OffsetDateTime,
    ) -> Result<Vec<KnownBlob<FileDigest>>, StoreError>;

    /// Sums up the bytes that the files of a tenant take up.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn sum_files(&self, tenant: TenantScope) -> Result<u64, StoreError>;

    /// Removes files that no artifact has and that were added or claimed before a time, at most so many, and returns their
    /// blobs.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_unused_files(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError>;
}
