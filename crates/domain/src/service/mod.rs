//! What Faultbook does, as plain structs over the ports.

pub mod access;
pub mod bootstrap;
pub mod ingest;
pub mod lane;
pub mod read_cache;
pub mod triage;
