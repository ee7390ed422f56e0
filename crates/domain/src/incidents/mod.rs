//! Incidents and their history.

mod attention_store;
mod incident;
mod incident_store;
mod service;

pub use attention_store::AttentionStore;
pub use incident::{
    ErrorLinks, Incident, IncidentChange, IncidentStatus, IncidentUpdate, LinkedError, NewIncident,
    UnknownIncidentStatus,
};
pub use incident_store::{IncidentCounts, IncidentQuery, IncidentStore, ProjectIncidents};
pub use service::{IncidentSettings, Incidents, reached};

#[cfg(feature = "testing")]
pub use {attention_store::MockAttentionStore, incident_store::MockIncidentStore};
