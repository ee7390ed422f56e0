//! How many errors there are in which state.

use super::error_group::ErrorState;
use super::triage_state::Status;

/// Errors with the occurrences that they ever had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Errors.
    pub errors: u64,
    /// Their occurrences, also those that retention has deleted.
    pub occurrences: u64,
}

impl Tally {
    /// Joins two tallies.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            errors: self.errors + other.errors,
            occurrences: self.occurrences + other.occurrences,
        }
    }
}

/// Tallies by state, each error in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tallies {
    /// Open, and not regressed.
    pub calm: Tally,
    /// Open, having occurred again after they were resolved.
    pub regressed: Tally,
    /// Ignored.
    pub ignored: Tally,
    /// Resolved.
    pub resolved: Tally,
}

impl Tallies {
    /// Returns the open errors, regressed ones too.
    #[must_use]
    pub const fn open(&self) -> Tally {
        self.calm.and(self.regressed)
    }

    /// Returns all errors.
    #[must_use]
    pub const fn all(&self) -> Tally {
        self.open().and(self.ignored).and(self.resolved)
    }

    /// Returns the tally in which an error of this state is.
    pub const fn of_state(&mut self, state: &ErrorState) -> &mut Tally {
        match (state.status(), state.regressed) {
            (Status::Resolved, _) => &mut self.resolved,
            (Status::Ignored, _) => &mut self.ignored,
            (Status::Open, true) => &mut self.regressed,
            (Status::Open, false) => &mut self.calm,
        }
    }

    /// Returns the tally of a state's number in storage.
    pub const fn numbered(&mut self, number: i64) -> &mut Tally {
        match number {
            3 => &mut self.resolved,
            2 => &mut self.ignored,
            1 => &mut self.regressed,
            _ => &mut self.calm,
        }
    }
}

/// Occurrences that a search finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MatchCount {
    /// Occurrences; `None` where too much would have to be read.
    pub occurrences: Option<u64>,
    /// Distinct users over all of them; `None` where too much would have to be read.
    pub users: Option<u64>,
}
