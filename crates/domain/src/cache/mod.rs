//! The cache that nodes share, and cached reads that a write makes old at once.

mod read_cache;
mod shared_cache;

pub use read_cache::{CachedRead, ReadCache};
pub use shared_cache::Cache;

#[cfg(feature = "testing")]
pub use shared_cache::MockCache;
