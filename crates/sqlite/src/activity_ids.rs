//! Ids of activity log entries.

use crate::SqliteStore;
use faultbook_domain::id_source::IdSource;
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// Generates ids with the time of the change: write transactions run one at a time.
#[derive(Clone)]
pub(crate) struct ActivityIds(Arc<dyn IdSource>);

impl IdSource for ActivityIds {
    fn next_id(&self, at: OffsetDateTime) -> Uuid {
        self.0.next_id(at)
    }

    fn secret_bytes(&self) -> [u8; 32] {
        self.0.secret_bytes()
    }
}

impl SqliteStore {
    /// Returns the source of ids of activity log entries.
    pub(crate) fn activity_ids(&self) -> ActivityIds {
        ActivityIds(Arc::clone(&self.ids))
    }
}
