//! Finding out who holds a credential.

use super::access::{Access, DEFAULT_PROJECT};
use super::credential::{Credential, Refused};
use super::principal::Principal;
use super::roles::permissions_of;
use crate::entity::{
    Actor, ApiKey, GrantId, KeyDigest, KeyKind, KeyText, Member, MemberStatus, Permissions,
    Project, ProjectId, Scope, Tenant, TenantScope, User,
};
use crate::port::StoreError;
use time::OffsetDateTime;

impl Access {
    pub(super) async fn look_up(
        &self,
        credential: Credential<'_>,
        now: OffsetDateTime,
    ) -> Result<Principal, Refused> {
        let secret = credential.secret();
        KeyText::check(secret).map_err(|_| Refused::Invalid)?;
        let digest = KeyDigest::of(secret);
        match (credential, KeyKind::of(secret)) {
            (Credential::Session { tenant, .. }, _) => self.of_session(digest, tenant, now).await,
            (Credential::Key(_), Some(KeyKind::SystemUser)) => self.of_system_user(digest).await,
            (Credential::Key(_), _) => self.of_key(digest).await,
        }
    }

    async fn of_key(&self, digest: KeyDigest) -> Result<Principal, Refused> {
        let key = self.stores.keys.find(&digest).await?;
        let key = key
            .filter(|key| key.revoked_at.is_none())
            .ok_or(Refused::Invalid)?;
        let tenant = self.stores.tenants.get(key.tenant_id).await?;
        let tenant = tenant.ok_or(Refused::Invalid)?;
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
            .at_home(tenant, project_id, permissions)
            .await?
            .ok_or(Refused::Invalid)?;
        principal.actor = Actor::Key(id);
        principal.platform_admin = platform_admin;
        principal.rate_limit = rate_limit.and_then(|rate| u32::try_from(rate).ok());
        principal.expires_at = expires_at;
        admitted(principal)
    }

    async fn of_system_user(&self, digest: KeyDigest) -> Result<Principal, Refused> {
        let user = self.stores.system_users.system_user_of(&digest).await?;
        let user = user.ok_or(Refused::Invalid)?;
        if !user.active {
            return Err(Refused::Inactive);
        }
        let tenant = self.stores.tenants.get(user.tenant_id).await?;
        let tenant = tenant.ok_or(Refused::Invalid)?;
        let permissions = self.role(TenantScope::of(tenant.id), user.role_id).await?;
        let mut principal = self
            .at_home(tenant, None, permissions)
            .await?
            .ok_or(Refused::Invalid)?;
        principal.actor = Actor::SystemUser(user.id);
        principal.expires_at = user.expires_at;
        admitted(principal)
    }

    async fn of_session(
        &self,
        digest: KeyDigest,
        wanted: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Principal, Refused> {
        let found = self.stores.sessions.session(&digest).await?;
        let (session, user) = found.ok_or(Refused::Invalid)?;
        if session.ends_at(self.life) <= now {
            return Err(Refused::SessionExpired);
        }
        let actor = Actor::User(user.id);
        let mut principal = match self.place(&user, wanted).await? {
            Some((member, tenant)) => {
                let permissions = self
                    .role(TenantScope::of(tenant.id), member.role_id)
                    .await?;
                let homeless = || Principal::homeless(actor, user.platform_admin);
                let at_home = self.at_home(tenant, None, permissions).await?;
                at_home.unwrap_or_else(homeless)
            }
            None => Principal::homeless(actor, user.platform_admin),
        };
        principal.actor = actor;
        principal.platform_admin = user.platform_admin;
        principal.session = Some(session.id);
        principal.expires_at = Some(session.ends_at(self.life));
        admitted(principal)
    }

    /// Where a person acts: in the tenant they want, else in the first one that is open to them.
    async fn place(
        &self,
        user: &User,
        wanted: Option<&str>,
    ) -> Result<Option<(Member, Tenant)>, Refused> {
        let is_active = |member: &Member| member.status == MemberStatus::Active;
        if let Some(named) = wanted {
            let tenant = self.tenant(named).await?.ok_or(Refused::NoTenant)?;
            let member = self.stores.members.membership(user.id, tenant.id).await?;
            let member = member.filter(is_active).ok_or(Refused::NotMember)?;
            return Ok(Some((member, tenant)));
        }
        let mut locked_out = None;
        for member in self.stores.members.memberships(user.id).await? {
            let tenant = self.stores.tenants.get(member.tenant_id).await?;
            match tenant.filter(|_| is_active(&member)) {
                Some(tenant) if !tenant.suspended => return Ok(Some((member, tenant))),
                Some(tenant) => locked_out = locked_out.or(Some((member, tenant))),
                None => {}
            }
        }
        Ok(locked_out)
    }

    /// Somebody in their tenant; `None` when the project that they are bound to is gone.
    async fn at_home(
        &self,
        tenant: Tenant,
        only: Option<ProjectId>,
        permissions: Permissions,
    ) -> Result<Option<Principal>, StoreError> {
        let scope = TenantScope::of(tenant.id);
        let projects = self.stores.projects.list(scope).await?;
        let is_default = |project: &&Project| project.slug.as_str() == DEFAULT_PROJECT;
        let home = projects.iter().find(is_default).or(projects.first());
        let Some(home) = home.map(|project| project.id) else {
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
            home,
            projects: visible
                .into_iter()
                .map(|project| (project.slug, project.id))
                .collect(),
            ..Principal::homeless(Actor::System, false)
        }))
    }

    /// What a role allows; nothing if it is gone.
    pub(super) async fn role(
        &self,
        tenant: TenantScope,
        id: GrantId,
    ) -> Result<Permissions, StoreError> {
        let permissions = permissions_of(&*self.stores.grants, tenant, id).await?;
        Ok(permissions.unwrap_or(Permissions::NONE))
    }
}

/// A suspended tenant locks out everybody but those who can lift the suspension.
fn admitted(principal: Principal) -> Result<Principal, Refused> {
    if principal.suspended && !principal.platform_admin {
        Err(Refused::Suspended)
    } else {
        Ok(principal)
    }
}
