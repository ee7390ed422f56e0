//! What every route shares: the envelope, the table of errors, bodies, callers, caching.

pub mod audit;
pub mod body;
pub mod cached;
pub mod caller;
pub mod client;
pub mod code;
pub mod connection;
pub mod cors;
pub mod denied;
pub mod docs;
pub mod envelope;
pub mod error;
pub mod extract;
pub mod fields;
pub mod json;
pub mod metrics;
pub mod policy;
pub mod query;
pub mod rate_limit;
pub mod request;
pub mod request_context;
pub mod request_id;
pub mod rfc3339;
pub mod route;
pub mod session_cookie;
pub mod vary;
