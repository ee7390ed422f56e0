//! Whether an error may have been found before it changed.

use super::change::Before;
use super::joined::Joined;
use super::told::Listener;
use crate::errors::ErrorDetail;
use crate::id::MemberId;
use crate::search::{Assignee, Figures, Filter, NEW, Query, State};
use time::OffsetDateTime;

/// The search without what changes: what people decide, and figures.
pub(super) fn lasting(search: &Query) -> Query {
    let mut search = search.clone();
    search.terms.retain(|term| match &term.filter {
        Filter::State(states) => !states.iter().any(|state| is_decided(*state)),
        filter => !matches!(filter, Filter::Assigned(_) | Filter::Figure(_)),
    });
    search
}

/// Whether people decide it for everybody.
const fn is_decided(state: State) -> bool {
    !matches!(state, State::New | State::Bookmarked | State::Followed)
}

/// Figures that an error may have had: between the first and the second.
type FigureRange = (Figures, Figures);

/// Whether an error that the search does not find any more may have been found before these changes, as far as what
/// changes goes.
pub(super) fn matched(
    search: &Query,
    one: &Joined,
    detail: &ErrorDetail,
    listener: &Listener,
) -> bool {
    let now = Before::decided(&detail.error.triage);
    let occurred = one.count_before.is_some();
    let unchanged = Some(&now).filter(|_| occurred || one.before.is_empty());
    let range = figure_range(one, detail);
    one.before.iter().chain(unchanged).any(|before| {
        let own = before.figures.filter(|_| !search.counts_matches());
        let range = own.map(|figures| (figures, figures)).or(range);
        may_have_held(search, before, range.as_ref(), listener)
    })
}

/// The figures that an error may have had before it occurred again.
fn figure_range(one: &Joined, detail: &ErrorDetail) -> Option<FigureRange> {
    let most = detail.figures.as_ref()?.of;
    let Some(before) = one.count_before else {
        return Some((most, most));
    };
    let more = detail.error.state.count - before;
    let least = Figures {
        count: most.count - more,
        users: most.users - more,
        first_seen: most.first_seen,
        last_seen: most.first_seen,
    };
    let most = Figures {
        first_seen: most.last_seen,
        ..most
    };
    Some((least, most))
}

/// Whether an error that was deleted may have been found before.
pub(super) fn matched_deleted(search: &Query, one: &Joined, listener: &Listener) -> bool {
    // Where nothing was noted, nothing is known.
    one.before.is_empty()
        || one.before.iter().any(|before| {
            let own = before.figures.filter(|_| !search.counts_matches());
            let range = own.map(|figures| (figures, figures));
            may_have_held(search, before, range.as_ref(), listener)
        })
}

/// Whether the terms of a search that speak of what changes may have held for an error. Other terms are passed over.
fn may_have_held(
    search: &Query,
    before: &Before,
    range: Option<&FigureRange>,
    listener: &Listener,
) -> bool {
    search.terms.iter().all(|term| match &term.filter {
        Filter::State(states) => {
            let mut held = states
                .iter()
                .map(|state| was(*state, before, range, search.now));
            if term.negated {
                held.all(|held| held != Some(true))
            } else {
                held.any(|held| held != Some(false))
            }
        }
        Filter::Assigned(assignees) => {
            let to = before.assigned_to;
            let mut assignees = assignees.iter();
            assignees.any(|one| was_assigned(one, to, listener.viewer.member)) != term.negated
        }
        Filter::Figure(filter) => {
            range.is_none_or(|(least, most)| filter.may_hold(least, most, term.negated))
        }
        _ => true,
    })
}

/// Whether an error was in a state; `None` where that is not known.
fn was(
    state: State,
    before: &Before,
    range: Option<&FigureRange>,
    now: OffsetDateTime,
) -> Option<bool> {
    match state {
        State::Assigned => Some(before.assigned_to.is_some()),
        State::Unassigned => Some(before.assigned_to.is_none()),
        State::New => {
            let known = range.filter(|(least, most)| least.first_seen == most.first_seen);
            known.map(|(least, _)| least.first_seen > now - NEW)
        }
        State::Bookmarked | State::Followed => None,
        state => Some(before.states.contains(&state)),
    }
}

fn was_assigned(assignee: &Assignee, to: Option<MemberId>, viewer: Option<MemberId>) -> bool {
    match assignee {
        Assignee::Nobody => to.is_none(),
        Assignee::Me => to.is_some() && to == viewer,
        // The address is not known any more.
        Assignee::Member(pattern) => to.is_some_and(|member| {
            pattern.matches(&member.to_string())
                || pattern.only().is_none_or(|only| only.contains('@'))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Viewer;
    use crate::id::{ErrorId, ProjectId, TenantId};
    use crate::stream::{ChangeKind, Position};
    use crate::tenancy::{Scope, TenantScope};
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);
    const ADA: MemberId = MemberId(Uuid::from_u128(7));

    fn listener(query: &str) -> (Listener, Query) {
        let listener = Listener {
            scope: Scope::new(
                TenantScope::of(TenantId(Uuid::from_u128(1))),
                vec![ProjectId(Uuid::from_u128(2))],
            ),
            viewer: Viewer {
                member: Some(ADA),
                principal: None,
            },
            query: query.to_owned(),
        };
        let search = Query::parse(query, NOW).expect("a search");
        (listener, search)
    }

    fn figures(count: i64) -> Figures {
        Figures {
            count,
            users: 2,
            first_seen: datetime!(2026-11-20 12:00 UTC),
            last_seen: datetime!(2026-11-27 11:00 UTC),
        }
    }

    fn deleted(before: Vec<Before>) -> Joined {
        Joined {
            error: ErrorId(Uuid::from_u128(3)),
            project: ProjectId(Uuid::from_u128(2)),
            kind: ChangeKind::Deleted,
            merged_into: None,
            before,
            count_before: None,
            last: Position::default(),
        }
    }

    #[test]
    fn a_deletion_is_told_where_the_error_may_have_matched() {
        let open = Before {
            states: vec![State::Open],
            assigned_to: Some(ADA),
            figures: Some(figures(5)),
        };
        for (query, told) in [
            ("", true),
            ("is:open", true),
            ("!is:open", false),
            ("is:[resolved,ignored]", false),
            ("assigned:me", true),
            ("assigned:none", false),
            ("is:unassigned", false),
            ("count:>4 users:2", true),
            ("count:>5", false),
            ("!count:>5", true),
            ("first_seen:<2d", false),
            ("last_seen:<2h", true),
            ("is:new", false),
            // What is not known may have held.
            ("is:bookmarked", true),
            ("is:[resolved,followed]", true),
            ("environment:staging disk", true),
            ("environment:staging count:>5", true),
            ("environment:staging is:resolved", false),
        ] {
            let (listener, search) = listener(query);
            let one = deleted(vec![open.clone()]);
            assert_eq!(matched_deleted(&search, &one, &listener), told, "{query}");
            let unknown = deleted(Vec::new());
            assert!(matched_deleted(&search, &unknown, &listener), "{query}");
        }
    }

    #[test]
    fn figures_before_an_occurrence_lie_within_bounds() {
        let (least, most) = (
            Figures {
                users: 1,
                last_seen: figures(3).first_seen,
                ..figures(3)
            },
            Figures {
                first_seen: figures(5).last_seen,
                ..figures(5)
            },
        );
        let before = Before {
            states: vec![State::Open],
            assigned_to: None,
            figures: None,
        };
        for (query, held) in [
            ("count:<4", true),
            ("count:<3", false),
            ("count:>5", false),
            ("!count:>2", false),
            ("!count:>3", true),
            ("users:<2", true),
            ("last_seen:>2h", true),
            ("last_seen:>30d", false),
            ("first_seen:<1d", true),
        ] {
            let (listener, search) = listener(query);
            let range = Some((least, most));
            let found = may_have_held(&search, &before, range.as_ref(), &listener);
            assert_eq!(found, held, "{query}");
        }
    }
}
