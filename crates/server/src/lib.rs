//! The Faultbook server: HTTP, settings, wiring. The binary is a thin shell around it.

mod alert_worker;
pub mod api;
mod assemble;
pub mod command;
pub mod host;
pub mod http;
pub mod ingest;
mod intake;
pub mod openapi;
pub mod passwords;
mod people;
pub mod seal;
pub mod serve;
pub mod settings;
mod singleton;
pub mod state;
pub mod stopping;
mod telling;
mod wire;
mod worker;
