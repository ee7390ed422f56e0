//! API keys.

use crate::form::{Choice, Form, FormState};
use crate::shell::Shell;
use crate::ui::Markup;
use crate::{assets, ui, words};
use askama::Template;
use askama::filters::Safe;
use faultbook_domain::identity::{ApiKey, Permission};
use faultbook_domain::tenancy::Project;
use std::fmt;

/// A secret that is shown this once.
pub struct Secret {
    /// Whose it is.
    pub of: String,
    /// The secret.
    pub text: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("of", &self.of)
            .finish_non_exhaustive()
    }
}

/// The page of API keys.
#[derive(Debug, Template)]
#[template(path = "settings/keys.html")]
pub struct KeysPage {
    shell: Shell,
    keys: Vec<ApiKey>,
    projects: Vec<Project>,
    made: Option<Secret>,
    typed: FormState,
}

impl KeysPage {
    /// The keys, with the one that was just made.
    #[must_use]
    pub fn new(
        shell: Shell,
        keys: Vec<ApiKey>,
        projects: Vec<Project>,
        made: Option<Secret>,
        typed: FormState,
    ) -> Self {
        Self {
            shell,
            keys,
            projects,
            made,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("key")
    }

    fn revoke_form(&self) -> Form<'_> {
        self.typed.of("revoke")
    }

    fn expiry(&self, key: &ApiKey) -> Markup {
        let Some(at) = key.expires_at else {
            return Safe("<span class=\"soft\">never</span>".to_owned());
        };
        let left = at - self.shell.clock.now();
        Safe(match left.whole_days() {
            _ if !left.is_positive() => "<span class=\"red-t\">expired</span>".to_owned(),
            days @ ..14 => format!(
                "<span class=\"amber-t\">in {}</span>",
                crate::number::counted(days, "day")
            ),
            _ => self.shell.clock.when(at).day_html().0,
        })
    }

    fn project(&self, key: &ApiKey) -> Option<&str> {
        let id = key.project_id?;
        let found = self.projects.iter().find(|project| project.id == id);
        Some(found.map_or("a project", |project| project.slug.as_str()))
    }

    fn projects(&self) -> Vec<Choice> {
        let all = std::iter::once(Choice::new("", "All projects"));
        let each = self.projects.iter();
        all.chain(each.map(|project| Choice::new(project.slug.as_str(), project.name.as_str())))
            .collect()
    }

    fn expiries(&self) -> Vec<Choice> {
        let spans = [
            ("90", "In 90 days"),
            ("365", "In a year"),
            ("7", "In a week"),
            ("", "Never"),
        ];
        spans
            .iter()
            .map(|(days, words)| Choice::new(*days, *words))
            .collect()
    }

    fn sets(&self) -> Vec<Choice> {
        let sets = [
            ("errors:write", "Send errors"),
            ("read", "Read everything"),
            ("write", "Read, send, resolve"),
            ("artifacts:write", "Upload source maps, announce releases"),
            ("admin", "Administer"),
            ("", "Only what is ticked below"),
        ];
        sets.iter()
            .map(|(name, words)| Choice::new(*name, *words))
            .collect()
    }

    /// The permissions that the reader could grant.
    fn own(&self) -> Vec<Permission> {
        self.shell.permissions.iter().collect()
    }

    fn is_ticked(&self, permission: &Permission) -> bool {
        self.form().chosen("permission", permission.as_str(), false)
    }
}
