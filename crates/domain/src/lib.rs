//! What an error is to Faultbook: entities, ports, grouping, aggregation and use cases.
//!
//! This crate names no driver, no web framework and no runtime. Adapters implement its ports; the
//! server joins them. Another service can embed it as it is: see `examples/`.

pub mod fingerprint;
pub mod scrub;
