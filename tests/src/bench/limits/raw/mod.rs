//! The load's rows, inserted many at a time into a table with the columns and the keys of `occurrences`.

mod postgres;
mod rows;
mod sqlite;

pub use postgres::{Columns, INSERT, Way, postgres, prepare};
pub use sqlite::sqlite;

/// Rows a statement, or a transaction, that no way is faster with.
pub const MANY: usize = 500;
