//! Service: manages a tenant's system users.

use super::access::Access;
use super::access_error::{AccessError, Duplicate, Missing};
use super::api_key::{KeyDigest, KeyKind, KeyText};
use super::permission::Permission;
use super::principal::TenantContext;
use super::roles::Roles;
use super::system_user::SystemUser;
use super::system_user_store::SystemUserStore;
use crate::clock::Clock;
use crate::id::{SystemUserId, TenantId};
use crate::id_source::IdSource;
use crate::keyed_semaphore::KeyedSemaphore;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantLimits;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use time::OffsetDateTime;

/// Input to update a system user; absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemUserChange {
    /// Its name.
    pub name: Option<String>,
    /// Its role, by name or id.
    pub role: Option<String>,
    /// Whether its token is accepted.
    pub active: Option<bool>,
    /// When its token expires; `Some(None)` for never.
    pub expires_at: Option<Option<OffsetDateTime>>,
}

/// Lists, creates, changes and removes a tenant's system users.
pub struct SystemUsers {
    users: Arc<dyn SystemUserStore>,
    roles: Arc<Roles>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    making: KeyedSemaphore<TenantId>,
}

impl SystemUsers {
    /// Creates the service.
    #[must_use]
    pub fn new(
        users: Arc<dyn SystemUserStore>,
        roles: Arc<Roles>,
        access: Arc<Access>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            users,
            roles,
            access,
            clock,
            ids,
            limits,
            making: KeyedSemaphore::new(1),
        }
    }

    /// Lists a tenant's system users, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<SystemUser>, StoreError> {
        self.users.list_system_users(tenant, after, limit).await
    }

    /// Returns a system user by id.
    ///
    /// # Errors
    /// [`AccessError`]: not found, or the store fails.
    pub async fn get(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<SystemUser, AccessError> {
        let user = self.users.get_system_user(tenant, id).await?;
        user.ok_or(AccessError::NotFound(Missing::SystemUser))
    }

    /// Creates a system user and returns its token, which is stored nowhere.
    ///
    /// # Errors
    /// [`AccessError`]; the role must not exceed the caller's permissions.
    pub async fn create(
        &self,
        caller: &TenantContext,
        name: String,
        role: &str,
        expires_at: Option<OffsetDateTime>,
    ) -> Result<(KeyText, SystemUser), AccessError> {
        caller.require(Permission::KeysManage)?;
        let (role, permissions) = self.roles.find_role(caller.scope, role).await?;
        caller.require_all(permissions)?;
        let now = self.clock.now();
        check_expiry(expires_at, now)?;
        let _turn = self.making.one(caller.scope.id()).await;
        let there_are = self
            .users
            .list_system_users(caller.scope, None, 1)
            .await?
            .total;
        AccessError::unless_full("system users", there_are, self.limits.system_users)?;
        let token = self.new_token();
        let user = SystemUser {
            id: SystemUserId(self.ids.next_id(now)),
            tenant_id: caller.scope.id(),
            name,
            role_id: role.id,
            digest: KeyDigest::of(token.reveal()),
            preview: KeyText::preview_of(token.reveal()),
            active: true,
            expires_at,
            last_used: None,
            created_at: now,
        };
        let added = self.users.add_system_user(&user).await;
        added.map_err(AccessError::taken(Duplicate::SystemUser))?;
        Ok((token, user))
    }

    /// Changes a system user.
    ///
    /// # Errors
    /// [`AccessError`]; neither the old nor the new role may exceed the caller's permissions.
    pub async fn update(
        &self,
        caller: &TenantContext,
        id: SystemUserId,
        change: SystemUserChange,
    ) -> Result<SystemUser, AccessError> {
        let mut user = self.manageable(caller, id).await?;
        if let Some(named) = change.role {
            let (role, permissions) = self.roles.find_role(caller.scope, &named).await?;
            caller.require_all(permissions)?;
            user.role_id = role.id;
        }
        user.name = change.name.unwrap_or(user.name);
        user.active = change.active.unwrap_or(user.active);
        if let Some(expires_at) = change.expires_at {
            check_expiry(expires_at, self.clock.now())?;
            user.expires_at = expires_at;
        }
        self.store(user).await
    }

    /// Rotates a system user's token; this node rejects the old one at once, other nodes within seconds.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn rotate(
        &self,
        caller: &TenantContext,
        id: SystemUserId,
    ) -> Result<(KeyText, SystemUser), AccessError> {
        let mut user = self.manageable(caller, id).await?;
        let token = self.new_token();
        user.digest = KeyDigest::of(token.reveal());
        user.preview = KeyText::preview_of(token.reveal());
        Ok((token, self.store(user).await?))
    }

    /// Removes a system user.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn remove(
        &self,
        caller: &TenantContext,
        id: SystemUserId,
    ) -> Result<(), AccessError> {
        self.manageable(caller, id).await?;
        let removed = self.users.remove_system_user(caller.scope, id).await;
        self.access.forget();
        if removed? {
            Ok(())
        } else {
            Err(AccessError::NotFound(Missing::SystemUser))
        }
    }

    async fn manageable(
        &self,
        caller: &TenantContext,
        id: SystemUserId,
    ) -> Result<SystemUser, AccessError> {
        caller.require(Permission::KeysManage)?;
        let user = self.get(caller.scope, id).await?;
        let held = self.roles.allowed_by(caller.scope, user.role_id).await?;
        caller.require_all(held)?;
        Ok(user)
    }

    async fn store(&self, user: SystemUser) -> Result<SystemUser, AccessError> {
        let updated = self.users.update_system_user(&user).await;
        self.access.forget();
        if updated.map_err(AccessError::taken(Duplicate::SystemUser))? {
            Ok(user)
        } else {
            Err(AccessError::NotFound(Missing::SystemUser))
        }
    }

    fn new_token(&self) -> KeyText {
        KeyText::from_random(KeyKind::SystemUser, self.ids.secret_bytes())
    }
}

fn check_expiry(
    expires_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<(), AccessError> {
    if expires_at.is_some_and(|at| at <= now) {
        return Err(AccessError::invalid("expires_at", "must lie in the future"));
    }
    Ok(())
}
