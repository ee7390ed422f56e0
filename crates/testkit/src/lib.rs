//! Private PostgreSQL and Redis servers for tests.
//!
//! They listen on 127.0.0.1, on ports of their own, and end with the tests: an instance when it is
//! dropped or its test process dies in whatever way, the shared PostgreSQL when no test has used it
//! for a while. A server program that is not installed panics with the name of its Debian package:
//! a test that skips itself checks nothing.
//!
//! A test dependency only: nothing here handles failure other than by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

mod account;
mod error;
pub mod postgres;
mod process;
pub mod redis;

pub use error::ServerError;

use std::net::{Ipv4Addr, TcpListener};

/// Attempts to start a server on another port, when a port was taken meanwhile.
const PORT_ATTEMPTS: usize = 10;

/// Returns a port that is free at this moment.
fn free_port() -> Result<u16, ServerError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|cause| ServerError::io("binding a port of 127.0.0.1", cause))
}

/// Returns whether a server failed because its port was taken, judged by its log.
fn port_was_taken(log: &str) -> bool {
    log.contains("Address already in use")
}

/// Unwraps a result, or panics with all details of the error.
fn or_fail<T>(result: Result<T, ServerError>) -> T {
    result.unwrap_or_else(|error| {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        panic!("{message}")
    })
}
