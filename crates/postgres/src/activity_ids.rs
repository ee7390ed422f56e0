//! Ids of activity log entries.

use crate::PostgresStore;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// Generates ids with the time of writing, so that ids order an error's activity log by what happened here, whatever
/// times callers give.
#[derive(Clone)]
pub struct ActivityIds {
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

impl IdSource for ActivityIds {
    fn next_id(&self, _: OffsetDateTime) -> Uuid {
        self.ids.next_id(self.clock.now())
    }

    fn secret_bytes(&self) -> [u8; 32] {
        self.ids.secret_bytes()
    }
}

impl PostgresStore {
    /// Returns the source of ids of activity log entries.
    pub(crate) fn activity_ids(&self) -> ActivityIds {
        ActivityIds {
            ids: Arc::clone(&self.ids),
            clock: Arc::clone(&self.clock),
        }
    }
}
