//! Service: manages built-in and custom roles, policies and permissions.

use super::access_error::{AccessError, Duplicate, Missing};
use super::permission::{Permission, Permissions};
use super::principal::TenantContext;
use super::rbac_item::{BuiltInRole, RbacItem, RbacKind, built_in_rbac_items};
use super::rbac_name::{check_rbac_name, is_like};
use super::rbac_store::{RbacRemoval, RbacStore};
use crate::clock::Clock;
use crate::id::{RbacItemId, TenantId};
use crate::id_source::IdSource;
use crate::keyed_semaphore::KeyedSemaphore;
use crate::store_error::StoreError;
use crate::tenancy::TenantLimits;
use crate::tenancy::TenantScope;
use std::sync::Arc;

/// Input to create or update an item; absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RbacItemSettings {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// A role's policies, by id or name; a policy's permissions, by name.
    pub members: Option<Vec<String>>,
}

/// Lists, creates, changes and removes roles, policies and permissions.
pub struct Roles {
    rbac_items: Arc<dyn RbacStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    making: KeyedSemaphore<TenantId>,
}

impl Roles {
    /// Creates the service over the custom items of this store.
    #[must_use]
    pub fn new(
        rbac_items: Arc<dyn RbacStore>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            rbac_items,
            clock,
            ids,
            limits,
            making: KeyedSemaphore::new(1),
        }
    }

    /// Lists the items of a kind: the built-in ones first, then the tenant's custom ones by name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError> {
        let mut all = built_in_rbac_items(tenant.id(), level);
        all.extend(self.rbac_items.list_rbac_items(tenant, level).await?);
        Ok(all)
    }

    /// Returns an item by id.
    ///
    /// # Errors
    /// [`AccessError`]: not found, or the store fails.
    pub async fn get(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<RbacItem, AccessError> {
        let built_in = built_in(tenant, level, id);
        let found = match built_in {
            Some(grant) => Some(grant),
            None => self.rbac_items.get_rbac_item(tenant, level, id).await?,
        };
        found.ok_or(AccessError::NotFound(Missing::RbacItem(level)))
    }

    /// Finds a role by name or id and returns it with its permissions.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] naming the field `role`, or the store fails.
    pub async fn find_role(
        &self,
        tenant: TenantScope,
        named: &str,
    ) -> Result<(RbacItem, Permissions), AccessError> {
        let all = self.list(tenant, RbacKind::Role).await?;
        let role = all
            .into_iter()
            .find(|role| role.name == named || role.id.to_string() == named)
            .ok_or_else(|| AccessError::invalid("role", "must be the name or id of a role"))?;
        let permissions = permissions_of(&*self.rbac_items, tenant, role.id).await?;
        Ok((role, permissions.unwrap_or(Permissions::NONE)))
    }

    /// Returns the permissions of a role; none if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn allowed_by(
        &self,
        tenant: TenantScope,
        role: RbacItemId,
    ) -> Result<Permissions, StoreError> {
        let permissions = permissions_of(&*self.rbac_items, tenant, role).await?;
        Ok(permissions.unwrap_or(Permissions::NONE))
    }

    /// Returns the names of roles, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn role_names(
        &self,
        tenant: TenantScope,
    ) -> Result<impl Fn(RbacItemId) -> String + use<>, StoreError> {
        let all = self.list(tenant, RbacKind::Role).await?;
        Ok(move |id| {
            let role = all.iter().find(|role| role.id == id);
            role.map_or_else(|| id.to_string(), |role| role.name.clone())
        })
    }

    /// Creates a custom item. Its creator must have every permission that it grants.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn create(
        &self,
        caller: &TenantContext,
        level: RbacKind,
        wanted: RbacItemSettings,
    ) -> Result<RbacItem, AccessError> {
        caller.require(Permission::RolesManage)?;
        let name = wanted.name.unwrap_or_default();
        let _turn = self.making.one(caller.scope.id()).await;
        let own = self.rbac_items.list_rbac_items(caller.scope, level).await?;
        check_name(level, &name, &own)?;
        AccessError::unless_full(plural(level), own.len() as u64, self.limits.rbac_items)?;
        let members = self
            .checked(caller, level, wanted.members.unwrap_or_default())
            .await?;
        let now = self.clock.now();
        let grant = RbacItem {
            id: RbacItemId(self.ids.next_id(now)),
            tenant_id: caller.scope.id(),
            level,
            name,
            description: wanted.description,
            members,
            created_at: now,
            updated_at: now,
        };
        let taken = AccessError::taken(Duplicate::RbacItem(level));
        self.rbac_items.add_rbac_item(&grant).await.map_err(taken)?;
        Ok(grant)
    }

    /// Changes a custom item.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn update(
        &self,
        caller: &TenantContext,
        (level, id): (RbacKind, RbacItemId),
        wanted: RbacItemSettings,
    ) -> Result<RbacItem, AccessError> {
        caller.require(Permission::RolesManage)?;
        if built_in(caller.scope, level, id).is_some() {
            return Err(AccessError::BuiltIn(level));
        }
        let mut grant = self.get(caller.scope, level, id).await?;
        // Revoking permissions needs the same permissions as granting them.
        caller.require_all(self.held(caller.scope, &grant).await?)?;
        let _turn = self.making.one(caller.scope.id()).await;
        if let Some(name) = wanted.name.filter(|name| *name != grant.name) {
            if level == RbacKind::Permission {
                return Err(AccessError::invalid(
                    "name",
                    "of a permission cannot change",
                ));
            }
            let mut others = self.rbac_items.list_rbac_items(caller.scope, level).await?;
            others.retain(|other| other.id != id);
            check_name(level, &name, &others)?;
            grant.name = name;
        }
        if let Some(members) = wanted.members {
            grant.members = self.checked(caller, level, members).await?;
        }
        grant.description = wanted.description.or(grant.description);
        grant.updated_at = self.clock.now();
        let taken = AccessError::taken(Duplicate::RbacItem(level));
        if self
            .rbac_items
            .update_rbac_item(&grant)
            .await
            .map_err(taken)?
        {
            Ok(grant)
        } else {
            Err(AccessError::NotFound(Missing::RbacItem(level)))
        }
    }

    /// Removes a custom item that is not used.
    ///
    /// # Errors
    /// [`AccessError`]; the item must not exceed the caller's permissions.
    pub async fn remove(
        &self,
        caller: &TenantContext,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<(), AccessError> {
        caller.require(Permission::RolesManage)?;
        if built_in(caller.scope, level, id).is_some() {
            return Err(AccessError::BuiltInKept(level));
        }
        let grant = self.get(caller.scope, level, id).await?;
        caller.require_all(self.held(caller.scope, &grant).await?)?;
        match self
            .rbac_items
            .remove_rbac_item(caller.scope, level, id)
            .await?
        {
            RbacRemoval::Done => Ok(()),
            RbacRemoval::NotFound => Err(AccessError::NotFound(Missing::RbacItem(level))),
            RbacRemoval::InUse => Err(AccessError::InUse(level)),
        }
    }

    /// Returns the permissions that a custom item grants. A custom permission means nothing to Faultbook.
    async fn held(&self, tenant: TenantScope, grant: &RbacItem) -> Result<Permissions, StoreError> {
        match grant.level {
            RbacKind::Permission => Ok(Permissions::NONE),
            RbacKind::Policy => Ok(named(&grant.members)),
            RbacKind::Role => self.allowed_by(tenant, grant.id).await,
        }
    }

    /// Validates the members of an item and resolves them to their stored form: they must exist, and the caller must
    /// have their permissions.
    async fn checked(
        &self,
        caller: &TenantContext,
        level: RbacKind,
        members: Vec<String>,
    ) -> Result<Vec<String>, AccessError> {
        let members = distinct(members);
        match level {
            RbacKind::Permission => Ok(Vec::new()),
            RbacKind::Policy => {
                let known = self.list(caller.scope, RbacKind::Permission).await?;
                let is_known = |name: &String| known.iter().any(|one| one.name == *name);
                if let Some(unknown) = members.iter().find(|name| !is_known(name)) {
                    let problem = format!("hold an unknown permission '{unknown}'");
                    return Err(AccessError::invalid("permissions", problem));
                }
                caller.require_all(named(&members))?;
                Ok(members)
            }
            RbacKind::Role => {
                let known = self.list(caller.scope, RbacKind::Policy).await?;
                let mut ids = Vec::with_capacity(members.len());
                for member in members {
                    let policy = known
                        .iter()
                        .find(|one| one.name == member || one.id.to_string() == member);
                    let Some(policy) = policy else {
                        let problem = format!("hold an unknown policy '{member}'");
                        return Err(AccessError::invalid("policies", problem));
                    };
                    caller.require_all(named(&policy.members))?;
                    ids.push(policy.id.to_string());
                }
                Ok(distinct(ids))
            }
        }
    }
}

/// Returns the permissions of a role; `None` if it does not exist.
///
/// # Errors
/// [`StoreError`] when the store fails.
pub(crate) async fn permissions_of(
    grants: &dyn RbacStore,
    tenant: TenantScope,
    role: RbacItemId,
) -> Result<Option<Permissions>, StoreError> {
    if let Some(built_in) = BuiltInRole::ALL.into_iter().find(|one| one.id() == role) {
        return Ok(Some(built_in.permissions()));
    }
    let Some(role) = grants.get_rbac_item(tenant, RbacKind::Role, role).await? else {
        return Ok(None);
    };
    let mut policies = built_in_rbac_items(tenant.id(), RbacKind::Policy);
    policies.extend(grants.list_rbac_items(tenant, RbacKind::Policy).await?);
    let held = policies
        .iter()
        .filter(|policy| role.members.contains(&policy.id.to_string()));
    Ok(Some(held.fold(Permissions::NONE, |all, policy| {
        all.union(named(&policy.members))
    })))
}

/// Returns the permissions of these names, ignoring a tenant's custom permissions.
fn named(names: &[String]) -> Permissions {
    names
        .iter()
        .filter_map(|name| name.parse::<Permission>().ok())
        .collect()
}

fn built_in(tenant: TenantScope, level: RbacKind, id: RbacItemId) -> Option<RbacItem> {
    let mut all = built_in_rbac_items(tenant.id(), level).into_iter();
    all.find(|grant| grant.id == id)
}

fn distinct(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

const fn plural(level: RbacKind) -> &'static str {
    match level {
        RbacKind::Permission => "permissions",
        RbacKind::Policy => "policies",
        RbacKind::Role => "roles",
    }
}

/// Rejects a name that looks like that of another item, built in or in `own`.
fn check_name(level: RbacKind, name: &str, own: &[RbacItem]) -> Result<(), AccessError> {
    let nowhere = TenantId(uuid::Uuid::nil());
    let built_in = built_in_rbac_items(nowhere, level);
    if built_in
        .iter()
        .chain(own)
        .any(|one| is_like(&one.name, name))
    {
        return Err(AccessError::Taken(Duplicate::RbacItem(level)));
    }
    check_rbac_name(name).map_err(|unusable| AccessError::invalid("name", unusable.to_string()))?;
    if level == RbacKind::Permission && !is_permission_name(name) {
        let problem = "must be resource:action in lowercase, such as billing:read";
        return Err(AccessError::invalid("name", problem));
    }
    Ok(())
}

fn is_permission_name(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.split_once(':')
        .is_some_and(|(resource, action)| is_word(resource) && is_word(action))
}
