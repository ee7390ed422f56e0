//! Alerting on the memory store and a clock that the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

mod conditions;
mod delivery;
mod failures;
mod firing;
mod preview;
mod world;
