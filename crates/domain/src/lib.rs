//! What an error is to Faultbook: entities, ports, grouping, aggregation and use cases.
//!
//! This crate names no driver, no web framework and no runtime. Adapters implement its ports; the
//! server joins them. Another service can embed it as it is: see `examples/`.

pub mod aggregate;
pub mod alert;
pub mod disk_full;
pub mod entity;
pub mod fingerprint;
pub mod log_limit;
#[cfg(feature = "memory")]
pub mod memory;
pub mod port;
pub mod scrub;
pub mod search;
pub mod service;
pub mod system;
#[cfg(feature = "testing")]
pub mod testing;
