//! Condenses indexed occurrences into roll-ups: by day of receipt, and by release.

use super::delta::{Fact, Owner};
use super::entry::SEVERITY;
use crate::id::OccurrenceId;
use std::collections::BTreeMap;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Key of a cell that counts occurrences of a release: an hour and every dimension that figures are asked by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseHour {
    /// Start of the hour, in microseconds since 1970.
    pub hour: i64,
    /// Release.
    pub release: String,
    /// Source.
    pub source: String,
    /// Environment.
    pub environment: String,
    /// Level.
    pub level: String,
    /// Severity.
    pub severity: String,
}

/// An occurrence that named a release: its own time in microseconds since 1970, its id, the release.
pub type Named = (i64, OccurrenceId, String);

/// The earliest and the latest of some occurrences, by their own time, then by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSight {
    /// The earliest of all, with its release.
    pub seen: (i64, OccurrenceId, Option<String>),
    /// The earliest that named a release.
    pub first: Option<Named>,
    /// The latest that named a release.
    pub last: Option<Named>,
}

impl ReleaseSight {
    fn of(fact: &Fact) -> Self {
        let release = value(fact, "release").map(str::to_owned);
        let named = release
            .clone()
            .map(|release| (fact.timestamp, fact.id, release));
        Self {
            seen: (fact.timestamp, fact.id, release),
            first: named.clone(),
            last: named,
        }
    }

    fn and(self, other: Self) -> Self {
        let firsts = [self.first, other.first].into_iter().flatten();
        Self {
            seen: self.seen.min(other.seen),
            first: firsts.min(),
            last: self.last.max(other.last),
        }
    }
}

/// Changes of roll-ups by a set of occurrences, in ascending order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RollUp {
    /// Occurrences by UTC day of receipt: see [`OccurrenceId::day`].
    pub days: BTreeMap<(Owner, i64), i64>,
    /// Releases of the earliest and the latest.
    pub releases: BTreeMap<Owner, ReleaseSight>,
    /// Occurrences that named a release.
    pub hours: BTreeMap<(Owner, ReleaseHour), i64>,
}

impl RollUp {
    /// Condenses occurrences.
    #[must_use]
    pub fn of(facts: &[Fact]) -> Self {
        let mut roll_up = Self::default();
        for fact in facts {
            *roll_up.days.entry((fact.owner, fact.id.day())).or_default() += 1;
            let sight = ReleaseSight::of(fact);
            let known = roll_up.releases.remove(&fact.owner);
            let joined = match known {
                Some(known) => known.and(sight),
                None => sight,
            };
            roll_up.releases.insert(fact.owner, joined);
            if let Some(release) = value(fact, "release") {
                let text = |key| value(fact, key).unwrap_or_default().to_owned();
                let cell = ReleaseHour {
                    hour: fact.timestamp.div_euclid(HOUR) * HOUR,
                    release: release.to_owned(),
                    source: text("source"),
                    environment: text("environment"),
                    level: text("level"),
                    severity: text(SEVERITY),
                };
                *roll_up.hours.entry((fact.owner, cell)).or_default() += 1;
            }
        }
        roll_up
    }
}

fn value<'a>(fact: &'a Fact, key: &str) -> Option<&'a str> {
    let mut tags = fact.tags.iter();
    tags.find(|(own, _)| own == key)
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Fingerprint;
    use crate::id::ProjectId;
    use uuid::Uuid;

    #[test]
    fn the_earliest_and_the_latest_that_named_a_release_are_kept() {
        let owner = (ProjectId(Uuid::nil()), Fingerprint::from_bytes([1; 16]));
        let fact = |time: i64, id: u128, release: Option<&str>| Fact {
            owner,
            timestamp: time,
            id: OccurrenceId(Uuid::from_u128(id)),
            user_key: None,
            tags: release
                .map(|release| ("release".to_owned(), release.to_owned()))
                .into_iter()
                .collect(),
        };
        let day = 86_400_000_u128 << 80;
        let facts = [
            fact(-1, 1, None),
            fact(0, 2, Some("a")),
            fact(HOUR, day, Some("b")),
            fact(HOUR, 3, Some("c")),
        ];
        let roll_up = RollUp::of(&facts);
        let sight = &roll_up.releases[&owner];
        assert_eq!((sight.seen.0, &sight.seen.2), (-1, &None));
        assert_eq!(sight.first.as_ref().unwrap().2, "a");
        assert_eq!(sight.last.as_ref().unwrap().2, "b", "the greater id");
        assert_eq!(roll_up.days[&(owner, 0)], 3);
        assert_eq!(roll_up.days[&(owner, 1)], 1);
        let hours: Vec<i64> = roll_up.hours.keys().map(|(_, cell)| cell.hour).collect();
        assert_eq!(hours, [0, HOUR, HOUR]);
    }
}
