//! The cache that nodes share, and cached reads that are invalidated by writes.

mod read_cache;
mod shared_cache;

pub use read_cache::{CachedRead, ReadCache};
pub use shared_cache::Cache;

#[cfg(feature = "testing")]
pub use shared_cache::MockCache;
