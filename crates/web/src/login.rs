//! Signing in, and the first owner of an installation.

use crate::shell::Theme;
use crate::{assets, ui};
use askama::Template;

/// The page where people sign in.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "login.html")]
pub struct Login {
    /// The colours.
    pub theme: Theme,
    /// Where to go afterwards: a path of ours, or nothing.
    pub next: String,
    /// The address as typed.
    pub email: String,
    /// Why it was refused.
    pub problem: Option<String>,
    /// What happened before: the session ended, the password was changed.
    pub note: Option<&'static str>,
    /// Whether one click signs in as the developer.
    pub development: bool,
}

/// The page where the first owner is made.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "setup.html")]
pub struct Setup {
    /// The colours.
    pub theme: Theme,
    /// The token of the address.
    pub token: String,
    /// The name as typed.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// Why it was refused.
    pub problem: Option<String>,
}
