//! Statements of the search index in PostgreSQL's words: arrays, one statement a table.
//!
//! Lock order: the index, rows of the queue, fingerprints, then rows of the index, by key within each table.

mod facts;
mod mirror;
mod queue;
mod removal;
mod roll_up;
mod tags;

pub use facts::{add_facts, add_figures, add_texts, add_users, facts_after};
pub use mirror::{any_rebuild, errors_of, hold_index};
pub use queue::{
    Queued, all_stored, entries, hold_fingerprints, hold_queued, queued, rebuilds, remove_queued,
};
pub use removal::{clear, drop_fingerprints, drop_stale, recount_kept};
pub use roll_up::{add_days, add_roll_up, drop_days, join_tallies};
pub use tags::{add_cells, add_kept, count_tags, is_kept, kept, number_tags, sharing};

use crate::row::{fingerprint_id, fingerprint_of};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use faultbook_domain::id::ProjectId;
use faultbook_domain::search_index::Owner;
use uuid::Uuid;

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    fingerprint: Uuid,
}

impl OwnerRow {
    fn owner(&self) -> Owner {
        (ProjectId(self.project_id), fingerprint_of(self.fingerprint))
    }
}

/// Splits owners into columns.
fn columns<'a>(owners: impl Iterator<Item = &'a Owner>) -> (Vec<Uuid>, Vec<Uuid>) {
    owners
        .map(|(project, print)| (project.0, fingerprint_id(*print)))
        .unzip()
}
