//! PostgreSQL: a database of one's own in a server that all tests share, or a server of one's own.

mod cluster;
mod database;
mod instance;
mod programs;
mod shared;

pub use cluster::connect;
pub use database::{TestDatabase, database, database_from_template};
pub use instance::Instance;
pub use shared::stop_shared;
