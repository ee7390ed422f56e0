//! What people decided about an error: open, resolved or ignored, with the terms, and who works on it.

use super::activity::{Change, ReopenedBy};
use crate::id::MemberId;
use crate::instant::micros;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Status of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Somebody has to look at it.
    Open,
    /// Believed to be corrected.
    Resolved,
    /// Known and left alone.
    Ignored,
}

impl Status {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
        }
    }
}

/// Where an error is resolved: which releases regress it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedIn {
    /// Any release, or none.
    Now,
    /// This release, the newest at the call, or a newer one.
    CurrentRelease(String),
    /// A release newer than every one known at the call, of which this was the newest.
    NextRelease(String),
    /// This release or a newer one.
    Release(String),
}

impl ResolvedIn {
    /// Returns the name on the wire and in storage.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::CurrentRelease(_) => "current_release",
            Self::NextRelease(_) => "next_release",
            Self::Release(_) => "release",
        }
    }

    /// Returns the release that it names.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        match self {
            Self::Now => None,
            Self::CurrentRelease(release) | Self::NextRelease(release) | Self::Release(release) => {
                Some(release)
            }
        }
    }

    /// Returns the stored form: the name, and the release after a blank.
    #[must_use]
    pub fn to_stored(&self) -> String {
        match self.release() {
            None => self.as_str().to_owned(),
            Some(release) => format!("{} {release}", self.as_str()),
        }
    }

    /// Parses the stored form.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        let (name, release) = match stored.split_once(' ') {
            Some((name, release)) => (name, Some(release.to_owned())),
            None => (stored, None),
        };
        Self::named(name, release)
    }

    /// Builds it from its name and release.
    #[must_use]
    pub fn named(name: &str, release: Option<String>) -> Option<Self> {
        match (name, release) {
            ("now", None) => Some(Self::Now),
            ("current_release", Some(release)) => Some(Self::CurrentRelease(release)),
            ("next_release", Some(release)) => Some(Self::NextRelease(release)),
            ("release", Some(release)) => Some(Self::Release(release)),
            _ => None,
        }
    }
}

/// What reopens an ignored error: whichever comes first. Without any it is ignored for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IgnoreTerms {
    /// This time.
    pub until: Option<OffsetDateTime>,
    /// That many further occurrences, at least 1.
    pub count: Option<i64>,
    /// That many users who had none of its occurrences before, at least 1.
    pub users: Option<i64>,
    /// An occurrence of a release newer than all known at the call.
    pub next_release: bool,
}

/// An error's being ignored: since when, and what is left of its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ignored {
    /// When it was ignored.
    pub since: OffsetDateTime,
    /// The terms as they were set.
    pub terms: IgnoreTerms,
    /// Occurrences until it reopens, with [`IgnoreTerms::count`].
    pub count_left: Option<i64>,
    /// New users until it reopens, with [`IgnoreTerms::users`].
    pub users_left: Option<i64>,
}

impl Ignored {
    /// Begins to ignore.
    #[must_use]
    pub const fn begin(terms: IgnoreTerms, since: OffsetDateTime) -> Self {
        Self {
            since,
            terms,
            count_left: terms.count,
            users_left: terms.users,
        }
    }

    /// Returns the stored form: JSON, times in microseconds since 1970.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let Self {
            since,
            terms,
            count_left,
            users_left,
        } = self;
        json!({
            "since": micros(*since),
            "until": terms.until.map(micros),
            "count": terms.count,
            "users": terms.users,
            "next_release": terms.next_release,
            "count_left": count_left,
            "users_left": users_left,
        })
        .to_string()
    }

    /// Parses the stored form.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored).ok()?;
        let number = |name: &str| stored.get(name).and_then(Value::as_i64);
        let time = |name: &str| {
            let nanos = i128::from(number(name)?) * 1_000;
            OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
        };
        Some(Self {
            since: time("since")?,
            terms: IgnoreTerms {
                until: time("until"),
                count: number("count"),
                users: number("users"),
                next_release: stored.get("next_release")?.as_bool()?,
            },
            count_left: number("count_left"),
            users_left: number("users_left"),
        })
    }
}

/// Status of an error with its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Open.
    Open {
        /// Whether it occurred again after it was resolved; until somebody resolves, ignores or reopens it.
        regressed: bool,
    },
    /// Resolved.
    Resolved {
        /// When.
        at: OffsetDateTime,
        /// In which release.
        how: ResolvedIn,
    },
    /// Ignored.
    Ignored(Ignored),
}

/// What people decided about an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageState {
    /// Status and terms.
    pub standing: Standing,
    /// The member who works on it.
    pub assigned_to: Option<MemberId>,
}

impl Default for TriageState {
    fn default() -> Self {
        Self {
            standing: Standing::Open { regressed: false },
            assigned_to: None,
        }
    }
}

/// A decision about the status of errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateAction {
    /// Resolves.
    Resolve(ResolvedIn),
    /// Ignores.
    Ignore(IgnoreTerms),
    /// Reopens.
    Reopen,
}

impl TriageState {
    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self.standing {
            Standing::Open { .. } => Status::Open,
            Standing::Resolved { .. } => Status::Resolved,
            Standing::Ignored(_) => Status::Ignored,
        }
    }

    /// Returns when it was resolved.
    #[must_use]
    pub const fn resolved_at(&self) -> Option<OffsetDateTime> {
        match self.standing {
            Standing::Resolved { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Returns where it was resolved.
    #[must_use]
    pub const fn resolved_in(&self) -> Option<&ResolvedIn> {
        match &self.standing {
            Standing::Resolved { how, .. } => Some(how),
            _ => None,
        }
    }

    /// Returns the terms under which it is ignored.
    #[must_use]
    pub const fn ignored(&self) -> Option<&Ignored> {
        match &self.standing {
            Standing::Ignored(ignored) => Some(ignored),
            _ => None,
        }
    }

    /// Returns whether it occurred again after it was resolved.
    #[must_use]
    pub const fn regressed(&self) -> bool {
        matches!(self.standing, Standing::Open { regressed: true })
    }

    /// Returns the state after a decision, and the change to note; `None` where it changes nothing: the same
    /// decision again, or reopening an open error. Reopening a regressed error ends the regression and notes nothing.
    #[must_use]
    pub fn decided(
        &self,
        action: &StateAction,
        at: OffsetDateTime,
    ) -> Option<(Self, Option<Change>)> {
        let (standing, change) = match (action, &self.standing) {
            (StateAction::Resolve(how), Standing::Resolved { how: same, .. }) if how == same => {
                return None;
            }
            (StateAction::Ignore(terms), Standing::Ignored(same)) if *terms == same.terms => {
                return None;
            }
            (StateAction::Reopen, Standing::Open { regressed: false }) => return None,
            (StateAction::Reopen, Standing::Open { regressed: true }) => {
                (Standing::Open { regressed: false }, None)
            }
            (StateAction::Reopen, _) => (
                Standing::Open { regressed: false },
                Some(Change::Reopened(ReopenedBy::Call)),
            ),
            (StateAction::Resolve(how), _) => {
                let how = how.clone();
                let change = Change::Resolved(how.clone());
                (Standing::Resolved { at, how }, Some(change))
            }
            (StateAction::Ignore(terms), _) => (
                Standing::Ignored(Ignored::begin(*terms, at)),
                Some(Change::Ignored(*terms)),
            ),
        };
        let assigned_to = self.assigned_to;
        let state = Self {
            standing,
            assigned_to,
        };
        Some((state, change))
    }

    /// Returns the state of two merged errors. The result is open if either was, and regressed if either was, else as
    /// the one that stays; `by_system` keeps that one's state whatever the other's was. Its assignment stays, else the
    /// other's.
    #[must_use]
    pub fn merged(stays: &Self, goes: &Self, by_system: bool) -> Self {
        let is_open = |state: &Self| state.status() == Status::Open;
        let standing = if !by_system && (is_open(stays) || is_open(goes)) {
            Standing::Open {
                regressed: stays.regressed() || goes.regressed(),
            }
        } else {
            stays.standing.clone()
        };
        Self {
            standing,
            assigned_to: stays.assigned_to.or(goes.assigned_to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

    fn state(standing: Standing) -> TriageState {
        TriageState {
            standing,
            assigned_to: None,
        }
    }

    fn resolved(how: ResolvedIn) -> TriageState {
        state(Standing::Resolved { at: NOON, how })
    }

    fn ignored(terms: IgnoreTerms) -> TriageState {
        state(Standing::Ignored(Ignored::begin(terms, NOON)))
    }

    fn open(regressed: bool) -> TriageState {
        state(Standing::Open { regressed })
    }

    #[test]
    fn stored_forms_are_read_back() {
        for how in [
            ResolvedIn::Now,
            ResolvedIn::CurrentRelease("1.0".to_owned()),
            ResolvedIn::NextRelease("a b".to_owned()),
            ResolvedIn::Release("next_release 1".to_owned()),
        ] {
            assert_eq!(ResolvedIn::from_stored(&how.to_stored()), Some(how));
        }
        assert_eq!(ResolvedIn::from_stored("never"), None);
        assert_eq!(ResolvedIn::from_stored("release"), None);
        let all = IgnoreTerms {
            until: Some(NOON + Duration::MICROSECOND),
            count: Some(3),
            users: Some(1_000_000),
            next_release: true,
        };
        for terms in [all, IgnoreTerms::default()] {
            let mut ignored = Ignored::begin(terms, NOON);
            ignored.count_left = ignored.count_left.map(|left| left - 1);
            assert_eq!(Ignored::from_stored(&ignored.to_stored()), Some(ignored));
        }
        assert_eq!(Ignored::from_stored("{}"), None);
    }

    #[test]
    fn the_same_decision_again_changes_nothing_and_another_starts_anew() {
        let later = NOON + Duration::HOUR;
        let release = |text: &str| ResolvedIn::CurrentRelease(text.to_owned());
        let one = resolved(release("1"));
        assert_eq!(
            one.decided(&StateAction::Resolve(release("1")), later),
            None
        );
        let other = StateAction::Resolve(release("2"));
        let (state, change) = one.decided(&other, later).expect("a change");
        assert_eq!(state.resolved_at(), Some(later));
        assert_eq!(change, Some(Change::Resolved(release("2"))));
        let terms = IgnoreTerms {
            count: Some(2),
            ..IgnoreTerms::default()
        };
        let ignoring = ignored(terms);
        assert_eq!(ignoring.decided(&StateAction::Ignore(terms), later), None);
        let for_ever = StateAction::Ignore(IgnoreTerms::default());
        let (state, _) = ignoring.decided(&for_ever, later).expect("a change");
        assert_eq!(state.ignored().map(|ignored| ignored.since), Some(later));
    }

    #[test]
    fn each_decision_ends_the_one_before() {
        let for_ever = StateAction::Ignore(IgnoreTerms::default());
        let (state, _) = resolved(ResolvedIn::Now)
            .decided(&for_ever, NOON)
            .expect("a change");
        assert_eq!(
            (state.status(), state.resolved_at()),
            (Status::Ignored, None)
        );
        let resolve = StateAction::Resolve(ResolvedIn::Now);
        let (state, _) = state.decided(&resolve, NOON).expect("a change");
        assert_eq!(state.status(), Status::Resolved);
        let (state, change) = state.decided(&StateAction::Reopen, NOON).expect("a change");
        assert_eq!(state, open(false));
        assert_eq!(change, Some(Change::Reopened(ReopenedBy::Call)));
        assert_eq!(state.decided(&StateAction::Reopen, NOON), None);
        let ended = open(true).decided(&StateAction::Reopen, NOON);
        assert_eq!(ended, Some((open(false), None)));
    }

    #[test]
    fn a_merge_is_open_if_either_was_else_as_the_one_that_stays() {
        let one = resolved(ResolvedIn::Now);
        let other = ignored(IgnoreTerms::default());
        for (stays, goes, merged) in [
            (&one, &other, &one),
            (&other, &one, &other),
            (&one, &open(false), &open(false)),
            (&open(false), &open(true), &open(true)),
            (&open(true), &other, &open(true)),
        ] {
            assert_eq!(&TriageState::merged(stays, goes, false), merged);
            assert_eq!(&TriageState::merged(stays, goes, true), stays);
        }
        let member = MemberId(uuid::Uuid::from_u128(7));
        let assigned = TriageState {
            assigned_to: Some(member),
            ..one.clone()
        };
        let merged = TriageState::merged(&one, &assigned, false);
        assert_eq!(merged.assigned_to, Some(member));
    }
}
