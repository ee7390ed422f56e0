//! Projects with their DSNs.

use crate::form::{Choice, Form, FormState};
use crate::shell::Shell;
use crate::{assets, ui, words};
use askama::Template;
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::{Project, ProjectKey};
use time::OffsetDateTime;

/// A project with its figures.
#[derive(Debug)]
pub struct ProjectShown {
    /// The project.
    pub project: Project,
    /// Its occurrences of the last 30 days; nothing where they may not be read.
    pub occurrences: Option<u64>,
    /// Its latest error; nothing where there is none, or it may not be read.
    pub last_error: Option<OffsetDateTime>,
    /// Days that its occurrences are kept; nothing where that is not known.
    pub kept_days: Option<i64>,
    /// Days that its counts are kept, as set; nothing for the installation's.
    pub counts_days: Option<i64>,
}

/// The page of all projects, with one of them.
#[derive(Debug, Template)]
#[template(path = "settings/projects.html")]
pub struct ProjectsPage {
    shell: Shell,
    projects: Vec<ProjectShown>,
    one: Option<usize>,
    keys: Vec<(ProjectKey, String)>,
    has_counts: bool,
    typed: FormState,
}

impl ProjectsPage {
    /// All projects, and the one with this short name with its keys and their DSNs. `has_counts` tells whether counts
    /// may be kept for another time than occurrences.
    #[must_use]
    pub fn new(
        shell: Shell,
        projects: Vec<ProjectShown>,
        (one, keys): (Option<&str>, Vec<(ProjectKey, String)>),
        has_counts: bool,
        typed: FormState,
    ) -> Self {
        let one = one.and_then(|slug| {
            let mut all = projects.iter();
            all.position(|shown| shown.project.slug.as_str() == slug)
        });
        Self {
            shell,
            projects,
            one,
            keys,
            has_counts,
            typed,
        }
    }

    fn one(&self) -> Option<&ProjectShown> {
        self.projects.get(self.one?)
    }

    fn is_one(&self, shown: &ProjectShown) -> bool {
        self.one()
            .is_some_and(|one| one.project.id == shown.project.id)
    }

    fn may_manage(&self) -> bool {
        self.shell.may(Permission::ProjectsManage)
    }

    /// The DSN of the oldest key that is accepted.
    fn dsn(&self) -> Option<&str> {
        let mut keys = self.keys.iter();
        keys.find(|(key, _)| key.enabled)
            .map(|(_, dsn)| dsn.as_str())
    }

    fn new_form(&self) -> Form<'_> {
        self.typed.of("new")
    }

    fn change_form(&self) -> Form<'_> {
        self.typed.of("project")
    }

    fn delete_form(&self) -> Form<'_> {
        self.typed.of("delete")
    }

    fn key_form<'f>(&'f self, id: &'f str) -> Form<'f> {
        self.typed.of(id)
    }

    fn new_key_refused(&self) -> bool {
        self.typed.of("key").is_refused()
    }

    fn is_key_refused(&self, key: &ProjectKey) -> bool {
        self.typed.of(&key.id.to_string()).is_refused()
    }

    fn days(&self, days: &Option<i32>) -> String {
        days.map_or_else(String::new, |days| days.to_string())
    }

    fn count_days(&self, days: &Option<i64>) -> String {
        days.map_or_else(String::new, |days| days.to_string())
    }

    fn origins(&self, key: &ProjectKey) -> String {
        let origins: Vec<String> = key
            .allowed_origins
            .iter()
            .map(ToString::to_string)
            .collect();
        origins.join("\n")
    }

    fn rate(&self, key: &ProjectKey) -> String {
        key.rate_limit
            .map_or_else(String::new, |rate| rate.to_string())
    }

    fn platforms(&self) -> Vec<Choice> {
        let known = [
            "python",
            "javascript",
            "node",
            "java",
            "dotnet",
            "go",
            "rust",
            "php",
            "ruby",
            "swift",
        ];
        known
            .iter()
            .map(|name| Choice::new(*name, words::capital(name)))
            .collect()
    }
}
