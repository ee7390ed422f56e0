//! Tests of decisions about occurrences.

use super::super::IgnoreTerms;
use super::*;
use crate::errors::JsonText;
use time::Duration;
use time::macros::datetime;

const NOON: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

fn after(minutes: i64) -> OffsetDateTime {
    NOON + Duration::minutes(minutes)
}

fn user(number: u32) -> UserKey {
    let text = JsonText::from_stored(format!(r#"{{"id":{number}}}"#));
    UserKey::of_person(&text).expect("a user")
}

fn plain(minutes: i64) -> Occurred<'static> {
    Occurred {
        at: after(minutes),
        release: None,
        user: None,
    }
}

fn of_release(minutes: i64, release: &str) -> Occurred<'_> {
    Occurred {
        release: Some(release),
        ..plain(minutes)
    }
}

fn of_user(number: u32) -> Occurred<'static> {
    Occurred {
        user: Some(user(number)),
        ..plain(1)
    }
}

fn known(version: &str, minutes: i64) -> ReleaseFact {
    ReleaseFact::new(version, after(minutes))
}

fn resolved(how: ResolvedIn) -> TriageState {
    TriageState {
        standing: Standing::Resolved { at: NOON, how },
        assigned_to: None,
    }
}

fn ignored(terms: IgnoreTerms) -> TriageState {
    TriageState {
        standing: Standing::Ignored(Ignored::begin(terms, NOON)),
        assigned_to: None,
    }
}

fn with(state: &TriageState, occurred: &[Occurred<'_>], releases: &[ReleaseFact]) -> Decision {
    let users = HashSet::from([user(1)]);
    let facts = Facts {
        releases,
        users: &users,
        at: after(10),
    };
    decide(state, occurred, facts)
}

fn release_of(decision: &Decision) -> Option<&str> {
    match &decision.change {
        Some(Change::Regressed { release }) => Some(release.as_deref().unwrap_or("")),
        _ => None,
    }
}

#[test]
fn resolved_now_regresses_by_time_alone() {
    let state = resolved(ResolvedIn::Now);
    let decision = with(&state, &[plain(0), of_release(-1, "9")], &[]);
    assert_eq!((decision.change, &decision.state), (None, &state));
    let decision = with(&state, &[plain(0), of_release(1, "1"), plain(2)], &[]);
    assert_eq!(release_of(&decision), Some("1"));
    assert!(decision.state.regressed());
}

#[test]
fn resolved_in_a_release_regresses_in_it_or_a_newer_one() {
    let releases = [
        known("10.18.7", 9),
        known("10.24.0", -9),
        known("10.25.0", -8),
    ];
    let named = "10.24.0".to_owned();
    for how in [
        ResolvedIn::Release(named.clone()),
        ResolvedIn::CurrentRelease(named),
    ] {
        let state = resolved(how);
        for (one, regresses) in [
            (of_release(1, "10.24.0"), true),
            (of_release(1, "10.25.0"), true),
            (of_release(1, "10.18.7"), false),
            (of_release(1, "10.26.0"), true),
            (of_release(0, "10.25.0"), false),
            (plain(1), false),
        ] {
            let decision = with(&state, &[one], &releases);
            assert_eq!(decision.change.is_some(), regresses, "{one:?}");
        }
    }
}

#[test]
fn resolved_in_the_next_release_regresses_in_one_newer_than_all_known() {
    let state = resolved(ResolvedIn::NextRelease("2.0".to_owned()));
    let releases = [
        known("2.0", -9),
        known("1.9", -5),
        known("1.8", 4),
        known("2.1", 5),
    ];
    for (release, regresses) in [
        ("2.0", false),
        ("1.9", false),
        ("1.8", false),
        ("2.1", true),
        ("3.0", true),
    ] {
        let decision = with(&state, &[of_release(6, release)], &releases);
        assert_eq!(decision.change.is_some(), regresses, "{release}");
    }
}

#[test]
fn the_nth_occurrence_reopens_whatever_its_time() {
    let terms = IgnoreTerms {
        count: Some(3),
        ..IgnoreTerms::default()
    };
    let state = ignored(terms);
    let two = with(&state, &[plain(-9), plain(9)], &[]);
    assert_eq!((two.ignored, two.change), (2, None));
    assert_eq!(
        two.state.ignored().and_then(|left| left.count_left),
        Some(1)
    );
    let decision = with(&two.state, &[plain(-9), plain(1)], &[]);
    assert_eq!(decision.ignored, 0, "the one that reopens counts");
    assert_eq!(decision.change, Some(Change::Reopened(ReopenedBy::Count)));
    assert_eq!(decision.state, TriageState::default(), "no regression");
    let at_once = with(&state, &[plain(1), plain(1), plain(1), plain(1)], &[]);
    assert_eq!((at_once.ignored, at_once.state.regressed()), (2, false));
}

#[test]
fn the_nth_new_user_reopens() {
    let terms = IgnoreTerms {
        users: Some(2),
        ..IgnoreTerms::default()
    };
    let state = ignored(terms);
    let one = with(&state, &[of_user(1), of_user(2), of_user(2), plain(1)], &[]);
    assert_eq!((one.ignored, one.change), (4, None));
    assert_eq!(one.new_users, [user(2)]);
    assert_eq!(
        one.state.ignored().and_then(|left| left.users_left),
        Some(1)
    );
    let decision = with(&one.state, &[plain(1), of_user(3)], &[]);
    assert_eq!(decision.change, Some(Change::Reopened(ReopenedBy::Users)));
    assert_eq!(decision.ignored, 1);
}

#[test]
fn a_newer_release_reopens() {
    let terms = IgnoreTerms {
        next_release: true,
        ..IgnoreTerms::default()
    };
    let state = ignored(terms);
    let releases = [known("2.0", -9), known("1.8", 4)];
    let old = [of_release(1, "2.0"), of_release(1, "1.8"), plain(1)];
    assert_eq!(with(&state, &old, &releases).ignored, 3);
    let decision = with(&state, &[of_release(-5, "2.1")], &releases);
    assert_eq!(decision.change, Some(Change::Reopened(ReopenedBy::Release)));
}

#[test]
fn a_time_that_has_come_reopens_before_the_first_occurrence() {
    let terms = |minutes| IgnoreTerms {
        until: Some(after(minutes)),
        ..IgnoreTerms::default()
    };
    let decision = with(&ignored(terms(10)), &[plain(1)], &[]);
    assert_eq!(decision.change, Some(Change::Reopened(ReopenedBy::Until)));
    assert_eq!(decision.ignored, 0);
    assert_eq!(with(&ignored(terms(11)), &[plain(1)], &[]).ignored, 1);
    assert!(reopened_at(&ignored(terms(11)), after(10)).is_none());
    assert!(reopened_at(&ignored(terms(10)), after(10)).is_some());
    assert!(reopened_at(&ignored(IgnoreTerms::default()), after(10)).is_none());
}

#[test]
fn only_what_a_decision_goes_by_is_needed() {
    let occurred = [of_release(1, "2"), of_release(1, "1"), plain(1)];
    let needed = |state: &TriageState| NeededReleases::of(state, &occurred);
    assert_eq!(needed(&resolved(ResolvedIn::Now)), None);
    assert_eq!(needed(&ignored(IgnoreTerms::default())), None);
    let of_one = needed(&resolved(ResolvedIn::Release("3".to_owned()))).expect("needed");
    assert_eq!(of_one.versions, ["1", "2", "3"]);
    assert!(!of_one.is_all(&[]));
    let next = needed(&resolved(ResolvedIn::NextRelease("3".to_owned()))).expect("needed");
    assert!(next.is_all(&[known("1", -1)]), "one is not known yet");
    assert!(!next.is_all(&[known("1", -1), known("2", -1)]));
    assert!(next.is_all(&[known("1", -1), known("2", 1)]));
}
