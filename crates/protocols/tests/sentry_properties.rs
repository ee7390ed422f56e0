//! Whatever is sent: nothing panics, and what becomes a report is a valid one within its bounds.

use faultbook_domain::id_source::IdSource;
use faultbook_domain::stack_trace::sent::stack_trace;
use faultbook_protocols::origin::Origin;
use faultbook_protocols::sentry::{Auth, Dsn, Received, SecurityQuery};
use faultbook_protocols::sentry::{envelope_header, read_envelope, read_security, read_store};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

struct SameId;

impl IdSource for SameId {
    fn next_id(&self, _: OffsetDateTime) -> Uuid {
        Uuid::from_u128(1)
    }

    fn secret_bytes(&self) -> [u8; 32] {
        [0; 32]
    }
}

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-20 12:00 UTC);

fn origin() -> Origin<'static> {
    Origin {
        received_at: NOW,
        client_address: Some("203.0.113.9"),
        user_agent: Some("Mozilla/5.0"),
        source: None,
        max_event: 8 << 20,
    }
}

fn assert_valid(received: &Received) {
    for report in &received.reports {
        assert_eq!(report.check(NOW), Ok(()));
        assert!(report.message.chars().count() <= 8_192);
        assert!(report.event_id.is_some());
        assert!(
            report
                .timestamp
                .is_some_and(|at| at <= NOW + time::Duration::minutes(1))
        );
        let context = report.context.clone().unwrap_or_default();
        assert!(Value::Object(context).to_string().len() <= 256 * 1024);
        let tags = report.tags.iter().flatten();
        assert!(tags.into_iter().all(|(_, value)| value.is_string()));
    }
}

/// Fields of events and of what is in them.
const FIELDS: [&str; 52] = [
    "event_id",
    "timestamp",
    "level",
    "logger",
    "platform",
    "sdk",
    "tags",
    "extra",
    "user",
    "request",
    "contexts",
    "modules",
    "breadcrumbs",
    "exception",
    "threads",
    "stacktrace",
    "message",
    "logentry",
    "transaction",
    "culprit",
    "server_name",
    "release",
    "environment",
    "fingerprint",
    "type",
    "values",
    "value",
    "module",
    "mechanism",
    "frames",
    "function",
    "filename",
    "abs_path",
    "lineno",
    "colno",
    "in_app",
    "vars",
    "pre_context",
    "post_context",
    "context_line",
    "exception_id",
    "synthetic",
    "handled",
    "formatted",
    "params",
    "url",
    "query_string",
    "headers",
    "env",
    "ip_address",
    "settings",
    "infer_ip",
];

/// Values that events hold, in places where they belong and where they do not.
fn value() -> impl Strategy<Value = Value> {
    let words = [
        "error",
        "{{auto}}",
        "auto",
        "never",
        "javascript",
        "python",
        "a %s {} %(x)s",
        "2026-11-20T11:00:00Z",
        "User-Agent",
        "",
        "é\n",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            fields(inner).prop_map(Value::Object),
        ]
    })
}

fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::vec((proptest::sample::select(FIELDS.to_vec()), value), 0..8).prop_map(
        |members| {
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for read in [
            read_envelope(&body, &origin(), &SameId),
            read_store(&body, &origin(), 10_000, &SameId),
            read_security(&body, &SecurityQuery::default(), &origin(), &SameId),
        ].into_iter().flatten() {
            assert_valid(&read);
        }
        let _ = envelope_header(&body);
    }

    #[test]
    fn no_lines_panic(lines in proptest::collection::vec(
        r#"(\{\}|\{"type":"(event|attachment|feedback|client_report|raw_security|x)"(,"length":[0-9]{1,3})?\}|\{"message":"m"\}|[\[\]{}",:a-z]*)"#, 0..12)) {
        if let Ok(read) = read_envelope(lines.join("\n").as_bytes(), &origin(), &SameId) {
            assert_valid(&read);
        }
    }

    #[test]
    fn no_credential_panics(text in "(Sentry |Basic |sentry_key=|https://)?.{0,60}") {
        let _ = Auth::parse(&text);
        let _ = Auth::of_query(&text);
        let _ = Dsn::parse(&text);
        let _ = SecurityQuery::parse(&text);
    }

    #[test]
    fn events_of_any_shape_are_kept(event in fields(value())) {
        let mut event = event;
        event.remove("type");
        let body = Value::Object(event).to_string();
        let read = read_store(body.as_bytes(), &origin(), 1 << 20, &SameId).unwrap();
        prop_assert_eq!(read.reports.len(), 1);
        assert_valid(&read);
        let envelope = format!("{{}}\n{{\"type\":\"event\"}}\n{body}");
        let read = read_envelope(envelope.as_bytes(), &origin(), &SameId).unwrap();
        prop_assert_eq!(read.reports.len(), 1);
    }

    #[test]
    fn exceptions_of_any_shape_are_read(value in value()) {
        let _ = stack_trace(&value, Some("native"));
        read_security(json!([{ "type": "csp-violation", "body": value }]).to_string().as_bytes(),
            &SecurityQuery::default(), &origin(), &SameId).unwrap();
    }

    #[test]
    fn a_bad_item_costs_no_good_one(bad in "[^\n]{0,40}", before in any::<bool>()) {
        let good = "{\"type\":\"event\"}\n{\"message\":\"kept\"}";
        let bad = format!("{{\"type\":\"event\"}}\n{bad}");
        let items = if before { [bad.as_str(), good] } else { [good, bad.as_str()] };
        let body = format!("{{}}\n{}\n", items.join("\n"));
        let read = read_envelope(body.as_bytes(), &origin(), &SameId).unwrap();
        prop_assert!(read.reports.iter().any(|report| report.message == "kept"));
    }
}

#[test]
fn a_large_event_is_trimmed() {
    let text = "x".repeat(1 << 20);
    let frames: Vec<Value> = (0..100)
        .map(|n| json!({ "function": "f", "lineno": n, "vars": { "v": "y".repeat(10_000) } }))
        .collect();
    let event = json!({
        "message": text, "transaction": text, "user": { "id": 1, "bio": text }, "tags": { "a": text }, "release": text,
        "exception": [{ "type": "T", "value": text, "stacktrace": { "frames": frames } }], "extra": { "a": text, "b": 1 },
    });
    let read = read_store(event.to_string().as_bytes(), &origin(), 64 << 20, &SameId).unwrap();
    assert_valid(&read);
    let report = &read.reports[0];
    let context = report.context.as_ref().unwrap();
    assert_eq!(context["trimmed"], true);
    assert_eq!(
        context["exception"][0]["stacktrace"]["frames"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
    assert_eq!(
        report.user.as_ref().unwrap().keys().collect::<Vec<_>>(),
        ["id"]
    );
}

#[test]
fn an_event_beyond_the_limit_is_refused_alone() {
    let origin = Origin {
        max_event: 100,
        ..origin()
    };
    let large = format!(
        "{{\"type\":\"event\"}}\n{{\"message\":\"{}\"}}",
        "x".repeat(200)
    );
    let alone = format!("{{}}\n{large}");
    let refused = read_envelope(alone.as_bytes(), &origin, &SameId).unwrap_err();
    assert_eq!(refused.to_string(), "Event is too large");
    let beside = format!("{alone}\n{{\"type\":\"event\"}}\n{{\"message\":\"kept\"}}");
    let read = read_envelope(beside.as_bytes(), &origin, &SameId).unwrap();
    assert_eq!((read.reports.len(), read.bad_items), (1, 1));
    // What is no event does not count.
    let attachment = format!(
        "{{}}\n{{\"type\":\"attachment\",\"length\":200}}\n{}",
        "x".repeat(200)
    );
    assert_eq!(
        read_envelope(attachment.as_bytes(), &origin, &SameId)
            .unwrap()
            .dropped,
        [("attachment", 1)]
    );
}

#[test]
fn the_ids_of_an_envelope_differ_and_stay() {
    let id = |n: u128| Uuid::from_u128(n).simple().to_string();
    let events = format!(
        "{{\"event_id\":\"{}\"}}\n{{\"type\":\"event\"}}\n{{\"event_id\":\"{}\"}}\n{{\"type\":\"event\"}}\n{{\"event_id\":\"{}\"}}\n{{\"type\":\"event\"}}\n{{}}\n",
        id(7),
        id(8),
        id(9)
    );
    let read = || read_envelope(events.as_bytes(), &origin(), &SameId).unwrap();
    let ids: Vec<Uuid> = read()
        .reports
        .iter()
        .filter_map(|report| report.event_id)
        .collect();
    assert_eq!(ids[..2], [Uuid::from_u128(7), Uuid::from_u128(9)]);
    assert!(!ids[..2].contains(&ids[2]));
    assert_eq!(read().event_id, Some(Uuid::from_u128(7)));
    let again: Vec<Uuid> = read()
        .reports
        .iter()
        .filter_map(|report| report.event_id)
        .collect();
    assert_eq!(ids, again);
}

#[test]
fn feedback_and_other_items_make_no_error() {
    let id = Uuid::from_u128(7).simple().to_string();
    let body = format!(
        "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"user_report\"}}\n{{\"event_id\":\"{id}\",\"comments\":\"c\"}}\n\
         {{\"type\":\"feedback\"}}\n{{\"contexts\":{{\"feedback\":{{\"message\":\"m\"}}}}}}\n\
         {{\"type\":\"session\"}}\n{{}}\n{{\"type\":\"session\"}}\n{{}}\n{{\"type\":\"unheard_of\"}}\n{{}}\n{{}}\nx\n\
         {{\"type\":\"event\"}}\n{{\"type\":\"transaction\"}}\n"
    );
    let read = read_envelope(body.as_bytes(), &origin(), &SameId).unwrap();
    assert!(read.reports.is_empty() && read.event_id.is_none());
    assert_eq!(read.feedback.len(), 1);
    assert_eq!(read.feedback[0].message.as_deref(), Some("c"));
    assert_eq!(
        read.dropped,
        [
            ("feedback", 1),
            ("session", 2),
            ("other", 1),
            ("transaction", 1)
        ]
    );
}

#[test]
fn a_policy_report_in_an_envelope_is_one() {
    let body = "{\"trace\":{\"environment\":\"staging\"}}\n{\"type\":\"raw_security\"}\n\
        {\"csp-report\":{\"effective-directive\":\"img-src\",\"blocked-uri\":\"data\"}}";
    let read = read_envelope(body.as_bytes(), &origin(), &SameId).unwrap();
    assert_eq!(read.reports[0].message, "Blocked 'img-src' from 'data'");
    assert_eq!(read.reports[0].environment.as_deref(), Some("staging"));
    assert_eq!(read.event_id, None);
}

#[test]
fn an_envelope_that_is_sent_as_an_event_is_read() {
    let body = "{}\n{\"type\":\"event\"}\n{\"message\":\"m\"}";
    let read = read_store(body.as_bytes(), &origin(), 1 << 20, &SameId).unwrap();
    assert_eq!(read.reports[0].message, "m");
}

#[test]
fn a_body_without_an_event_that_can_be_read_is_malformed() {
    for body in [
        "",
        "x",
        "[]\n",
        "{}\n{\"type\":\"event\"}\n[]",
        "{}\n{\"type\":\"event\"}\n",
        "{}\nx\ny",
    ] {
        assert!(
            read_envelope(body.as_bytes(), &origin(), &SameId).is_err(),
            "{body:?}"
        );
    }
    for body in ["", "[]", "{", "e30", "{\"a\":"] {
        assert_eq!(
            read_store(body.as_bytes(), &origin(), 1 << 20, &SameId).is_err(),
            body != "e30",
            "{body:?}"
        );
    }
}
