//! Roles, policies and permissions: a role is a set of policies, a policy a set of permissions.

use super::permission::{Permission, Permissions};
use crate::id::{RbacItemId, TenantId};
use std::str::FromStr;
use time::OffsetDateTime;
use uuid::Uuid;

/// The kind of an [`RbacItem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RbacKind {
    /// A single permission.
    Permission,
    /// A set of permissions.
    Policy,
    /// A set of policies; each member has one.
    Role,
}

/// The text is not an RBAC kind.
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
    /// Its id. Built-in items have the same id in every tenant.
    pub id: RbacItemId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its kind.
    pub level: RbacKind,
    /// Its name, unique within its kind in the tenant.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Policies of a role, by id; permissions of a policy, by name; empty for a permission.
    pub members: Vec<String>,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// A built-in role, which has a built-in policy of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInRole {
    /// All permissions.
    Owner,
    /// All permissions but `tenant:manage`.
    Admin,
    /// Errors, analytics, monitoring, alerts and incidents.
    Developer,
    /// Read only.
    Viewer,
}

impl BuiltInRole {
    /// All built-in roles, most powerful first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Developer, Self::Viewer];

    /// The roles of which every tenant must keep one active holder.
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

    /// Its permissions.
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
        || [
            "errors",
            "analytics",
            "monitoring",
            "alerts",
            "incidents",
            "artifacts",
        ]
        .contains(&resource)
}

/// Builds a built-in id: a UUIDv7 of the year 1970, so that no generated id equals it.
const fn built_in_id(level: RbacKind, number: u16) -> RbacItemId {
    let form = 0x0000_0000_0000_7000_8000_0000_0000_0000_u128;
    RbacItemId(Uuid::from_u128(
        form | ((level as u128 + 1) << 16) | number as u128,
    ))
}

/// Returns the built-in items of a kind, as a tenant sees them.
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
