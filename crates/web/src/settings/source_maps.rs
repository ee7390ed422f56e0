//! Uploaded source maps: where builds send them, the bundles that came, and one of them.

use crate::link::Address;
use crate::number::Number;
use crate::shell::Shell;
use crate::ui::Markup;
use crate::{assets, ui, words};
use askama::Template;
use askama::filters::Safe;
use faultbook_domain::artifacts::{Artifact, Entry};
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::Project;

/// Where builds upload to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTarget {
    /// The server as builds reach it.
    pub url: String,
    /// The tenant's short name.
    pub organization: String,
    /// A project's short name.
    pub project: String,
}

impl UploadTarget {
    /// The lines that a build needs.
    fn lines(&self) -> String {
        let Self {
            url,
            organization,
            project,
        } = self;
        format!(
            "export SENTRY_URL={url}\nexport SENTRY_ORG={organization}\nexport SENTRY_PROJECT={project}\n\
             export SENTRY_AUTH_TOKEN=<an API key that may upload source maps>\n"
        )
    }
}

/// The page of all bundles.
#[derive(Debug, Template)]
#[template(path = "settings/source_maps.html")]
pub struct SourceMapsPage {
    shell: Shell,
    bundles: Vec<Artifact>,
    projects: Vec<Project>,
    total: u64,
    next: Option<String>,
    target: UploadTarget,
}

impl SourceMapsPage {
    /// The bundles of a page, of the newest upload first, with the cursor of the next page.
    #[must_use]
    pub fn new(
        shell: Shell,
        bundles: Vec<Artifact>,
        (projects, target): (Vec<Project>, UploadTarget),
        (total, next): (u64, Option<String>),
    ) -> Self {
        Self {
            shell,
            bundles,
            projects,
            total,
            next,
            target,
        }
    }

    fn may_delete(&self) -> bool {
        self.shell.may(Permission::ArtifactsWrite)
    }

    fn places(&self, bundle: &Artifact) -> Vec<String> {
        places(bundle, &self.projects)
    }

    fn older(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        let list = Address::new("/settings/source-maps").with("project", &self.shell.project);
        Some(list.with("cursor", next).to_string())
    }
}

/// The page of one bundle.
#[derive(Debug, Template)]
#[template(path = "settings/source_map.html")]
pub struct SourceMapPage {
    shell: Shell,
    bundle: Artifact,
    places: Vec<String>,
    entries: Vec<Entry>,
}

impl SourceMapPage {
    /// A bundle with the first of its entries.
    #[must_use]
    pub fn new(shell: Shell, bundle: Artifact, projects: &[Project], entries: Vec<Entry>) -> Self {
        Self {
            shell,
            places: places(&bundle, projects),
            bundle,
            entries,
        }
    }

    /// How many entries are not shown.
    fn left(&self) -> Option<Number> {
        let left = u64::from(self.bundle.files).saturating_sub(self.entries.len() as u64);
        (left > 0).then(|| Number::from(left))
    }
}

/// Each place of use in words: `shop, release 1.4.2, dist 7`.
fn places(bundle: &Artifact, projects: &[Project]) -> Vec<String> {
    let slug = |id: ProjectId| {
        let found = projects.iter().find(|project| project.id == id);
        found.map_or_else(
            || "another project".to_owned(),
            |project| project.slug.to_string(),
        )
    };
    let words = bundle.places.iter().map(|place| {
        let mut text = slug(place.project_id);
        for (word, value) in [("release", &place.release), ("dist", &place.dist)] {
            if let Some(value) = value {
                text.push_str(&format!(", {word} {value}"));
            }
        }
        text
    });
    words.collect()
}

/// A size in bytes, rounded: `3.4 MiB`.
fn size(bytes: &u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    for (bits, unit) in units {
        let whole = bytes >> bits;
        if whole >= 10 {
            return format!("{whole} {unit}");
        }
        if whole > 0 {
            let tenths = (bytes * 10) >> bits;
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} B")
}

/// A count with commas between thousands.
fn count(number: &u32) -> Number {
    Number::from(u64::from(*number))
}

/// When a bundle was last used.
fn used(shell: &Shell, bundle: &Artifact) -> Markup {
    match bundle.last_used {
        Some(at) => shell.clock.when(at).day_html(),
        None => Safe("not yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (10 << 20, "10 MiB"),
            (5 << 30, "5.0 GiB"),
        ] {
            assert_eq!(size(&bytes), expected);
        }
    }
}
