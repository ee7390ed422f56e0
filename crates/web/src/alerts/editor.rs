//! The editor of a rule: checked while it is typed, and tried on what happened.

use super::condition::number;
use super::list::Standing;
use super::preview::{Preview, PreviewCard};
use crate::form::{Choice, Form, FormState};
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::when::{Clock, span};
use crate::words::{self, severities};

use crate::assets;
use askama::Template;
use askama::filters::Safe;
use faultbook_domain::alerts::{AlertRule, write_span};
use faultbook_domain::identity::Permission;
use time::OffsetDateTime;

/// The name of the editor's form.
pub(crate) const FORM: &str = "rule";

/// A rule in the editor.
#[derive(Debug)]
pub struct RuleForm {
    /// The rule that is changed, with how it stands; nothing for a new one.
    pub rule: Option<(AlertRule, Standing)>,
    /// What was typed, where it was refused or is only checked.
    pub typed: FormState,
    /// The channels that there are.
    pub channels: Vec<Channel>,
}

/// A channel that a rule may send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Who gets it, without addresses; nothing where it is not set up.
    pub to: Option<String>,
}

/// What is found of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// Nothing was looked at.
    Unchecked,
    /// It can be saved: what it says in words, and what can never hold in it.
    Good(String, Vec<String>),
    /// It cannot.
    Bad {
        /// The field at fault: `condition`, `threshold` or `time_window`.
        field: String,
        /// What is wrong with it.
        message: String,
        /// What may stand there.
        suggestions: Vec<String>,
    },
}

/// The editor of a rule.
#[derive(Debug, Template)]
#[template(path = "alerts/editor.html")]
pub struct EditorPage {
    shell: Shell,
    edited: RuleForm,
    checked: Checked,
    preview: Preview,
}

/// What is found of a condition, below its field.
#[derive(Debug, Template)]
#[template(path = "alerts/checked.html")]
pub struct CheckedMessage {
    checked: Checked,
    is_swapped: bool,
}

/// What changes in the editor while it is typed: both take the place of their predecessors.
#[must_use]
pub fn changed(clock: Clock, checked: Checked, preview: Preview) -> (CheckedMessage, PreviewCard) {
    let is_swapped = true;
    (
        CheckedMessage {
            checked,
            is_swapped,
        },
        PreviewCard {
            clock,
            preview,
            is_swapped,
        },
    )
}

impl EditorPage {
    /// The editor, with what was found of the rule.
    #[must_use]
    pub fn new(mut shell: Shell, edited: RuleForm, checked: Checked, preview: Preview) -> Self {
        let rule = edited.rule.as_ref();
        shell.title = rule.map_or_else(|| "New rule".to_owned(), |(rule, _)| rule.name.clone());
        Self {
            shell,
            edited,
            checked,
            preview,
        }
    }

    fn rule(&self) -> Option<&AlertRule> {
        self.edited.rule.as_ref().map(|(rule, _)| rule)
    }

    fn action(&self) -> String {
        self.rule().map_or_else(
            || "/alerts/new".to_owned(),
            |rule| format!("/alerts/{}", rule.id),
        )
    }

    fn badge(&self) -> Option<Markup> {
        let (_, standing) = self.edited.rule.as_ref()?;
        Some(badge(standing, self.shell.clock.now()))
    }

    fn reason(&self) -> Option<&str> {
        match &self.edited.rule.as_ref()?.1 {
            Standing::Unknown(reason) => Some(reason),
            _ => None,
        }
    }

    fn may_write(&self) -> bool {
        self.shell.may(Permission::AlertsWrite)
    }

    fn form(&self) -> Form<'_> {
        self.edited.typed.of(FORM)
    }

    fn name(&self) -> &str {
        self.rule().map_or("", |rule| &rule.name)
    }

    fn condition(&self) -> String {
        let otherwise = self
            .rule()
            .map_or("error_count > threshold in time_window", |rule| {
                &rule.condition
            });
        self.form().value("condition", otherwise)
    }

    fn is_condition_wrong(&self) -> bool {
        let found = matches!(&self.checked, Checked::Bad { field, .. } if field == "condition");
        found || self.form().problem("condition").is_some()
    }

    fn threshold(&self) -> String {
        self.rule()
            .map_or_else(|| "10".to_owned(), |rule| number(rule.threshold))
    }

    fn window(&self) -> String {
        self.rule()
            .map_or_else(|| "10m".to_owned(), |rule| write_span(rule.time_window))
    }

    fn incident(&self) -> &'static str {
        let severity = self.rule().and_then(|rule| rule.open_incident);
        severity.map_or("", |severity| severity.as_str())
    }

    fn incidents(&self) -> Vec<Choice> {
        std::iter::once(Choice::new("", "No"))
            .chain(severities())
            .collect()
    }

    fn sends_to(&self, channel: &Channel) -> bool {
        let of_rule = match self.rule() {
            Some(rule) => rule
                .notifications
                .iter()
                .any(|kind| kind.as_str() == channel.name),
            None => channel.to.is_some(),
        };
        self.form().chosen("notifications", &channel.name, of_rule)
    }

    fn is_enabled(&self) -> bool {
        self.form().chosen(
            "enabled",
            "true",
            self.rule().is_none_or(|rule| rule.enabled),
        )
    }

    fn counts_ignored(&self) -> bool {
        let of_rule = self.rule().is_some_and(|rule| rule.include_ignored);
        self.form().chosen("include_ignored", "true", of_rule)
    }

    fn message(&self) -> CheckedMessage {
        let refused = self
            .form()
            .problem("condition")
            .map(|message| Checked::Bad {
                field: "condition".to_owned(),
                message,
                suggestions: Vec::new(),
            });
        let checked = refused.unwrap_or_else(|| self.checked.clone());
        CheckedMessage {
            checked,
            is_swapped: false,
        }
    }

    fn shown(&self) -> PreviewCard {
        PreviewCard {
            clock: self.shell.clock,
            preview: self.preview.clone(),
            is_swapped: false,
        }
    }
}

/// How a rule stands, in a word.
pub(super) fn badge(standing: &Standing, now: OffsetDateTime) -> Markup {
    Safe(match standing {
        Standing::Firing(since) => format!(
            "<span class=\"badge red\">Firing, {}</span>",
            span(now - *since)
        ),
        Standing::Calm => "<span class=\"badge green\">Calm</span>".to_owned(),
        Standing::Off => "<span class=\"badge\">Off</span>".to_owned(),
        Standing::Unknown(reason) => {
            format!(
                "<span class=\"badge amber\" title=\"{}\">Not known</span>",
                ui::escaped(reason)
            )
        }
    })
}
