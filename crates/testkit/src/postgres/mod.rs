//! Test databases in a shared PostgreSQL server, and private servers.

mod cluster;
mod database;
mod instance;
mod programs;
mod shared;

pub use cluster::connect;
pub use database::{TestDatabase, database, database_from_template};
pub use instance::Instance;
pub use shared::stop_shared;
