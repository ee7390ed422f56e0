//! What people decided about an error: open, resolved or ignored, with the terms, and who works on it.

use super::change::{Change, ReopenedBy};
use super::ignored::{IgnoreTerms, Ignored};
use super::resolved_in::ResolvedIn;
use crate::id::MemberId;
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
    /// decision again, or reopening an open error that is not regressed.
    #[must_use]
    pub fn decided(&self, action: &StateAction, at: OffsetDateTime) -> Option<(Self, Change)> {
        let (standing, change) = match (action, &self.standing) {
            (StateAction::Resolve(how), Standing::Resolved { how: same, .. }) if how == same => {
                return None;
            }
            (StateAction::Ignore(terms), Standing::Ignored(same)) if *terms == same.terms => {
                return None;
            }
            (StateAction::Reopen, Standing::Open { regressed: false }) => return None,
            (StateAction::Reopen, _) => (
                Standing::Open { regressed: false },
                Change::Reopened(ReopenedBy::Call),
            ),
            (StateAction::Resolve(how), _) => {
                let how = how.clone();
                let change = Change::Resolved(how.clone());
                (Standing::Resolved { at, how }, change)
            }
            (StateAction::Ignore(terms), _) => (
                Standing::Ignored(Ignored::begin(*terms, at)),
                Change::Ignored(*terms),
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
        assert_eq!(change, Change::Resolved(release("2")));
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
        assert_eq!(change, Change::Reopened(ReopenedBy::Call));
        assert_eq!(state.decided(&StateAction::Reopen, NOON), None);
        let ended = open(true).decided(&StateAction::Reopen, NOON);
        assert_eq!(
            ended,
            Some((open(false), Change::Reopened(ReopenedBy::Call)))
        );
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
