//! What Faultbook does, as plain structs over the ports.

pub mod access;
mod admission;
pub mod alert_rules;
pub mod alerting;
mod alerting_note;
mod alerting_round;
mod alerting_share;
pub mod analytics;
pub mod api_keys;
pub mod bootstrap;
pub mod channel_config;
pub mod channel_masks;
mod credential;
pub mod delivery;
pub mod denied;
pub mod drain;
pub mod incidents;
pub mod ingest;
pub mod intake;
pub mod integrations;
pub mod invitations;
pub mod lane;
pub mod limits;
mod looking;
pub mod members;
pub mod monitoring;
pub mod platform;
pub mod principal;
pub mod projects;
pub mod queue_lane;
mod raising;
pub mod rate_limits;
pub mod read_cache;
pub mod retention;
pub mod roles;
pub mod sessions;
pub mod singleton;
pub mod system_users;
pub mod tenants;
pub mod traffic_meter;
pub mod triage;
mod turns;
pub mod uptime;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks where every holder leaves a consistent state behind, even in a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
