//! The organization itself: its name, and its end.

use crate::form::{Form, FormState};
use crate::shell::Shell;
use crate::{assets, ui};
use askama::Template;
use faultbook_domain::tenancy::Tenant;

/// The page of the organization.
#[derive(Debug, Template)]
#[template(path = "settings/organization.html")]
pub struct OrganizationPage {
    shell: Shell,
    tenant: Tenant,
    typed: FormState,
}

impl OrganizationPage {
    /// The page of this organization.
    #[must_use]
    pub fn new(shell: Shell, tenant: Tenant, typed: FormState) -> Self {
        Self {
            shell,
            tenant,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("organization")
    }

    fn delete_form(&self) -> Form<'_> {
        self.typed.of("delete")
    }
}
