//! Log records.

use super::*;
use faultbook_domain::errors::{self, Level};

fn severe(members: &Value) -> Value {
    let mut record = json!({ "timeUnixNano": TIME, "severityNumber": 17 });
    let object = record.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    record
}

#[test]
fn a_record_with_an_exception_is_a_report() {
    let stack = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'k'";
    let request = logs_of(
        json!({
            "service.name": "shop", "service.version": "1.4.2", "host.name": "web-1",
            "deployment.environment.name": "staging", "telemetry.sdk.language": "python"
        }),
        [json!({
            "timeUnixNano": TIME,
            "observedTimeUnixNano": TIME + 5,
            "severityNumber": 21,
            "severityText": "CRITICAL",
            "body": { "stringValue": "payment failed" },
            "attributes": attributes(json!({
                "exception.type": "KeyError", "exception.message": "'k'", "exception.stacktrace": stack,
                "url.full": "https://shop.example/pay?id=7", "user_agent.original": "curl/8",
                "client.address": "192.0.2.7", "user.id": "u-1", "code.line.number": 12, "retry": true
            })),
            "traceId": TRACE,
            "spanId": SPAN
        })],
    );
    let report = report(&request);
    assert_eq!(report.level, Level::Error);
    assert_eq!(report.severity, Some(errors::Severity::Critical));
    assert_eq!(report.message, "KeyError: 'k'");
    assert_eq!(report.stack_trace.as_deref(), Some(stack));
    assert_eq!(report.source, "shop");
    assert_eq!(report.environment.as_deref(), Some("staging"));
    assert_eq!(report.release.as_deref(), Some("1.4.2"));
    assert_eq!(report.url.as_deref(), Some("https://shop.example/pay?id=7"));
    assert_eq!(report.user_agent.as_deref(), Some("curl/8"));
    assert_eq!(report.ip_address.as_deref(), Some("192.0.2.7"));
    assert_eq!(Value::from(report.user.clone()), json!({ "id": "u-1" }));
    assert_eq!(report.timestamp, Some(datetime!(2026-11-20 11:59 UTC)));
    assert_eq!(report.fingerprint, None);
    assert_eq!(
        context(&report),
        json!({
            "trace_id": TRACE,
            "span_id": SPAN,
            "server_name": "web-1",
            "log_message": "payment failed",
            "attributes": {
                "exception.type": "KeyError", "url.full": "https://shop.example/pay?id=7",
                "user_agent.original": "curl/8", "client.address": "192.0.2.7", "user.id": "u-1",
                "code.line.number": 12, "retry": true
            },
            "resource": {
                "service.name": "shop", "service.version": "1.4.2", "host.name": "web-1",
                "deployment.environment.name": "staging", "telemetry.sdk.language": "python"
            },
            "scope": { "name": "app", "version": "2" }
        })
    );
}

#[test]
fn severity_is_the_level() {
    let critical = Some(errors::Severity::Critical);
    let body = any_value(json!("x"));
    let exception = attributes(json!({ "exception.type": "E" }));
    for (members, expected) in [
        (json!({ "severityNumber": 1 }), (Level::Debug, None)),
        (json!({ "severityNumber": 9 }), (Level::Info, None)),
        (json!({ "severityNumber": 13 }), (Level::Warning, None)),
        (json!({ "severityNumber": 17 }), (Level::Error, None)),
        (json!({ "severityNumber": 24 }), (Level::Error, critical)),
        (
            json!({ "severityNumber": 13, "severityText": "FATAL" }),
            (Level::Warning, None),
        ),
        (
            json!({ "severityNumber": 0, "severityText": "SEVERE" }),
            (Level::Error, None),
        ),
        (
            json!({ "severityText": "Critical" }),
            (Level::Error, critical),
        ),
        (json!({ "severityText": "warn" }), (Level::Warning, None)),
        (json!({ "severityText": "loud" }), (Level::Error, None)),
        (json!({ "severityNumber": 99 }), (Level::Error, None)),
        (json!({}), (Level::Error, None)),
    ] {
        let mut record = members.clone();
        record["body"] = body.clone();
        record["attributes"] = exception.clone();
        let report = report_of_log(record);
        assert_eq!((report.level, report.severity), expected, "{members}");
    }
}

#[test]
fn what_is_neither_an_exception_nor_severe_is_dropped() {
    let records = [
        json!({ "severityNumber": 9, "body": any_value(json!("started")) }),
        json!({ "severityNumber": 16, "body": any_value(json!("slow")) }),
        json!({ "severityText": "WARNING", "body": any_value(json!("slow")) }),
        json!({ "body": any_value(json!("error: exception.type in a body is none")) }),
        json!({ "attributes": attributes(json!({ "exceptional": 1 })) }),
        json!({ "attributes": [{ "key": "exception.type", "value": {} }] }),
        json!({}),
    ];
    let received = received(&logs_of(json!({}), records));
    assert_eq!(received.reports, []);
    assert_eq!(received.dropped, [("log", 7)]);
}

#[test]
fn any_attribute_of_an_exception_makes_a_report() {
    for name in [
        "exception.type",
        "exception.message",
        "exception.stacktrace",
        "exception.escaped",
    ] {
        let record = json!({
            "severityNumber": 9,
            "body": any_value(json!("b")),
            "attributes": attributes(json!({ name: "x" }))
        });
        assert_eq!(report_of_log(record).level, Level::Info, "{name}");
    }
}

#[test]
fn the_least_severity_can_be_set() {
    let request = logs_of(
        json!({}),
        [
            json!({ "severityNumber": 12 }),
            json!({ "severityNumber": 13 }),
            json!({ "severityText": "warn" }),
            json!({}),
        ],
    );
    for (min_severity, expected) in [("WARN", 2), ("INFO", 4), ("ERROR", 0)] {
        let min_severity = min_severity.parse().unwrap();
        let options = Options { min_severity };
        let json = read_logs(
            request.to_string().as_bytes(),
            Encoding::Json,
            &options,
            &ORIGIN,
        );
        assert_eq!(json.unwrap().reports.len(), expected, "{min_severity:?}");
        let protobuf = protobuf::encode(&request);
        let protobuf = read_logs(&protobuf, Encoding::Protobuf, &options, &ORIGIN);
        assert_eq!(
            protobuf.unwrap().reports.len(),
            expected,
            "{min_severity:?}"
        );
    }
}

#[test]
fn the_message_is_the_exception_or_the_body_or_the_name() {
    let kind = ("exception.type", "E");
    let text = ("exception.message", "m");
    let cases = [
        (
            json!({ kind.0: kind.1, text.0: text.1 }),
            json!("b"),
            "E: m",
            Some("b"),
        ),
        (json!({ kind.0: kind.1 }), json!("b"), "E", Some("b")),
        (json!({ text.0: text.1 }), json!(null), "m", None),
        (json!({ kind.0: " ", text.0: "m" }), json!(null), "m", None),
        (json!({ "exception.escaped": true }), json!("b"), "b", None),
        (json!({}), json!("b"), "b", None),
        (json!({}), json!(7), "7", None),
        (
            json!({}),
            json!({ "msg": "n", "message": "m", "error": "e" }),
            "m",
            None,
        ),
        (json!({}), json!({ "event": "v", "error": "e" }), "v", None),
        (json!({}), json!({ "message": "", "error": "e" }), "e", None),
        (
            json!({}),
            json!({ "a": [1, "b"] }),
            r#"{"a":[1,"b"]}"#,
            None,
        ),
        (json!({}), json!([1, true]), "[1,true]", None),
        (json!({}), json!(" "), "db.down", None),
        (json!({}), json!({}), "db.down", None),
        (json!({}), json!(null), "db.down", None),
    ];
    for (exception, body, message, log_message) in cases {
        let report = report_of_log(severe(&json!({
            "attributes": attributes(exception.clone()),
            "body": any_value(body.clone()),
            "eventName": "db.down"
        })));
        assert_eq!(report.message, message, "{exception} {body}");
        let found = context(&report)["log_message"].as_str().map(str::to_owned);
        assert_eq!(found.as_deref(), log_message, "{exception} {body}");
    }
    assert_eq!(
        report_of_log(severe(&json!({}))).message,
        "<unlabeled event>"
    );
}

#[test]
fn a_program_is_named_by_its_resource() {
    for (resource, attached, expected) in [
        (json!({}), json!({}), ("unknown_service", None, None)),
        (
            json!({ "service.name": "" }),
            json!({}),
            ("unknown_service", None, None),
        ),
        (
            json!({ "service.name": "unknown_service:node", "deployment.environment": "dev" }),
            json!({}),
            ("unknown_service:node", Some("dev"), None),
        ),
        (
            json!({ "deployment.environment": "old", "deployment.environment.name": "new", "service.version": 3 }),
            json!({ "deployment.environment.name": "other" }),
            ("unknown_service", Some("new"), Some("3")),
        ),
        (
            json!({ "service.name": "shop" }),
            json!({ "service.version": "2" }),
            ("shop", None, Some("2")),
        ),
    ] {
        let record = severe(&json!({ "attributes": attributes(attached) }));
        let report = report(&logs_of(resource.clone(), [record]));
        let found = (
            report.source.as_str(),
            report.environment.as_deref(),
            report.release.as_deref(),
        );
        assert_eq!(found, expected, "{resource}");
    }
}

#[test]
fn the_source_of_a_key_is_that_of_a_program_without_a_name() {
    let origin = Origin {
        source: Some("web"),
        ..ORIGIN
    };
    for (resource, expected) in [
        (json!({}), "web"),
        (json!({ "service.name": "shop" }), "shop"),
    ] {
        let request = logs_of(resource, [severe(&json!({}))]).to_string();
        let options = Options::default();
        let received = read_logs(request.as_bytes(), Encoding::Json, &options, &origin).unwrap();
        assert_eq!(received.reports[0].source, expected);
    }
}

#[test]
fn urls_are_whole_or_put_together() {
    for (request, expected) in [
        (
            json!({ "url.full": "https://a.example/x", "http.url": "http://b" }),
            Some("https://a.example/x"),
        ),
        (json!({ "http.url": "http://b/y" }), Some("http://b/y")),
        (
            json!({
                "url.scheme": "https", "server.address": "a.example", "server.port": 8443, "url.path": "/x",
                "url.query": "q=1"
            }),
            Some("https://a.example:8443/x?q=1"),
        ),
        (
            json!({ "url.scheme": "https", "server.address": "a.example", "server.port": 443, "url.path": "/x" }),
            Some("https://a.example/x"),
        ),
        (
            json!({ "http.scheme": "http", "http.host": "a.example:81", "http.target": "/x?q=1" }),
            Some("http://a.example:81/x?q=1"),
        ),
        (
            json!({ "http.scheme": "http", "net.host.name": "::1", "net.host.port": 81, "http.target": "/" }),
            Some("http://[::1]:81/"),
        ),
        (json!({ "url.path": "/x", "url.query": "q" }), Some("/x?q")),
        (
            json!({ "server.address": "db.example", "server.port": 5432 }),
            None,
        ),
        (json!({ "url.full": "" }), None),
    ] {
        let report = report_of_log(severe(
            &json!({ "attributes": attributes(request.clone()) }),
        ));
        assert_eq!(report.url.as_deref(), expected, "{request}");
    }
}

#[test]
fn the_client_is_named_by_older_conventions_too() {
    let report = report_of_log(severe(&json!({ "attributes": attributes(json!({
        "http.user_agent": "curl/7", "http.client_ip": "192.0.2.8", "enduser.id": 7
    })) })));
    assert_eq!(report.user_agent.as_deref(), Some("curl/7"));
    assert_eq!(report.ip_address.as_deref(), Some("192.0.2.8"));
    assert_eq!(Value::from(report.user), json!({ "id": "7" }));
    // A browser names itself in its resource. What the exporter's request says is not the client's.
    let resource = json!({ "user_agent.original": "Mozilla/5.0" });
    let report = super::report(&logs_of(resource, [severe(&json!({}))]));
    assert_eq!(report.user_agent.as_deref(), Some("Mozilla/5.0"));
    assert_eq!((report.ip_address, report.user), (None, None));
}

#[test]
fn time_is_that_of_the_record_unless_it_is_ahead() {
    let minute: u64 = 60_000_000_000;
    let at =
        |nanoseconds: u64| OffsetDateTime::from_unix_timestamp_nanos(nanoseconds.into()).unwrap();
    for (time, observed, expected) in [
        (TIME, TIME + 1_000, at(TIME)),
        (0, TIME, at(TIME)),
        (0, 0, NOW),
        (TIME + 2 * minute, 0, at(TIME + 2 * minute)),
        (TIME + 3 * minute, TIME, at(TIME)),
        (u64::MAX, u64::MAX, NOW),
        (
            1_544_712_660_000_000_000,
            TIME,
            at(1_544_712_660_000_000_000),
        ),
    ] {
        let record = severe(&json!({ "timeUnixNano": time, "observedTimeUnixNano": observed }));
        assert_eq!(
            report_of_log(record).timestamp,
            Some(expected),
            "{time} {observed}"
        );
    }
}
