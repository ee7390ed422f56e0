//! The installation as a whole: organizations and maintenance.

use crate::form::{Form, FormState};
use crate::shell::Shell;
use crate::{assets, ui, words};
use askama::Template;
use faultbook_domain::tenancy::Tenant;

/// The page of the installation.
#[derive(Debug, Template)]
#[template(path = "platform/platform.html")]
pub struct PlatformPage {
    shell: Shell,
    tenants: Vec<Tenant>,
    total: u64,
    next: Option<String>,
    is_closed: bool,
    typed: FormState,
}

impl PlatformPage {
    /// The organizations of the installation, and whether it is closed for maintenance.
    #[must_use]
    pub fn new(
        shell: Shell,
        tenants: Vec<Tenant>,
        (total, next): (u64, Option<String>),
        is_closed: bool,
        typed: FormState,
    ) -> Self {
        Self {
            shell,
            tenants,
            total,
            next,
            is_closed,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("organization")
    }
}
