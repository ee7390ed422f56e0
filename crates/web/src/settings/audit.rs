//! The audit log.

use crate::form::FormState;
use crate::link::Address;
use crate::number::Number;
use crate::shell::Shell;
use crate::{assets, ui, words};
use askama::Template;
use time::OffsetDateTime;

/// What of the log is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditSought {
    /// Who: an actor, a name or an address.
    pub actor: String,
    /// What: an action or its kind.
    pub action: String,
    /// Words in names and details.
    pub q: String,
    /// From this day on.
    pub since: String,
    /// Before this day.
    pub until: String,
}

/// An entry of the log.
#[derive(Debug, Clone)]
pub struct AuditShown {
    /// When it happened.
    pub at: OffsetDateTime,
    /// Who did it.
    pub who: String,
    /// What was done, in words.
    pub action: String,
    /// To what.
    pub target: String,
    /// The fields that changed: their names, and what they were and are.
    pub changes: Vec<(String, Option<String>, Option<String>)>,
    /// What more was noted.
    pub detail: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// The request, as in the log of the server.
    pub request_id: String,
}

/// The page of the audit log.
#[derive(Debug, Template)]
#[template(path = "settings/audit.html")]
pub struct AuditPage {
    shell: Shell,
    entries: Vec<AuditShown>,
    total: u64,
    next: Option<String>,
    filter: Option<AuditSought>,
    typed: FormState,
}

impl AuditPage {
    /// A page of the log. Without a filter it cannot be searched here.
    #[must_use]
    pub fn new(
        shell: Shell,
        entries: Vec<AuditShown>,
        (total, next): (u64, Option<String>),
        filter: Option<AuditSought>,
        typed: FormState,
    ) -> Self {
        Self {
            shell,
            entries,
            total,
            next,
            filter,
            typed,
        }
    }

    fn address(&self, path: &str) -> Address {
        let filter = self.filter.clone().unwrap_or_default();
        let address = Address::new(path)
            .with("actor", &filter.actor)
            .with("action", &filter.action);
        address
            .with("q", &filter.q)
            .with("since", &filter.since)
            .with("until", &filter.until)
    }

    fn older(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        Some(
            self.address("/settings/audit")
                .with("cursor", next)
                .to_string(),
        )
    }

    fn csv(&self) -> String {
        self.address("/settings/audit.csv").to_string()
    }

    fn total(&self) -> Number {
        Number::from(self.total)
    }
}
