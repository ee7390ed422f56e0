//! Releases: versions of projects, which of them is newer, and what is known of each.

mod order;
mod release;
mod version;

pub use order::{Known, Order, is_newer, newest, newest_first};
pub use release::Release;
pub use version::{InvalidVersion, Semantic, Version};
