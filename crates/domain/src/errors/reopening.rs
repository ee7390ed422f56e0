//! Decides whether occurrences reopen an error that is resolved or ignored: one pure function for every store.

use super::change::{Change, ReopenedBy};
use super::ignored::Ignored;
use super::occurrence::Occurrence;
use super::resolved_in::ResolvedIn;
use super::triage_state::{Standing, TriageState};
use super::user_key::UserKey;
use crate::releases::{Known, Version, is_newer, is_same};
use std::collections::HashSet;
use time::OffsetDateTime;

/// What a decision goes by of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurred<'a> {
    /// Its own time.
    pub at: OffsetDateTime,
    /// Its release.
    pub release: Option<&'a str>,
    /// The affected user.
    pub user: Option<UserKey>,
}

impl<'a> Occurred<'a> {
    /// Takes it from an occurrence, whose user is hashed where the state counts users only.
    #[must_use]
    pub fn of(occurrence: &'a Occurrence, state: &TriageState) -> Self {
        let counts_users = state
            .ignored()
            .is_some_and(|ignored| ignored.users_left.is_some());
        let user = occurrence.user.as_ref().filter(|_| counts_users);
        let release = occurrence.summary.release.as_deref();
        Self {
            at: occurrence.timestamp,
            release: release.filter(|release| Version::is_valid(release)),
            user: user.and_then(UserKey::of_person),
        }
    }
}

/// A release of the error's project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFact {
    /// Its version.
    pub version: Version,
    /// When it was released, as announced.
    pub released_at: Option<OffsetDateTime>,
    /// When it became known.
    pub created_at: OffsetDateTime,
    /// Time of its earliest occurrence, as far as it is known.
    pub first_seen: Option<OffsetDateTime>,
}

impl ReleaseFact {
    /// A release that becomes known with the batch.
    #[must_use]
    pub fn new(version: &str, at: OffsetDateTime) -> Self {
        Self {
            version: Version::from_stored(version.to_owned()),
            released_at: None,
            created_at: at,
            first_seen: None,
        }
    }

    /// Returns what the order goes by: the same as [`Release::known`](crate::releases::Release::known).
    fn known(&self) -> Known<'_> {
        let first_seen = self.first_seen.unwrap_or(self.created_at);
        let known = self.created_at.min(first_seen);
        Known {
            version: &self.version,
            at: self.released_at.unwrap_or(known),
        }
    }

    /// Returns it with an occurrence of this time.
    fn seen_at(mut self, at: OffsetDateTime) -> Self {
        self.first_seen = Some(self.first_seen.map_or(at, |first| first.min(at)));
        self
    }
}

/// Which releases a decision needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededReleases {
    /// Those of these versions.
    pub versions: Vec<String>,
    /// And, where one of the occurrences' releases became known after this time, all of the project.
    pub all_if_after: Option<OffsetDateTime>,
}

impl NeededReleases {
    /// Returns what a decision needs; `None` where it goes by no release.
    #[must_use]
    pub fn of(state: &TriageState, occurred: &[Occurred<'_>]) -> Option<Self> {
        let (named, all_if_after) = match &state.standing {
            Standing::Resolved {
                how: ResolvedIn::CurrentRelease(release) | ResolvedIn::Release(release),
                ..
            } => (Some(release.clone()), None),
            Standing::Resolved {
                at,
                how: ResolvedIn::NextRelease(_),
            } => (None, Some(*at)),
            Standing::Ignored(ignored) if ignored.terms.next_release => (None, Some(ignored.since)),
            _ => return None,
        };
        let mut versions: Vec<String> = occurred
            .iter()
            .filter_map(|one| one.release.map(str::to_owned))
            .collect();
        if versions.is_empty() {
            return None;
        }
        versions.extend(named);
        versions.sort_unstable();
        versions.dedup();
        Some(Self {
            versions,
            all_if_after,
        })
    }

    /// Returns all releases of the project, as far as they are known without their occurrences, with those that were
    /// found by their versions.
    #[must_use]
    pub fn joined(found: Vec<ReleaseFact>, mut all: Vec<ReleaseFact>) -> Vec<ReleaseFact> {
        all.retain(|one| found.iter().all(|found| found.version != one.version));
        all.extend(found);
        all
    }

    /// Returns whether these releases, found by their versions, do not suffice.
    #[must_use]
    pub fn is_all(&self, found: &[ReleaseFact]) -> bool {
        self.all_if_after.is_some_and(|call| {
            found.len() < self.versions.len() || found.iter().any(|one| one.created_at > call)
        })
    }
}

/// What a decision knows beside the state.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The releases of [`NeededReleases`].
    pub releases: &'a [ReleaseFact],
    /// Those of the occurrences' users who had occurrences of the error before.
    pub users: &'a HashSet<UserKey>,
    /// When the occurrences are recorded.
    pub at: OffsetDateTime,
}

/// A decision about occurrences of one error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state after them.
    pub state: TriageState,
    /// What to note, if they reopen the error.
    pub change: Option<Change>,
    /// How many of them, from the first on, were recorded while the error was ignored.
    pub ignored: usize,
    /// Users to remember: they had no occurrence of it before.
    pub new_users: Vec<UserKey>,
}

/// Decides what occurrences do to an error, in the order in which they are recorded.
#[must_use]
pub fn decide(state: &TriageState, occurred: &[Occurred<'_>], facts: Facts<'_>) -> Decision {
    let unchanged = Decision {
        state: state.clone(),
        change: None,
        ignored: 0,
        new_users: Vec::new(),
    };
    match &state.standing {
        Standing::Open { .. } => unchanged,
        Standing::Resolved { at, how } => {
            let regression = occurred
                .iter()
                .find(|one| one.at > *at && regresses(one, how, *at, facts));
            match regression {
                None => unchanged,
                Some(one) => Decision {
                    state: opened(state, true),
                    change: Some(Change::Regressed {
                        release: one.release.map(str::to_owned),
                    }),
                    ..unchanged
                },
            }
        }
        Standing::Ignored(ignored) => while_ignored(state, *ignored, occurred, facts),
    }
}

/// Returns the state once the time has come until which an error was ignored.
#[must_use]
pub fn reopened_at(state: &TriageState, now: OffsetDateTime) -> Option<(TriageState, Change)> {
    let until = state.ignored()?.terms.until?;
    (until <= now).then(|| (opened(state, false), Change::Reopened(ReopenedBy::Until)))
}

fn opened(state: &TriageState, regressed: bool) -> TriageState {
    TriageState {
        standing: Standing::Open { regressed },
        assigned_to: state.assigned_to,
    }
}

fn regresses(
    one: &Occurred<'_>,
    how: &ResolvedIn,
    resolved_at: OffsetDateTime,
    facts: Facts<'_>,
) -> bool {
    match how {
        ResolvedIn::Now => true,
        ResolvedIn::CurrentRelease(named) | ResolvedIn::Release(named) => {
            let Some(release) = one.release else {
                return false;
            };
            // A release that was deleted since goes by the time of the call.
            let than = found(named, facts).cloned();
            let than = than.unwrap_or_else(|| ReleaseFact::new(named, resolved_at));
            let release = fact(release, facts).seen_at(one.at);
            is_same(&release.version, &than.version) || is_newer(release.known(), than.known())
        }
        ResolvedIn::NextRelease(_) => is_next(one, resolved_at, facts),
    }
}

/// Returns whether an occurrence's release is newer than all that were known at a call.
fn is_next(one: &Occurred<'_>, call: OffsetDateTime, facts: Facts<'_>) -> bool {
    let Some(release) = one.release else {
        return false;
    };
    let release = fact(release, facts).seen_at(one.at);
    let mut known = facts.releases.iter().filter(|one| one.created_at <= call);
    release.created_at > call && known.all(|one| is_newer(release.known(), one.known()))
}

fn found<'a>(version: &str, facts: Facts<'a>) -> Option<&'a ReleaseFact> {
    let mut all = facts.releases.iter();
    all.find(|one| one.version.as_str() == version)
}

fn fact(version: &str, facts: Facts<'_>) -> ReleaseFact {
    let known = found(version, facts).cloned();
    known.unwrap_or_else(|| ReleaseFact::new(version, facts.at))
}

fn while_ignored(
    state: &TriageState,
    mut ignored: Ignored,
    occurred: &[Occurred<'_>],
    facts: Facts<'_>,
) -> Decision {
    let mut new_users = Vec::new();
    let reopened = |ignored: usize, by: ReopenedBy| Decision {
        state: opened(state, false),
        change: Some(Change::Reopened(by)),
        ignored,
        new_users: Vec::new(),
    };
    if ignored.terms.until.is_some_and(|until| until <= facts.at) {
        return reopened(0, ReopenedBy::Until);
    }
    for (place, one) in occurred.iter().enumerate() {
        if let Some(left) = &mut ignored.count_left {
            *left -= 1;
            if *left <= 0 {
                return reopened(place, ReopenedBy::Count);
            }
        }
        let new_user = one
            .user
            .filter(|user| !facts.users.contains(user) && !new_users.contains(user));
        if let (Some(left), Some(user)) = (&mut ignored.users_left, new_user) {
            *left -= 1;
            new_users.push(user);
            if *left <= 0 {
                return reopened(place, ReopenedBy::Users);
            }
        }
        if ignored.terms.next_release && is_next(one, ignored.since, facts) {
            return reopened(place, ReopenedBy::Release);
        }
    }
    Decision {
        state: TriageState {
            standing: Standing::Ignored(ignored),
            assigned_to: state.assigned_to,
        },
        change: None,
        ignored: occurred.len(),
        new_users,
    }
}

#[cfg(test)]
mod tests;
