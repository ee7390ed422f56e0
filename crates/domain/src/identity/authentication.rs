//! Looks up the principal of a credential in the stores.

use super::access::{Access, DEFAULT_PROJECT};
use super::api_key::{ApiKey, KeyDigest, KeyKind, KeyText};
use super::credential::{AuthError, Credential};
use super::member::{Member, MemberStatus};
use super::permission::Permissions;
use super::principal::{Principal, VisibleProject};
use super::roles::permissions_of;
use super::user::User;
use crate::errors::Actor;
use crate::id::{ProjectId, RbacItemId};
use crate::store_error::StoreError;
use crate::tenancy::{Project, Scope, Tenant, TenantScope};
use time::OffsetDateTime;

impl Access {
    pub(crate) async fn look_up(
        &self,
        credential: Credential<'_>,
        now: OffsetDateTime,
    ) -> Result<Principal, AuthError> {
        let secret = credential.secret();
        KeyText::check(secret).map_err(|_| AuthError::Invalid)?;
        let digest = KeyDigest::of(secret);
        match (credential, KeyKind::of(secret)) {
            (Credential::Session { tenant, .. }, _) => {
                self.authenticate_session(digest, tenant, now).await
            }
            (Credential::Key(_), Some(KeyKind::SystemUser)) => {
                self.authenticate_system_user(digest).await
            }
            (Credential::Key(_), _) => self.authenticate_key(digest).await,
        }
    }

    async fn authenticate_key(&self, digest: KeyDigest) -> Result<Principal, AuthError> {
        let key = self.stores.keys.find_key(&digest).await?;
        let key = key
            .filter(|key| key.revoked_at.is_none())
            .ok_or(AuthError::Invalid)?;
        let tenant = self.stores.tenants.get_tenant(key.tenant_id).await?;
        let tenant = tenant.ok_or(AuthError::Invalid)?;
        let ApiKey {
            id,
            project_id,
            platform_admin,
            rate_limit,
            expires_at,
            ..
        } = key;
        let permissions = if platform_admin {
            Permissions::all()
        } else {
            key.permissions()
        };
        let mut principal = self
            .build_principal(tenant, project_id, permissions)
            .await?
            .ok_or(AuthError::Invalid)?;
        principal.actor = Actor::Key(id);
        principal.platform_admin = platform_admin;
        principal.rate_limit = rate_limit.and_then(|rate| u32::try_from(rate).ok());
        principal.expires_at = expires_at;
        unless_suspended(principal)
    }

    async fn authenticate_system_user(&self, digest: KeyDigest) -> Result<Principal, AuthError> {
        let user = self.stores.system_users.find_system_user(&digest).await?;
        let user = user.ok_or(AuthError::Invalid)?;
        if !user.active {
            return Err(AuthError::Inactive);
        }
        let tenant = self.stores.tenants.get_tenant(user.tenant_id).await?;
        let tenant = tenant.ok_or(AuthError::Invalid)?;
        let permissions = self.role(TenantScope::of(tenant.id), user.role_id).await?;
        let mut principal = self
            .build_principal(tenant, None, permissions)
            .await?
            .ok_or(AuthError::Invalid)?;
        principal.actor = Actor::SystemUser(user.id);
        principal.expires_at = user.expires_at;
        unless_suspended(principal)
    }

    async fn authenticate_session(
        &self,
        digest: KeyDigest,
        wanted: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Principal, AuthError> {
        let found = self.stores.sessions.find_session(&digest).await?;
        let (session, user) = found.ok_or(AuthError::Invalid)?;
        if session.ends_at(self.life) <= now {
            return Err(AuthError::SessionExpired);
        }
        let actor = Actor::User(user.id);
        let mut principal = match self.select_tenant(&user, wanted).await? {
            Some((member, tenant)) => {
                let permissions = self
                    .role(TenantScope::of(tenant.id), member.role_id)
                    .await?;
                let without_tenant = || Principal::without_tenant(actor, user.platform_admin);
                let principal = self.build_principal(tenant, None, permissions).await?;
                principal.unwrap_or_else(without_tenant)
            }
            None => Principal::without_tenant(actor, user.platform_admin),
        };
        principal.actor = actor;
        principal.platform_admin = user.platform_admin;
        principal.session = Some(session.id);
        principal.expires_at = Some(session.ends_at(self.life));
        unless_suspended(principal)
    }

    /// Selects the tenant of a session: the requested one, else the first one open to its user.
    async fn select_tenant(
        &self,
        user: &User,
        wanted: Option<&str>,
    ) -> Result<Option<(Member, Tenant)>, AuthError> {
        let is_active = |member: &Member| member.status == MemberStatus::Active;
        if let Some(named) = wanted {
            let tenant = self.tenant(named).await?.ok_or(AuthError::NoTenant)?;
            let member = self
                .stores
                .members
                .find_membership(user.id, tenant.id)
                .await?;
            let member = member.filter(is_active).ok_or(AuthError::NotMember)?;
            return Ok(Some((member, tenant)));
        }
        let mut suspended = None;
        for member in self.stores.members.list_memberships(user.id).await? {
            let tenant = self.stores.tenants.get_tenant(member.tenant_id).await?;
            match tenant.filter(|_| is_active(&member)) {
                Some(tenant) if !tenant.suspended => return Ok(Some((member, tenant))),
                Some(tenant) => suspended = suspended.or(Some((member, tenant))),
                None => {}
            }
        }
        Ok(suspended)
    }

    /// Builds the principal in its tenant; `None` when the project that it is bound to does not exist.
    async fn build_principal(
        &self,
        tenant: Tenant,
        only: Option<ProjectId>,
        permissions: Permissions,
    ) -> Result<Option<Principal>, StoreError> {
        let scope = TenantScope::of(tenant.id);
        let projects = self.stores.projects.list_projects(scope).await?;
        let is_default = |project: &&Project| project.slug.as_str() == DEFAULT_PROJECT;
        let tenant_default_project = projects.iter().find(is_default).or(projects.first());
        let Some(tenant_default_project) = tenant_default_project.map(|project| project.id) else {
            return Ok(None);
        };
        let visible: Vec<Project> = projects
            .into_iter()
            .filter(|project| only.is_none_or(|only| only == project.id))
            .collect();
        let Some(first) = visible.first() else {
            return Ok(None);
        };
        Ok(Some(Principal {
            permissions,
            suspended: tenant.suspended,
            default_project: first.id,
            scope: Scope::new(scope, visible.iter().map(|project| project.id).collect()),
            project_bound: only.is_some(),
            tenant_slug: Some(tenant.slug),
            tenant_default_project,
            projects: visible
                .into_iter()
                .map(|project| VisibleProject {
                    id: project.id,
                    slug: project.slug,
                    number: project.number,
                })
                .collect(),
            ..Principal::without_tenant(Actor::System, false)
        }))
    }

    /// Returns the permissions of a role; none if it does not exist.
    pub(crate) async fn role(
        &self,
        tenant: TenantScope,
        id: RbacItemId,
    ) -> Result<Permissions, StoreError> {
        let permissions = permissions_of(&*self.stores.rbac_items, tenant, id).await?;
        Ok(permissions.unwrap_or(Permissions::NONE))
    }
}

/// Rejects principals of a suspended tenant, except platform admins, who can lift the suspension.
fn unless_suspended(principal: Principal) -> Result<Principal, AuthError> {
    if principal.suspended && !principal.platform_admin {
        Err(AuthError::Suspended)
    } else {
        Ok(principal)
    }
}
