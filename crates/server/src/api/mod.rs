//! The HTTP API by context: each file holds the handlers of a context with their request and view types.

pub mod alerts;
pub mod analytics;
pub mod api_keys;
pub mod audit;
pub mod dsn;
pub mod errors;
pub mod grouping;
pub mod health;
pub mod incidents;
pub mod integrations;
pub mod invitations;
pub(crate) mod list_query;
pub mod members;
pub mod monitoring;
pub mod orgs;
pub mod platform;
pub mod project_keys;
pub mod projects;
pub mod releases;
pub mod roles;
pub mod sessions;
pub mod stream;
pub mod system_users;
pub mod tags;
pub mod team;
pub mod tenants;
