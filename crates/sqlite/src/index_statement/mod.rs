//! Statements of the search index in SQLite's words: one a row, prepared once. Write transactions run one at a time,
//! so that nothing has to be locked.

mod facts;
mod mirror;
mod queue;
mod removal;
mod roll_up;
mod tags;

pub(crate) use facts::{add_facts, add_figures, add_texts, add_users, facts_after};
pub(crate) use mirror::{any_rebuild, errors_of, hold_index};
pub(crate) use queue::{
    Queued, all_stored, enqueue, entries, hold_fingerprints, hold_queued, queued, rebuild_later,
    rebuilds, remove_queued,
};
pub(crate) use removal::{clear, drop_fingerprint, drop_stale, recount_kept};
pub(crate) use roll_up::{add_days, add_roll_up, drop_days, join_tallies};
pub(crate) use tags::{add_cells, add_kept, count_tags, is_kept, kept, number_tags, sharing};

use crate::statement::Bind;
use faultbook_domain::search_index::Owner;

fn of_owner(owner: &Owner) -> [Bind<'_>; 2] {
    [
        Bind::Blob(owner.0.0.as_bytes()),
        Bind::Blob(owner.1.as_bytes()),
    ]
}
