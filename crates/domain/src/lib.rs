//! What an error is to Faultbook: entities, ports, grouping, aggregation and use cases.
//!
//! This crate names no driver, no web framework and no runtime. Adapters implement its ports; the
//! server joins them. Another service can embed it as it is: see `examples/`.

pub mod alerts;
pub mod analytics;
pub mod cache;
pub mod clock;
pub mod coordination;
pub mod errors;
pub mod fingerprint;
pub mod id;
pub mod id_source;
pub mod identity;
pub mod incidents;
pub mod ingest;
pub mod instant;
mod keyed_semaphore;
pub mod log_limit;
#[cfg(feature = "memory")]
pub mod memory;
pub mod monitoring;
pub mod notifications;
pub mod page;
pub mod rate_limit;
pub mod retention;
pub mod scrub;
pub mod store;
pub mod store_error;
mod sync;
pub mod system;
pub mod tenancy;
#[cfg(feature = "testing")]
pub mod testing;
