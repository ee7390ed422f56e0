//! The rows that every ceiling is measured with: those of the load's reports.

use crate::ingest::naive::template;
use faultbook_domain::entity::{Occurrence, ProjectId};
use faultbook_domain::port::{Clock, IdSource};
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
        let ids = SystemIds::default();
        let project = ProjectId(ids.next_id(SystemClock.now()));
        let templates: anyhow::Result<_> = (0..errors)
            .map(|number| template(project, number))
            .collect();
        Ok(Self {
            ids,
            templates: templates?,
        })
    }

    /// The next rows, each with its id.
    pub fn next(&self, many: usize) -> Vec<(Uuid, &Occurrence)> {
        let rows = self.templates.iter().cycle().take(many);
        rows.map(|row| (self.ids.next_id(SystemClock.now()), row))
            .collect()
    }
}
