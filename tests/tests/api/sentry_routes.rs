//! What Sentry SDKs send over HTTP: keys, bodies, answers, cross-origin pages, exactly once.

use e2e::value::{fresh_id, text};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::io::Write;
use tokio::task::JoinSet;

on_both_stacks! {
    a_key_is_found_in_each_place,
    a_refused_key_stores_nothing,
    a_key_reports_and_does_nothing_else,
    bodies_are_decoded_however_they_are_encoded,
    a_large_body_is_refused_by_its_size_alone,
    the_same_event_counts_once,
    a_bad_item_costs_no_other,
    feedback_finds_its_event,
    pages_of_any_origin_may_send,
    a_key_has_a_rate,
    security_reports_are_errors,
}

/// A project's number and its DSN key.
async fn project(server: &Server) -> (String, String) {
    let projects = server.data("/api/projects").await;
    let project = &projects["projects"][0];
    (
        project["number"].to_string(),
        text(&project["public_key"]).to_owned(),
    )
}

/// An id as SDKs write them.
fn fresh_hex() -> String {
    fresh_id().simple().to_string()
}

fn event(message: &str) -> Value {
    json!({
        "level": "error", "platform": "python", "environment": "staging", "release": "1.2.3",
        "exception": { "values": [{
            "type": "ValueError", "value": message,
            "stacktrace": { "frames": [
                { "module": "shop.app", "function": "main", "filename": "shop/app.py", "lineno": 3, "in_app": true },
                { "module": "shop.cart", "function": "total", "filename": "shop/cart.py", "lineno": 14, "in_app": true,
                  "context_line": "    return sum(prices)" },
            ] },
        }] },
        "user": { "id": 7 }, "tags": { "region": "eu" },
        "breadcrumbs": { "values": [{ "message": "clicked", "timestamp": 1.5 }] },
    })
}

fn envelope(id: &str, items: &[(&str, String)]) -> Vec<u8> {
    let mut text = json!({ "event_id": id }).to_string();
    for (kind, payload) in items {
        let header = json!({ "type": kind, "length": payload.len() });
        text.push_str(&format!("\n{header}\n{payload}"));
    }
    text.push('\n');
    text.into_bytes()
}

fn one_event(message: &str) -> Vec<u8> {
    let id = fresh_hex();
    envelope(&id, &[("event", event(message).to_string())])
}

/// A POST without an API key.
async fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = server.anonymous().request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request.body(body)).await
}

async fn count(server: &Server) -> u64 {
    let errors = server.errors("").await;
    errors
        .iter()
        .map(|error| error["count"].as_u64().unwrap())
        .sum()
}

#[track_caller]
fn is_received(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let limits = answer.header("x-sentry-rate-limits");
    assert!(limits.starts_with("3600:transaction;span;"), "{limits}");
    assert!(limits.ends_with(":organization:unsupported"), "{limits}");
    let id = text(&answer.json()["id"]).to_owned();
    assert!(
        id.len() == 32
            && id
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    );
    id
}

#[track_caller]
fn is_refused(answer: &Answer, status: u16, code: &str) {
    let refused = answer.refusal(status, code);
    assert_eq!(refused["detail"], refused["error"]);
    assert_eq!(answer.header("x-sentry-error"), text(&refused["error"]));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

async fn a_key_is_found_in_each_place(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/");
    let auth =
        format!("Sentry sentry_version=7, sentry_key={key}, sentry_client=x/1, sentry_secret=s");
    let odd = format!("sentry  sentry_key=\"{key}\" ,nonsense");
    let query = format!("{path}?sentry_key={key}&sentry_version=7");
    for (path, name, value) in [
        (path.as_str(), "X-Sentry-Auth", auth.as_str()),
        (&path, "X-Sentry-Auth", &odd),
        (&path, "Authorization", &auth),
        (path.trim_end_matches('/'), "X-Sentry-Auth", &auth),
        (&query, "X-Other", "x"),
    ] {
        is_received(&send(&server, path, &[(name, value)], one_event("m")).await);
    }
    let address = server.address();
    let mut with_dsn = json!({ "dsn": format!("http://{key}@{address}/{number}") }).to_string();
    with_dsn.push_str("\n{\"type\":\"event\"}\n");
    with_dsn.push_str(&event("m").to_string());
    is_received(&send(&server, &path, &[], with_dsn.clone().into_bytes()).await);
    let packed = gzip(with_dsn.as_bytes());
    is_received(&send(&server, &path, &[("Content-Encoding", "gzip")], packed).await);
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(7)));
    let one = server
        .data(&format!("/api/errors/{}", text(&errors[0]["id"])))
        .await;
    assert_eq!(one["message"], "ValueError: m");
    assert_eq!(one["environment"], "staging");
    assert_eq!(one["release"], "1.2.3");
    assert_eq!(one["tags"], json!({ "region": "eu" }));
    assert_eq!(one["user"], json!({ "id": 7 }));
    assert_eq!(one["context"]["breadcrumbs"][0]["message"], "clicked");
    assert_eq!(one["exceptions"][0]["type"], "ValueError");
    assert_eq!(one["exceptions"][0]["frames"][0]["function"], "total");
    assert_eq!(one["exceptions"][0]["frames"][0]["line"], 14);
    assert!(
        text(&one["stack_trace"]).contains("shop.cart.total"),
        "{one}"
    );
}

async fn a_refused_key_stores_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/");
    let auth = |key: &str| format!("Sentry sentry_key={key}");
    let other = json!({ "name": "Other" });
    let other = server.post("/api/projects", &other).await.data(201);
    let closed = format!("/api/projects/{}/keys", text(&other["id"]));
    let origins = json!({ "allowed_origins": ["https://shop.example", "https://*.shop.example"] });
    let bound = server.post(&closed, &origins).await.data(201);
    let elsewhere = format!("/api/{}/envelope/", other["number"]);
    is_refused(
        &send(&server, &path, &[], one_event("m")).await,
        401,
        "missing_dsn_key",
    );
    for (path, key) in [
        (&path, "0123456789abcdef0123456789abcdef"),
        (&path, "test-api-key"),
        (&elsewhere, key.as_str()),
        (&path, text(&other["public_key"])),
        (&"/api/999999/envelope/".to_owned(), key.as_str()),
    ] {
        let answer = send(
            &server,
            path,
            &[("X-Sentry-Auth", &auth(key))],
            one_event("m"),
        )
        .await;
        is_refused(&answer, 403, "invalid_dsn_key");
    }
    let bound = auth(text(&bound["public_key"]));
    for (origin, admitted) in [
        ("https://shop.example", true),
        ("https://a.b.shop.example", true),
        ("https://shop.example:444", false),
        ("http://shop.example", false),
        ("https://evilshop.example", false),
        ("null", false),
    ] {
        let headers = [("X-Sentry-Auth", bound.as_str()), ("Origin", origin)];
        let answer = send(&server, &elsewhere, &headers, one_event("m")).await;
        if admitted {
            is_received(&answer);
        } else {
            is_refused(&answer, 403, "origin_not_allowed");
        }
    }
    assert_eq!(count(&server).await, 2);
    for path in ["/api/x/envelope/", "/api/-1/store/", "/api/1.5/security/"] {
        is_refused(
            &send(
                &server,
                path,
                &[("X-Sentry-Auth", &auth(&key))],
                one_event("m"),
            )
            .await,
            404,
            "not_found",
        );
    }
    for path in ["minidump", "unreal", "nel", "cron/x"] {
        let path = format!("/api/{number}/{path}/");
        assert_eq!(
            send(&server, &path, &[], Vec::new()).await.status,
            404,
            "{path}"
        );
    }
}

async fn a_key_reports_and_does_nothing_else(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let client = server.with_key(&key);
    client
        .get("/api/errors")
        .await
        .refusal(401, "invalid_api_key");
    let report = json!({ "message": "m", "source": "s" });
    client
        .post("/api/errors", &report)
        .await
        .refusal(401, "invalid_api_key");
    let request = server
        .anonymous()
        .request(Method::GET, &format!("/api/{number}/envelope/"));
    let answer =
        Answer::to(request.header("X-Sentry-Auth", format!("Sentry sentry_key={key}"))).await;
    is_refused(&answer, 405, "method_not_allowed");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn bodies_are_decoded_however_they_are_encoded(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let members = [
        gzip(b"{}\n{\"type\":\"event\"}\n"),
        gzip(event("m").to_string().as_bytes()),
    ];
    for (encoding, body) in [
        ("gzip", gzip(&one_event("m"))),
        ("GZIP", gzip(&one_event("m"))),
        ("x-gzip", gzip(&one_event("m"))),
        ("gzip", members.concat()),
        ("deflate", zlib(&one_event("m"))),
        ("deflate, gzip", gzip(&zlib(&one_event("m")))),
        ("", one_event("m")),
        ("identity", one_event("m")),
        ("gzip", one_event("m")),
    ] {
        let answer = send(&server, &path, &[("Content-Encoding", encoding)], body).await;
        is_received(&answer);
    }
    for kind in ["text/plain", "application/json", "multipart/form-data"] {
        is_received(&send(&server, &path, &[("Content-Type", kind)], one_event("m")).await);
    }
    assert_eq!(count(&server).await, 12);
    let answer = send(
        &server,
        &path,
        &[("Content-Encoding", "lzma")],
        one_event("m"),
    )
    .await;
    is_refused(&answer, 415, "unsupported_media_type");
    let answer = send(
        &server,
        &path,
        &[("Content-Encoding", "gzip")],
        b"no gzip".to_vec(),
    )
    .await;
    is_refused(&answer, 400, "bad_request");
    for malformed in [
        "",
        "nonsense",
        "[]\n",
        "{}\n{\"type\":\"event\",\"length\":9999}\n[",
        "{}\n{\"type\":\"event\"}\n][",
    ] {
        let answer = send(&server, &path, &[], malformed.into()).await;
        is_refused(&answer, 400, "bad_request");
    }
    for empty in [
        "{}",
        "{}\n",
        "{}\n{\"type\":\"session\"}\n{}\n",
        "{}\n{\"type\":\"new\"}\nx\n{}\nx",
    ] {
        let answer = send(&server, &path, &[], empty.into()).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "{}"),
            "{empty}"
        );
    }
    let store = format!("/api/{number}/store/?sentry_key={key}");
    is_received(&send(&server, &store, &[], event("m").to_string().into_bytes()).await);
    assert_eq!(count(&server).await, 13);
}

async fn a_large_body_is_refused_by_its_size_alone(stack: Stack) {
    let site = Site::new(stack).await;
    let site = site
        .set("FAULTBOOK__LIMITS__MAX_ENVELOPE", "1MiB")
        .set("FAULTBOOK__LIMITS__MAX_ENVELOPE_DECODED", "4MiB");
    let server = site.start().await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let padded = |size: usize| {
        let attachment = "a".repeat(size);
        let event = event("m").to_string();
        envelope(
            &fresh_hex(),
            &[("attachment", attachment), ("event", event)],
        )
    };
    let answer = send(
        &server,
        &path,
        &[("Content-Encoding", "gzip")],
        gzip(&padded(3 << 20)),
    )
    .await;
    is_received(&answer);
    for (encoding, body) in [
        ("identity", padded(2 << 20)),
        ("gzip", gzip(&padded(5 << 20))),
        ("gzip", gzip(&vec![0; 200 << 20])),
    ] {
        let answer = send(&server, &path, &[("Content-Encoding", encoding)], body).await;
        is_refused(&answer, 413, "payload_too_large");
    }
    assert_eq!(count(&server).await, 1);
}

async fn the_same_event_counts_once(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let id = fresh_id().to_string();
    let body = envelope(&id, &[("event", event("m").to_string())]);
    let mut sent = JoinSet::new();
    for _ in 0..20 {
        let request = server.anonymous().request(Method::POST, &path);
        sent.spawn(Answer::to(request.body(body.clone())));
    }
    for answer in sent.join_all().await {
        assert_eq!(is_received(&answer), id.replace('-', ""));
    }
    let bare = envelope(
        &id.replace('-', "").to_uppercase(),
        &[("event", event("m").to_string())],
    );
    assert_eq!(
        is_received(&send(&server, &path, &[], bare).await),
        id.replace('-', "")
    );
    assert_eq!(count(&server).await, 1);
    let other = json!({ "name": "Other" });
    let other = server.post("/api/projects", &other).await.data(201);
    let elsewhere = format!(
        "/api/{}/envelope/?sentry_key={}",
        other["number"],
        text(&other["public_key"])
    );
    is_received(&send(&server, &elsewhere, &[], body).await);
    assert_eq!(count(&server).await, 2);
}

async fn a_bad_item_costs_no_other(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let good = |message: &str| {
        let mut event = event(message);
        event["event_id"] = json!(fresh_hex());
        ("event", event.to_string())
    };
    let mut text = String::from("{}");
    for (kind, payload) in [
        ("event", "]nonsense[".to_owned()),
        good("first"),
        ("transaction", "{}".to_owned()),
        good("second"),
        ("event", "[".repeat(5_000)),
    ] {
        text.push_str(&format!("\n{{\"type\":\"{kind}\"}}\n{payload}"));
    }
    is_received(&send(&server, &path, &[], text.into_bytes()).await);
    assert_eq!(count(&server).await, 2);
    let metrics = server.get("/metrics").await.text();
    let dropped = "faultbook_ingest_dropped_items_total{type=\"transaction\"} 1";
    assert!(metrics.contains(dropped), "{metrics}");
}

async fn feedback_finds_its_event(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let id = fresh_hex();
    let with = json!({ "event_id": id, "name": "Ada", "email": "ada@example.com", "comments": "It broke" });
    let body = envelope(
        &id,
        &[
            ("event", event("m").to_string()),
            ("user_report", with.to_string()),
        ],
    );
    is_received(&send(&server, &path, &[], body).await);
    let later = json!({ "contexts": { "feedback": {
        "associated_event_id": id, "message": "Still broken", "contact_email": "ada@example.com", "name": "Ada"
    } } });
    let body = envelope(&fresh_hex(), &[("feedback", later.to_string())]);
    assert_eq!(send(&server, &path, &[], body).await.status, 200);
    let unknown = json!({ "event_id": fresh_hex(), "name": "x", "comments": "x" });
    let body = envelope(&fresh_hex(), &[("user_report", unknown.to_string())]);
    assert_eq!(send(&server, &path, &[], body).await.status, 200);
    let errors = server.errors("").await;
    assert_eq!(errors.len(), 1);
    let one = server
        .data(&format!("/api/errors/{}", text(&errors[0]["id"])))
        .await;
    let said: Vec<&str> = one["feedback"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["message"]))
        .collect();
    assert_eq!(said, ["It broke", "Still broken"]);
    assert_eq!(one["feedback"][0]["email"], "ada@example.com");
}

async fn pages_of_any_origin_may_send(stack: Stack) {
    let site = Site::new(stack).await;
    let server = site
        .set(
            "FAULTBOOK__HTTP__CORS_ORIGINS",
            r#"["https://own.example"]"#,
        )
        .start()
        .await;
    let (number, key) = project(&server).await;
    for path in [
        format!("/api/{number}/envelope/"),
        format!("/api/{number}/store"),
        format!("/api/{number}/security/"),
        format!("/api/{number}/csp-report/"),
        format!("/api/{number}/otlp/v1/traces"),
        format!("/api/{number}/integration/otlp/v1/logs/"),
        "/v1/logs".to_owned(),
        "/v1/traces/".to_owned(),
        "/v1/metrics".to_owned(),
    ] {
        for origin in [None, Some("https://page.example")] {
            let mut request = server.anonymous().request(Method::OPTIONS, &path);
            if let Some(origin) = origin {
                request = request
                    .header("Origin", origin)
                    .header("Access-Control-Request-Method", "POST")
                    .header("Access-Control-Request-Headers", "content-type,x-api-key");
            }
            let answer = Answer::to(request).await;
            assert!(
                matches!(answer.status, 200 | 204),
                "{path} {}",
                answer.status
            );
            may_send(&answer.headers);
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            for name in ["x-sentry-auth", "content-type", "x-api-key", "traceparent"] {
                assert!(
                    headers.split(',').any(|known| known.trim() == name),
                    "{headers}"
                );
            }
            assert!(
                answer
                    .header("access-control-allow-methods")
                    .contains("POST")
            );
            assert_eq!(answer.header("access-control-max-age"), "3600");
        }
        let answer = send(
            &server,
            &path,
            &[("Origin", "https://page.example")],
            Vec::new(),
        )
        .await;
        assert_eq!(answer.status, 401, "{path}");
        may_send(&answer.headers);
    }
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let answer = send(
        &server,
        &path,
        &[("Origin", "https://page.example")],
        one_event("m"),
    )
    .await;
    is_received(&answer);
    may_send(&answer.headers);
    let exposed = answer
        .header("access-control-expose-headers")
        .to_lowercase();
    assert!(exposed.contains("x-sentry-rate-limits") && exposed.contains("retry-after"));
}

#[track_caller]
fn may_send(headers: &HeaderMap) {
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

async fn a_key_has_a_rate(stack: Stack) {
    let site = Site::new(stack).await;
    let server = site
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true")
        .start()
        .await;
    let (number, key) = project(&server).await;
    let projects = server.data("/api/projects").await;
    let keys = format!(
        "/api/projects/{}/keys",
        text(&projects["projects"][0]["id"])
    );
    let slow = server
        .post(&keys, &json!({ "rate_limit": 2 }))
        .await
        .data(201);
    let path = |key: &str| format!("/api/{number}/envelope/?sentry_key={key}");
    let slow = path(text(&slow["public_key"]));
    for _ in 0..2 {
        is_received(&send(&server, &slow, &[], one_event("m")).await);
    }
    let answer = send(&server, &slow, &[], one_event("m")).await;
    is_refused(&answer, 429, "rate_limited");
    let seconds = answer.header("retry-after");
    assert_eq!(
        answer.header("x-sentry-rate-limits"),
        format!("{seconds}::key:quota")
    );
    is_received(&send(&server, &path(&key), &[], one_event("m")).await);
    // Stale keys shut nobody out of the API.
    let stale = path("0123456789abcdef0123456789abcdef");
    let mut last = 0;
    for _ in 0..70 {
        last = send(&server, &stale, &[], Vec::new()).await.status;
    }
    assert_eq!(last, 429);
    is_received(&send(&server, &path(&key), &[], one_event("m")).await);
    let wrong = server.with_key("wrong").get("/api/errors").await;
    wrong.refusal(401, "invalid_api_key");
}

async fn security_reports_are_errors(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let old = json!({ "csp-report": {
        "document-uri": "https://shop.example/cart", "effective-directive": "script-src-elem",
        "violated-directive": "script-src-elem", "blocked-uri": "https://evil.example/x.js"
    } });
    let new = json!([{ "type": "csp-violation", "url": "https://shop.example/pay", "body": {
        "documentURL": "https://shop.example/pay", "effectiveDirective": "script-src-elem",
        "blockedURL": "https://evil.example/y.js"
    } }]);
    let extension = json!({ "csp-report": {
        "document-uri": "https://shop.example/", "effective-directive": "script-src",
        "blocked-uri": "chrome-extension://abcdef/x.js"
    } });
    for (path, body) in [
        ("security", old),
        ("csp-report", new),
        ("security", extension),
    ] {
        let path = format!(
            "/api/{number}/{path}/?sentry_key={key}&sentry_environment=live&sentry_release=9"
        );
        let answer = send(
            &server,
            &path,
            &[("Content-Type", "application/csp-report")],
            body.to_string().into_bytes(),
        )
        .await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        assert_eq!(answer.text(), "{}");
    }
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(2)));
    assert_eq!(errors[0]["level"], "warning");
    assert_eq!(errors[0]["source"], "frontend");
    assert_eq!(errors[0]["environment"], "live");
    assert_eq!(errors[0]["release"], "9");
    let message = text(&errors[0]["message"]);
    assert!(
        message.starts_with("Blocked 'script-src-elem' from 'https://evil.example"),
        "{message}"
    );
}
