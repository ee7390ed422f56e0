//! What a caller may see.

use super::{ProjectId, TenantId};

/// A tenant and those of its projects that the caller may see. Store queries about errors take one,
/// so that none can be built that reaches across tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    projects: Vec<ProjectId>,
}

impl Scope {
    /// The scope of these projects of the tenant.
    #[must_use]
    pub const fn new(tenant: TenantId, projects: Vec<ProjectId>) -> Self {
        Self { tenant, projects }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The visible projects.
    #[must_use]
    pub fn projects(&self) -> &[ProjectId] {
        &self.projects
    }

    /// The same scope with one project only; empty if that is not among the visible ones.
    #[must_use]
    pub fn narrowed_to(&self, project: ProjectId) -> Self {
        let projects = self
            .projects
            .iter()
            .copied()
            .filter(|id| *id == project)
            .collect();
        Self {
            tenant: self.tenant,
            projects,
        }
    }
}
