//! Roles, policies and permissions: built in, and made by tenants.

use super::denied::{Denied, Duplicate, Missing};
use super::limits::TenantLimits;
use super::principal::Entered;
use super::turns::Turns;
use crate::entity::{
    BuiltInRole, Grant, GrantId, GrantLevel, Permission, Permissions, TenantId, TenantScope,
    built_in_grants, check_grant_name, is_like,
};
use crate::port::{Clock, GrantRemoval, GrantStore, IdSource, StoreError};
use std::sync::Arc;

/// A grant to be made, or what is to change of one; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedGrant {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// A role's policies, by id or name; a policy's permissions, by name.
    pub members: Option<Vec<String>>,
}

/// Roles, policies and permissions as tenants see them.
pub struct Roles {
    grants: Arc<dyn GrantStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    making: Turns<TenantId>,
}

impl Roles {
    /// Grants of this store, beside the built-in ones.
    #[must_use]
    pub fn new(
        grants: Arc<dyn GrantStore>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            grants,
            clock,
            ids,
            limits,
            making: Turns::new(1),
        }
    }

    /// Every grant of a level: the built-in ones first, then the tenant's own by name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
    ) -> Result<Vec<Grant>, StoreError> {
        let mut all = built_in_grants(tenant.id(), level);
        all.extend(self.grants.grants(tenant, level).await?);
        Ok(all)
    }

    /// One grant.
    ///
    /// # Errors
    /// [`Denied`]: not found, or the store fails.
    pub async fn get(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<Grant, Denied> {
        let built_in = built_in(tenant, level, id);
        let found = match built_in {
            Some(grant) => Some(grant),
            None => self.grants.grant(tenant, level, id).await?,
        };
        found.ok_or(Denied::NotFound(Missing::Grant(level)))
    }

    /// A role by name or id, and what it allows.
    ///
    /// # Errors
    /// [`Denied::Invalid`] naming the field `role`, or the store fails.
    pub async fn find_role(
        &self,
        tenant: TenantScope,
        named: &str,
    ) -> Result<(Grant, Permissions), Denied> {
        let all = self.list(tenant, GrantLevel::Role).await?;
        let role = all
            .into_iter()
            .find(|role| role.name == named || role.id.to_string() == named)
            .ok_or_else(|| Denied::invalid("role", "must be the name or id of a role"))?;
        let permissions = permissions_of(&*self.grants, tenant, role.id).await?;
        Ok((role, permissions.unwrap_or(Permissions::NONE)))
    }

    /// What a role allows; nothing if it is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn allowed_by(
        &self,
        tenant: TenantScope,
        role: GrantId,
    ) -> Result<Permissions, StoreError> {
        let permissions = permissions_of(&*self.grants, tenant, role).await?;
        Ok(permissions.unwrap_or(Permissions::NONE))
    }

    /// The names of roles, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn role_names(
        &self,
        tenant: TenantScope,
    ) -> Result<impl Fn(GrantId) -> String + use<>, StoreError> {
        let all = self.list(tenant, GrantLevel::Role).await?;
        Ok(move |id| {
            let role = all.iter().find(|role| role.id == id);
            role.map_or_else(|| id.to_string(), |role| role.name.clone())
        })
    }

    /// Makes a grant. Nobody grants what they lack.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn create(
        &self,
        caller: &Entered,
        level: GrantLevel,
        wanted: WantedGrant,
    ) -> Result<Grant, Denied> {
        caller.require(Permission::RolesManage)?;
        let name = wanted.name.unwrap_or_default();
        let _turn = self.making.one(caller.scope.id()).await;
        let own = self.grants.grants(caller.scope, level).await?;
        check_name(level, &name, &own)?;
        Denied::unless_full(plural(level), own.len() as u64, self.limits.grants)?;
        let members = self
            .checked(caller, level, wanted.members.unwrap_or_default())
            .await?;
        let now = self.clock.now();
        let grant = Grant {
            id: GrantId(self.ids.next_id(now)),
            tenant_id: caller.scope.id(),
            level,
            name,
            description: wanted.description,
            members,
            created_at: now,
            updated_at: now,
        };
        let taken = Denied::taken(Duplicate::Grant(level));
        self.grants.add_grant(&grant).await.map_err(taken)?;
        Ok(grant)
    }

    /// Changes a grant of the tenant's own.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn update(
        &self,
        caller: &Entered,
        (level, id): (GrantLevel, GrantId),
        wanted: WantedGrant,
    ) -> Result<Grant, Denied> {
        caller.require(Permission::RolesManage)?;
        if built_in(caller.scope, level, id).is_some() {
            return Err(Denied::BuiltIn(level));
        }
        let mut grant = self.get(caller.scope, level, id).await?;
        // Who takes something away must have it as well as who adds it.
        caller.require_all(self.held(caller.scope, &grant).await?)?;
        let _turn = self.making.one(caller.scope.id()).await;
        if let Some(name) = wanted.name.filter(|name| *name != grant.name) {
            if level == GrantLevel::Permission {
                return Err(Denied::invalid("name", "of a permission cannot change"));
            }
            let mut others = self.grants.grants(caller.scope, level).await?;
            others.retain(|other| other.id != id);
            check_name(level, &name, &others)?;
            grant.name = name;
        }
        if let Some(members) = wanted.members {
            grant.members = self.checked(caller, level, members).await?;
        }
        grant.description = wanted.description.or(grant.description);
        grant.updated_at = self.clock.now();
        let taken = Denied::taken(Duplicate::Grant(level));
        if self.grants.update_grant(&grant).await.map_err(taken)? {
            Ok(grant)
        } else {
            Err(Denied::NotFound(Missing::Grant(level)))
        }
    }

    /// Removes a grant of the tenant's own that nobody has.
    ///
    /// # Errors
    /// [`Denied`]; nobody removes what allows more than they may.
    pub async fn remove(
        &self,
        caller: &Entered,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<(), Denied> {
        caller.require(Permission::RolesManage)?;
        if built_in(caller.scope, level, id).is_some() {
            return Err(Denied::BuiltInKept(level));
        }
        let grant = self.get(caller.scope, level, id).await?;
        caller.require_all(self.held(caller.scope, &grant).await?)?;
        match self.grants.remove_grant(caller.scope, level, id).await? {
            GrantRemoval::Done => Ok(()),
            GrantRemoval::NotFound => Err(Denied::NotFound(Missing::Grant(level))),
            GrantRemoval::InUse => Err(Denied::InUse(level)),
        }
    }

    /// What a grant of the tenant's own allows. A permission of its own means nothing to Faultbook.
    async fn held(&self, tenant: TenantScope, grant: &Grant) -> Result<Permissions, StoreError> {
        match grant.level {
            GrantLevel::Permission => Ok(Permissions::NONE),
            GrantLevel::Policy => Ok(named(&grant.members)),
            GrantLevel::Role => self.allowed_by(tenant, grant.id).await,
        }
    }

    /// The members of a grant as they are kept, if they exist and the caller has what they allow.
    async fn checked(
        &self,
        caller: &Entered,
        level: GrantLevel,
        members: Vec<String>,
    ) -> Result<Vec<String>, Denied> {
        let members = distinct(members);
        match level {
            GrantLevel::Permission => Ok(Vec::new()),
            GrantLevel::Policy => {
                let known = self.list(caller.scope, GrantLevel::Permission).await?;
                let is_known = |name: &String| known.iter().any(|one| one.name == *name);
                if let Some(unknown) = members.iter().find(|name| !is_known(name)) {
                    let problem = format!("hold an unknown permission '{unknown}'");
                    return Err(Denied::invalid("permissions", problem));
                }
                caller.require_all(named(&members))?;
                Ok(members)
            }
            GrantLevel::Role => {
                let known = self.list(caller.scope, GrantLevel::Policy).await?;
                let mut ids = Vec::with_capacity(members.len());
                for member in members {
                    let policy = known
                        .iter()
                        .find(|one| one.name == member || one.id.to_string() == member);
                    let Some(policy) = policy else {
                        let problem = format!("hold an unknown policy '{member}'");
                        return Err(Denied::invalid("policies", problem));
                    };
                    caller.require_all(named(&policy.members))?;
                    ids.push(policy.id.to_string());
                }
                Ok(distinct(ids))
            }
        }
    }
}

/// What a role allows; `None` if there is no such role.
///
/// # Errors
/// [`StoreError`] when the store fails.
pub(super) async fn permissions_of(
    grants: &dyn GrantStore,
    tenant: TenantScope,
    role: GrantId,
) -> Result<Option<Permissions>, StoreError> {
    if let Some(built_in) = BuiltInRole::ALL.into_iter().find(|one| one.id() == role) {
        return Ok(Some(built_in.permissions()));
    }
    let Some(role) = grants.grant(tenant, GrantLevel::Role, role).await? else {
        return Ok(None);
    };
    let mut policies = built_in_grants(tenant.id(), GrantLevel::Policy);
    policies.extend(grants.grants(tenant, GrantLevel::Policy).await?);
    let held = policies
        .iter()
        .filter(|policy| role.members.contains(&policy.id.to_string()));
    Ok(Some(held.fold(Permissions::NONE, |all, policy| {
        all.union(named(&policy.members))
    })))
}

/// The permissions of these names; a tenant's own mean something to its own programs only.
fn named(names: &[String]) -> Permissions {
    names
        .iter()
        .filter_map(|name| name.parse::<Permission>().ok())
        .collect()
}

fn built_in(tenant: TenantScope, level: GrantLevel, id: GrantId) -> Option<Grant> {
    let mut all = built_in_grants(tenant.id(), level).into_iter();
    all.find(|grant| grant.id == id)
}

fn distinct(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

const fn plural(level: GrantLevel) -> &'static str {
    match level {
        GrantLevel::Permission => "permissions",
        GrantLevel::Policy => "policies",
        GrantLevel::Role => "roles",
    }
}

/// Refuses a name that nobody could tell from that of another grant, built in or of the tenant's `own`.
fn check_name(level: GrantLevel, name: &str, own: &[Grant]) -> Result<(), Denied> {
    let nowhere = TenantId(uuid::Uuid::nil());
    let built_in = built_in_grants(nowhere, level);
    if built_in
        .iter()
        .chain(own)
        .any(|one| is_like(&one.name, name))
    {
        return Err(Denied::Taken(Duplicate::Grant(level)));
    }
    check_grant_name(name).map_err(|unusable| Denied::invalid("name", unusable.to_string()))?;
    if level == GrantLevel::Permission && !is_permission_name(name) {
        let problem = "must be resource:action in lowercase, such as billing:read";
        return Err(Denied::invalid("name", problem));
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
