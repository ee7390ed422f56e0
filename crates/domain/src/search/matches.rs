//! Finds errors in memory: the reference for every store.

use super::bounds::Bounds;
use super::facts::Facts;
use super::query::{
    Assignee, FigureFilter, Filter, NEW, OccurrenceFilter, Presence, Query, ReleaseValue, State,
    TextField,
};
use crate::errors::{Level, Severity};
use crate::fingerprint::Fingerprint;
use crate::id::{MemberId, ProjectId};
use std::cmp::Reverse;
use std::collections::HashSet;
use time::OffsetDateTime;

/// Distinct texts of an error in which words are looked for: the newest.
pub const MAX_TEXTS: usize = 100;

/// An error with what it is found by.
#[derive(Debug, Clone)]
pub struct SearchedError<'a> {
    /// Its project.
    pub project_id: ProjectId,
    /// The project's slug.
    pub project: &'a str,
    /// The project's newest release.
    pub newest_release: Option<&'a str>,
    /// The fingerprints it owns.
    pub fingerprints: &'a [Fingerprint],
    /// The states it is in, except those that follow from its other fields: assigned, unassigned, new.
    pub states: &'a [State],
    /// Whom it is assigned to, with the e-mail address.
    pub assigned_to: Option<(MemberId, &'a str)>,
    /// Its own figures.
    pub figures: Figures,
    /// Its stored occurrences.
    pub occurrences: Vec<SearchedOccurrence<'a>>,
}

/// An occurrence with what it is found by.
#[derive(Debug, Clone, Copy)]
pub struct SearchedOccurrence<'a> {
    /// When it happened.
    pub timestamp: OffsetDateTime,
    /// Level.
    pub level: Level,
    /// Severity.
    pub severity: Severity,
    /// Tags, user and texts.
    pub facts: &'a Facts,
}

/// Figures of an error, or of some of its occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How many occurrences.
    pub count: i64,
    /// How many users.
    pub users: i64,
    /// Time of the earliest occurrence.
    pub first_seen: OffsetDateTime,
    /// Time of the latest occurrence.
    pub last_seen: OffsetDateTime,
}

impl Figures {
    /// Counts occurrences; `None` without any.
    #[must_use]
    pub fn of(occurrences: &[SearchedOccurrence<'_>]) -> Option<Self> {
        let times = occurrences.iter().map(|occurrence| occurrence.timestamp);
        let users = occurrences
            .iter()
            .filter_map(|one| one.facts.user.as_deref());
        let users: HashSet<&str> = users.collect();
        Some(Self {
            count: i64::try_from(occurrences.len()).unwrap_or(i64::MAX),
            users: i64::try_from(users.len()).unwrap_or(i64::MAX),
            first_seen: times.clone().min()?,
            last_seen: times.max()?,
        })
    }
}

impl Query {
    /// Returns the figures of an error that it finds, `None` of another: those of its occurrences that match where
    /// occurrence filters or a range are given, else its own. `caller` is the calling member.
    #[must_use]
    pub fn find(&self, error: &SearchedError<'_>, caller: Option<MemberId>) -> Option<Figures> {
        let mut within = error.occurrences.clone();
        within.retain(|occurrence| self.includes(occurrence.timestamp));
        let meets = |filter: &OccurrenceFilter, occurrence: &SearchedOccurrence<'_>| {
            filter.holds(occurrence, error.newest_release)
        };
        let excluded = |occurrence| self.excluded().any(|filter| meets(filter, occurrence));
        if within.iter().any(excluded) {
            return None;
        }
        let figures = if self.counts_matches() {
            within.retain(|occurrence| self.required().all(|filter| meets(filter, occurrence)));
            Figures::of(&within)?
        } else {
            error.figures
        };
        let texts = error.texts();
        let found = self.terms.iter().all(|term| {
            let holds = match &term.filter {
                Filter::Occurrence(_) => return true,
                Filter::Text(field, patterns) => {
                    let texts = texts.iter().filter(|(kind, _)| field.includes(*kind));
                    let mut texts = texts.map(|(_, text)| text);
                    texts.any(|text| patterns.iter().any(|pattern| pattern.matches(text)))
                }
                Filter::State(states) => states.iter().any(|state| error.is(*state, self.now)),
                Filter::Assigned(assignees) => assignees
                    .iter()
                    .any(|assignee| error.is_assigned(assignee, caller)),
                Filter::Project(patterns) => {
                    let id = error.project_id.to_string();
                    let mut patterns = patterns.iter();
                    patterns.any(|pattern| pattern.matches(error.project) || pattern.matches(&id))
                }
                Filter::Fingerprint(fingerprints) => {
                    let mut fingerprints = fingerprints.iter();
                    fingerprints.any(|one| error.fingerprints.contains(one))
                }
                Filter::Figure(filter) => filter.holds(figures),
            };
            holds != term.negated
        });
        found.then_some(figures)
    }
}

impl SearchedError<'_> {
    /// Returns the newest distinct texts with their kinds: [`TextField::Any`] for those that are neither messages nor
    /// types.
    fn texts(&self) -> Vec<(TextField, &str)> {
        let mut newest: Vec<&SearchedOccurrence<'_>> = self.occurrences.iter().collect();
        newest.sort_by_key(|occurrence| Reverse(occurrence.timestamp));
        let mut texts = Vec::new();
        for occurrence in newest {
            let facts = occurrence.facts;
            let message = std::iter::once((TextField::Message, &facts.message));
            let types = facts.exception_types.iter();
            let others = facts.exception_values.iter().chain(&facts.culprit);
            let all = message
                .chain(types.map(|text| (TextField::Type, text)))
                .chain(others.map(|text| (TextField::Any, text)));
            for (kind, text) in all.map(|(kind, text)| (kind, text.as_str())) {
                if texts.len() < MAX_TEXTS && !texts.contains(&(kind, text)) {
                    texts.push((kind, text));
                }
            }
        }
        texts
    }

    fn is(&self, state: State, now: OffsetDateTime) -> bool {
        match state {
            State::Assigned => self.assigned_to.is_some(),
            State::Unassigned => self.assigned_to.is_none(),
            State::New => self.figures.first_seen > now - NEW,
            other => self.states.contains(&other),
        }
    }

    fn is_assigned(&self, assignee: &Assignee, caller: Option<MemberId>) -> bool {
        match (assignee, self.assigned_to) {
            (Assignee::Nobody, assigned) => assigned.is_none(),
            (_, None) => false,
            (Assignee::Me, Some((id, _))) => caller == Some(id),
            (Assignee::Member(pattern), Some((id, email))) => {
                pattern.matches(email) || pattern.matches(&id.to_string())
            }
        }
    }
}

impl TextField {
    /// Whether a filter on this field looks at texts of a kind.
    fn includes(self, kind: Self) -> bool {
        self == Self::Any || self == kind
    }
}

impl OccurrenceFilter {
    /// Returns whether an occurrence meets the filter. `newest` is the newest release of its project.
    #[must_use]
    pub fn holds(&self, occurrence: &SearchedOccurrence<'_>, newest: Option<&str>) -> bool {
        let facts = occurrence.facts;
        match self {
            Self::Level(levels) => levels.iter().any(|(level, severity)| {
                let is_severe = severity.is_none_or(|severity| severity == occurrence.severity);
                *level == occurrence.level && is_severe
            }),
            Self::Severity(severities) => severities.contains(&occurrence.severity),
            Self::Release(values) => facts.tag("release").is_some_and(|release| {
                values.iter().any(|value| match value {
                    ReleaseValue::Latest => newest == Some(release),
                    ReleaseValue::Version(pattern) => pattern.matches(release),
                })
            }),
            Self::User(patterns) => {
                let mut fields = facts.user_fields.iter();
                fields.any(|field| patterns.iter().any(|pattern| pattern.matches(field)))
            }
            Self::Tag(key, patterns) => {
                let values = key.stored().into_iter().filter_map(|key| facts.tag(key));
                let mut values = values.map(|value| patterns.iter().any(|one| one.matches(value)));
                values.any(|matches| matches)
            }
            Self::Has(fields) => fields.iter().any(|field| match field {
                Presence::Always => true,
                Presence::ExceptionType => !facts.exception_types.is_empty(),
                Presence::Tag(key) => key.stored().into_iter().any(|key| facts.tag(key).is_some()),
            }),
        }
    }
}

impl FigureFilter {
    /// Returns whether figures lie within the bounds.
    #[must_use]
    pub fn holds(&self, figures: Figures) -> bool {
        match self {
            Self::Count(bounds) => any(bounds, figures.count),
            Self::Users(bounds) => any(bounds, figures.users),
            Self::FirstSeen(bounds) => any(bounds, figures.first_seen),
            Self::LastSeen(bounds) => any(bounds, figures.last_seen),
        }
    }

    /// Returns whether the filter may hold, or with `negated` may not, for figures that lie between two, both included.
    #[must_use]
    pub fn may_hold(&self, least: &Figures, most: &Figures, negated: bool) -> bool {
        match self {
            Self::Count(bounds) => may(bounds, (least.count, most.count), negated),
            Self::Users(bounds) => may(bounds, (least.users, most.users), negated),
            Self::FirstSeen(bounds) => may(bounds, (least.first_seen, most.first_seen), negated),
            Self::LastSeen(bounds) => may(bounds, (least.last_seen, most.last_seen), negated),
        }
    }
}

fn may<T: PartialOrd + Copy>(bounds: &[Bounds<T>], (least, most): (T, T), negated: bool) -> bool {
    let mut bounds = bounds.iter();
    if negated {
        !bounds.any(|bounds| bounds.contains(least) && bounds.contains(most))
    } else {
        bounds.any(|bounds| bounds.meets(least, most))
    }
}

fn any<T: PartialOrd + Copy>(bounds: &[Bounds<T>], figure: T) -> bool {
    bounds.iter().any(|bounds| bounds.contains(figure))
}
