//! The rows that are written: those of the load's reports.

use crate::ingest::direct::templates;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::Occurrence;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::system::{SystemClock, SystemIds};
use uuid::Uuid;

/// Makes rows with ids of their own.
pub struct Rows {
    ids: SystemIds,
    templates: Vec<Occurrence>,
}

impl Rows {
    /// Rows of this many errors.
    ///
    /// # Errors
    /// When a report cannot be made.
    pub fn of(errors: usize) -> anyhow::Result<Self> {
        Ok(Self {
            ids: SystemIds::default(),
            templates: templates(errors)?,
        })
    }

    /// The next rows, each with its id.
    pub fn next(&self, many: usize) -> Vec<(Uuid, &Occurrence)> {
        let rows = self.templates.iter().cycle().take(many);
        rows.map(|row| (self.ids.next_id(SystemClock.now()), row))
            .collect()
    }
}
