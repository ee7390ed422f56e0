//! Releases: the list, and one with its deploys.

use crate::assets;
use crate::form::{Form, FormState};
use crate::link::{Address, foreign};
use crate::shell::Shell;
use crate::ui;
use crate::words;
use askama::Template;
use faultbook_domain::identity::Permission;
use faultbook_domain::releases::ReleaseDetail;
use faultbook_domain::tenancy::Project;

/// The list of releases.
#[derive(Debug, Template)]
#[template(path = "releases/list.html")]
pub struct ReleasesPage {
    shell: Shell,
    releases: Vec<ReleaseDetail>,
    projects: Vec<Project>,
    total: u64,
    next: Option<String>,
    typed: FormState,
}

/// One release.
#[derive(Debug, Template)]
#[template(path = "releases/one.html")]
pub struct ReleasePage {
    shell: Shell,
    detail: ReleaseDetail,
    project: String,
    typed: FormState,
}

/// Whether the reader may announce releases and deploys.
fn may_announce(shell: &Shell) -> bool {
    shell.may(Permission::ErrorsWrite) || shell.may(Permission::ArtifactsWrite)
}

/// The address of a release's page.
#[must_use]
pub fn address(version: &str, project: &str) -> String {
    let path = Address::new("/releases/one").with("version", version);
    path.with("project", project).to_string()
}

/// The errors of a release.
fn errors(version: &str, project: &str, terms: &str) -> String {
    let quoted = version.replace('\\', "\\\\").replace('"', "\\\"");
    let query = format!("release:\"{quoted}\"{terms}");
    let list = Address::new("/errors")
        .with("q", &query)
        .with("status", "all");
    list.with("project", project).to_string()
}

impl ReleasesPage {
    /// The list, with the projects that the reader sees.
    #[must_use]
    pub fn new(
        mut shell: Shell,
        releases: Vec<ReleaseDetail>,
        projects: Vec<Project>,
        (total, next): (u64, Option<String>),
        typed: FormState,
    ) -> Self {
        shell.title = "Releases".to_owned();
        Self {
            shell,
            releases,
            projects,
            total,
            next,
            typed,
        }
    }

    fn may_announce(&self) -> bool {
        may_announce(&self.shell)
    }

    fn slug(&self, detail: &ReleaseDetail) -> &str {
        let mut projects = self.projects.iter();
        let found = projects.find(|project| project.id == detail.release.project_id);
        found.map_or("", |project| project.slug.as_str())
    }

    fn link(&self, detail: &ReleaseDetail) -> String {
        address(detail.release.version.as_str(), self.slug(detail))
    }

    fn older(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        Some(Address::new(self.shell.to("/releases")).to_string()).map(|list| {
            let mark = if list.contains('?') { '&' } else { '?' };
            format!("{list}{mark}cursor={next}")
        })
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("release")
    }

    fn projects(&self) -> Vec<crate::form::Choice> {
        let choice = |project: &Project| {
            crate::form::Choice::new(project.slug.as_str(), project.name.as_str())
        };
        self.projects.iter().map(choice).collect()
    }
}

impl ReleasePage {
    /// A release of the project with this short name.
    #[must_use]
    pub fn new(mut shell: Shell, detail: ReleaseDetail, project: String, typed: FormState) -> Self {
        shell.title = detail.release.version.to_string();
        Self {
            shell,
            detail,
            project,
            typed,
        }
    }

    fn may_announce(&self) -> bool {
        may_announce(&self.shell)
    }

    fn errors(&self, terms: &str) -> String {
        errors(self.detail.release.version.as_str(), &self.project, terms)
    }

    fn foreign(&self, url: &Option<String>) -> Option<String> {
        url.as_deref().and_then(foreign)
    }

    fn action(&self, verb: &str) -> String {
        format!("/releases/{verb}")
    }

    fn change_form(&self) -> Form<'_> {
        self.typed.of("release")
    }

    fn deploy_form(&self) -> Form<'_> {
        self.typed.of("deploy")
    }

    /// The time that was announced, as the field takes it.
    fn released_at(&self) -> String {
        self.detail
            .release
            .released_at
            .map_or_else(String::new, words::field_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_survives_its_address() {
        assert_eq!(
            address("shop@1.0+b/2 \"x\"", "web"),
            "/releases/one?version=shop%401.0%2Bb%2F2+%22x%22&project=web"
        );
        let list = errors("a\"b", "web", "");
        assert!(list.contains("q=release%3A%22a%5C%22b%22"), "{list}");
    }
}
