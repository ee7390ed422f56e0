//! Alerts: looked for, fired once, told to real receivers, kept in the history.

use e2e::receiver::Receiver;
use e2e::value::{fresh_id, report, text, time_of};
use e2e::{Client, Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

on_both_stacks! {
    a_rule_fires_when_its_condition_becomes_true,
    a_webhook_is_signed_and_says_what_happened,
    new_errors_and_regressions_are_told_at_once,
    conditions_look_at_what_they_name,
    a_failing_receiver_is_tried_again_and_holds_up_nobody,
    a_channel_that_is_not_set_up_fails_with_its_reason,
    a_test_message_is_marked,
    a_rule_opens_one_incident,
}

/// 24 bytes.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";

/// A server that tells a receiver.
async fn telling(stack: Stack) -> (Server, Receiver) {
    let (server, receiver) = (Server::start(stack).await, Receiver::start().await);
    let config = json!({ "url": receiver.url("/hook"), "secret": SECRET });
    server
        .change("/api/settings/integrations/webhook", &config)
        .await
        .data(200);
    (server, receiver)
}

pub fn rule(condition: &str) -> Value {
    json!({
        "name": "High Error Rate", "condition": condition, "threshold": 3, "time_window": "5m",
        "notifications": ["webhook"], "enabled": true,
    })
}

pub async fn make(client: &Client, body: &Value) -> String {
    let made = client.post("/api/alerts/rules", body).await.data(201);
    text(&made["id"]).to_owned()
}

async fn history(client: &Client) -> Vec<Value> {
    let mut data = client.data("/api/alerts/history").await;
    serde_json::from_value(data["history"].take()).unwrap()
}

/// Waits until the newest message of the history is as it should be.
async fn delivery(client: &Client, is: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Vec::new();
    for _ in 0..1_000 {
        seen = history(client).await;
        let newest = seen.first().map(|firing| firing["deliveries"][0].clone());
        if let Some(found) = newest.filter(|found| is(found)) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never was, but {seen:?}");
}

/// When a rule holds, clears and fires again is tested without waiting in
/// `crates/domain/tests/alerting/firing.rs`.
async fn a_rule_fires_when_its_condition_becomes_true(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    let mut body = rule("error_count >= threshold in time_window");
    body["time_window"] = json!("10s");
    let id = make(&server, &body).await;
    for _ in 0..2 {
        server.report(&report("m")).await;
    }
    let path = format!("/api/alerts/rules/{id}");
    evaluated(&server, &path, 2).await;
    assert!(receiver.received().await.is_empty(), "two are not three");
    for _ in 0..5 {
        server.report(&report("m")).await;
    }
    receiver.wait_for(1).await;
    let fired = &history(&server).await[0];
    assert_eq!(
        (&fired["rule_id"], &fired["threshold"]),
        (&json!(id), &json!(3))
    );
    assert!(fired["value"].as_u64().unwrap() >= 3);
    let last = server.data(&path).await["last_triggered"].clone();
    assert_eq!(time_of(&last), time_of(&fired["fired_at"]));
}

/// Waits until an evaluation of a rule has measured this.
async fn evaluated(client: &Client, path: &str, value: u64) {
    for _ in 0..1_000 {
        if client.data(path).await["value"] == value {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} was never evaluated to {value}");
}

async fn a_webhook_is_signed_and_says_what_happened(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    make(
        &server,
        &rule("error_count >= 3 in 5m where environment = production"),
    )
    .await;
    for number in 0..3 {
        server
            .report(&report(&format!("Payment {number} failed")))
            .await;
    }
    let received = receiver.wait_for(1).await.remove(0);
    assert!(
        received.head.starts_with("POST /hook "),
        "{}",
        received.head
    );
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.header(name).parse().unwrap());
    }
    let verifier = standardwebhooks::Webhook::new(SECRET).unwrap();
    verifier.verify(received.body.as_bytes(), &headers).unwrap();
    for said in [
        "High Error Rate",
        "error_count",
        "Payment",
        "production",
        "/api/errors/",
    ] {
        assert!(
            received.body.contains(said),
            "{said} is not in {}",
            received.body
        );
    }
    let sent = delivery(&server, |sent| sent["status"] == "delivered").await;
    assert_eq!(
        (&sent["channel"], &sent["attempts"]),
        (&json!("webhook"), &json!(1))
    );
    time_of(&sent["delivered_at"]);
}

async fn new_errors_and_regressions_are_told_at_once(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    make(&server, &rule("new_errors >= 1 in 1m")).await;
    make(&server, &rule("regressions >= 1 in 1m")).await;
    let started = Instant::now();
    let id = text(&server.report(&report("never seen")).await["id"]).to_owned();
    receiver.wait_for(1).await;
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "{:?}",
        started.elapsed()
    );
    server
        .put(&format!("/api/errors/{id}/resolve"))
        .await
        .data(200);
    server.report(&report("never seen")).await;
    let received = receiver.wait_for(2).await;
    assert!(
        received[1].body.contains("regressions"),
        "{}",
        received[1].body
    );
}

async fn conditions_look_at_what_they_name(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    let names = |metric: &str| format!("rule of {metric}");
    for condition in [
        "warning_count >= 1 in 5m",
        "critical_count >= 1 in 5m where source = api",
        "error_rate >= 0.2 in 5m",
        "affected_users >= 2 in 5m",
        "error_count >= 2 in 2 hours where level = warning and release = \"1.0\"",
        "error_count >= 1 in 3 hours where project = default and severity = medium",
        "error_count >= 1 in 5m where project = nowhere",
        "error_count >= 1 in 5m where level = warning and level = info",
        "error_count < 1 in 5m",
    ] {
        let mut body = rule(condition);
        body["name"] = json!(names(condition));
        body["enabled"] = json!(false);
        make(&server, &body).await;
    }
    for user in ["a", "b"] {
        let body = json!({
            "message": "slow answer", "source": "api", "level": "warning", "release": "1.0",
            "user": { "id": user },
        });
        server.report(&body).await;
    }
    for one in server.data("/api/alerts/rules").await["rules"]
        .as_array()
        .unwrap()
    {
        let path = format!("/api/alerts/rules/{}", text(&one["id"]));
        server
            .change(&path, &json!({ "enabled": true }))
            .await
            .data(200);
    }
    receiver.wait_for(5).await;
    let mut fired: Vec<String> = history(&server)
        .await
        .iter()
        .map(|firing| {
            text(&firing["condition"])
                .split(' ')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    fired.sort();
    let expected = [
        "affected_users",
        "error_count",
        "error_count",
        "error_rate",
        "warning_count",
    ];
    assert_eq!(fired, expected);
}

async fn a_failing_receiver_is_tried_again_and_holds_up_nobody(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    let slow = Receiver::start().await;
    slow.answer(0);
    let config = json!({ "webhook_url": slow.url("/slack") });
    server
        .change("/api/settings/integrations/slack", &config)
        .await
        .data(200);
    receiver.answer(500);
    let mut body = rule("error_count >= 1 in 5m");
    body["notifications"] = json!(["slack", "webhook"]);
    make(&server, &body).await;
    let started = Instant::now();
    server.report(&report("m")).await;
    receiver.wait_for(1).await;
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "held up by a channel that hangs"
    );
    receiver.answer(200);
    let received = receiver.wait_for(2).await;
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    for _ in 0..600 {
        let firing = history(&server).await.remove(0);
        let sent = firing["deliveries"].as_array().unwrap();
        let webhook = sent.iter().find(|one| one["channel"] == "webhook").unwrap();
        if webhook["status"] == "delivered" {
            assert_eq!(webhook["attempts"], 2);
            let slack = sent.iter().find(|one| one["channel"] == "slack").unwrap();
            assert_eq!(slack["status"], "pending");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never delivered");
}

async fn a_channel_that_is_not_set_up_fails_with_its_reason(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = rule("error_count >= 1 in 5m");
    body["notifications"] = json!(["sms"]);
    make(&server, &body).await;
    server.report(&report("m")).await;
    let sent = delivery(&server, |sent| sent["status"] == "failed").await;
    assert!(text(&sent["reason"]).contains("not set up"), "{sent}");
}

async fn a_test_message_is_marked(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    let id = make(&server, &rule("error_count >= 1000 in 5m")).await;
    let sent = server
        .post(&format!("/api/alerts/rules/{id}/test"), &json!({}))
        .await
        .data(202);
    assert_eq!(
        (&sent["test"], &sent["rule_id"]),
        (&json!(true), &json!(id))
    );
    let received = receiver.wait_for(1).await;
    assert!(
        received[0].body.to_lowercase().contains("test"),
        "{}",
        received[0].body
    );
    let rule = server.data(&format!("/api/alerts/rules/{id}")).await;
    assert_eq!(rule["last_triggered"], Value::Null, "a test is no alarm");
    let path = format!("/api/alerts/rules/{}/test", fresh_id());
    server
        .post(&path, &json!({}))
        .await
        .refusal(404, "rule_not_found");
    let of_rule = server
        .data(&format!("/api/alerts/history?rule_id={id}"))
        .await;
    assert_eq!(of_rule["total"], 1);
    server
        .get("/api/alerts/history?limit=0")
        .await
        .names_field("limit");
    server
        .get("/api/alerts/history?rule_id=x")
        .await
        .names_field("rule_id");
    server
        .get("/api/alerts/history?cursor=x")
        .await
        .names_field("cursor");
}

async fn a_rule_opens_one_incident(stack: Stack) {
    let (server, receiver) = telling(stack).await;
    let mut body = rule("error_count >= 1 in 5m");
    body["open_incident"] = json!("high");
    let id = make(&server, &body).await;
    server.report(&report("m")).await;
    receiver.wait_for(1).await;
    let list = server.data("/api/alerts/incidents").await;
    let incident = &list["incidents"][0];
    assert_eq!(
        (&list["total"], &incident["severity"]),
        (&json!(1), &json!("high"))
    );
    assert_eq!(
        (&incident["rule_id"], &incident["title"]),
        (&json!(id), &json!("High Error Rate"))
    );
    assert_eq!(history(&server).await[0]["incident_id"], incident["id"]);
}

#[tokio::test]
async fn state_survives_a_restart_and_two_nodes_fire_once() {
    let receiver = Receiver::start().await;
    let site = Arc::new(Site::new(Stack::PostgresRedis).await);
    let mut leader = Server::on(Arc::clone(&site)).await;
    let config = json!({ "url": receiver.url("/hook"), "secret": SECRET });
    leader
        .change("/api/settings/integrations/webhook", &config)
        .await
        .data(200);
    make(&leader, &rule("error_count >= 3 in 5m")).await;
    let other = Server::on(Arc::clone(&site)).await;
    for _ in 0..3 {
        other.report(&report("m")).await;
    }
    receiver.wait_for(1).await;
    leader.kill();
    make(&other, &rule("error_count >= 4 in 5m")).await;
    other.report(&report("m")).await;
    let killed = Instant::now();
    receiver.wait_for(2).await;
    assert!(
        killed.elapsed() < Duration::from_secs(15),
        "{:?}",
        killed.elapsed()
    );
    // That what fired does not fire again is tested in `crates/domain/tests/alerting/firing.rs`.
    assert_eq!(receiver.received().await.len(), 2);
    let third = Server::on(site).await;
    assert_eq!(history(&third).await.len(), 2);
}

#[tokio::test]
async fn production_refuses_private_targets() {
    let receiver = Receiver::start().await;
    let site = Site::new(Stack::Sqlite)
        .await
        .set("FAULTBOOK__NOTIFICATIONS__ALLOW_PRIVATE_TARGETS", "false");
    let server = site.start().await;
    let config = json!({ "url": receiver.url("/hook"), "secret": SECRET });
    server
        .change("/api/settings/integrations/webhook", &config)
        .await
        .data(200);
    make(&server, &rule("error_count >= 1 in 5m")).await;
    server.report(&report("m")).await;
    let sent = delivery(&server, |sent| sent["status"] == "failed").await;
    assert!(text(&sent["reason"]).contains("public"), "{sent}");
    assert!(receiver.received().await.is_empty());
}
