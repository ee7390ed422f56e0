//! What every route shares: the envelope, the table of errors, bodies, callers, caching.

pub mod audit;
pub mod body;
pub mod cached;
pub mod caller;
pub mod client;
pub mod code;
pub mod cors;
pub mod denied;
pub mod docs;
pub mod edge;
pub mod envelope;
pub mod error;
pub mod fields;
pub mod json;
pub mod metrics;
pub mod query;
pub mod rate_limit;
pub mod resource;
pub mod rfc3339;
pub mod session_cookie;
pub mod vary;
