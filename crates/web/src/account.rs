//! Accounts: the profile, invitations, forgotten passwords.

use crate::form::{Choice, Form, FormState};
use crate::shell::{Shell, Theme};
use crate::{assets, ui};
use askama::Template;

/// The settings of a person.
#[derive(Debug, Clone, Default)]
pub struct ProfileShown {
    /// Their name.
    pub name: String,
    /// Their time zone; empty for the browser's.
    pub time_zone: String,
    /// Their colours: `system`, `light` or `dark`.
    pub theme: String,
    /// Whether single keys do something.
    pub shortcuts: bool,
    /// What they are told of by mail: a name, words, and whether they are.
    pub notifications: Vec<(&'static str, &'static str, bool)>,
}

/// The profile.
#[derive(Debug, Template)]
#[template(path = "account/profile.html")]
pub struct ProfilePage {
    shell: Shell,
    profile: ProfileShown,
    typed: FormState,
}

impl ProfilePage {
    /// The profile of the reader.
    #[must_use]
    pub fn new(shell: Shell, profile: ProfileShown, typed: FormState) -> Self {
        Self {
            shell,
            profile,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("profile")
    }

    fn password_form(&self) -> Form<'_> {
        self.typed.of("password")
    }

    fn organization_form(&self) -> Form<'_> {
        self.typed.of("organization")
    }

    fn themes(&self) -> Vec<Choice> {
        let all = [
            ("system", "As the system"),
            ("light", "Light"),
            ("dark", "Dark"),
        ];
        all.iter()
            .map(|(name, words)| Choice::new(*name, *words))
            .collect()
    }
}

/// The page on which an invitation is accepted.
#[derive(Debug, Template)]
#[template(path = "account/invite.html")]
pub struct InvitePage {
    theme: Theme,
    token: String,
    typed: FormState,
}

impl InvitePage {
    /// The page of the invitation with this token.
    #[must_use]
    pub fn new(theme: Theme, token: String, typed: FormState) -> Self {
        Self {
            theme,
            token,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("invite")
    }
}

/// The page of a forgotten password.
#[derive(Debug, Template)]
#[template(path = "account/forgot.html")]
pub struct ForgotPage {
    theme: Theme,
    is_sent: bool,
    typed: FormState,
}

impl ForgotPage {
    /// The page; `is_sent` once an address was told.
    #[must_use]
    pub fn new(theme: Theme, is_sent: bool, typed: FormState) -> Self {
        Self {
            theme,
            is_sent,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("forgot")
    }
}

/// The page on which a forgotten password is set anew.
#[derive(Debug, Template)]
#[template(path = "account/reset.html")]
pub struct ResetPage {
    theme: Theme,
    token: String,
    typed: FormState,
}

impl ResetPage {
    /// The page of a letter's token.
    #[must_use]
    pub fn new(theme: Theme, token: String, typed: FormState) -> Self {
        Self {
            theme,
            token,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("reset")
    }
}
