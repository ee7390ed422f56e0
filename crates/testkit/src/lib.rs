//! What tests share: contract suites that every adapter runs, builders, and private servers.
//!
//! A test dependency only: nothing here handles failure other than by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

pub mod builder;
pub mod contract;
pub mod server;
