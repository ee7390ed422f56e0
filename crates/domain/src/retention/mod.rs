//! Retention periods, and periodic maintenance of a store.

mod retention_store;
mod service;
mod store_maintenance;

pub use retention_store::{Expirable, RecordKind, RetentionPolicy, RetentionStore};
pub use service::{RecordCount, Retention, RetentionPreview};
pub use store_maintenance::{EVENT_IDS_KEPT, StoreMaintenance};

#[cfg(feature = "testing")]
pub use {retention_store::MockRetentionStore, store_maintenance::MockStoreMaintenance};
