//! A parsed search.

use super::bounds::Bounds;
use super::key::{TABLE, TagKey, is_in_table, nearest};
use super::pattern::Pattern;
use crate::errors::{Level, Severity};
use crate::fingerprint::Fingerprint;
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};

/// How long an error is new after it was first seen.
pub const NEW: Duration = Duration::hours(24);

/// A search for errors: all its terms must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The terms, as written.
    pub terms: Vec<Term>,
    /// The range: own times of occurrences from this one on. The later of several.
    pub since: Option<OffsetDateTime>,
    /// The range: own times of occurrences before this one. The earlier of several.
    pub until: Option<OffsetDateTime>,
    /// What the time is, to which ages were resolved.
    pub now: OffsetDateTime,
}

/// A term of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Where it begins in the text, its sign included, in code points from 1; 0 where it was not written.
    pub position: usize,
    /// Whether errors match for which the filter does not hold.
    pub negated: bool,
    /// What must hold.
    pub filter: Filter,
}

/// What holds for an error. Of several values any must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// One of its newest texts matches, whichever occurrence it is of.
    Text(TextField, Vec<Pattern>),
    /// It is in one of these states.
    State(Vec<State>),
    /// It is assigned so.
    Assigned(Vec<Assignee>),
    /// The slug or the id of its project matches.
    Project(Vec<Pattern>),
    /// It owns one of these fingerprints.
    Fingerprint(Vec<Fingerprint>),
    /// An occurrence has this. One occurrence within the range must meet all such filters that are not negated; none
    /// within the range may meet one that is.
    Occurrence(OccurrenceFilter),
    /// Its figures lie within one of these bounds.
    Figure(FigureFilter),
}

/// The texts that a text filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextField {
    /// All of them.
    Any,
    /// Messages.
    Message,
    /// Types of exceptions.
    Type,
}

/// A state of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Neither resolved nor ignored.
    Open,
    /// Resolved.
    Resolved,
    /// Ignored.
    Ignored,
    /// Open, having occurred again after it was resolved.
    Regressed,
    /// Assigned to somebody.
    Assigned,
    /// Assigned to nobody.
    Unassigned,
    /// Bookmarked by the caller.
    Bookmarked,
    /// Followed by the caller.
    Followed,
    /// First seen within the last [`NEW`].
    New,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Resolved,
        Self::Ignored,
        Self::Regressed,
        Self::Assigned,
        Self::Unassigned,
        Self::Bookmarked,
        Self::Followed,
        Self::New,
    ];

    /// Returns the name in searches.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
            Self::Regressed => "regressed",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Bookmarked => "bookmarked",
            Self::Followed => "followed",
            Self::New => "new",
        }
    }

    /// Parses the name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Whom an error is assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// The calling member. Holds for nothing where the caller is none.
    Me,
    /// Nobody.
    Nobody,
    /// The member whose e-mail address or id matches.
    Member(Pattern),
}

/// What an occurrence has. Of several values any must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OccurrenceFilter {
    /// One of these levels, each with a severity if one is given.
    Level(Vec<(Level, Option<Severity>)>),
    /// One of these severities.
    Severity(Vec<Severity>),
    /// One of these releases.
    Release(Vec<ReleaseValue>),
    /// A user whose id, e-mail address, name or IP address matches
    /// ([`Facts::user_fields`](super::Facts::user_fields)).
    User(Vec<Pattern>),
    /// A tag whose value matches: the report's, or a built-in one such as `environment`.
    Tag(TagKey, Vec<Pattern>),
    /// One of these at all.
    Has(Vec<Presence>),
}

/// A release that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseValue {
    /// The newest one of the error's project.
    Latest,
    /// One whose version matches.
    Version(Pattern),
}

/// What an occurrence may have or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// A field that every occurrence has.
    Always,
    /// An exception with a type.
    ExceptionType,
    /// A tag.
    Tag(TagKey),
}

/// Figures of an error: of the occurrences that match where occurrence filters or a range are given, else its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FigureFilter {
    /// How many occurrences.
    Count(Vec<Bounds<i64>>),
    /// How many users.
    Users(Vec<Bounds<i64>>),
    /// The time of the earliest occurrence.
    FirstSeen(Vec<Bounds<OffsetDateTime>>),
    /// The time of the latest occurrence.
    LastSeen(Vec<Bounds<OffsetDateTime>>),
}

/// What may be wrong with a term that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Where the term begins, in code points from 1.
    pub position: usize,
    /// What may be wrong with it.
    pub message: String,
}

impl Query {
    /// The search that finds every error.
    #[must_use]
    pub const fn all(now: OffsetDateTime) -> Self {
        Self {
            terms: Vec::new(),
            since: None,
            until: None,
            now,
        }
    }

    /// Returns whether it finds every error.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.terms.is_empty() && !self.has_range()
    }

    /// Returns whether occurrences are looked at within a range only.
    #[must_use]
    pub const fn has_range(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// Narrows the range.
    pub fn narrow(&mut self, since: Option<OffsetDateTime>, until: Option<OffsetDateTime>) {
        self.since = self.since.max(since);
        self.until = match (self.until, until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// Returns whether a time lies within the range.
    #[must_use]
    pub fn includes(&self, at: OffsetDateTime) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }

    /// Returns the filters that one occurrence must meet all of.
    pub fn required(&self) -> impl Iterator<Item = &OccurrenceFilter> {
        self.of_occurrences(false)
    }

    /// Returns the filters that no occurrence may meet.
    pub fn excluded(&self) -> impl Iterator<Item = &OccurrenceFilter> {
        self.of_occurrences(true)
    }

    fn of_occurrences(&self, negated: bool) -> impl Iterator<Item = &OccurrenceFilter> {
        let terms = self
            .terms
            .iter()
            .filter(move |term| term.negated == negated);
        terms.filter_map(|term| match &term.filter {
            Filter::Occurrence(filter) => Some(filter),
            _ => None,
        })
    }

    /// Returns whether it asks for the newest release of each project.
    #[must_use]
    pub fn names_latest_release(&self) -> bool {
        let mut filters = self.required().chain(self.excluded());
        filters.any(|filter| {
            matches!(filter, OccurrenceFilter::Release(values) if values.contains(&ReleaseValue::Latest))
        })
    }

    /// Returns whether the figures of a found error are those of its occurrences that match, not its own.
    #[must_use]
    pub fn counts_matches(&self) -> bool {
        self.has_range() || self.required().next().is_some()
    }

    /// Names the keys that no occurrence has and that mean nothing else, each with the nearest one. `known` are the keys
    /// of the tags of all occurrences that the caller may see.
    #[must_use]
    pub fn hints(&self, known: &HashSet<String>) -> Vec<Hint> {
        let is_known = |key: &TagKey| key.stored().into_iter().any(|key| known.contains(key));
        let mut hints = Vec::new();
        for term in &self.terms {
            let unknown = term.filter.tags().filter(|key| !is_known(key));
            for key in unknown.filter(|key| !is_in_table(key.as_str())) {
                hints.push(Hint {
                    position: term.position,
                    message: unknown_key(key.as_str(), known),
                });
            }
        }
        hints
    }
}

fn unknown_key(key: &str, known: &HashSet<String>) -> String {
    let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
    known.sort_unstable();
    let said = format!("no occurrence has the tag '{key}'");
    match nearest(key, TABLE.into_iter().chain(known)) {
        Some(nearest) => format!("{said}; did you mean '{nearest}'?"),
        None => said,
    }
}

impl Filter {
    /// Returns the tags that it names.
    pub fn tags(&self) -> impl Iterator<Item = &TagKey> {
        let (tag, present) = match self {
            Self::Occurrence(OccurrenceFilter::Tag(key, _)) => (Some(key), &[][..]),
            Self::Occurrence(OccurrenceFilter::Has(present)) => (None, &present[..]),
            _ => (None, &[][..]),
        };
        let present = present.iter().filter_map(|presence| match presence {
            Presence::Tag(key) => Some(key),
            Presence::Always | Presence::ExceptionType => None,
        });
        tag.into_iter().chain(present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

    #[test]
    fn ranges_narrow() {
        let mut query = Query::all(NOW);
        assert!(query.is_all());
        let [early, late] = [
            datetime!(2026-11-01 0:00 UTC),
            datetime!(2026-11-02 0:00 UTC),
        ];
        query.narrow(Some(early), Some(late));
        query.narrow(Some(late), Some(early));
        query.narrow(None, None);
        assert_eq!((query.since, query.until), (Some(late), Some(early)));
        assert!(query.counts_matches() && !query.is_all());
        query.until = None;
        assert!(query.includes(late) && !query.includes(early));
    }

    #[test]
    fn unknown_keys_are_named_with_the_nearest() {
        let known = HashSet::from(["customer".to_owned(), "browser".to_owned()]);
        let text = "a enviroment:x -custmer:[a,b] customer:x has:[browsr,user] environment:x tag.browser:x";
        let query = Query::parse(text, NOW).unwrap();
        let hints = query.hints(&known);
        let hints: Vec<(usize, &str)> = hints
            .iter()
            .map(|hint| (hint.position, hint.message.as_str()))
            .collect();
        let expected = [
            (
                3,
                "no occurrence has the tag 'enviroment'; did you mean 'environment'?",
            ),
            (
                16,
                "no occurrence has the tag 'custmer'; did you mean 'customer'?",
            ),
            (
                42,
                "no occurrence has the tag 'browsr'; did you mean 'browser'?",
            ),
            (
                74,
                "no occurrence has the tag 'tag.browser'; did you mean 'browser'?",
            ),
        ];
        assert_eq!(hints, expected);
    }
}
