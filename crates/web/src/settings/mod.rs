//! Settings: projects, keys, people, roles, channels, the audit log, the organization.

mod audit;
mod integrations;
mod keys;
mod organization;
mod projects;
mod roles;
mod source_maps;
mod system_users;
mod team;

pub use audit::{AuditPage, AuditShown, AuditSought};
pub use integrations::{ChannelShown, IntegrationPage, IntegrationsPage, is_list, setting_names};
pub use keys::{KeysPage, Secret};
pub use organization::OrganizationPage;
pub use projects::{ProjectShown, ProjectsPage};
pub use roles::RolesPage;
pub use source_maps::{SourceMapPage, SourceMapsPage, UploadTarget};
pub use system_users::SystemUsersPage;
pub use team::{Invited, TeamPage};

use crate::shell::Shell;
use faultbook_domain::identity::Permission;

/// A page of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tab {
    /// Its word.
    pub word: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Its address.
    pub path: &'static str,
}

/// The pages of the settings, less those that the reader may not open.
#[must_use]
pub fn tabs(shell: &Shell) -> Vec<Tab> {
    use Permission as P;
    let all = [
        ("Projects", "layers", "/settings/projects", None),
        ("API keys", "key", "/settings/keys", Some(P::KeysManage)),
        (
            "System users",
            "terminal",
            "/settings/system-users",
            Some(P::KeysManage),
        ),
        ("Team", "person", "/settings/team", Some(P::TeamRead)),
        ("Roles", "bookmark", "/settings/roles", Some(P::TeamRead)),
        (
            "Integrations",
            "link",
            "/settings/integrations",
            Some(P::IntegrationsManage),
        ),
        (
            "Source maps",
            "release",
            "/settings/source-maps",
            Some(P::ErrorsRead),
        ),
        ("Audit", "clock", "/settings/audit", Some(P::TeamManage)),
        (
            "Organization",
            "globe",
            "/settings/organization",
            Some(P::TenantManage),
        ),
    ];
    let open = all
        .into_iter()
        .filter(|(_, _, _, needs)| needs.is_none_or(|permission| shell.may(permission)));
    open.map(|(word, icon, path, _)| Tab { word, icon, path })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::tests::shell;
    use faultbook_domain::identity::Permissions;

    #[test]
    fn what_one_may_not_open_is_not_offered() {
        let words = |permissions| -> Vec<&str> {
            tabs(&shell(permissions))
                .iter()
                .map(|tab| tab.word)
                .collect()
        };
        assert_eq!(words(Permissions::NONE), ["Projects"]);
        assert_eq!(words(Permissions::all()).len(), 9);
    }
}
