//! What counts once.

use super::*;
use std::collections::HashSet;

fn exception(kind: &str, message: &str) -> Value {
    attributes(json!({ "exception.type": kind, "exception.message": message }))
}

fn log(trace: &str, attributes: &Value) -> Value {
    logs_of(
        json!({ "service.name": "shop" }),
        [json!({
            "timeUnixNano": TIME, "severityNumber": 17, "traceId": trace, "attributes": attributes,
            "body": { "stringValue": "b" }
        })],
    )
}

fn id(request: &Value) -> uuid::Uuid {
    report(request).event_id.unwrap()
}

#[test]
fn an_exception_counts_once_in_a_trace() {
    let first = id(&log(TRACE, &exception("KeyError", "'k'")));
    assert_eq!(first.get_version_num(), 8);
    let event = |time: u64, span_id: &str| {
        let event = json!({ "timeUnixNano": time, "name": "exception", "attributes": exception("KeyError", "k") });
        let span = json!({ "traceId": TRACE, "spanId": span_id, "name": "s", "events": [event] });
        id(&traces_of(json!({ "service.name": "other" }), [span]))
    };
    assert_eq!(event(TIME, SPAN), first);
    assert_eq!(event(TIME + 1, "eee19b7ec3c1b175"), first);
    for (trace, kind, message) in [
        ("5b8efff798038103d269b633813fc60d", "KeyError", "'k'"),
        (TRACE, "ValueError", "'k'"),
        (TRACE, "KeyError", "'l'"),
    ] {
        assert_ne!(
            id(&log(trace, &exception(kind, message))),
            first,
            "{trace} {kind} {message}"
        );
    }
}

#[test]
fn a_type_is_the_same_with_and_without_its_module() {
    let first = id(&log(TRACE, &exception("PaymentError", "refused")));
    for name in [
        "shop.errors.PaymentError",
        "shop::PaymentError",
        "Shop\\PaymentError",
        "shop.Outer$PaymentError",
        "github.com/shop/PaymentError",
        "PaymentError:",
    ] {
        let found = id(&log(TRACE, &exception(name, "refused")));
        assert_eq!(found, first, "{name}");
    }
    assert_ne!(
        id(&log(TRACE, &exception("NotPaymentError", "refused"))),
        first
    );
}

#[test]
fn what_is_sent_again_counts_once() {
    let records = [
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "body": any_value(json!("b")) }),
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "body": any_value(json!({ "a": 1 })) }),
        json!({ "timeUnixNano": TIME + 1, "severityNumber": 17, "body": any_value(json!("b")) }),
        json!({ "timeUnixNano": TIME, "severityNumber": 18, "body": any_value(json!("b")) }),
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "body": any_value(json!("b")), "traceId": TRACE }),
        json!({ "observedTimeUnixNano": TIME + 2, "severityNumber": 17, "body": any_value(json!("b")) }),
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "attributes": exception("E", "m") }),
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "attributes": exception("E", "n") }),
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "attributes": exception("F", "m") }),
    ];
    let request = logs_of(json!({ "service.name": "shop" }), records.clone());
    let ids = |request: &Value| -> Vec<_> {
        let received = received(request);
        received
            .reports
            .into_iter()
            .map(|report| report.event_id.unwrap())
            .collect()
    };
    let first = ids(&request);
    assert_eq!(first, ids(&request));
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), records.len());
    let other = logs_of(json!({ "service.name": "other" }), records);
    assert!(ids(&other).iter().all(|id| !first.contains(id)));
}

#[test]
fn equal_records_without_an_exception_count_each() {
    let record =
        json!({ "timeUnixNano": TIME, "severityNumber": 17, "body": any_value(json!("b")) });
    let request = logs_of(json!({}), [record.clone(), record.clone(), record.clone()]);
    let received = received(&request);
    let ids: HashSet<_> = received
        .reports
        .iter()
        .map(|report| report.event_id)
        .collect();
    assert_eq!(ids.len(), 3);
    let again = logs_of(json!({}), [record]);
    assert!(ids.contains(&Some(id(&again))));
}

#[test]
fn an_exception_that_says_nothing_is_told_by_its_time() {
    let stack = |time: u64| {
        let attributes = attributes(json!({ "exception.stacktrace": "s" }));
        let record = json!({ "timeUnixNano": time, "traceId": TRACE, "attributes": attributes });
        id(&logs_of(json!({}), [record]))
    };
    assert_eq!(stack(TIME), stack(TIME));
    assert_ne!(stack(TIME), stack(TIME + 1));
}
