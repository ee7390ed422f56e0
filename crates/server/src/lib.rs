//! The Faultbook server: HTTP, settings, composition. The binary only calls it.

mod adapters;
mod alert_worker;
pub mod api;
mod app;
mod artifacts;
pub mod command;
mod hex;
pub mod host;
pub mod http;
mod identity;
pub mod ingest;
mod letter_worker;
mod notifications;
pub mod openapi;
pub mod openapi_file;
pub mod passwords;
pub mod routes;
pub mod seal;
pub mod serve;
mod services;
pub mod settings;
mod singleton;
pub mod state;
pub mod stopping;
pub mod stream;
pub mod web;
mod worker;
