//! Incidents and their history.

mod attention_store;
mod incident;
mod incident_store;
mod service;

pub use attention_store::AttentionStore;
pub use incident::{Incident, IncidentChange, IncidentStatus, UnknownIncidentStatus};
pub use incident_store::{IncidentQuery, IncidentStore};
pub use service::{IncidentSettings, Incidents};

#[cfg(feature = "testing")]
pub use {attention_store::MockAttentionStore, incident_store::MockIncidentStore};
