//! Members and who is invited.

use crate::form::{Choice, Form, FormState};
use crate::shell::Shell;
use crate::{assets, ui, words};
use askama::Template;
use faultbook_domain::identity::{Invitation, Member, MemberStatus, Permission, RbacItem};

/// An invitation that was just made or sent again.
#[derive(Debug)]
pub struct Invited {
    /// Who is invited.
    pub email: String,
    /// The address that accepts it: shown this once.
    pub link: String,
    /// Whether a letter went out.
    pub is_sent: bool,
}

/// The page of the team.
#[derive(Debug, Template)]
#[template(path = "settings/team.html")]
pub struct TeamPage {
    shell: Shell,
    members: Vec<Member>,
    invitations: Vec<(Invitation, String)>,
    roles: Vec<RbacItem>,
    made: Option<Invited>,
    typed: FormState,
}

/// Roles to choose from, by id.
pub(super) fn choices(roles: &[RbacItem]) -> Vec<Choice> {
    roles
        .iter()
        .map(|role| Choice::new(role.id.to_string(), words::capital(&role.name)))
        .collect()
}

impl TeamPage {
    /// The team, with who invited whom, and the invitation that was just made.
    #[must_use]
    pub fn new(
        shell: Shell,
        (members, invitations): (Vec<Member>, Vec<(Invitation, String)>),
        roles: Vec<RbacItem>,
        made: Option<Invited>,
        typed: FormState,
    ) -> Self {
        Self {
            shell,
            members,
            invitations,
            roles,
            made,
            typed,
        }
    }

    fn may_manage(&self) -> bool {
        self.shell.may(Permission::TeamManage)
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("invite")
    }

    fn member_form(&self) -> Form<'_> {
        self.typed.of("member")
    }

    fn roles(&self) -> Vec<Choice> {
        choices(&self.roles)
    }

    fn is_role(&self, member: &Member, role: &RbacItem) -> bool {
        member.role_id == role.id
    }

    fn role_of(&self, member: &Member) -> String {
        let found = self.roles.iter().find(|role| role.id == member.role_id);
        found.map_or_else(String::new, |role| words::capital(&role.name))
    }

    fn invited_role(&self, invitation: &Invitation) -> String {
        let found = self.roles.iter().find(|role| role.id == invitation.role_id);
        found.map_or_else(String::new, |role| words::capital(&role.name))
    }

    fn is_active(&self, member: &Member) -> bool {
        member.status == MemberStatus::Active
    }

    fn is_self(&self, member: &Member) -> bool {
        member.email == self.shell.email
    }

    /// The role that is offered first: that of a developer, where there is one.
    fn usual_role(&self) -> String {
        let found = self
            .roles
            .iter()
            .find(|role| role.name == "developer")
            .or_else(|| self.roles.last());
        found.map_or_else(String::new, |role| role.id.to_string())
    }
}
