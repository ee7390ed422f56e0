//! Reads what Sentry SDKs send: envelopes, events of the older `/store/`, and reports about content security policies.
//!
//! Nothing of a body is certain. A field of the wrong type is absent, a bad item costs no good one, and an event that is
//! too large is trimmed.

mod auth;
mod client_report;
mod context;
mod dsn;
mod envelope;
mod event;
mod event_fields;
mod event_id;
mod exceptions;
mod feedback;
mod fields;
mod item_type;
mod javascript;
mod legacy;
mod level;
mod message;
mod placeholders;
mod receive;
mod request;
mod security;
mod source;
mod store_body;
mod tags;
mod text;
mod timestamp;
mod trimming;
mod user;

pub use auth::Auth;
pub use client_report::ClientDiscard;
pub use dsn::Dsn;
pub use envelope::{Header, envelope_header};
pub use event::retrace;
pub use receive::{Malformed, Received, read_envelope, read_security, read_store};
pub use security::SecurityQuery;
