//! What users say about events: kept with the event through kills and outages, shown with its occurrence, gone with it.

use e2e::value::{fresh_id, text};
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

on_both_stacks! {
    what_was_acknowledged_survives_a_kill_and_is_kept_once,
    feedback_is_scrubbed_shown_at_once_and_goes_with_its_error,
    frames_are_shown_whoever_sent_them,
}

/// Where a project's SDKs send envelopes to.
async fn envelopes(server: &Server) -> String {
    let project = server.data("/api/projects/default").await;
    let (number, key) = (&project["number"], text(&project["public_key"]));
    format!("/api/{number}/envelope/?sentry_key={key}")
}

fn envelope(id: &str, items: &[(&str, Value)]) -> String {
    let mut body = json!({ "event_id": id }).to_string();
    for (kind, payload) in items {
        body.push_str(&format!("\n{}\n{payload}", json!({ "type": kind })));
    }
    body
}

fn said(id: &str, message: &str) -> (&'static str, Value) {
    let report = json!({ "event_id": id, "name": "Ada", "comments": message });
    ("user_report", report)
}

/// An event with what a user says about it.
fn event_with_feedback(id: &str) -> String {
    let event = json!({ "message": "boom", "platform": "python" });
    envelope(id, &[("event", event), said(id, id)])
}

async fn send(client: &Client, path: &str, body: String) -> Answer {
    let request = client.anonymous().request(Method::POST, path).body(body);
    Answer::to(request).await
}

fn fresh_hex() -> String {
    fresh_id().simple().to_string()
}

/// What was said about each event of the one error.
async fn shown(server: &Server) -> BTreeMap<String, Vec<String>> {
    let mut shown = BTreeMap::new();
    let errors = server.errors("").await;
    let first = format!(
        "/api/errors/{}/occurrences?limit=100",
        text(&errors[0]["id"])
    );
    let mut next = Some(first.clone());
    while let Some(path) = next {
        let page = server.data(&path).await;
        for one in page["occurrences"].as_array().unwrap() {
            let id = text(&one["event_id"]).replace('-', "");
            let entries = one["feedback"].as_array().unwrap();
            let entries = entries
                .iter()
                .map(|entry| text(&entry["message"]).to_owned());
            shown.insert(id, entries.collect());
        }
        let cursor = page["next_cursor"].as_str();
        next = cursor.map(|cursor| format!("{first}&cursor={cursor}"));
    }
    shown
}

async fn what_was_acknowledged_survives_a_kill_and_is_kept_once(stack: Stack) {
    let mut server = Server::start(stack).await;
    let path = envelopes(&server).await;
    let acknowledged = Arc::new(AtomicU64::new(0));
    let senders = (0..16).map(|_| {
        let client = Client::new(server.base().to_owned());
        let (path, acknowledged) = (path.clone(), Arc::clone(&acknowledged));
        tokio::spawn(async move {
            let (mut kept, mut open) = (Vec::new(), Vec::new());
            loop {
                let id = fresh_hex();
                let body = event_with_feedback(&id);
                let request = client.anonymous().request(Method::POST, &path).body(body);
                match Answer::try_to(request).await {
                    Ok(answer) => {
                        assert_eq!(answer.status, 200, "{}", answer.text());
                        kept.push(id);
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(_) => {
                        open.push(id);
                        return (kept, open);
                    }
                }
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    while acknowledged.load(Ordering::Relaxed) < 200 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill();
    let (mut kept, mut open) = (Vec::new(), Vec::new());
    for sender in senders {
        let (of_one, left) = sender.await.unwrap();
        kept.extend(of_one);
        open.extend(left);
    }
    let server = Server::on(Arc::clone(&server.site)).await;
    let after = shown(&server).await;
    for id in &kept {
        assert_eq!(after[id], std::slice::from_ref(id));
    }
    // Whoever got no answer sends it again.
    for id in open.iter().chain(&kept[..5]) {
        let answer = send(&server, &path, event_with_feedback(id)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let after = shown(&server).await;
    assert_eq!(after.len(), kept.len() + open.len());
    assert!(after.iter().all(|(id, entries)| *entries == [id.clone()]));
    let count = server.errors("").await[0]["count"].clone();
    assert_eq!(count, after.len());
}

async fn feedback_is_scrubbed_shown_at_once_and_goes_with_its_error(stack: Stack) {
    let server = Server::start(stack).await;
    let path = envelopes(&server).await;
    let id = fresh_hex();
    let event = json!({ "message": "boom", "platform": "python" });
    let answer = send(&server, &path, envelope(&id, &[("event", event)])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(shown(&server).await[&id], Vec::<String>::new());
    let feedback = json!({ "contexts": { "feedback": {
        "associated_event_id": id, "name": "Ada", "contact_email": "ada@example.com",
        "message": "api_key=sk_live_0123456789abcdefghij does not work",
        "url": "https://shop.example/pay?token=abcdefghijklmnop",
    } } });
    let alone = envelope(&fresh_hex(), &[("feedback", feedback)]);
    assert_eq!(send(&server, &path, alone).await.status, 200);
    let error = format!("/api/errors/{}", text(&server.errors("").await[0]["id"]));
    let one = server.data(&error).await;
    let entry = &one["feedback"][0];
    let keys: Vec<&String> = entry.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "email", "message", "url", "received_at"]);
    assert_eq!(
        (&entry["name"], &entry["email"]),
        (&json!("Ada"), &json!("ada@example.com"))
    );
    let secrets = ["sk_live_0123456789abcdefghij", "abcdefghijklmnop"];
    assert!(
        !secrets
            .iter()
            .any(|secret| entry.to_string().contains(secret)),
        "{entry}"
    );
    assert_eq!(shown(&server).await[&id].len(), 1, "no old page is shown");
    server.delete(&error).await.is_empty_204();
    let again = send(
        &server,
        &path,
        envelope(&fresh_hex(), &[said(&id, "too late")]),
    )
    .await;
    assert_eq!(again.status, 200);
    let event = json!({ "message": "boom", "platform": "python" });
    send(&server, &path, envelope(&id, &[("event", event)])).await;
    assert_eq!(shown(&server).await[&id], Vec::<String>::new());
}

/// The same frames, as text and as an SDK sends them.
async fn frames_are_shown_whoever_sent_them(stack: Stack) {
    let server = Server::start(stack).await;
    let trace = "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line 14, in total\n    return sum(prices)\n  File \"/app/shop/price.py\", line 3, in price\n    raise KeyError(name)\nKeyError: 'tea'";
    let report = json!({ "message": "KeyError: 'tea'", "source": "shop", "stack_trace": trace });
    let reported = server.report(&report).await;
    let event = json!({ "platform": "python", "exception": { "values": [{
        "type": "KeyError", "value": "'tea'", "stacktrace": { "frames": [
            { "function": "total", "filename": "/app/shop/cart.py", "lineno": 14, "context_line": "    return sum(prices)" },
            { "function": "price", "filename": "/app/shop/price.py", "lineno": 3, "vars": { "name": "tea" } },
        ] },
    }] } });
    let id = fresh_hex();
    let path = envelopes(&server).await;
    assert_eq!(
        send(&server, &path, envelope(&id, &[("event", event)]))
            .await
            .status,
        200
    );
    let sent = server.errors("").await;
    let sent = sent
        .iter()
        .find(|error| text(&error["event_id"]).replace('-', "") == id);
    for error in [&reported["id"], &sent.unwrap()["id"]] {
        let path = format!("/api/errors/{}", text(error));
        let one = server.data(&path).await;
        let exceptions = one["exceptions"].clone();
        assert_eq!(exceptions.as_array().unwrap().len(), 1, "{exceptions}");
        assert_eq!(exceptions[0]["type"], "KeyError");
        assert_eq!(exceptions[0]["value"], "'tea'");
        let frames = exceptions[0]["frames"].as_array().unwrap();
        let places = frames
            .iter()
            .map(|frame| (&frame["function"], &frame["line"]));
        let places: Vec<_> = places.collect();
        assert_eq!(
            places,
            [(&json!("price"), &json!(3)), (&json!("total"), &json!(14))]
        );
        let keys: Vec<&String> = frames[0].as_object().unwrap().keys().collect();
        let expected = [
            "function",
            "module",
            "file",
            "line",
            "column",
            "in_app",
            "pre_context",
            "context_line",
            "post_context",
            "vars",
        ];
        assert_eq!(keys, expected);
        let page = server.data(&format!("{path}/occurrences")).await;
        assert_eq!(page["occurrences"][0]["exceptions"], exceptions);
    }
    let plain = json!({ "message": "no trace", "source": "shop" });
    let plain = server.report(&plain).await;
    assert!(plain.get("exceptions").is_none() && plain.get("feedback").is_none());
    let plain = server
        .data(&format!("/api/errors/{}", text(&plain["id"])))
        .await;
    assert_eq!(
        (&plain["exceptions"], &plain["feedback"]),
        (&json!([]), &json!([]))
    );
}

/// While PostgreSQL is away, what comes with its event waits with it; what comes alone is told to come again.
#[tokio::test]
async fn feedback_of_a_queued_event_is_kept_with_it() {
    let server = Site::with_own_postgres().await.start().await;
    let path = envelopes(&server).await;
    let (before, during) = (fresh_hex(), fresh_hex());
    let answer = send(&server, &path, event_with_feedback(&before)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    server.site.postgres().await.stop();
    let answer = send(&server, &path, event_with_feedback(&during)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for about in [&before, &during] {
        let alone = envelope(&fresh_hex(), &[said(about, "alone")]);
        let refused = send(&server, &path, alone).await;
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert!(!refused.header("retry-after").is_empty());
    }
    server.site.postgres().await.start_again().await;
    let started = Instant::now();
    while server.get("/readyz").await.status != 200 || !shown(&server).await.contains_key(&during) {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it does not recover"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let after = shown(&server).await;
    assert_eq!(after[&before], std::slice::from_ref(&before));
    assert_eq!(after[&during], std::slice::from_ref(&during));
    let alone = envelope(&fresh_hex(), &[said(&during, "alone")]);
    assert_eq!(send(&server, &path, alone).await.status, 200);
    assert_eq!(shown(&server).await[&during].len(), 2);
}
