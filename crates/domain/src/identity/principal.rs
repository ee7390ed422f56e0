//! Authenticated callers and the tenant they act in.

use super::access_error::AccessError;
use super::permission::{Permission, Permissions};
use crate::alerts::{Condition, Field};
use crate::errors::Actor;
use crate::id::{ProjectId, SessionId, TenantId, UserId};
use crate::tenancy::{Scope, Slug, Tenant, TenantScope};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// A project that a caller can see, by each of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibleProject {
    /// Its id.
    pub id: ProjectId,
    /// Its slug.
    pub slug: Slug,
    /// Its number.
    pub number: i64,
}

/// An authenticated caller: an API key, a system user or a session.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Identity of the caller.
    pub actor: Actor,
    /// Permissions in the tenant.
    pub permissions: Permissions,
    /// Whether they also administer the platform.
    pub platform_admin: bool,
    /// Whether the tenant is suspended: such callers can only administer the platform.
    pub suspended: bool,
    /// The tenant and projects that they can see.
    pub scope: Scope,
    /// Whether the credential is bound to a project.
    pub project_bound: bool,
    /// The project of reports that do not name one.
    pub default_project: ProjectId,
    /// The tenant's slug; `None` without a tenant.
    pub tenant_slug: Option<Slug>,
    /// The tenant's default project, which may lie outside the scope.
    pub tenant_default_project: ProjectId,
    /// The visible projects.
    pub projects: Arc<[VisibleProject]>,
    /// Requests per minute in each rate class, in place of the configured limits.
    pub rate_limit: Option<u32>,
    /// The session, for callers with a cookie.
    pub session: Option<SessionId>,
    pub(crate) expires_at: Option<OffsetDateTime>,
}

impl Principal {
    /// Returns whether the caller has a permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allows(permission)
    }

    /// Returns the logged-in user of a session.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            _ => None,
        }
    }

    /// Returns the project that the credential is bound to; `None` for a credential of the whole tenant.
    #[must_use]
    pub fn bound_project(&self) -> Option<ProjectId> {
        self.project_bound.then_some(self.default_project)
    }

    /// Finds a visible project by id or slug.
    #[must_use]
    pub fn project(&self, named: &str) -> Option<ProjectId> {
        let id = named.parse::<ProjectId>().ok();
        self.projects
            .iter()
            .find(|project| project.slug.as_str() == named || Some(project.id) == id)
            .map(|project| project.id)
    }

    /// Finds a visible project by its number.
    #[must_use]
    pub fn project_numbered(&self, number: i64) -> Option<ProjectId> {
        let mut projects = self.projects.iter();
        let found = projects.find(|project| project.number == number);
        found.map(|project| project.id)
    }

    /// Returns whether an alert rule of this condition is visible. For a caller bound to a project, the condition
    /// must name that project, by id or slug, and no other.
    #[must_use]
    pub fn may_see_rule(&self, condition: &str) -> bool {
        if !self.project_bound {
            return true;
        }
        let Ok(condition) = Condition::parse(condition) else {
            return false;
        };
        let named = condition.fields.iter().filter_map(|field| match field {
            Field::Project(name) => Some(self.project(name).is_some()),
            _ => None,
        });
        named.reduce(|all, one| all && one).unwrap_or(false)
    }

    /// Builds a caller that sees these projects and may do nothing, for tests.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn for_tests(actor: Actor, scope: Scope) -> Self {
        Self {
            scope,
            ..Self::without_tenant(actor, false)
        }
    }

    /// Builds a principal without a tenant: it sees nothing and can only administer the platform, if it is an admin
    /// of it.
    pub(crate) fn without_tenant(actor: Actor, platform_admin: bool) -> Self {
        let nowhere = TenantScope::of(TenantId(Uuid::nil()));
        Self {
            actor,
            permissions: Permissions::NONE,
            platform_admin,
            suspended: false,
            scope: Scope::new(nowhere, Vec::new()),
            project_bound: false,
            default_project: ProjectId(Uuid::nil()),
            tenant_slug: None,
            tenant_default_project: ProjectId(Uuid::nil()),
            projects: Arc::default(),
            rate_limit: None,
            session: None,
            expires_at: None,
        }
    }
}

/// A caller within the tenant that they named: the only source of a [`TenantScope`] for routes.
#[derive(Debug, Clone)]
pub struct TenantContext {
    /// The tenant.
    pub tenant: Tenant,
    /// Scope of store queries about the tenant.
    pub scope: TenantScope,
    /// Identity of the caller.
    pub actor: Actor,
    /// Permissions in this tenant.
    pub permissions: Permissions,
    /// Whether they administer the platform.
    pub platform_admin: bool,
    pub(crate) project_bound: bool,
}

impl TenantContext {
    /// Builds the context of a caller in their own tenant.
    #[must_use]
    pub fn own(principal: &Principal, tenant: Tenant) -> Self {
        Self {
            tenant,
            scope: principal.scope.tenant_scope(),
            actor: principal.actor,
            permissions: principal.permissions,
            platform_admin: principal.platform_admin,
            project_bound: principal.project_bound,
        }
    }

    /// Returns an error unless the caller has the permission. A caller bound to a project can read the tenant, but
    /// change nothing of it.
    ///
    /// # Errors
    /// [`AccessError::Permission`].
    pub fn require(&self, permission: Permission) -> Result<(), AccessError> {
        let is_read = permission.as_str().ends_with(":read");
        if self.permissions.allows(permission) && (is_read || !self.project_bound) {
            Ok(())
        } else {
            Err(AccessError::Permission)
        }
    }

    /// Returns an error for a caller bound to a project: such callers do not see the tenant's members either.
    ///
    /// # Errors
    /// [`AccessError::Permission`].
    pub const fn require_whole_tenant(&self) -> Result<(), AccessError> {
        if self.project_bound {
            Err(AccessError::Permission)
        } else {
            Ok(())
        }
    }

    /// Returns an error unless the caller has all of these permissions: granting, changing and revoking need them.
    ///
    /// # Errors
    /// [`AccessError::Permission`].
    pub fn require_all(&self, permissions: Permissions) -> Result<(), AccessError> {
        if self.permissions.covers(permissions) {
            Ok(())
        } else {
            Err(AccessError::Permission)
        }
    }
}
