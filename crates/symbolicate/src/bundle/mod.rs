//! Bundles: zip archives with a manifest, as build tools upload them. Nothing of an archive is believed: neither its
//! sizes nor its names, which are never paths on disk.

mod archive;
mod debug_ids;
mod manifest;

pub use archive::{Bundle, Listed};

use std::fmt;

/// What a bundle may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleLimits {
    /// Bytes of the bundle as uploaded.
    pub bundle: u64,
    /// Files in it.
    pub files: usize,
    /// Bytes of a file after inflating.
    pub file: u64,
    /// Bytes of all files after inflating.
    pub inflated: u64,
    /// Bytes of the manifest after inflating.
    pub manifest: u64,
}

impl Default for BundleLimits {
    fn default() -> Self {
        Self {
            bundle: 512 << 20,
            files: 20_000,
            file: 256 << 20,
            inflated: 2 << 30,
            manifest: 16 << 20,
        }
    }
}

/// Why nothing of a bundle is kept: a sentence for whoever uploaded it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Refused {
    /// Builds the sentence about an entry.
    fn entry(name: &str, problem: impl fmt::Display) -> Self {
        Self(format!("The file {} {problem}", shown(name)))
    }
}

/// A name as it is shown: whole, quoted, without control characters.
fn shown(name: &str) -> String {
    const MOST: usize = 200;
    let cut: String = name.chars().take(MOST).collect();
    let dots = if cut.len() < name.len() { "..." } else { "" };
    format!("\"{}{dots}\"", cut.escape_debug())
}

/// A size for people.
pub(crate) fn bytes_text(bytes: u64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests;
