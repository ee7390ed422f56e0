//! The page of the list.

use super::filter::{ListFilter, RANGES, SORTS, STATUSES};
use super::row::Row;
use super::volume::Volume;
use crate::assets;
use crate::link::Address;
use crate::number::Number;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use askama::Template;
use faultbook_domain::errors::{ErrorDetail, ErrorPeople};

/// How many errors each tab has; missing ones are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Neither resolved nor ignored.
    pub open: Option<u64>,
    /// Open again after they were resolved.
    pub regressed: Option<u64>,
    /// Ignored.
    pub ignored: Option<u64>,
    /// Resolved.
    pub resolved: Option<u64>,
    /// Occurrences of the list.
    pub occurrences: Option<u64>,
    /// Users of the list.
    pub users: Option<u64>,
}

impl Counts {
    fn of(&self, status: &str) -> Option<u64> {
        match status {
            "open" => self.open,
            "regressed" => self.regressed,
            "ignored" => self.ignored,
            "resolved" => self.resolved,
            _ => Some(self.open? + self.ignored? + self.resolved?),
        }
    }
}

/// An error of a list with its project's short name.
pub struct Listed {
    /// The error.
    pub detail: ErrorDetail,
    /// Who works on it.
    pub people: ErrorPeople,
    /// Its project; empty where the list is of one.
    pub project: String,
}

/// What a list found.
#[derive(Default)]
pub struct Found {
    /// The errors of this page.
    pub errors: Vec<Listed>,
    /// How many there are on all pages.
    pub total: u64,
    /// Whether there are more than were counted.
    pub capped: bool,
    /// Where the next page starts.
    pub next: Option<String>,
    /// How many each tab has.
    pub counts: Counts,
    /// What happened over time; missing where that is asked for later.
    pub volume: Option<Volume>,
    /// Whether what happened over time can be asked for later.
    pub has_later: bool,
    /// What may be wrong with the search.
    pub hints: Vec<String>,
    /// What is wrong with the search.
    pub problem: Option<String>,
}

/// A tab of the status.
struct Tab {
    word: &'static str,
    href: Address,
    current: bool,
    count: Option<Number>,
}

/// The list.
#[derive(Template)]
#[template(path = "errors/list.html")]
pub struct ErrorsPage {
    shell: Shell,
    filter: ListFilter,
    rows: Vec<Row>,
    tabs: Vec<Tab>,
    total: Number,
    shown: usize,
    capped: bool,
    next: Option<Address>,
    occurrences: Option<Number>,
    users: Option<Number>,
    chart: Option<(Markup, Markup)>,
    chart_later: Option<Address>,
    hints: Vec<String>,
    problem: Option<String>,
    members: Vec<(String, String)>,
}

impl ErrorsPage {
    /// The page of what was found; `members` are those to whom errors can be assigned, by id and name.
    #[must_use]
    pub fn new(
        shell: Shell,
        filter: ListFilter,
        found: Found,
        members: Vec<(String, String)>,
    ) -> Self {
        let query = filter.address.without("cursor").without("before").query();
        let shown = found.errors.len();
        let rows = found
            .errors
            .into_iter()
            .map(|one| Row::of(&shell, &query, (one.detail, one.people), one.project))
            .collect();
        let own_states = filter.names_states();
        let tabs = STATUSES.iter().map(|(value, word, _)| Tab {
            word,
            href: filter.with("status", if *value == "open" { "" } else { value }),
            current: !own_states && filter.status == *value,
            count: found.counts.of(value).map(Number::from),
        });
        let next = found.next.map(|cursor| {
            let before = filter.before + shown as u64;
            filter
                .address
                .with("cursor", &cursor)
                .with("before", &before.to_string())
        });
        Self {
            tabs: tabs.collect(),
            rows,
            total: found.total.into(),
            shown,
            capped: found.capped,
            next,
            occurrences: found.counts.occurrences.map(Number::from),
            users: found.counts.users.map(Number::from),
            chart: found
                .volume
                .as_ref()
                .map(|volume| volume.drawn(shell.clock)),
            chart_later: found
                .has_later
                .then(|| filter.with("", "").at("/errors/volume")),
            hints: found.hints,
            problem: found.problem,
            members,
            filter,
            shell,
        }
    }

    fn ranges(&self) -> impl Iterator<Item = (&'static str, Address, bool)> {
        let any = self.filter.range.is_empty() && !self.has_own_range();
        let ranges = RANGES.into_iter().map(|range| {
            let current = self.filter.range == range;
            (range, self.filter.with("range", range), current)
        });
        ranges.chain([("Any time", self.filter.with("range", ""), any)])
    }

    fn sorts(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        SORTS
            .into_iter()
            .map(|(value, word)| (value, word, self.filter.sort == value))
    }

    /// A column that the list can be ordered by.
    fn column(&self, sort: &'static str) -> (Address, bool) {
        let current = self.filter.sort == sort;
        (
            self.filter
                .with("sort", if sort == "last_seen" { "" } else { sort }),
            current,
        )
    }

    fn has_own_range(&self) -> bool {
        self.filter.range.is_empty()
            && !(self.filter.since.is_empty() && self.filter.until.is_empty())
    }

    /// The parameters that a form of this list keeps.
    fn kept(&self, except: &[&str]) -> Vec<(String, String)> {
        let kept = self.filter.address.parameters().iter();
        kept.filter(|(name, _)| {
            !except.contains(&name.as_str()) && !matches!(name.as_str(), "cursor" | "before")
        })
        .cloned()
        .collect()
    }

    /// The list as it is, to come back to.
    fn back(&self) -> String {
        self.filter.address.to_string()
    }

    /// The search that the stream follows.
    fn live_search(&self) -> String {
        self.filter.whole_search()
    }

    fn first(&self) -> u64 {
        self.filter.before + u64::from(self.shown > 0)
    }

    fn last(&self) -> u64 {
        self.filter.before + self.shown as u64
    }

    /// The word for what the tab holds: `open errors`.
    fn kind(&self) -> &'static str {
        match self.filter.status {
            "open" => "open errors",
            "regressed" => "regressed errors",
            "ignored" => "ignored errors",
            "resolved" => "resolved errors",
            _ => "errors",
        }
    }
}
