//! Permissions and sets of permissions.

use std::fmt;
use std::str::FromStr;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A permission, written `resource:action`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Permission {
            $($(#[$doc])* $variant,)+
        }

        impl Permission {
            /// All permissions.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

permissions! {
    /// Read errors and their occurrences.
    ErrorsRead = "errors:read",
    /// Report errors.
    ErrorsWrite = "errors:write",
    /// Resolve, reopen, merge and split errors.
    ErrorsResolve = "errors:resolve",
    /// Delete errors.
    ErrorsDelete = "errors:delete",
    /// Read stats and trends.
    AnalyticsRead = "analytics:read",
    /// Read service health.
    MonitoringRead = "monitoring:read",
    /// Read alert rules and their history.
    AlertsRead = "alerts:read",
    /// Change alert rules.
    AlertsWrite = "alerts:write",
    /// Read incidents.
    IncidentsRead = "incidents:read",
    /// Change incidents.
    IncidentsWrite = "incidents:write",
    /// Create and revoke API keys.
    KeysManage = "keys:manage",
    /// Read members and roles.
    TeamRead = "team:read",
    /// Change members.
    TeamManage = "team:manage",
    /// Change integrations.
    IntegrationsManage = "integrations:manage",
    /// Change projects.
    ProjectsManage = "projects:manage",
    /// Change roles, policies and permissions.
    RolesManage = "roles:manage",
    /// Change or delete the tenant.
    TenantManage = "tenant:manage",
    /// Announce releases and deploys: what a build needs.
    ArtifactsWrite = "artifacts:write",
}

/// The text is not a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission '{0}'")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| UnknownPermission(text.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// Returns the set of all permissions.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Returns whether the set contains the permission.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Returns whether the set contains all of `other`.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Returns the union of two sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Iterates over the permissions of the set.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |permission| self.allows(*permission))
    }

    /// Parses an API key's list of names: the shorthands `read` (every `:read`), `write` (`read` and reporting,
    /// resolving, alerts, incidents, releases), `admin` (all but `tenant:manage`), or single permissions.
    ///
    /// # Errors
    /// [`UnknownPermission`] for the first unknown name.
    pub fn from_names<I>(names: I) -> Result<Self, UnknownPermission>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        names.into_iter().try_fold(Self::NONE, |set, name| {
            let granted = match name.as_ref() {
                "read" => Self::shorthand_read(),
                "write" => Self::shorthand_write(),
                "admin" => Self::all_but(Permission::TenantManage),
                granular => [granular.parse::<Permission>()?].into_iter().collect(),
            };
            Ok(set.union(granted))
        })
    }

    fn shorthand_read() -> Self {
        Permission::ALL
            .iter()
            .copied()
            .filter(|p| p.as_str().ends_with(":read"))
            .collect()
    }

    fn shorthand_write() -> Self {
        [
            Permission::ErrorsWrite,
            Permission::ErrorsResolve,
            Permission::AlertsWrite,
            Permission::IncidentsWrite,
            Permission::ArtifactsWrite,
        ]
        .into_iter()
        .collect::<Self>()
        .union(Self::shorthand_read())
    }

    fn all_but(excluded: Permission) -> Self {
        Permission::ALL
            .iter()
            .copied()
            .filter(|p| *p != excluded)
            .collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(iter: I) -> Self {
        Self(
            iter.into_iter()
                .fold(0, |bits, permission| bits | (1 << permission as u8)),
        )
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Permission::as_str))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_includes_reading_but_neither_deleting_nor_managing() {
        let write = Permissions::from_names(["write"]).unwrap();
        assert!(write.allows(Permission::ErrorsRead) && write.allows(Permission::ErrorsWrite));
        assert!(!write.allows(Permission::ErrorsDelete) && !write.allows(Permission::KeysManage));
    }

    #[test]
    fn admin_is_all_but_the_tenant_itself() {
        let admin = Permissions::from_names(["admin"]).unwrap();
        assert!(!admin.allows(Permission::TenantManage));
        assert!(
            admin.union([Permission::TenantManage].into_iter().collect()) == Permissions::all()
        );
    }

    #[test]
    fn unknown_names_are_named() {
        let problem = Permissions::from_names(["read", "everything"]).unwrap_err();
        assert_eq!(problem.to_string(), "unknown permission 'everything'");
    }
}
