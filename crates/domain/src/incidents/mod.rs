//! Incidents and their history.

mod incident;
mod incident_store;
mod service;

pub use incident::{Incident, IncidentChange, IncidentStatus, UnknownIncidentStatus};
pub use incident_store::{IncidentQuery, IncidentStore};
pub use service::{IncidentSettings, Incidents};

#[cfg(feature = "testing")]
pub use incident_store::MockIncidentStore;
