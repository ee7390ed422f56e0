//! Entries of bundles.

use super::digest::FileDigest;
use crate::id::{ArtifactId, BlobId};
use sha2::{Digest, Sha256};
use std::str::FromStr;
use uuid::Uuid;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A file of the original source.
    Source,
    /// A script as browsers load it.
    MinifiedSource,
    /// A source map.
    SourceMap,
    /// A RAM bundle of React Native: kept, never used.
    IndexedRamBundle,
    /// Anything else: kept, never used.
    Other,
}

impl EntryKind {
    /// Returns its name in manifests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::MinifiedSource => "minified_source",
            Self::SourceMap => "source_map",
            Self::IndexedRamBundle => "indexed_ram_bundle",
            Self::Other => "other",
        }
    }
}

impl FromStr for EntryKind {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "source" => Self::Source,
            "minified_source" => Self::MinifiedSource,
            "source_map" => Self::SourceMap,
            "indexed_ram_bundle" => Self::IndexedRamBundle,
            _ => Self::Other,
        })
    }
}

/// A file of a bundle as its manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The URL that it is loaded from; `~` stands for any host.
    pub url: String,
    /// What it is.
    pub kind: EntryKind,
    /// The id that script and map have in common.
    pub debug_id: Option<Uuid>,
    /// Its content.
    pub digest: FileDigest,
    /// Its size in bytes.
    pub size: u64,
    /// Where a script's map is, relative to its own URL.
    pub source_map: Option<String>,
}

/// An entry that a frame may be symbolicated with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    /// The bundle it came in.
    pub artifact: ArtifactId,
    /// The release that it was uploaded for.
    pub release: Option<String>,
    /// The distribution of the release.
    pub dist: Option<String>,
    /// The entry.
    pub entry: Entry,
    /// Where its content is.
    pub blob: BlobId,
}

/// Returns the key that an entry is found by its URL with: 128 bits of the SHA-256.
#[must_use]
pub fn url_key(url: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(url.as_bytes()).into();
    let (key, _) = digest.split_at(16);
    Uuid::from_slice(key).unwrap_or_default()
}
