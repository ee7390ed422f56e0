//! Scopes of store queries: a tenant, and the projects that a caller can see.

use crate::id::{ProjectId, TenantId};

/// Proof of the right to act within one tenant. Store queries about a tenant take one in place of its id, so that no
/// route can build a query from an id that a client sent: only [`Access`] returns one, after it has authenticated
/// the caller.
///
/// [`Access`]: crate::identity::Access
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// Creates a scope; the caller must have checked access to the tenant.
    pub(crate) const fn of(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// Creates a scope without a check, for services that embed this crate and authorize by their own means.
    /// Faultbook's server never calls it (clippy refuses).
    #[must_use]
    pub const fn trusting(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// Creates a scope without a check, for tests.
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn for_tests(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// Returns the tenant's id.
    #[must_use]
    pub const fn id(self) -> TenantId {
        self.0
    }
}

/// A tenant and its projects that the caller can see. Store queries about errors take one, so that no query reaches
/// across tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantScope,
    projects: Vec<ProjectId>,
}

impl Scope {
    /// Creates a scope of these projects of the tenant.
    #[must_use]
    pub const fn new(tenant: TenantScope, projects: Vec<ProjectId>) -> Self {
        Self { tenant, projects }
    }

    /// Returns the tenant's id.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant.id()
    }

    /// Returns the scope of the whole tenant.
    #[must_use]
    pub const fn tenant_scope(&self) -> TenantScope {
        self.tenant
    }

    /// Returns the visible projects.
    #[must_use]
    pub fn projects(&self) -> &[ProjectId] {
        &self.projects
    }

    /// Narrows the scope to one project; empty if that project is not visible.
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
