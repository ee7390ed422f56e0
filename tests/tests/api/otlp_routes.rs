//! What OpenTelemetry exporters send: keys, types of bodies, answers, exactly once.

use e2e::value::text;
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    logs_and_traces_become_errors,
    protobuf_is_answered_in_protobuf,
    api_keys_and_dsn_keys_are_taken,
    what_cannot_be_read_is_said,
    the_same_exception_counts_once,
}

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

fn attributes(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } }))
        .collect()
}

/// A request with one log record.
fn log(record: &Value) -> Value {
    let resource = attributes(&[
        ("service.name", "billing"),
        ("service.version", "3.1"),
        ("deployment.environment.name", "staging"),
    ]);
    json!({ "resourceLogs": [{
        "resource": { "attributes": resource },
        "scopeLogs": [{ "scope": { "name": "root" }, "logRecords": [record] }],
    }] })
}

/// A request with one span that has the exception as its event.
fn trace(trace_id: &str, span_id: &str, message: &str) -> Value {
    let exception = attributes(&[
        ("exception.type", "KeyError"),
        ("exception.message", message),
        (
            "exception.stacktrace",
            "Traceback (most recent call last):\n  File \"shop/cart.py\", line 3, in total\nKeyError: x",
        ),
    ]);
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes(&[("service.name", "billing")]) },
        "scopeSpans": [{ "spans": [{
            "traceId": trace_id, "spanId": span_id, "name": "GET /cart", "kind": 2, "status": { "code": 2 },
            "events": [
                { "name": "exception", "timeUnixNano": "1", "attributes": exception },
                { "name": "other", "attributes": [] },
            ],
        }] }],
    }] })
}

async fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = server.anonymous().request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request.body(body)).await
}

async fn send_json(server: &Server, path: &str, body: &Value) -> Answer {
    let headers = [("Content-Type", JSON), ("X-API-Key", "test-api-key")];
    send(server, path, &headers, body.to_string().into_bytes()).await
}

#[track_caller]
fn is_accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    assert_eq!(answer.header("content-type"), JSON);
}

async fn logs_and_traces_become_errors(stack: Stack) {
    let server = Server::start(stack).await;
    let record = json!({
        "severityNumber": 21, "body": { "stringValue": "Payment 17 failed" },
        "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
        "attributes": attributes(&[("user.id", "u1"), ("url.full", "https://shop.example/pay")]),
    });
    is_accepted(&send_json(&server, "/v1/logs", &log(&record)).await);
    let quiet = json!({ "severityNumber": 13, "body": { "stringValue": "Slow" } });
    is_accepted(&send_json(&server, "/v1/logs/", &log(&quiet)).await);
    let errors = server.errors("").await;
    assert_eq!(errors.len(), 1);
    let one = server
        .data(&format!("/api/errors/{}", text(&errors[0]["id"])))
        .await;
    for (field, expected) in [
        ("message", "Payment 17 failed"),
        ("source", "billing"),
        ("release", "3.1"),
        ("environment", "staging"),
        ("level", "error"),
        ("severity", "critical"),
        ("url", "https://shop.example/pay"),
    ] {
        assert_eq!(one[field], expected, "{field}");
    }
    assert_eq!(one["user"]["id"], "u1");
    assert_eq!(
        one["context"]["trace_id"],
        "5b8efff798038103d269b633813fc60c"
    );
    let span = trace(
        "5b8efff798038103d269b633813fc60d",
        "eee19b7ec3c1b174",
        "'x'",
    );
    is_accepted(&send_json(&server, "/v1/traces", &span).await);
    let errors = server.errors("").await;
    assert_eq!(errors.len(), 2);
    // The exception happened in 1970.
    let one = server
        .data(&format!("/api/errors/{}", text(&errors[1]["id"])))
        .await;
    assert_eq!(one["message"], "KeyError: 'x'");
    assert_eq!(one["exceptions"][0]["frames"][0]["function"], "total");
    is_accepted(&send_json(&server, "/v1/metrics", &json!({ "resourceMetrics": [] })).await);
    let lower = Site::new(stack)
        .await
        .set("FAULTBOOK__OTLP__MIN_SEVERITY", "WARN")
        .start()
        .await;
    is_accepted(&send_json(&lower, "/v1/logs", &log(&quiet)).await);
    assert_eq!(lower.errors("").await[0]["level"], "warning");
}

/// A field of length-delimited protobuf.
fn field(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    assert!(length < 128);
    [&[number << 3 | 2, length], payload].concat()
}

async fn protobuf_is_answered_in_protobuf(stack: Stack) {
    let server = Server::start(stack).await;
    // LogRecord { severity_number: 17, body: "It broke" }
    let record = [vec![2 << 3, 17], field(5, &field(1, b"It broke"))].concat();
    let request = field(1, &field(2, &field(2, &record)));
    let key = ("X-API-Key", "test-api-key");
    for kind in [PROTOBUF, "application/x-protobuf; charset=utf-8"] {
        let answer = send(
            &server,
            "/v1/logs",
            &[key, ("Content-Type", kind)],
            request.clone(),
        )
        .await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("content-type"), PROTOBUF);
    }
    assert_eq!(server.errors("").await[0]["message"], "It broke");
    for (key, status) in [(key, 400), (("X-API-Key", "wrong"), 401)] {
        let answer = send(
            &server,
            "/v1/logs",
            &[key, ("Content-Type", PROTOBUF)],
            b"\x0a\xff nonsense".to_vec(),
        )
        .await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), PROTOBUF);
        // google.rpc.Status { message: 2 }
        let sentence = answer.body.windows(2).position(|at| at[0] == 2 << 3 | 2);
        assert!(
            sentence.is_some_and(|at| answer.body.len() > at + 10),
            "{:?}",
            answer.body
        );
    }
}

async fn api_keys_and_dsn_keys_are_taken(stack: Stack) {
    let server = Server::start(stack).await;
    let other = json!({ "name": "Other" });
    let other = server.post("/api/projects", &other).await.data(201);
    let (number, dsn) = (other["number"].to_string(), text(&other["public_key"]));
    let key = async |body: Value| server.post("/api/settings/api-keys", &body).await;
    let writer = json!({ "name": "w", "permissions": ["write"], "project": "other" });
    let writer = text(&key(writer).await.data(201)["api_key"]).to_owned();
    let reader = json!({ "name": "r", "permissions": ["read"] });
    let reader = text(&key(reader).await.data(201)["api_key"]).to_owned();
    let named = format!("/api/{number}/otlp/v1/logs");
    let first = "/api/1/otlp/v1/logs".to_owned();
    let sentry = format!("Sentry sentry_key={dsn}, sentry_version=7");
    let basic = |key: &str| format!("Basic {}", base64_of(&format!("{key}:")));
    let unknown = "Sentry sentry_key=0123456789abcdef0123456789abcdef";
    let bearer = format!("Bearer {writer}");
    for (path, name, value, status) in [
        ("/v1/logs", "X-API-Key", writer.as_str(), 200),
        ("/v1/logs", "Authorization", &bearer, 200),
        ("/v1/logs", "X-Sentry-Auth", &sentry, 200),
        ("/v1/logs", "Authorization", &sentry, 200),
        ("/v1/logs", "Authorization", &basic(dsn), 200),
        (&named, "X-Sentry-Auth", &sentry, 200),
        (&named, "X-API-Key", &writer, 200),
        (&named, "X-API-Key", "test-api-key", 200),
        ("/v1/logs", "X-Other", "x", 401),
        ("/v1/logs", "X-API-Key", "wrong", 401),
        ("/v1/logs", "X-API-Key", dsn, 401),
        ("/v1/logs", "X-API-Key", &reader, 403),
        ("/v1/logs", "X-Sentry-Auth", unknown, 403),
        (&first, "X-Sentry-Auth", &sentry, 403),
        (&first, "X-API-Key", &writer, 403),
        ("/api/x/otlp/v1/logs", "X-API-Key", &writer, 404),
    ] {
        let record = json!({ "severityNumber": 17, "body": { "stringValue": "m" } });
        let headers = [(name, value), ("Content-Type", JSON)];
        let answer = send(
            &server,
            path,
            &headers,
            log(&record).to_string().into_bytes(),
        )
        .await;
        assert_eq!(answer.status, status, "{path} {name}: {}", answer.text());
        if status != 200 {
            let refused = answer.json();
            assert_eq!(refused["message"], refused["error"]);
            assert_eq!(refused["success"], false);
        }
    }
    let errors = server.errors("?project=other").await;
    assert_eq!(errors[0]["count"], 8);
    assert_eq!(server.errors("?project=default").await, Vec::<Value>::new());
}

fn base64_of(text: &str) -> String {
    let mut encoded = String::new();
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in text.as_bytes().chunks(3) {
        let bits = three
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            encoded.push(if place <= three.len() {
                digit as char
            } else {
                '='
            });
        }
    }
    encoded
}

async fn what_cannot_be_read_is_said(stack: Stack) {
    let server = Server::start(stack).await;
    let key = ("X-API-Key", "test-api-key");
    for (kind, body, status) in [
        (JSON, "nonsense", 400),
        (JSON, "[]", 400),
        ("text/plain", "{}", 415),
        ("application/grpc", "{}", 415),
        (JSON, "{}", 200),
        (JSON, "{\"resourceLogs\":null,\"new\":1}", 200),
    ] {
        let answer = send(
            &server,
            "/v1/logs",
            &[key, ("Content-Type", kind)],
            body.into(),
        )
        .await;
        assert_eq!(answer.status, status, "{kind} {body}: {}", answer.text());
    }
    let answer = send(
        &server,
        "/v1/logs",
        &[key, ("Content-Type", JSON), ("Content-Encoding", "gzip")],
        b"x".to_vec(),
    )
    .await;
    assert_eq!(answer.status, 400);
}

async fn the_same_exception_counts_once(stack: Stack) {
    let server = Server::start(stack).await;
    let id = "5b8efff798038103d269b633813fc60c";
    for span in ["eee19b7ec3c1b174", "eee19b7ec3c1b175", "eee19b7ec3c1b174"] {
        is_accepted(&send_json(&server, "/v1/traces", &trace(id, span, "'x'")).await);
    }
    let record = json!({
        "severityNumber": 17, "traceId": id, "spanId": "eee19b7ec3c1b176", "body": { "stringValue": "x" },
        "attributes": attributes(&[("exception.type", "KeyError"), ("exception.message", "x")]),
    });
    is_accepted(&send_json(&server, "/v1/logs", &log(&record)).await);
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(1)));
    let other = "5b8efff798038103d269b633813fc60d";
    is_accepted(
        &send_json(
            &server,
            "/v1/traces",
            &trace(other, "eee19b7ec3c1b174", "'x'"),
        )
        .await,
    );
    assert_eq!(server.errors("").await[0]["count"], 2);
    let plain = |time: &str| json!({ "severityNumber": 17, "timeUnixNano": time, "body": { "stringValue": "plain" } });
    let mut twice = log(&plain("1700000000000000000"));
    let records = &mut twice["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
    let records = records.as_array_mut().unwrap();
    records.push(plain("1700000000000000000"));
    for batch in [&twice, &log(&plain("1700000000000000001")), &twice] {
        is_accepted(&send_json(&server, "/v1/logs", batch).await);
    }
    assert_eq!(server.errors("?q=plain").await[0]["count"], 3);
}
