//! The four channels against real listeners, and what the guard keeps them from.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bounds;
mod email;
mod fixture;
mod guard;
mod http_server;
mod mailer;
mod slack;
mod sms;
mod smtp_server;
mod smtp_session;
mod tls_server;
mod webhook;
