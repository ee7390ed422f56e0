//! The Faultbook server: HTTP, settings, wiring. The binary is a thin shell around it.

pub mod command;
pub mod dto;
pub mod host;
pub mod http;
pub mod openapi;
pub mod routes;
pub mod serve;
pub mod settings;
pub mod state;
mod wire;
mod worker;
