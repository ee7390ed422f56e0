//! Bodies of Sentry SDKs: encodings, sizes, items, exactly once.

use e2e::sentry::{
    count, envelope, event, fresh_hex, is_received, is_refused, one_event, project, send,
};
use e2e::value::{fresh_id, text};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::json;
use std::io::Write;
use tokio::task::JoinSet;

on_both_stacks! {
    bodies_are_decoded_however_they_are_encoded,
    a_large_body_is_refused_by_its_size_alone,
    the_same_event_counts_once,
    a_bad_item_costs_no_other,
    feedback_finds_its_event,
    security_reports_are_errors,
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
    let metrics = server.get("/metrics").await.text();
    let dropped = "faultbook_ingest_dropped_items_total{type=\"feedback\"} 1";
    assert!(metrics.contains(dropped), "{metrics}");
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
