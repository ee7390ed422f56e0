//! Port: incidents.

use super::incident::{Incident, IncidentChange, IncidentStatus};
use crate::errors::{Actor, Severity};
use crate::id::{IncidentId, RuleId};
use crate::page::Page;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// Query of a page of incidents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncidentQuery {
    /// Status.
    pub status: Option<IncidentStatus>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Opened by one of these rules.
    pub rules: Option<Vec<RuleId>>,
    /// Number of incidents to skip.
    pub offset: u64,
    /// Maximum number of incidents, at least 1.
    pub limit: u32,
}

/// Stores incidents with their history.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IncidentStore: Send + Sync {
    /// Adds an incident with the first entry of its history.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_incident(&self, incident: &Incident, by: Actor) -> Result<(), StoreError>;

    /// Returns an incident with its history, oldest entry first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_incident(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError>;

    /// Lists a tenant's incidents, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_incidents(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError>;

    /// Updates an incident and appends to its history. Returns whether it exists.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_incident(
        &self,
        incident: &Incident,
        changes: &[IncidentChange],
    ) -> Result<bool, StoreError>;
}
