//! Exception events of spans.

use super::*;
use faultbook_domain::errors::Level;

fn span(events: &Value) -> Value {
    json!({
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "GET /pay",
        "kind": 2,
        "attributes": attributes(json!({ "url.full": "https://shop.example/pay", "tier": "span", "retry": 1 })),
        "status": { "code": 2, "message": "boom" },
        "events": events
    })
}

#[test]
fn an_exception_event_is_a_report_with_its_spans_attributes() {
    let request = traces_of(
        json!({ "service.name": "shop", "deployment.environment": "test" }),
        [span(&json!([
            { "timeUnixNano": TIME, "name": "cache.miss", "attributes": attributes(json!({ "exception.type": "no" })) },
            {
                "timeUnixNano": TIME,
                "name": "exception",
                "attributes": attributes(json!({
                    "exception.type": "java.io.IOException", "exception.message": "reset",
                    "exception.stacktrace": "java.io.IOException: reset\n\tat a.B.c(B.java:1)", "tier": "event"
                }))
            }
        ]))],
    );
    let report = report(&request);
    assert_eq!(report.level, Level::Error);
    assert_eq!(report.severity, None);
    assert_eq!(report.message, "java.io.IOException: reset");
    assert_eq!(
        report.stack_trace.as_deref(),
        Some("java.io.IOException: reset\n\tat a.B.c(B.java:1)")
    );
    assert_eq!(report.url.as_deref(), Some("https://shop.example/pay"));
    assert_eq!(report.environment.as_deref(), Some("test"));
    assert_eq!(report.timestamp, Some(datetime!(2026-11-20 11:59 UTC)));
    assert_eq!(
        context(&report),
        json!({
            "trace_id": TRACE,
            "span_id": SPAN,
            "span": { "name": "GET /pay", "kind": "server", "status": "error", "status_message": "boom" },
            "attributes": {
                "url.full": "https://shop.example/pay", "tier": "event", "retry": 1,
                "exception.type": "java.io.IOException"
            },
            "resource": { "service.name": "shop", "deployment.environment": "test" },
            "scope": { "name": "tracer" }
        })
    );
}

#[test]
fn an_event_without_a_type_or_message_has_the_spans_name() {
    for (exception, expected) in [
        (json!({ "exception.type": "E" }), "E"),
        (json!({ "exception.message": "m" }), "m"),
        (json!({}), "GET /pay"),
    ] {
        let events = json!([{ "name": "exception", "attributes": attributes(exception) }]);
        let report = report(&traces_of(json!({}), [span(&events)]));
        assert_eq!(report.message, expected);
        assert_eq!(report.timestamp, Some(NOW));
    }
}

#[test]
fn spans_without_an_exception_are_dropped() {
    let events =
        json!([{ "name": "retry", "attributes": attributes(json!({ "exception.type": "E" })) }]);
    let received = received(&traces_of(json!({}), [span(&events), span(&json!([]))]));
    assert_eq!(received.reports, []);
    assert_eq!(received.dropped, [("span", 2)]);
}

#[test]
fn kinds_and_status_have_names() {
    let kinds = [
        None,
        Some("internal"),
        Some("server"),
        Some("client"),
        Some("producer"),
        Some("consumer"),
        None,
    ];
    for (number, expected) in kinds.into_iter().enumerate() {
        let mut span = span(&json!([{ "name": "exception" }]));
        span["kind"] = json!(number);
        span["status"] = json!({ "code": number });
        let report = report(&traces_of(json!({}), [span]));
        let span = &context(&report)["span"];
        assert_eq!(span["kind"].as_str(), expected, "{number}");
        let status = [None, Some("ok"), Some("error")]
            .get(number)
            .copied()
            .flatten();
        assert_eq!(span["status"].as_str(), status, "{number}");
    }
}

#[test]
fn metrics_are_read_and_dropped() {
    let metric = protobuf::Message::default().bytes(1, "requests");
    let scope = protobuf::Message::default()
        .bytes(2, &metric.0)
        .bytes(2, &metric.0);
    let group = protobuf::Message::default().bytes(2, scope.0);
    let request = protobuf::Message::default().bytes(1, group.0).0;
    let json = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [{ "name": "requests" }, {}] }] }] });
    let options = Options::default();
    for (body, encoding) in [
        (request.as_slice(), Encoding::Protobuf),
        (json.to_string().as_bytes(), Encoding::Json),
    ] {
        let received = read_metrics(body, encoding, &options, &ORIGIN).unwrap();
        assert_eq!(received.reports, []);
        assert_eq!(received.dropped, [("metric", 2)]);
        assert!(read_metrics(&body[..body.len() - 1], encoding, &options, &ORIGIN).is_err());
    }
}
