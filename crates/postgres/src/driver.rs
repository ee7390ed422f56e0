//! The names that the stores in `crates/sql/stores` are compiled against, for PostgreSQL.

pub use crate::PostgresStore as Store;
pub use crate::activity_ids::ActivityIds;
pub use crate::failure::Failure;
pub use diesel::pg::Pg as Backend;
pub use diesel_async::{AsyncPgConnection as Connection, RunQueryDsl};
