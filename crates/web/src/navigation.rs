//! The links to parts of the product that stand beside every page.

use crate::number::Number;
use crate::shell::{Attention, Shell};
use faultbook_domain::identity::Permission;

/// Links that stand side by side on a small screen; the rest unfolds.
pub(crate) const FIRST: usize = 4;

/// A part of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Lists of errors, and one error.
    Errors,
    /// The dashboard.
    Dashboard,
    /// Alert rules and their history.
    Alerts,
    /// Incidents.
    Incidents,
    /// Releases.
    Releases,
    /// Services, metrics, uptime.
    Monitoring,
    /// Everything under `/settings`.
    Settings,
    /// Tenants and maintenance, for those who administer the platform.
    Platform,
    /// None of them: the profile, help.
    Elsewhere,
}

/// A link of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Its word.
    pub word: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Its address.
    pub href: String,
    /// Whether the page belongs to it.
    pub current: bool,
    /// How many need attention.
    pub count: Option<Number>,
    /// Whether these are urgent.
    pub hot: bool,
}

impl Shell {
    /// The links of the navigation, less those that the reader may not open.
    #[must_use]
    pub fn navigation(&self) -> Vec<NavItem> {
        use Permission as P;
        let Attention {
            errors,
            rules,
            incidents,
        } = self.attention;
        let all = [
            (
                Section::Errors,
                "Errors",
                "error",
                "/errors",
                P::ErrorsRead,
                errors,
                true,
            ),
            (
                Section::Dashboard,
                "Dashboard",
                "dashboard",
                "/dashboard",
                P::AnalyticsRead,
                None,
                false,
            ),
            (
                Section::Alerts,
                "Alerts",
                "bell",
                "/alerts",
                P::AlertsRead,
                rules,
                true,
            ),
            (
                Section::Incidents,
                "Incidents",
                "flag",
                "/incidents",
                P::IncidentsRead,
                incidents,
                false,
            ),
            (
                Section::Releases,
                "Releases",
                "release",
                "/releases",
                P::ErrorsRead,
                None,
                false,
            ),
            (
                Section::Monitoring,
                "Monitoring",
                "pulse",
                "/monitoring",
                P::MonitoringRead,
                None,
                false,
            ),
        ];
        let permitted = all
            .into_iter()
            .filter(|(_, _, _, _, permission, _, _)| self.may(*permission));
        let mut links: Vec<NavItem> = permitted
            .map(|(section, word, icon, path, _, count, hot)| NavItem {
                word,
                icon,
                href: self.to(path),
                current: self.section == section,
                count: count.filter(|count| *count > 0).map(Number::from),
                hot,
            })
            .collect();
        let mut plain = |section, word, icon, path: &str| {
            links.push(NavItem {
                word,
                icon,
                href: path.to_owned(),
                current: self.section == section,
                count: None,
                hot: false,
            });
        };
        plain(Section::Settings, "Settings", "sliders", "/settings");
        if self.platform_admin {
            plain(Section::Platform, "Platform", "layers", "/platform");
        }
        links
    }

    /// Whether the page belongs to a link that unfolds on a small screen.
    pub(crate) fn is_unfolded(&self) -> bool {
        let mut rest = self.navigation().into_iter().skip(FIRST);
        rest.any(|link| link.current)
    }
}

#[cfg(test)]
mod tests {
    use super::Section;
    use crate::shell::Shell;
    use crate::shell::tests::shell;
    use faultbook_domain::identity::{Permission, Permissions};

    #[test]
    fn what_one_may_not_open_is_not_offered() {
        let words = |shell: &Shell| -> Vec<&str> {
            shell.navigation().iter().map(|link| link.word).collect()
        };
        let mut one = shell([Permission::ErrorsRead].into_iter().collect());
        assert_eq!(words(&one), ["Errors", "Releases", "Settings"]);
        one.platform_admin = true;
        one.permissions = Permissions::all();
        let all = [
            "Errors",
            "Dashboard",
            "Alerts",
            "Incidents",
            "Releases",
            "Monitoring",
            "Settings",
            "Platform",
        ];
        assert_eq!(words(&one), all);
    }

    #[test]
    fn a_page_of_the_rest_is_marked_where_the_rest_unfolds() {
        let mut one = shell(Permissions::all());
        assert!(!one.is_unfolded());
        one.section = Section::Settings;
        assert!(one.is_unfolded());
    }
}
