//! What can be granted: permissions, policies that are sets of permissions, roles that are sets of
//! policies.

use super::permission::{Permission, Permissions};
use crate::id::{RbacItemId, TenantId};
use std::str::FromStr;
use time::OffsetDateTime;
use uuid::Uuid;

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RbacKind {
    /// One thing that may be done.
    Permission,
    /// A set of permissions.
    Policy,
    /// A set of policies; what a member has.
    Role,
}

/// The text names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown level '{0}'")]
pub struct UnknownRbacKind(pub String);

impl RbacKind {
    /// The name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Policy => "policy",
            Self::Role => "role",
        }
    }
}

impl FromStr for RbacKind {
    type Err = UnknownRbacKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Permission, Self::Policy, Self::Role]
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| UnknownRbacKind(text.to_owned()))
    }
}

/// A role, a policy or a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RbacItem {
    /// Its id. Those of built-in grants are the same everywhere.
    pub id: RbacItemId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Which of the three.
    pub level: RbacKind,
    /// Its name, unique among its level's in the tenant.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// A role's policies, by id; a policy's permissions, by name; nothing for a permission.
    pub members: Vec<String>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// A role that every tenant has, with the policy of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInRole {
    /// Everything.
    Owner,
    /// Everything but the tenant itself.
    Admin,
    /// Errors, analytics, monitoring, alerts and incidents.
    Developer,
    /// Looking only.
    Viewer,
}

impl BuiltInRole {
    /// All of them, greatest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Developer, Self::Viewer];

    /// The roles of which a tenant must keep one holder.
    pub const ADMIN_ROLES: [Self; 2] = [Self::Owner, Self::Admin];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// The role's id.
    #[must_use]
    pub const fn id(self) -> RbacItemId {
        built_in_id(RbacKind::Role, self as u16)
    }

    /// The id of its policy.
    #[must_use]
    pub const fn policy_id(self) -> RbacItemId {
        built_in_id(RbacKind::Policy, self as u16)
    }

    /// What it allows.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        let all = Permission::ALL.iter().copied();
        match self {
            Self::Owner => Permissions::all(),
            Self::Admin => all.filter(|p| *p != Permission::TenantManage).collect(),
            Self::Developer => all.filter(|p| is_of_developers(*p)).collect(),
            Self::Viewer => [
                Permission::ErrorsRead,
                Permission::AnalyticsRead,
                Permission::MonitoringRead,
                Permission::IncidentsRead,
                Permission::AlertsRead,
            ]
            .into_iter()
            .collect(),
        }
    }
}

fn is_of_developers(permission: Permission) -> bool {
    let resource = permission.as_str().split(':').next().unwrap_or_default();
    permission == Permission::TeamRead
        || ["errors", "analytics", "monitoring", "alerts", "incidents"].contains(&resource)
}

/// Built-in ids have the form of a UUIDv7 of the year 1970, so that none is ever made by chance.
const fn built_in_id(level: RbacKind, number: u16) -> RbacItemId {
    let form = 0x0000_0000_0000_7000_8000_0000_0000_0000_u128;
    RbacItemId(Uuid::from_u128(
        form | ((level as u128 + 1) << 16) | number as u128,
    ))
}

/// Every built-in grant of a level, as a tenant sees it.
#[must_use]
pub fn built_in_rbac_items(tenant_id: TenantId, level: RbacKind) -> Vec<RbacItem> {
    let at = OffsetDateTime::UNIX_EPOCH;
    let grant = |id, name: &str, members| RbacItem {
        id,
        tenant_id,
        level,
        name: name.to_owned(),
        description: Some("Built in".to_owned()),
        members,
        created_at: at,
        updated_at: at,
    };
    let names = |permissions: Permissions| permissions.iter().map(|p| p.to_string()).collect();
    match level {
        RbacKind::Role => BuiltInRole::ALL
            .map(|role| grant(role.id(), role.name(), vec![role.policy_id().to_string()]))
            .into(),
        RbacKind::Policy => BuiltInRole::ALL
            .map(|role| grant(role.policy_id(), role.name(), names(role.permissions())))
            .into(),
        RbacKind::Permission => Permission::ALL
            .iter()
            .map(|one| grant(built_in_id(level, *one as u16), one.as_str(), Vec::new()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_covers_the_next() {
        let sets = BuiltInRole::ALL.map(BuiltInRole::permissions);
        for pair in sets.windows(2) {
            assert!(pair[0].covers(pair[1]) && !pair[1].covers(pair[0]));
        }
        let developer = BuiltInRole::Developer.permissions();
        assert!(
            developer.allows(Permission::ErrorsDelete) && developer.allows(Permission::TeamRead)
        );
        assert!(!developer.allows(Permission::TeamManage));
    }

    #[test]
    fn built_in_ids_differ_and_look_like_ours() {
        let tenant = TenantId(Uuid::nil());
        let levels = [RbacKind::Role, RbacKind::Policy, RbacKind::Permission];
        let all = levels
            .map(|level| built_in_rbac_items(tenant, level))
            .concat();
        let mut ids: Vec<RbacItemId> = all.iter().map(|grant| grant.id).collect();
        assert!(ids.iter().all(|id| id.0.get_version_num() == 7));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
    }
}
