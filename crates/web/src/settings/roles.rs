//! Roles, policies and permissions of the organization.

use crate::form::{Form, FormState};
use crate::shell::Shell;
use crate::{assets, ui, words};
use askama::Template;
use faultbook_domain::identity::{Permission, RbacItem};
use time::OffsetDateTime;

/// The page of roles.
#[derive(Debug, Template)]
#[template(path = "settings/roles.html")]
pub struct RolesPage {
    shell: Shell,
    roles: Vec<RbacItem>,
    policies: Vec<RbacItem>,
    permissions: Vec<RbacItem>,
    typed: FormState,
}

impl RolesPage {
    /// The roles, what they hold, and what that holds; the built-in ones first.
    #[must_use]
    pub fn new(
        shell: Shell,
        roles: Vec<RbacItem>,
        policies: Vec<RbacItem>,
        permissions: Vec<RbacItem>,
        typed: FormState,
    ) -> Self {
        Self {
            shell,
            roles,
            policies,
            permissions,
            typed,
        }
    }

    fn may_manage(&self) -> bool {
        self.shell.may(Permission::RolesManage)
    }

    fn is_own(&self, item: &RbacItem) -> bool {
        item.created_at != OffsetDateTime::UNIX_EPOCH
    }

    fn form<'f>(&'f self, name: &'f str) -> Form<'f> {
        self.typed.of(name)
    }

    /// The names of a role's policies.
    fn policies_of(&self, role: &RbacItem) -> Vec<&str> {
        let named = self
            .policies
            .iter()
            .filter(|policy| self.holds(role, policy));
        named.map(|policy| policy.name.as_str()).collect()
    }

    /// Whether a role holds a policy, or a policy a permission.
    fn holds(&self, one: &RbacItem, other: &RbacItem) -> bool {
        let id = other.id.to_string();
        one.members
            .iter()
            .any(|member| *member == id || *member == other.name)
    }

    fn is_ticked(&self, form: &str, name: &str, value: &str) -> bool {
        self.typed.of(form).chosen(name, value, false)
    }
}
