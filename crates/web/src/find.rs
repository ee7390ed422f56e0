//! The command palette and the keyboard's help.

use crate::assets;
use crate::number::Number;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use askama::Template;

/// Something that was found, or that can be done.
pub struct Item {
    /// Its icon, or the shape of its level.
    pub mark: Markup,
    /// Its name.
    pub name: String,
    /// More of it.
    pub more: String,
    /// Where it is.
    pub href: String,
    /// A number, or the keys that lead there.
    pub count: Option<Number>,
    /// The keys that lead there.
    pub keys: &'static str,
}

/// A group of them.
pub struct Group {
    /// Its title.
    pub title: &'static str,
    /// What is in it.
    pub items: Vec<Item>,
}

/// The palette as a page.
#[derive(Template)]
#[template(path = "find/page.html")]
pub struct FindPage {
    shell: Shell,
    query: String,
    groups: Vec<Group>,
}

/// The palette as a part of a page.
#[derive(Template)]
#[template(path = "find/palette.html")]
pub struct Palette {
    query: String,
    groups: Vec<Group>,
}

/// The keyboard's help as a page.
#[derive(Template)]
#[template(path = "find/keys_page.html")]
pub struct KeysPage {
    shell: Shell,
}

/// The keyboard's help as a dialog.
#[derive(Template)]
#[template(path = "find/keys_dialog.html")]
pub struct KeysDialog;

impl FindPage {
    /// What was found.
    #[must_use]
    pub fn new(shell: Shell, query: String, groups: Vec<Group>) -> Self {
        Self {
            shell,
            query,
            groups,
        }
    }
}

impl Palette {
    /// What was found.
    #[must_use]
    pub fn new(query: String, groups: Vec<Group>) -> Self {
        Self { query, groups }
    }
}

impl KeysPage {
    /// The page.
    #[must_use]
    pub const fn new(shell: Shell) -> Self {
        Self { shell }
    }
}

/// A page that can be gone to: name, address, icon, keys, and the permission that it needs.
pub const PAGES: [(&str, &str, &str, &str, &str); 13] = [
    ("Errors", "/errors", "error", "g e", "errors:read"),
    (
        "Dashboard",
        "/dashboard",
        "dashboard",
        "g d",
        "analytics:read",
    ),
    ("Alerts", "/alerts", "bell", "g a", "alerts:read"),
    ("Incidents", "/incidents", "flag", "g i", "incidents:read"),
    ("Releases", "/releases", "release", "g r", "errors:read"),
    (
        "Monitoring",
        "/monitoring",
        "pulse",
        "g m",
        "monitoring:read",
    ),
    ("Projects", "/settings/projects", "sliders", "g s", ""),
    ("API keys", "/settings/keys", "key", "", "keys:manage"),
    ("Team", "/settings/team", "person", "", "team:read"),
    (
        "Integrations",
        "/settings/integrations",
        "link",
        "",
        "integrations:manage",
    ),
    ("Audit", "/settings/audit", "layers", "", "team:manage"),
    ("Profile", "/profile", "person", "", ""),
    ("Keyboard shortcuts", "/help/keys", "terminal", "?", ""),
];
