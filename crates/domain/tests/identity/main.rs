//! Identity services on the memory store: API keys, roles, members and authentication.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod api_keys;
mod authentication;
mod members;
mod password_resets;
mod platform;
mod profiles;
mod roles;
mod sessions;
mod system_users;
mod tenants;
mod world;
