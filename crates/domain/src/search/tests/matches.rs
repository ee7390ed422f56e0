//! What searches find.

use crate::errors::{Level, Severity};
use crate::fingerprint::Fingerprint;
use crate::id::{MemberId, ProjectId};
use crate::search::{Facts, Figures, Query, SearchedError, SearchedOccurrence, State};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);
const ME: MemberId = MemberId(Uuid::from_u128(7));

/// Facts with these tags (`key=value`), which are parted by blanks; `user=` names the user, too.
fn facts(message: &str, tags: &str) -> Facts {
    let pairs = tags
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='));
    let mut tags: Vec<(String, String)> = pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    tags.sort();
    let user = tags
        .iter()
        .find(|(key, _)| key == "user")
        .map(|(_, value)| value.clone());
    Facts {
        user_fields: user.iter().cloned().collect(),
        user,
        tags,
        message: message.to_owned(),
        ..Facts::default()
    }
}

/// An error whose occurrences happened so many hours ago.
fn finds_at(text: &str, occurrences: &[(i64, Facts)]) -> Option<Figures> {
    let occurrences: Vec<SearchedOccurrence<'_>> = occurrences
        .iter()
        .map(|(hours, facts)| SearchedOccurrence {
            timestamp: NOW - Duration::hours(*hours),
            level: Level::Error,
            severity: Severity::High,
            facts,
        })
        .collect();
    let mut own = Figures::of(&occurrences).unwrap();
    own.count += 100;
    let error = SearchedError {
        project_id: ProjectId(Uuid::from_u128(5)),
        project: "web",
        newest_release: Some("2"),
        fingerprints: &[Fingerprint::from_bytes([1; 16])],
        states: &[State::Open, State::Regressed],
        assigned_to: Some((ME, "Ann@b.example")),
        figures: own,
        occurrences,
    };
    Query::parse(text, NOW).unwrap().find(&error, Some(ME))
}

fn finds(text: &str, occurrences: &[&str]) -> bool {
    let occurrences = occurrences
        .iter()
        .map(|tags| (1, facts("No price for tea", tags)));
    finds_at(text, &occurrences.collect::<Vec<_>>()).is_some()
}

#[test]
fn one_occurrence_must_meet_all_filters() {
    let apart = [
        "environment=staging release=1",
        "environment=production release=2",
    ];
    assert!(finds("environment:staging release:1", &apart));
    assert!(!finds("environment:staging release:2", &apart));
    assert!(finds("environment:[staging,production] release:2", &apart));
    assert!(finds("release:latest environment:prod*", &apart));
    assert!(!finds("release:latest environment:staging", &apart));
    assert!(!finds("release:latest", &apart[..1]));
    assert!(!finds("release:\"latest\"", &apart));
}

#[test]
fn a_negated_filter_holds_for_no_occurrence() {
    let apart = ["environment=staging", "environment=production"];
    assert!(!finds("!environment:staging", &apart));
    assert!(finds("!environment:staging", &apart[1..]));
    assert!(!finds("-environment:[a,production]", &apart));
    assert!(finds("!environment:qa environment:staging", &apart));
    assert!(!finds(
        "!environment:staging environment:production",
        &apart
    ));
    assert!(finds("!has:release !release:2", &apart));
    assert!(!finds("!has:environment", &apart));
}

#[test]
fn values_are_compared_whole_and_folded() {
    let one = ["city=Zürich tag.level=loud user=Ann server_name=web-1"];
    for (text, expected) in [
        ("city:ZURICH", true),
        ("city:zur", false),
        ("city:z*h", true),
        ("city:\"z*h\"", false),
        ("City:zürich", false),
        ("tag.level:loud", true),
        ("level:error", true),
        ("level:fatal", false),
        ("level:[fatal,error]", true),
        ("severity:high", true),
        ("user:ann", true),
        ("user:an", false),
        ("has:[nothing,city]", true),
        ("has:tag.level", true),
        ("has:type", false),
        ("tag.server_name:web-1", false),
        ("server_name:web-?", false),
        ("server_name:web-*", true),
    ] {
        assert_eq!(finds(text, &one), expected, "{text}");
    }
}

#[test]
fn texts_states_and_people() {
    for (text, expected) in [
        ("PRICE tea", true),
        ("price coffee", false),
        ("\"for tea\"", true),
        ("\"for  tea\"", false),
        ("!coffee", true),
        ("-tea", false),
        ("message:[coffee,tea]", true),
        ("message:price*tea", true),
        ("type:tea", false),
        ("is:open is:regressed", true),
        ("is:unresolved", true),
        ("is:[resolved,ignored]", false),
        ("!is:resolved", true),
        ("is:bookmarked", false),
        ("is:assigned", true),
        ("is:unassigned", false),
        ("assigned:me", true),
        ("assigned:none", false),
        ("assigned:ann@B.example", true),
        ("assigned:ann*", true),
        ("assigned:ann", false),
        ("assigned:00000000-0000-0000-0000-000000000007", true),
        ("project:Web", true),
        ("project:00000000-0000-0000-0000-000000000005", true),
        ("project:api", false),
        ("fingerprint:01010101010101010101010101010101", true),
        ("!fingerprint:01010101010101010101010101010101", false),
        ("is:new", true),
    ] {
        assert_eq!(finds(text, &[""]), expected, "{text}");
    }
}

#[test]
fn figures_are_those_of_the_occurrences_that_match() {
    let occurrences = [
        (1, facts("a", "environment=a user=x")),
        (2, facts("b", "environment=a user=y")),
        (30, facts("c", "environment=b user=x")),
    ];
    let figures = |text: &str| {
        finds_at(text, &occurrences).map(|figures| {
            let hours = |at: OffsetDateTime| (NOW - at).whole_hours();
            let seen = (hours(figures.first_seen), hours(figures.last_seen));
            (figures.count, figures.users, seen)
        })
    };
    assert_eq!(figures(""), Some((103, 2, (30, 1))));
    assert_eq!(figures("!environment:c a"), Some((103, 2, (30, 1))));
    assert_eq!(figures("environment:a"), Some((2, 2, (2, 1))));
    assert_eq!(figures("environment:b"), Some((1, 1, (30, 30))));
    assert_eq!(figures("since:2h"), Some((2, 2, (2, 1))));
    assert_eq!(figures("until:2h"), Some((1, 1, (30, 30))));
    assert_eq!(figures("until:31h"), None);
    assert_eq!(figures("since:2h !environment:b"), Some((2, 2, (2, 1))));
    assert_eq!(
        figures("since:2h c"),
        Some((2, 2, (2, 1))),
        "words look at every occurrence"
    );
    for (text, expected) in [
        ("count:>2", true),
        ("environment:a count:>2", false),
        ("environment:a count:[7,2]", true),
        ("users:2 environment:a", true),
        ("users:2 environment:b", false),
        ("!users:2 environment:b", true),
        ("last_seen:<2h", true),
        ("last_seen:<2h environment:b", false),
        ("first_seen:>=30h", true),
        ("first_seen:2026-11-26", true),
        ("is:new", false),
    ] {
        assert_eq!(figures(text).is_some(), expected, "{text}");
    }
}

#[test]
fn the_newest_texts_are_looked_at() {
    let many = |newest: i64| -> Vec<(i64, Facts)> {
        (newest..150)
            .map(|n| (n, facts(&format!("text-{n}."), "")))
            .collect()
    };
    let found = |text: &str| finds_at(text, &many(0)).is_some();
    assert!(found("text-0.") && found("text-99."));
    assert!(!found("text-100."));
    assert!(finds_at("text-100.", &many(1)).is_some());
}
