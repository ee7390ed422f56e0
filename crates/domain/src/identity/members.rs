//! Service: manages a tenant's members.

use super::access::Access;
use super::access_error::{AccessError, Duplicate, Missing};
use super::member::{Member, MemberStatus};
use super::member_store::{MemberChange, MemberStore};
use super::permission::Permission;
use super::principal::TenantContext;
use super::roles::Roles;
use super::user::User;
use super::user_store::UserStore;
use crate::clock::Clock;
use crate::errors::Actor;
use crate::id::{MemberId, UserId};
use crate::id_source::IdSource;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantLimits;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use uuid::Uuid;

/// Lists, adds, changes and removes a tenant's members.
pub struct Members {
    members: Arc<dyn MemberStore>,
    users: Arc<dyn UserStore>,
    roles: Arc<Roles>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
}

/// A reference to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// By e-mail address.
    Email(String),
}

impl Members {
    /// Creates the service.
    #[must_use]
    pub fn new(
        (members, users): (Arc<dyn MemberStore>, Arc<dyn UserStore>),
        roles: Arc<Roles>,
        access: Arc<Access>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            members,
            users,
            roles,
            access,
            clock,
            ids,
            limits,
        }
    }

    /// Lists a tenant's members, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Member>, StoreError> {
        self.members.list_members(tenant, after, limit).await
    }

    /// Returns a member by id.
    ///
    /// # Errors
    /// [`AccessError`]: not found, or the store fails.
    pub async fn get(&self, tenant: TenantScope, id: MemberId) -> Result<Member, AccessError> {
        let member = self.members.get_member(tenant, id).await?;
        member.ok_or(AccessError::NotFound(Missing::Member))
    }

    /// Adds a user by account id, which is visible only to callers who share a tenant with them. Users cannot be
    /// added by e-mail address: that would reveal whether an account exists, and its owner has not consented. Use an
    /// invitation.
    ///
    /// # Errors
    /// [`AccessError`]; the role must not exceed the caller's permissions. An account that the caller cannot see
    /// counts as not found.
    pub async fn add(
        &self,
        caller: &TenantContext,
        who: UserRef,
        role: &str,
    ) -> Result<Member, AccessError> {
        caller.require(Permission::TeamManage)?;
        let (role, permissions) = self.roles.find_role(caller.scope, role).await?;
        caller.require_all(permissions)?;
        let unknown = AccessError::NotFound(Missing::User);
        let user = match who {
            UserRef::Id(id) => self.known(caller, id).await?.ok_or(unknown)?,
            UserRef::Email(email) => return Err(self.of_address(caller, &email).await?),
        };
        let there_are = self
            .members
            .list_members(caller.scope, None, 1)
            .await?
            .total;
        AccessError::unless_full("members", there_are, self.limits.members)?;
        let now = self.clock.now();
        let id = MemberId(self.ids.next_id(now));
        let member = Member {
            role_id: role.id,
            ..new_member(id, caller.scope, &user, now)
        };
        let added = self.members.add_member(&member).await;
        added.map_err(AccessError::taken(Duplicate::Member))?;
        self.access.forget();
        self.get(caller.scope, id).await
    }

    /// Changes a member's role or status.
    ///
    /// # Errors
    /// [`AccessError`]; neither the old nor the new role may exceed the caller's permissions.
    pub async fn update(
        &self,
        caller: &TenantContext,
        id: MemberId,
        role: Option<&str>,
        status: Option<MemberStatus>,
    ) -> Result<Member, AccessError> {
        caller.require(Permission::TeamManage)?;
        let mut member = self.get(caller.scope, id).await?;
        self.require_above(caller, &member).await?;
        if let Some(named) = role {
            let (role, permissions) = self.roles.find_role(caller.scope, named).await?;
            caller.require_all(permissions)?;
            member.role_id = role.id;
        }
        member.status = status.unwrap_or(member.status);
        let changed = self.members.update_member(&member).await;
        self.access.forget();
        outcome(changed?)?;
        Ok(member)
    }

    /// Removes a member.
    ///
    /// # Errors
    /// [`AccessError`]; the member's role must not exceed the caller's permissions.
    pub async fn remove(&self, caller: &TenantContext, id: MemberId) -> Result<(), AccessError> {
        caller.require(Permission::TeamManage)?;
        let member = self.get(caller.scope, id).await?;
        self.require_above(caller, &member).await?;
        let now = self.clock.now();
        let removed = self.members.remove_member(caller.scope, id, now).await;
        self.access.forget();
        outcome(removed?)
    }

    /// Returns the account of this id, if the caller can see it.
    async fn known(&self, caller: &TenantContext, id: UserId) -> Result<Option<User>, StoreError> {
        let Some(user) = self.users.get_user(id).await? else {
            return Ok(None);
        };
        if caller.platform_admin {
            return Ok(Some(user));
        }
        let own = match caller.actor {
            Actor::User(own) => self.members.list_memberships(own).await?,
            _ => Vec::new(),
        };
        let theirs = self.members.list_memberships(id).await?;
        let is_shared = theirs.iter().any(|theirs| {
            let own_tenant = theirs.tenant_id == caller.scope.id();
            let is_own = |own: &Member| {
                own.tenant_id == theirs.tenant_id && own.status == MemberStatus::Active
            };
            own_tenant || own.iter().any(is_own)
        });
        Ok(is_shared.then_some(user))
    }

    /// Returns the error for an e-mail address: "already a member", or else the same error after the same store
    /// queries whether or not an account exists.
    async fn of_address(
        &self,
        caller: &TenantContext,
        email: &str,
    ) -> Result<AccessError, StoreError> {
        let user = self.users.find_user(email).await?;
        let id = user.map_or(UserId(Uuid::nil()), |user| user.id);
        let member = self.members.find_membership(id, caller.scope.id()).await?;
        Ok(match member {
            Some(_) => AccessError::Taken(Duplicate::Member),
            None => AccessError::NotFound(Missing::User),
        })
    }

    async fn require_above(
        &self,
        caller: &TenantContext,
        member: &Member,
    ) -> Result<(), AccessError> {
        let held = self.roles.allowed_by(caller.scope, member.role_id).await?;
        caller.require_all(held)
    }
}

/// Builds an active member whose role is set by the caller.
pub(crate) fn new_member(
    id: MemberId,
    tenant: TenantScope,
    user: &User,
    now: time::OffsetDateTime,
) -> Member {
    Member {
        id,
        tenant_id: tenant.id(),
        user_id: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        role_id: super::rbac_item::BuiltInRole::Viewer.id(),
        status: MemberStatus::Active,
        last_active: None,
        created_at: now,
    }
}

fn outcome(change: MemberChange) -> Result<(), AccessError> {
    match change {
        MemberChange::Done => Ok(()),
        MemberChange::NotFound => Err(AccessError::NotFound(Missing::Member)),
        MemberChange::LastAdmin => Err(AccessError::LastAdmin),
    }
}
