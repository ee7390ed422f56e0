//! What surrounds every page of somebody who is signed in: navigation, search, account, the note after a change.

use crate::link::Address;
use crate::when::Clock;
use faultbook_domain::identity::{Permission, Permissions};

pub use crate::navigation::Section;

/// The colours that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name in settings and cookies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads a name; anything else is the system's.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// What the page says to the stylesheet: nothing for the system's.
    #[must_use]
    pub const fn forced(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            theme => Some(theme.name()),
        }
    }
}

/// What needs a person now. A figure that the reader may not see is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attention {
    /// Open errors that occurred again after they had been resolved.
    pub errors: Option<u64>,
    /// Rules that fire.
    pub rules: Option<u64>,
    /// Incidents that are not resolved.
    pub incidents: Option<u64>,
}

/// A tenant to act in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantLink {
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Whether the page is of this one.
    pub current: bool,
}

/// What a change says on the page behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// What was done.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
    /// What undoes it.
    pub undo: Option<Undo>,
}

impl Flash {
    /// Something was done.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            failed: false,
            undo: None,
        }
    }

    /// Something was refused.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            failed: true,
            ..Self::done(text)
        }
    }

    /// With what undoes it.
    #[must_use]
    pub fn with_undo(self, undo: Undo) -> Self {
        Self {
            undo: Some(undo),
            ..self
        }
    }
}

/// The inverse of a change: a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Where it is sent.
    pub action: String,
    /// Its fields beside the CSRF token.
    pub fields: Vec<(String, String)>,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The page's title, before the name of the product.
    pub title: String,
    /// Where it belongs.
    pub section: Section,
    /// To be sent with every change.
    pub csrf: String,
    /// Who is signed in.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The colours that they chose.
    pub theme: Theme,
    /// Their time zone by its IANA name; empty for the browser's.
    pub time_zone: String,
    /// Whether single keys do something.
    pub shortcuts: bool,
    /// What they may do in this tenant.
    pub permissions: Permissions,
    /// Whether they administer the platform.
    pub platform_admin: bool,
    /// Where they belong.
    pub tenants: Vec<TenantLink>,
    /// The short names of the projects that they see.
    pub projects: Vec<String>,
    /// The project that the page is narrowed to; empty for all.
    pub project: String,
    /// What needs a person now.
    pub attention: Attention,
    /// What was just done.
    pub flash: Option<Flash>,
    /// When the page is made.
    pub clock: Clock,
    /// The page's own address.
    pub address: Address,
}

impl Shell {
    /// Whether the reader has a permission: what one may not do is not offered.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allows(permission)
    }

    /// Whether they may do what a permission of this name allows; an unknown one allows nothing.
    #[must_use]
    pub fn can(&self, permission: &str) -> bool {
        permission.parse().is_ok_and(|known| self.may(known))
    }

    /// An address of ours that keeps the project.
    #[must_use]
    pub fn to(&self, path: &str) -> String {
        Address::new(path)
            .with("project", &self.project)
            .to_string()
    }

    /// This page for another project; where it was in a list does not carry over.
    #[must_use]
    pub fn for_project(&self, slug: &str) -> String {
        let is_list = !matches!(self.section, Section::Elsewhere | Section::Platform);
        let path = if is_list && self.address.get("id").is_empty() {
            self.address.clone()
        } else {
            Address::new("/errors")
        };
        path.without("cursor")
            .without("id")
            .with("project", slug)
            .to_string()
    }

    /// The name of what the page is narrowed to.
    #[must_use]
    pub fn project_name(&self) -> &str {
        if self.project.is_empty() {
            "All projects"
        } else {
            &self.project
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use time::macros::datetime;

    pub(crate) fn shell(permissions: Permissions) -> Shell {
        Shell {
            title: "Errors".to_owned(),
            section: Section::Errors,
            csrf: "token".to_owned(),
            name: "Ada Lindqvist".to_owned(),
            email: "ada@example.com".to_owned(),
            theme: Theme::System,
            time_zone: String::new(),
            shortcuts: true,
            permissions,
            platform_admin: false,
            tenants: Vec::new(),
            projects: vec!["shop".to_owned()],
            project: String::new(),
            attention: Attention::default(),
            flash: None,
            clock: Clock::new(datetime!(2026-11-27 12:00 UTC)),
            address: Address::new("/errors"),
        }
    }

    #[test]
    fn addresses_keep_the_project() {
        let mut one = shell(Permissions::all());
        one.project = "shop".to_owned();
        assert_eq!(one.to("/dashboard"), "/dashboard?project=shop");
        one.address = Address::new("/errors").with("q", "x").with("cursor", "c");
        assert_eq!(one.for_project(""), "/errors?q=x");
    }
}
