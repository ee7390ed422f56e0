//! What a caller may see.

use crate::id::{ProjectId, TenantId};

/// The right to act within one tenant. Store queries about a tenant take one in place of its id, so that
/// no route can build a query out of an id that a client sent: only [`Access`] hands one out, after it
/// has looked at the caller's credential.
///
/// [`Access`]: crate::identity::Access
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// For whoever has made sure that the caller may act in the tenant.
    pub(crate) const fn of(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// For a service that embeds this crate and decides by its own means who may act where. Faultbook's
    /// own server never calls it (clippy refuses).
    #[must_use]
    pub const fn trusting(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// For tests, where nobody asks for permission.
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn for_tests(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// The tenant.
    #[must_use]
    pub const fn id(self) -> TenantId {
        self.0
    }
}

/// A tenant and those of its projects that the caller may see. Store queries about errors take one,
/// so that none can be built that reaches across tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantScope,
    projects: Vec<ProjectId>,
}

impl Scope {
    /// The scope of these projects of the tenant.
    #[must_use]
    pub const fn new(tenant: TenantScope, projects: Vec<ProjectId>) -> Self {
        Self { tenant, projects }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant.id()
    }

    /// The right to act in the tenant.
    #[must_use]
    pub const fn tenant_scope(&self) -> TenantScope {
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
