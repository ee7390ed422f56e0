//! The harness of the black-box tests: the real binary on real stores, and an HTTP client for it.
//!
//! A test dependency only: nothing here handles failure other than by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how failure is reported"
)]

pub mod answer;
pub mod application;
pub mod binary;
pub mod build_tools;
pub mod bundle;
pub mod client;
pub mod database;
pub mod mailbox;
pub mod page;
pub mod people;
pub mod raw;
pub mod receiver;
pub mod relay;
pub mod sentry;
pub mod server;
pub mod site;
pub mod stack;
pub mod value;

pub use answer::Answer;
pub use application::Application;
pub use build_tools::{SentryCli, Workshop};
pub use client::Client;
pub use mailbox::Mailbox;
pub use receiver::Receiver;
pub use relay::Relay;
pub use server::Server;
pub use site::Site;
pub use stack::Stack;
