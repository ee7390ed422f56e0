//! Somebody whose credential was accepted.

use super::access_error::AccessError;
use super::permission::{Permission, Permissions};
use crate::alerts::{Condition, Field};
use crate::errors::Actor;
use crate::id::{ProjectId, SessionId, TenantId, UserId};
use crate::tenancy::{Scope, Slug, Tenant, TenantScope};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// Somebody whose credential was accepted, whatever it was: an API key, a system user's token, a session.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who.
    pub actor: Actor,
    /// What they may do in their tenant.
    pub permissions: Permissions,
    /// Whether they also administer the platform.
    pub platform_admin: bool,
    /// Whether their tenant is locked out: then they are accepted only to administer the platform.
    pub suspended: bool,
    /// What they may see.
    pub scope: Scope,
    /// Whether they were given some projects only.
    pub project_bound: bool,
    /// The project their reports go to unless they name one.
    pub default_project: ProjectId,
    /// The tenant's short name; nothing for somebody who belongs nowhere.
    pub tenant_slug: Option<Slug>,
    /// The tenant's default project, which may lie outside the scope.
    pub home: ProjectId,
    /// The visible projects' short names.
    pub projects: Arc<[(Slug, ProjectId)]>,
    /// Requests a minute in each class, where it is not the usual number.
    pub rate_limit: Option<u32>,
    /// The session they called with.
    pub session: Option<SessionId>,
    pub(crate) expires_at: Option<OffsetDateTime>,
}

impl Principal {
    /// Whether they may do this.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allows(permission)
    }

    /// The person who logged in, where it is one.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            _ => None,
        }
    }

    /// The one project that the credential is for; nothing where it is for the whole tenant.
    #[must_use]
    pub fn bound_project(&self) -> Option<ProjectId> {
        self.project_bound.then_some(self.default_project)
    }

    /// A visible project by id or short name.
    #[must_use]
    pub fn project(&self, named: &str) -> Option<ProjectId> {
        let id = named.parse::<ProjectId>().ok();
        self.projects
            .iter()
            .find(|(slug, project)| slug.as_str() == named || Some(*project) == id)
            .map(|(_, project)| *project)
    }

    /// Whether an alert rule of this condition exists for them. For somebody who was given some projects
    /// only, it must name one of those, by id or short name, and none other.
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

    /// Somebody who belongs to no tenant, sees nothing and may do nothing but administer the platform,
    /// and that only if they are an admin of it.
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
            home: ProjectId(Uuid::nil()),
            projects: Arc::default(),
            rate_limit: None,
            session: None,
            expires_at: None,
        }
    }
}

/// Somebody within the tenant that they named: the only way to a [`TenantScope`] for routes.
#[derive(Debug, Clone)]
pub struct TenantContext {
    /// The tenant.
    pub tenant: Tenant,
    /// The right to act in it.
    pub scope: TenantScope,
    /// Who.
    pub actor: Actor,
    /// What they may do there.
    pub permissions: Permissions,
    /// Whether they administer the platform.
    pub platform_admin: bool,
    pub(crate) project_bound: bool,
}

impl TenantContext {
    /// A caller within their own tenant.
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

    /// Goes on only if the caller may do this. Who was given some projects only may look at the
    /// tenant, and change nothing of it.
    ///
    /// # Errors
    /// [`AccessError::Permission`].
    pub fn require(&self, permission: Permission) -> Result<(), AccessError> {
        let looks = permission.as_str().ends_with(":read");
        if self.permissions.allows(permission) && (looks || !self.project_bound) {
            Ok(())
        } else {
            Err(AccessError::Permission)
        }
    }

    /// Goes on only if the caller acts for the whole tenant: who was given one project only does not see
    /// the people of the tenant either.
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

    /// Goes on only if the caller has all of these: nobody grants, takes or changes what they lack.
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
