//! Incidents: the list beside one of them.

use crate::assets;
use crate::form::{Choice, Form, FormState};
use crate::number::Number;
use crate::plots::Plot;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::when::{When, span};
use crate::words::{self, capital, severity_level};
use askama::Template;
use askama::filters::Safe;
use faultbook_domain::alerts::Comparison;
use faultbook_domain::errors::Severity;
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{Incident, IncidentStatus};
use time::{Duration, OffsetDateTime};

/// The incidents of a status, and how many there are of each.
#[derive(Debug, Default)]
pub struct IncidentList {
    /// The status that was asked for: `unresolved`, `resolved`, `closed` or `all`.
    pub status: String,
    /// Newest first.
    pub incidents: Vec<Incident>,
    /// How many there are: a status and its number; unknown numbers are left out.
    pub counts: Vec<(String, u64)>,
    /// How many come before these.
    pub skipped: u64,
    /// Whether more come behind.
    pub has_more: bool,
}

/// An incident with all that belongs to it.
#[derive(Debug)]
pub struct IncidentShown {
    /// The incident.
    pub incident: Incident,
    /// The rule that opened it: its id, and its name while it exists.
    pub rule: Option<(String, Option<String>)>,
    /// When it first had each status.
    pub reached: Vec<(IncidentStatus, OffsetDateTime)>,
    /// What happened, newest first.
    pub timeline: Vec<TimelineShown>,
    /// Where older entries begin.
    pub older: Option<String>,
    /// The errors that belong to it; nothing where they may not be read.
    pub errors: Option<Vec<LinkedShown>>,
    /// What its rule measured meanwhile.
    pub measured: Option<Measured>,
}

/// An entry of an incident's timeline.
#[derive(Debug, Clone)]
pub struct TimelineShown {
    /// When it happened.
    pub at: OffsetDateTime,
    /// Who did it; nothing for the server itself.
    pub who: Option<String>,
    /// `opened`, `update`, `status`, `severity`, `assigned`, `title`, `description` or `errors`.
    pub kind: String,
    /// What it was before.
    pub from: Option<String>,
    /// What it is since.
    pub to: Option<String>,
    /// What was said.
    pub text: Option<String>,
}

/// An error that belongs to an incident.
#[derive(Debug, Clone)]
pub struct LinkedShown {
    /// Its id.
    pub id: String,
    /// Its type, or its message where it has none.
    pub name: String,
    /// The name of its level.
    pub level: &'static str,
    /// Its occurrences.
    pub count: u64,
}

/// What a rule measured while its incident was open.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The greatest value of each stretch, oldest first.
    pub values: Vec<f64>,
    /// What values are compared with.
    pub against: Option<(Comparison, f64)>,
    /// How long a stretch is.
    pub step: Duration,
    /// When the first stretch begins.
    pub from: OffsetDateTime,
}

/// The page of incidents, and of one of them.
#[derive(Debug, Template)]
#[template(path = "incidents/incidents.html")]
pub struct IncidentsPage {
    shell: Shell,
    list: IncidentList,
    one: Option<IncidentShown>,
    is_one: bool,
    people: Vec<String>,
    typed: FormState,
}

/// The form in which an incident is opened.
#[derive(Debug, Template)]
#[template(path = "incidents/new.html")]
pub struct NewIncidentPage {
    shell: Shell,
    people: Vec<String>,
    typed: FormState,
}

impl NewIncidentPage {
    /// The form, with the people who may work on it.
    #[must_use]
    pub fn new(mut shell: Shell, people: Vec<String>, typed: FormState) -> Self {
        shell.title = "New incident".to_owned();
        Self {
            shell,
            people,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("incident")
    }
}

impl IncidentsPage {
    /// The list with an incident beside it. `is_one` tells whether that one was asked for: on small screens it then
    /// stands alone. `people` may work on it.
    #[must_use]
    pub fn new(
        mut shell: Shell,
        list: IncidentList,
        (one, is_one): (Option<IncidentShown>, bool),
        people: Vec<String>,
        typed: FormState,
    ) -> Self {
        let title = one
            .as_ref()
            .filter(|_| is_one)
            .map(|one| one.incident.title.clone());
        shell.title = title.unwrap_or_else(|| "Incidents".to_owned());
        Self {
            shell,
            list,
            one,
            is_one,
            people,
            typed,
        }
    }

    fn may_write(&self) -> bool {
        self.shell.may(Permission::IncidentsWrite)
    }

    fn tabs(&self) -> Vec<(&'static str, &'static str, Option<Number>)> {
        let names = [
            ("unresolved", "Open"),
            ("resolved", "Resolved"),
            ("closed", "Closed"),
            ("all", "All"),
        ];
        let count = |status: &str| {
            let mut counts = self.list.counts.iter();
            counts
                .find(|(known, _)| known == status)
                .map(|(_, count)| Number::from(*count))
        };
        names
            .map(|(status, word)| (status, word, count(status)))
            .to_vec()
    }

    fn link(&self, incident: &Incident) -> String {
        format!("/incidents/{}?status={}", incident.id, self.list.status)
    }

    fn is_shown(&self, incident: &Incident) -> bool {
        self.one
            .as_ref()
            .is_some_and(|one| one.incident.id == incident.id)
    }

    fn newer(&self) -> Option<String> {
        let before = self
            .list
            .skipped
            .checked_sub(PAGE)
            .or((self.list.skipped > 0).then_some(0))?;
        Some(format!(
            "/incidents?status={}&skip={before}",
            self.list.status
        ))
    }

    fn older(&self) -> Option<String> {
        let behind = self.list.skipped + PAGE;
        self.list
            .has_more
            .then(|| format!("/incidents?status={}&skip={behind}", self.list.status))
    }

    /// How long an incident has been open, or was.
    fn lasted(&self, incident: &Incident) -> String {
        let end = incident
            .resolved_at
            .unwrap_or_else(|| self.shell.clock.now());
        span(end - incident.created_at)
    }

    /// A status as a badge.
    fn status_badge(&self, status: &IncidentStatus) -> Markup {
        let colour = match status {
            IncidentStatus::Open | IncidentStatus::Investigating => " red",
            IncidentStatus::Identified => " amber",
            IncidentStatus::Monitoring => " blue",
            IncidentStatus::Resolved => " green",
            IncidentStatus::Closed => "",
        };
        Safe(format!(
            "<span class=\"badge{colour}\">{}</span>",
            capital(status.as_str())
        ))
    }

    /// A severity as a badge with its mark.
    fn severity_badge(&self, severity: &Severity) -> Markup {
        let colour = match severity {
            Severity::Critical | Severity::High => " red",
            Severity::Medium => " amber",
            Severity::Low => "",
        };
        let (mark, word) = (
            ui::level(severity_level(severity)).0,
            capital(severity.as_str()),
        );
        Safe(format!("<span class=\"badge{colour}\">{mark}{word}</span>"))
    }

    fn when(&self, at: &OffsetDateTime) -> When {
        self.shell.clock.when(*at)
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("change")
    }

    fn update_form(&self) -> Form<'_> {
        self.typed.of("update")
    }
}

/// Incidents of a page.
pub const PAGE: u64 = 50;

impl IncidentShown {
    /// The steps of an incident's way, each with when it was taken; whether it is behind, and whether it is the present one.
    fn steps(&self) -> Vec<(String, Option<OffsetDateTime>, bool, bool)> {
        let now = place(self.incident.status);
        let steps = IncidentStatus::ALL.into_iter();
        let shown = steps.filter(|status| *status != IncidentStatus::Open || now == 0);
        shown
            .map(|status| {
                let mut reached = self.reached.iter();
                let at = reached
                    .find(|(known, _)| *known == status)
                    .map(|(_, at)| *at);
                let is_behind = place(status) < now && at.is_some();
                (
                    capital(status.as_str()),
                    at,
                    is_behind,
                    place(status) == now,
                )
            })
            .collect()
    }

    /// The status that usually follows, with the words of the button that sets it.
    fn next(&self) -> Option<(&'static str, &'static str)> {
        Some(match self.incident.status {
            IncidentStatus::Open => ("investigating", "Start to investigate"),
            IncidentStatus::Investigating => ("identified", "Mark as identified"),
            IncidentStatus::Identified => ("monitoring", "Mark as monitoring"),
            IncidentStatus::Monitoring => ("resolved", "Resolve"),
            IncidentStatus::Resolved => ("closed", "Close"),
            IncidentStatus::Closed => return None,
        })
    }

    fn statuses(&self) -> Vec<Choice> {
        let now = self.incident.status;
        let others = IncidentStatus::ALL
            .into_iter()
            .filter(|status| *status != now);
        others
            .map(|status| Choice::new(status.as_str(), capital(status.as_str())))
            .collect()
    }

    /// The ids of the errors, one a line.
    fn error_ids(&self) -> String {
        let errors = self.errors.iter().flatten();
        let ids: Vec<&str> = errors.map(|error| error.id.as_str()).collect();
        ids.join("\n")
    }

    fn plot(&self, measured: &Measured) -> Plot {
        let highest = measured.values.iter().copied().fold(0.0, f64::max);
        let last = measured.values.last().copied().unwrap_or_default();
        let label = format!(
            "What the rule measured in steps of {}: at most {highest}, at the end {last}",
            span(measured.step)
        );
        let clock = |at: OffsetDateTime| format!("{:02}:{:02}", at.hour(), at.minute());
        let length = measured.step * i32::try_from(measured.values.len()).unwrap_or(i32::MAX);
        let ticks = (0..5_i32).map(|part| clock(measured.from + length * part / 4));
        Plot::of(&measured.values, measured.against, label)
            .low()
            .with_ticks(ticks.collect())
    }
}

impl TimelineShown {
    /// What was done, where it is not what was said.
    fn deed(&self) -> String {
        let to = self.to.as_deref().unwrap_or_default();
        match self.kind.as_str() {
            "opened" if self.who.is_none() => "Opened by a rule".to_owned(),
            "opened" | "created" => "opened it".to_owned(),
            "status" => "set it to".to_owned(),
            "severity" => "set the severity to".to_owned(),
            "assigned" | "assigned_to" if to.is_empty() => "took it from whoever had it".to_owned(),
            "assigned" | "assigned_to" => "gave it to".to_owned(),
            "title" => "renamed it to".to_owned(),
            "description" => "changed the description".to_owned(),
            "errors" => "changed the linked errors".to_owned(),
            _ => String::new(),
        }
    }

    /// What it became, where that is shown.
    fn became(&self) -> Option<String> {
        let to = self.to.as_deref()?;
        match self.kind.as_str() {
            "status" | "severity" | "update" => Some(capital(to)),
            "assigned" | "assigned_to" | "title" => Some(to.to_owned()),
            _ => None,
        }
    }
}

const fn place(status: IncidentStatus) -> u8 {
    match status {
        IncidentStatus::Open => 0,
        IncidentStatus::Investigating => 1,
        IncidentStatus::Identified => 2,
        IncidentStatus::Monitoring => 3,
        IncidentStatus::Resolved => 4,
        IncidentStatus::Closed => 5,
    }
}
