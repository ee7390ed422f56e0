//! What is searched and counted of stored occurrences: tags, users and texts of each fingerprint.
//!
//! Recording queues the ids of a batch in its own transaction. The indexer reads these occurrences, condenses them
//! into an [`IndexDelta`] and adds it in one transaction that takes them out of the queue, so that each occurrence is
//! counted once, whatever crashes. Queries that need the index have what is queued indexed first.

mod delta;
mod entry;
mod index_store;
mod roll_up;
mod service;
mod tag_store;
mod tags;

pub use delta::{Fact, IndexDelta, Owner, Sight, TagCell, TextRow, Total};
pub use entry::{ANY_TYPE, ANY_USER, IndexEntry, SEVERITY, TEXTS_MAX, TextKind, VALUES_MAX};
pub use index_store::{IndexStore, Indexed};
pub use roll_up::{Named, ReleaseHour, ReleaseSight, RollUp};
pub use service::SearchIndex;
pub use tag_store::{ErrorTag, KnownValue, TagKey, TagStore, TagValue, ValuesAfter};
pub use tags::Tags;

#[cfg(feature = "testing")]
pub use {index_store::MockIndexStore, tag_store::MockTagStore};
