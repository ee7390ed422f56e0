//! Artifacts: bundles of minified scripts and their source maps, as build tools upload them.

mod artifact;
mod artifact_store;
mod blob_store;
mod chunk_store;
mod digest;
mod entry;
mod entry_store;
mod file_store;
mod miss;
mod miss_store;

pub use artifact::{Artifact, ArtifactFilter, ArtifactState, NewArtifact, Place};
pub use artifact_store::{ArtifactStore, Assembling};
pub use blob_store::{BlobStore, PIECE};
pub use chunk_store::{ChunkStore, KnownBlob};
pub use digest::{ChunkDigest, FileDigest, InvalidDigest};
pub use entry::{Entry, EntryKind, FoundEntry, url_key};
pub use entry_store::EntryStore;
pub use file_store::FileStore;
pub use miss::{DueMiss, MissKey, NewMisses};
pub use miss_store::MissStore;

#[cfg(feature = "testing")]
pub use {
    artifact_store::MockArtifactStore, blob_store::MockBlobStore, chunk_store::MockChunkStore,
    entry_store::MockEntryStore, file_store::MockFileStore, miss_store::MockMissStore,
};
