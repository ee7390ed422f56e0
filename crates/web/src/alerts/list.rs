//! The page of all rules with what they sent.

use super::condition::{compared, marked};
use super::deliveries::{self, Row};
use crate::number::counted;
use crate::plots::Spark;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::words;

use crate::assets;
use askama::Template;
use faultbook_domain::alerts::{AlertRule, Delivery, Firing};
use faultbook_domain::identity::Permission;
use time::OffsetDateTime;

/// How a rule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its condition holds, since then.
    Firing(OffsetDateTime),
    /// Its condition does not hold.
    Calm,
    /// It is switched off.
    Off,
    /// It could not be looked at, for this reason.
    Unknown(String),
}

/// A rule with how it stands.
#[derive(Debug)]
pub struct RuleShown {
    /// The rule.
    pub rule: AlertRule,
    /// How it stands.
    pub standing: Standing,
    /// The highest value of each of the last 24 hours, oldest first.
    pub recent: Vec<Option<f64>>,
}

/// Which messages are shown.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Those that got so far: `pending`, `delivered` or `failed`; all when empty.
    pub status: String,
    /// Those of one rule, by id and name.
    pub rule: Option<(String, String)>,
    /// How many there are in all, waiting, and failed; unknown ones are not told.
    pub counts: [Option<u64>; 3],
    /// Where older ones begin.
    pub older: Option<String>,
}

/// The page of all rules.
#[derive(Debug, Template)]
#[template(path = "alerts/list.html")]
pub struct AlertsPage {
    shell: Shell,
    rules: Vec<RuleShown>,
    rows: Vec<Row>,
    filter: DeliveryFilter,
}

impl AlertsPage {
    /// The page of these rules, and of what they sent.
    #[must_use]
    pub fn new(
        mut shell: Shell,
        rules: Vec<RuleShown>,
        history: Vec<(Firing, Vec<Delivery>)>,
        filter: DeliveryFilter,
    ) -> Self {
        shell.title = "Alerts".to_owned();
        let rows = deliveries::rows(history, shell.clock);
        Self {
            shell,
            rules,
            rows,
            filter,
        }
    }

    fn may_write(&self) -> bool {
        self.shell.may(Permission::AlertsWrite)
    }

    fn summary(&self) -> String {
        format!("{}, checked every 5 s", counted(self.rules.len(), "rule"))
    }

    fn badge(&self, shown: &RuleShown) -> Markup {
        super::editor::badge(&shown.standing, self.shell.clock.now())
    }

    fn marked(&self, rule: &AlertRule) -> Markup {
        marked(rule)
    }

    fn spark(&self, shown: &RuleShown) -> Spark {
        let against = compared(&shown.rule);
        Spark::of(&shown.recent, |value| {
            against.is_some_and(|(side, limit)| side.holds(value, limit))
        })
    }

    /// The address of messages that got so far.
    fn with_status(&self, status: &str) -> String {
        let rule = self
            .filter
            .rule
            .as_ref()
            .map(|(id, _)| format!("&rule={id}"));
        format!(
            "/alerts?status={status}{}#deliveries",
            rule.unwrap_or_default()
        )
    }

    fn older(&self) -> Option<String> {
        let cursor = self.filter.older.as_ref()?;
        let rule = self
            .filter
            .rule
            .as_ref()
            .map(|(id, _)| format!("&rule={id}"));
        let (status, rule) = (&self.filter.status, rule.unwrap_or_default());
        Some(format!(
            "/alerts?status={status}{rule}&cursor={cursor}#deliveries"
        ))
    }
}
