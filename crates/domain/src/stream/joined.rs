//! Changes of a round, joined to one event an error.

use super::change::{Before, Change, ChangeKind};
use super::change_log::{Entry, Position};
use super::event_id::EventId;
use crate::id::{ErrorId, ProjectId};
use crate::tenancy::Scope;
use std::collections::HashMap;

/// The changes of one error that are told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The error.
    pub error: ErrorId,
    /// Its project.
    pub project: ProjectId,
    /// What is told: the first kind among those of the changes.
    pub kind: ChangeKind,
    /// The error that it was merged into.
    pub merged_into: Option<ErrorId>,
    /// The error before each change that people made.
    pub before: Vec<Before>,
    /// How many occurrences it had before, if it occurred.
    pub count_before: Option<i64>,
    /// The position of the last change.
    pub last: Position,
}

/// Where a reader comes back, within a round that it was told a part of.
pub type Resumed<'a> = Option<&'a EventId>;

/// Joins the changes of entries that a scope sees, in the order in which they are told. A reader that comes back is told
/// nothing twice; `None` when changes of its tenant are missing.
#[must_use]
pub fn join(
    entries: &[(Position, Entry)],
    scope: &Scope,
    resumed: Resumed<'_>,
) -> Option<Vec<Joined>> {
    let mut of_errors: HashMap<ErrorId, Vec<(Position, &Change)>> = HashMap::new();
    for (position, entry) in entries {
        if entry.all_missed || entry.missed.contains(&scope.tenant()) {
            return None;
        }
        for change in &entry.changes {
            if scope.projects().contains(&change.project) {
                let changes = of_errors.entry(change.error).or_default();
                changes.push((*position, change));
            }
        }
    }
    let joined = of_errors.into_iter().filter_map(|(error, mut changes)| {
        if let Some(resumed) = resumed {
            let told = changes.iter().rfind(|(at, _)| *at <= resumed.end);
            if told.is_some_and(|(last, _)| (*last, error) <= (resumed.last, resumed.error)) {
                changes.retain(|(at, _)| *at > resumed.end);
            }
        }
        join_one(&changes)
    });
    let mut joined: Vec<Joined> = joined.collect();
    joined.sort_unstable_by_key(|one| (one.last, one.error));
    Some(joined)
}

fn join_one(changes: &[(Position, &Change)]) -> Option<Joined> {
    let (last, change) = changes.last()?;
    let all = || changes.iter().map(|(_, change)| *change);
    Some(Joined {
        error: change.error,
        project: change.project,
        kind: all().map(|change| change.kind).min()?,
        merged_into: all().find_map(|change| change.merged_into),
        before: all().filter_map(|change| change.before.clone()).collect(),
        count_before: all().filter_map(|change| change.count_before).min(),
        last: *last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TenantId;
    use crate::tenancy::TenantScope;
    use time::OffsetDateTime;
    use uuid::Uuid;

    const TENANT: TenantId = TenantId(Uuid::from_u128(1));
    const PROJECT: ProjectId = ProjectId(Uuid::from_u128(2));

    fn change(error: u128, kind: ChangeKind) -> Change {
        Change {
            tenant: TENANT,
            project: PROJECT,
            error: ErrorId(Uuid::from_u128(error)),
            kind,
            at: OffsetDateTime::UNIX_EPOCH,
            merged_into: None,
            before: None,
            count_before: None,
        }
    }

    fn at(millis: u64) -> Position {
        Position { millis, number: 0 }
    }

    fn entry(millis: u64, changes: &[(u128, ChangeKind)]) -> (Position, Entry) {
        let changes = changes.iter().map(|(error, kind)| change(*error, *kind));
        let changes = changes.collect();
        (
            at(millis),
            Entry {
                changes,
                missed: Vec::new(),
                all_missed: false,
            },
        )
    }

    fn scope() -> Scope {
        Scope::new(TenantScope::of(TENANT), vec![PROJECT])
    }

    fn told(entries: &[(Position, Entry)], resumed: Resumed<'_>) -> Vec<(u128, ChangeKind, u64)> {
        let joined = join(entries, &scope(), resumed).unwrap();
        let told = joined
            .iter()
            .map(|one| (one.error.0.as_u128(), one.kind, one.last.millis));
        told.collect()
    }

    #[test]
    fn changes_of_an_error_are_told_under_the_first_kind() {
        use ChangeKind::{Changed, Counts, Deleted, New, Regressed};
        let entries = [
            entry(1, &[(9, New), (7, Counts), (9, Counts)]),
            entry(2, &[(7, Regressed), (5, Changed), (5, Deleted)]),
            entry(3, &[(9, Counts)]),
        ];
        let expected = [(5, Deleted, 2), (7, Regressed, 2), (9, New, 3)];
        assert_eq!(told(&entries, None), expected);
    }

    #[test]
    fn who_comes_back_is_told_the_rest() {
        use ChangeKind::{Changed, Counts, New};
        let entries = [
            entry(1, &[(9, New), (7, Counts)]),
            entry(2, &[(9, Counts), (5, Changed)]),
            entry(3, &[(7, Counts), (4, New)]),
        ];
        // A round of the first two entries is told as 7, 5, 9.
        let id = |last: u64, error: u128| EventId {
            start: at(0),
            end: at(2),
            last: at(last),
            error: ErrorId(Uuid::from_u128(error)),
            ..EventId::behind("e", at(2))
        };
        let later = [(4, New, 3), (7, Counts, 3)];
        let rest = [(5, Changed, 2), (9, New, 2), (4, New, 3), (7, Counts, 3)];
        assert_eq!(told(&entries, Some(&id(1, 7))), rest);
        assert_eq!(told(&entries, Some(&id(2, 5))), rest[1..]);
        assert_eq!(told(&entries, Some(&id(2, 9))), later);
        assert_eq!(
            told(&entries[2..], Some(&EventId::behind("e", at(2)))),
            later
        );
    }

    #[test]
    fn others_are_not_told_and_gaps_are_known() {
        let mut foreign = change(1, ChangeKind::New);
        foreign.project = ProjectId(Uuid::from_u128(3));
        let mut entry = Entry {
            changes: vec![foreign],
            missed: vec![TenantId(Uuid::from_u128(8))],
            all_missed: false,
        };
        assert_eq!(
            join(&[(at(1), entry.clone())], &scope(), None),
            Some(Vec::new())
        );
        let mut all_missed = entry.clone();
        all_missed.all_missed = true;
        entry.missed.push(TENANT);
        for entry in [entry, all_missed] {
            assert_eq!(join(&[(at(1), entry)], &scope(), None), None);
        }
    }
}
