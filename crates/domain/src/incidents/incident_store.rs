//! Port: incidents.

use super::incident::{
    Incident, IncidentChange, IncidentStatus, IncidentUpdate, LinkedError, NewIncident,
};
use crate::errors::Severity;
use crate::id::{IncidentId, ProjectId, RuleId};
use crate::page::Page;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// The incidents of a project alone: opened by one of its rules, or with linked errors that are all its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectIncidents {
    /// The project.
    pub project: ProjectId,
    /// Its rules.
    pub rules: Vec<RuleId>,
}

/// Query of a page of incidents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncidentQuery {
    /// One of these statuses; any where there is none.
    pub statuses: Vec<IncidentStatus>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Those of a project alone.
    pub of_project: Option<ProjectIncidents>,
    /// Number of incidents to skip.
    pub offset: u64,
    /// Maximum number of incidents, at least 1.
    pub limit: u32,
}

/// Numbers of incidents by status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncidentCounts(pub Vec<(IncidentStatus, u64)>);

impl IncidentCounts {
    /// Returns the number of incidents of these statuses.
    #[must_use]
    pub fn among(&self, statuses: &[IncidentStatus]) -> u64 {
        let counted = self.0.iter();
        let wanted = counted.filter(|(status, _)| statuses.contains(status));
        wanted.map(|(_, count)| count).sum()
    }
}

/// Stores incidents with their history and the errors that are linked to them.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IncidentStore: Send + Sync {
    /// Adds an incident with the first entry of its history and its links.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_incident(&self, new: &NewIncident) -> Result<(), StoreError>;

    /// Returns an incident with its history, oldest entry first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_incident(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError>;

    /// Lists entries of an incident's history with their places, newest first: those before the place `before`, if
    /// given. `total` is the number of entries; `next` is unused. The incident is one that the caller was shown.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_incident_changes(
        &self,
        id: IncidentId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<(u64, IncidentChange)>, StoreError>;

    /// Lists a tenant's incidents, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_incidents(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError>;

    /// Lists id, title and status of a tenant's incidents, newest first: of a project alone, if given.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_incident_titles(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<Vec<(IncidentId, String, IncidentStatus)>, StoreError>;

    /// Counts a tenant's incidents by status, whatever the query's statuses and page.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_incidents(
        &self,
        tenant: TenantScope,
        query: &IncidentQuery,
    ) -> Result<IncidentCounts, StoreError>;

    /// Changes an incident in one transaction. Returns the number of entries of its history afterwards; `None` when it
    /// does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_incident(&self, update: &IncidentUpdate) -> Result<Option<u64>, StoreError>;

    /// Lists the errors that are linked to incidents, by incident and in the order of the links. MUST follow an error
    /// that was merged into another, leave out one that was deleted, and have an error that is linked twice once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_incident_errors(
        &self,
        incidents: &[IncidentId],
    ) -> Result<Vec<LinkedError>, StoreError>;
}
