//! What cannot be understood.

use crate::search::Query;
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

fn refused(text: &str) -> (usize, String) {
    match Query::parse(text, NOW) {
        Ok(query) => panic!("{text}: {query:?}"),
        Err(error) => (error.position, error.expected),
    }
}

#[test]
fn the_term_at_fault_is_named() {
    for (text, position, expected) in [
        ("ab level:loud", 4, "error, warning, info"),
        ("ü !level:*", 3, "error, warning, info"),
        ("severity:worst", 1, "low, medium, high or critical"),
        ("is:closed", 1, "one of open, resolved"),
        ("is:[open,\"\"]", 1, "one of open, resolved"),
        ("a \"b c", 3, "a closing quote"),
        ("a -x:[b", 3, "a comma or the end of the list"),
        ("x:[]", 1, "a value"),
        ("message: a", 1, "a value"),
        ("-has:", 1, "a value"),
        ("has:\"a b\"", 1, "the key of a tag"),
        ("has:*", 1, "the key of a tag"),
        ("fingerprint:abc", 1, "32 hexadecimal digits"),
        ("count:many", 1, "a whole number"),
        ("count:>", 1, "a whole number"),
        ("users:-1", 1, "a whole number"),
        ("users:1.5", 1, "a whole number"),
        ("first_seen:>yesterday", 1, "a time such as"),
        ("last_seen:<2y", 1, "a time such as"),
        ("since:2026-13-01", 1, "a time such as"),
        ("!since:2h", 1, "without a sign"),
        ("until:[2h]", 1, "not a list"),
    ] {
        let (at, said) = refused(text);
        assert_eq!(at, position, "{text}");
        assert!(said.contains(expected), "{text}: {said}");
    }
    let error = Query::parse("ab level:loud", NOW).unwrap_err().to_string();
    let said = "cannot be understood at position 4: expected error, warning, info, debug, fatal or critical";
    assert_eq!(error, said);
}

#[test]
fn limits_hold() {
    assert!(Query::parse(&"ü".repeat(2_000), NOW).is_ok());
    let too_long = format!("\"{}", "ü".repeat(2_000));
    assert_eq!(
        refused(&too_long),
        (2_001, "at most 2000 characters".to_owned())
    );
    assert_eq!(Query::parse(&"a ".repeat(30), NOW).unwrap().terms.len(), 30);
    assert_eq!(
        refused(&"a ".repeat(31)),
        (61, "at most 30 terms".to_owned())
    );
    let ranges = format!("{}since:2h", "a ".repeat(30));
    assert_eq!(refused(&ranges).0, 61);
    let list = |values: usize| format!("a x:[{}]", vec!["v"; values].join(","));
    assert!(Query::parse(&list(20), NOW).is_ok());
    assert_eq!(refused(&list(21)), (3, "at most 20 values".to_owned()));
}

proptest! {
    #[test]
    fn any_text_is_understood_or_refused_at_a_term(text in r#"([a-z!\-:\[\],"\\* ><=0-9.ü]|level:|tag|since:2h|https://){0,24}"#) {
        match Query::parse(&text, NOW) {
            Ok(query) => prop_assert!(query.terms.iter().all(|term| term.position > 0)),
            Err(error) => {
                let at = text.chars().nth(error.position - 1);
                prop_assert!(at.is_some_and(|c| !c.is_whitespace()), "{:?} {}", text, error);
            }
        }
    }
}
