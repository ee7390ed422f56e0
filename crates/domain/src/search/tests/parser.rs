//! What searches mean.

use crate::errors::{Level, Severity};
use crate::search::{
    Assignee, Bounds, FigureFilter, Filter, OccurrenceFilter, Pattern, Presence, Query,
    ReleaseValue, State, TagKey, TextField,
};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

fn parsed(text: &str) -> Query {
    Query::parse(text, NOW).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn only(text: &str) -> Filter {
    let mut terms = parsed(text).terms;
    assert_eq!(terms.len(), 1, "{text}");
    terms.remove(0).filter
}

fn tag(key: &str, values: Vec<Pattern>) -> Filter {
    Filter::Occurrence(OccurrenceFilter::Tag(TagKey::new(key), values))
}

#[test]
fn nothing_finds_everything() {
    for text in ["", "  ", "\n"] {
        assert!(parsed(text).is_all());
    }
    assert!(!parsed("a").is_all());
    assert!(!parsed("since:2h").is_all());
}

#[test]
fn terms_are_parted_by_blanks_and_numbered_by_characters() {
    let query = parsed("  ü -level:error\t\"a b\"  !tag:x since:1h Rack::Timeout AND (a");
    let found: Vec<(usize, bool)> = query
        .terms
        .iter()
        .map(|term| (term.position, term.negated))
        .collect();
    let expected = [
        (3, false),
        (5, true),
        (18, false),
        (25, true),
        (41, false),
        (55, false),
        (59, false),
    ];
    assert_eq!(found, expected);
    assert_eq!(query.since, Some(datetime!(2026-11-27 11:00 UTC)));
}

#[test]
fn text_is_contained() {
    let any = |text: &str| Filter::Text(TextField::Any, vec![Pattern::containing(text)]);
    assert_eq!(only("Straße"), any("strasse"));
    assert_eq!(only("a*"), any("a*"), "a star is no wildcard in a word");
    assert_eq!(only("\"two  words\""), any("two  words"));
    assert_eq!(only("12:30"), any("12:30"));
    assert_eq!(only("OR"), any("or"));
    let message = |pattern: Pattern| Filter::Text(TextField::Message, vec![pattern]);
    assert_eq!(only("message:Tea"), message(Pattern::containing("tea")));
    assert_eq!(only("message:\"a*\""), message(Pattern::containing("a*")));
    assert_eq!(
        only("message:a*b"),
        message(Pattern::with_wildcards("*a*b*"))
    );
    let kind = |pattern: Pattern| Filter::Text(TextField::Type, vec![pattern]);
    assert_eq!(only("type:KeyError"), kind(Pattern::literal("keyerror")));
    assert_eq!(only("type:Key*"), kind(Pattern::with_wildcards("key*")));
}

#[test]
fn states_and_people() {
    use State::{
        Assigned, Bookmarked, Followed, Ignored, New, Open, Regressed, Resolved, Unassigned,
    };
    let all = "is:[open,unresolved,resolved,ignored,regressed,assigned,unassigned,bookmarked,followed,new]";
    let expected = vec![
        Open, Open, Resolved, Ignored, Regressed, Assigned, Unassigned, Bookmarked, Followed, New,
    ];
    assert_eq!(only(all), Filter::State(expected));
    assert_eq!(only("is:Open"), Filter::State(vec![Open]));
    let member = |text: &str| Assignee::Member(Pattern::with_wildcards(text));
    let named = Assignee::Member(Pattern::literal("me"));
    let expected = vec![
        Assignee::Me,
        Assignee::Nobody,
        named,
        member("a@b.example"),
        member("*@b"),
    ];
    let text = "assigned:[me,none,\"me\",a@b.example,*@b]";
    assert_eq!(only(text), Filter::Assigned(expected));
    let project = vec![Pattern::literal("web")];
    assert_eq!(only("project:Web"), Filter::Project(project));
    let fingerprint = "5f0c1d2e3b4a59687786a5b4c3d2e1f0";
    let expected = Filter::Fingerprint(vec![fingerprint.parse().unwrap()]);
    assert_eq!(only(&format!("fingerprint:{fingerprint}")), expected);
}

#[test]
fn occurrences_are_found_by_fields_and_tags() {
    let occurrence = Filter::Occurrence;
    let levels = vec![
        (Level::Warning, None),
        (Level::Error, None),
        (Level::Error, Some(Severity::Critical)),
        (Level::Error, Some(Severity::Critical)),
    ];
    let text = "level:[Warn,error,FATAL,critical]";
    assert_eq!(only(text), occurrence(OccurrenceFilter::Level(levels)));
    let severities = OccurrenceFilter::Severity(vec![Severity::High]);
    assert_eq!(only("severity:High"), occurrence(severities));
    let releases = vec![
        ReleaseValue::Latest,
        ReleaseValue::Version(Pattern::literal("latest")),
        ReleaseValue::Version(Pattern::with_wildcards("1.*")),
    ];
    let text = "release:[latest,\"latest\",1.*]";
    assert_eq!(only(text), occurrence(OccurrenceFilter::Release(releases)));
    let users = OccurrenceFilter::User(vec![Pattern::literal("a@b")]);
    assert_eq!(only("user:A@b"), occurrence(users));
    let literal = |text: &str| vec![Pattern::literal(text)];
    for (text, key, value) in [
        ("source:api", "source", "api"),
        ("environment:Prod", "environment", "prod"),
        ("url:/cart", "url", "/cart"),
        ("customer:a:b", "customer", "a:b"),
        ("Level:x", "Level", "x"),
        ("tag.release:x", "tag.release", "x"),
        ("customer:\"\"", "customer", ""),
        ("customer:\"a\\\"*\"", "customer", "a\"*"),
    ] {
        assert_eq!(only(text), tag(key, literal(value)), "{text}");
    }
    let two = vec![Pattern::literal("a"), Pattern::literal("b c")];
    assert_eq!(only("x:[a, \"b c\"]"), tag("x", two));
    assert_eq!(only("x:*"), tag("x", vec![Pattern::with_wildcards("*")]));
    let has = vec![
        Presence::Tag(TagKey::new("user")),
        Presence::Tag(TagKey::new("tag.a")),
        Presence::ExceptionType,
        Presence::Always,
    ];
    let text = "has:[user,tag.a,type,severity]";
    assert_eq!(only(text), occurrence(OccurrenceFilter::Has(has)));
}

#[test]
fn figures_are_compared() {
    let from = |from: i64| Bounds {
        from: Some(from),
        below: None,
    };
    let below = |below: i64| Bounds {
        from: None,
        below: Some(below),
    };
    let count = |bounds: Vec<Bounds<i64>>| Filter::Figure(FigureFilter::Count(bounds));
    assert_eq!(only("count:>100"), count(vec![from(101)]));
    assert_eq!(only("count:[<=3,>=9]"), count(vec![below(4), from(9)]));
    let equal = Bounds {
        from: Some(5),
        below: Some(6),
    };
    for text in ["count:5", "count:=5", "count:\"5\""] {
        assert_eq!(only(text), count(vec![equal]));
    }
    assert_eq!(
        only("users:<2"),
        Filter::Figure(FigureFilter::Users(vec![below(2)]))
    );
    let day = datetime!(2026-11-02 0:00 UTC);
    let after = Bounds {
        from: Some(day),
        below: None,
    };
    let expected = Filter::Figure(FigureFilter::FirstSeen(vec![after]));
    assert_eq!(only("first_seen:>2026-11-01"), expected);
    let ago = datetime!(2026-11-27 10:00:00.000_001 UTC);
    let since = Bounds {
        from: Some(ago),
        below: None,
    };
    assert_eq!(
        only("last_seen:<2h"),
        Filter::Figure(FigureFilter::LastSeen(vec![since]))
    );
}

#[test]
fn ranges_hold_all_together() {
    let query = parsed("since:2026-11-01 until:1d since:2w until:2026-11-27T00:00:00Z");
    assert_eq!(query.since, Some(datetime!(2026-11-13 12:00 UTC)));
    assert_eq!(query.until, Some(datetime!(2026-11-26 12:00 UTC)));
    assert!(query.terms.is_empty() && query.counts_matches());
    assert!(parsed("environment:a").counts_matches());
    assert!(!parsed("!environment:a count:>1 word").counts_matches());
}
