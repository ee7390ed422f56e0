//! System users: programs that act for the organization with a role.

use super::keys::Secret;
use crate::form::{Choice, Form, FormState};
use crate::shell::Shell;
use crate::{assets, ui, words};
use askama::Template;
use faultbook_domain::identity::{RbacItem, SystemUser};

/// The page of system users.
#[derive(Debug, Template)]
#[template(path = "settings/system_users.html")]
pub struct SystemUsersPage {
    shell: Shell,
    users: Vec<SystemUser>,
    roles: Vec<RbacItem>,
    made: Option<Secret>,
    typed: FormState,
}

impl SystemUsersPage {
    /// The system users with the roles that there are, and the token that was just made.
    #[must_use]
    pub fn new(
        shell: Shell,
        users: Vec<SystemUser>,
        roles: Vec<RbacItem>,
        made: Option<Secret>,
        typed: FormState,
    ) -> Self {
        Self {
            shell,
            users,
            roles,
            made,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("new")
    }

    fn change_form<'f>(&'f self, id: &'f str) -> Form<'f> {
        self.typed.of(id)
    }

    fn roles(&self) -> Vec<Choice> {
        super::team::choices(&self.roles)
    }

    fn role(&self, user: &SystemUser) -> &str {
        let found = self.roles.iter().find(|role| role.id == user.role_id);
        found.map_or("", |role| role.name.as_str())
    }

    fn expires(&self, user: &SystemUser) -> String {
        user.expires_at.map_or_else(String::new, words::field_time)
    }
}
