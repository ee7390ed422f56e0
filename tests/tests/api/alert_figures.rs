//! Conditions explained, rules over the past, and what is shown of rules, channels and deliveries.

use crate::alerts::{make, rule};
use e2e::value::{now, report, text, time_in, time_of};
use e2e::{Receiver, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both_stacks! {
    a_condition_is_explained_or_corrected,
    a_rule_is_tried_on_the_past,
    a_bound_key_previews_its_project_alone,
    rules_tell_limit_and_recent_values,
    channels_are_told_without_addresses,
    the_history_tells_each_attempt,
    figures_of_alerts_need_their_permissions,
}

const CHECK: &str = "/api/alerts/rules/check";
const PREVIEW: &str = "/api/alerts/rules/preview";

async fn a_condition_is_explained_or_corrected(stack: Stack) {
    let server = Server::start(stack).await;
    let check = async |body: Value| server.post(CHECK, &body).await.data(200);
    let good = json!({ "condition": "critical_count > threshold in 10m where project = default", "threshold": 25 });
    let expected = json!({
        "valid": true,
        "sentence": "More than 25 critical occurrences in project default within 10 minutes",
        "field": null, "position": null, "message": null, "suggestions": [], "warnings": [],
        "limit": 25, "window_seconds": 600,
    });
    assert_eq!(check(good).await, expected);
    let misspelt = check(json!({ "condition": "error_cuont > 1" })).await;
    assert_eq!(
        (
            &misspelt["valid"],
            &misspelt["field"],
            &misspelt["position"],
            &misspelt["sentence"]
        ),
        (&json!(false), &json!("condition"), &json!(1), &Value::Null)
    );
    assert_eq!(misspelt["suggestions"][0], "error_count");
    let saved = server
        .post("/api/alerts/rules", &rule("error_cuont > 1"))
        .await;
    let sentence = saved.names_field("condition");
    assert!(sentence.ends_with(text(&misspelt["message"])), "{sentence}");
    for (body, field) in [
        (
            json!({ "condition": "error_count > threshold in 5m" }),
            "threshold",
        ),
        (
            json!({ "condition": "error_count > threshold in 5m", "threshold": -1 }),
            "threshold",
        ),
        (json!({ "condition": "error_count > 5" }), "time_window"),
        (
            json!({ "condition": "error_count > 5", "time_window": "1s" }),
            "time_window",
        ),
        (json!({ "condition": " " }), "condition"),
    ] {
        let checked = check(body).await;
        assert_eq!(
            (&checked["valid"], &checked["field"]),
            (&json!(false), &json!(field))
        );
        assert!(!text(&checked["message"]).is_empty());
    }
    let nowhere = json!({ "condition": "error_count > 5 in 5m where project = nowhere" });
    let warned = check(nowhere).await;
    assert_eq!(warned["warnings"].as_array().unwrap().len(), 1, "{warned}");
    for bad in [
        json!({}),
        json!({ "condition": 5 }),
        json!({ "condition": null }),
    ] {
        server.post(CHECK, &bad).await.names_field("condition");
    }
    assert_eq!(server.data("/api/alerts/rules").await["total"], 0);
}

fn reported(seconds_ago: i64) -> Value {
    let mut report = report("m");
    report["timestamp"] = json!(time_in(-time::Duration::seconds(seconds_ago)));
    report
}

async fn a_rule_is_tried_on_the_past(stack: Stack) {
    let server = Server::start(stack).await;
    for seconds in [4_000, 3_999, 3_998, 86_400 * 2] {
        server.report(&reported(seconds)).await;
    }
    let body = json!({ "condition": "error_count > 2 in 5m" });
    let preview = server.post(PREVIEW, &body).await.data(200);
    assert_eq!(
        (&preview["days"], &preview["step_seconds"]),
        (&json!(7), &json!(5))
    );
    assert_eq!(
        (&preview["window_seconds"], &preview["limit"]),
        (&json!(300), &json!(2))
    );
    assert_eq!(
        (&preview["fired"], &preview["capped"]),
        (&json!(1), &json!([]))
    );
    let firing = &preview["firings"][0];
    assert_eq!(
        (&firing["highest"], &firing["messages"]),
        (&json!(3), &json!(1))
    );
    let (at, until) = (time_of(&firing["at"]), time_of(&firing["until"]));
    assert_eq!(
        (until - at).whole_seconds(),
        firing["seconds"].as_i64().unwrap()
    );
    assert!((now() - at).whole_seconds() > 3_900);
    let series = preview["series"].as_array().unwrap();
    assert!((100..=300).contains(&series.len()), "{}", series.len());
    let highest = series.iter().filter(|point| point["value"] == 3).count();
    assert!(highest >= 1);
    let short = json!({ "condition": "error_count > 0 in 5m", "days": 1 });
    let preview = server.post(PREVIEW, &short).await.data(200);
    assert_eq!(
        (&preview["days"], &preview["fired"]),
        (&json!(1), &json!(1))
    );
    let long = json!({ "condition": "error_count >= 1 in 1d", "days": 30 });
    let preview = server.post(PREVIEW, &long).await.data(200);
    assert_eq!(preview["step_seconds"], 3_600);
    for (body, field) in [
        (json!({ "condition": "error_count >> 5" }), "condition"),
        (
            json!({ "condition": "error_count > threshold in 5m" }),
            "threshold",
        ),
        (
            json!({ "condition": "error_count > 1 in 5m", "days": 31 }),
            "days",
        ),
        (
            json!({ "condition": "error_count > 1 in 5m", "days": 0 }),
            "days",
        ),
        (
            json!({ "condition": "error_count > 1 in 5m", "notifications": ["pigeon"] }),
            "notifications",
        ),
    ] {
        server.post(PREVIEW, &body).await.names_field(field);
    }
    assert_eq!(server.data("/api/alerts/rules").await["total"], 0);
}

async fn a_bound_key_previews_its_project_alone(stack: Stack) {
    let server = Server::start(stack).await;
    let shop = json!({ "name": "Shop", "slug": "shop" });
    server.post("/api/projects", &shop).await.data(201);
    let key = json!({ "name": "k", "permissions": ["write"], "project": "shop" });
    let key = server.post("/api/settings/api-keys", &key).await.data(201);
    let bound = server.with_key(text(&key["api_key"]));
    server.report(&reported(100)).await;
    let body = json!({ "condition": "error_count > 0 in 5m", "days": 1 });
    assert_eq!(server.post(PREVIEW, &body).await.data(200)["fired"], 1);
    assert_eq!(bound.post(PREVIEW, &body).await.data(200)["fired"], 0);
    let own = json!({ "condition": "error_count > 0 in 5m where project = shop" });
    bound.post(PREVIEW, &own).await.data(200);
    for other in ["default", "nowhere"] {
        let body = json!({ "condition": format!("error_count > 0 in 5m where project = {other}") });
        bound
            .post(PREVIEW, &body)
            .await
            .refusal(404, "project_not_found");
    }
    bound
        .get("/api/alerts/channels")
        .await
        .refusal(403, "permission_denied");
}

async fn rules_tell_limit_and_recent_values(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = rule("error_count > threshold in time_window");
    body["threshold"] = json!(5);
    let id = make(&server, &body).await;
    for _ in 0..3 {
        server.report(&report("m")).await;
    }
    let path = format!("/api/alerts/rules/{id}");
    let began = Instant::now();
    let shown = loop {
        let shown = server.data(&path).await;
        let recent = shown["recent"].as_array().unwrap();
        assert_eq!(recent.len(), 24);
        // The hour may end meanwhile.
        if recent[22..].iter().any(|value| *value == 3) {
            break shown;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{shown}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(shown["limit"], 5);
    let earlier = &shown["recent"].as_array().unwrap()[..22];
    assert!(earlier.iter().all(Value::is_null), "{shown}");
    let list = server.data("/api/alerts/rules").await;
    assert_eq!(list["rules"][0]["recent"].as_array().unwrap().len(), 24);
}

async fn channels_are_told_without_addresses(stack: Stack) {
    let server = Server::start(stack).await;
    let mail = json!({
        "smtp_server": "mail.example.com", "from_email": "f@example.com",
        "recipients": ["a@example.com", "b@example.com", "c@example.com"],
    });
    server
        .change("/api/settings/integrations/email", &mail)
        .await
        .data(200);
    let slack =
        json!({ "webhook_url": "https://hooks.example.com/T0/secret", "channel": "#alerts" });
    server
        .change("/api/settings/integrations/slack", &slack)
        .await
        .data(200);
    let hook = json!({
        "url": "https://example.com/secret/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    });
    server
        .change("/api/settings/integrations/webhook", &hook)
        .await
        .data(200);
    let channels = server.data("/api/alerts/channels").await;
    let expected = json!([
        { "name": "slack", "status": "configured", "to": "#alerts" },
        { "name": "email", "status": "configured", "to": "3 people" },
        { "name": "webhook", "status": "configured", "to": "example.com" },
        { "name": "sms", "status": "not_configured", "to": null },
    ]);
    assert_eq!(channels["channels"], expected);
}

async fn the_history_tells_each_attempt(stack: Stack) {
    let server = Server::start(stack).await;
    let receiver = Receiver::start().await;
    let hook = json!({
        "url": receiver.url("/secret/hook"), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    });
    server
        .change("/api/settings/integrations/webhook", &hook)
        .await
        .data(200);
    let tested = server
        .post("/api/settings/integrations/webhook/test", &json!({}))
        .await
        .data(200);
    assert!(
        text(&tested["last_result"]).starts_with("Sent. Answered 200 in "),
        "{tested}"
    );
    assert!(tested["last_duration_ms"].is_u64());
    assert_eq!(tested["next_attempt_at"], Value::Null);
    let mut body = rule("error_count > 5 in 5m");
    body["notifications"] = json!(["webhook", "sms"]);
    let id = make(&server, &body).await;
    server
        .post(&format!("/api/alerts/rules/{id}/test"), &json!({}))
        .await
        .data(202);
    let path = format!("/api/alerts/history?rule_id={id}");
    let began = Instant::now();
    let history = loop {
        let history = server.data(&path).await;
        if history["counts"]["pending"] == 0 {
            break history;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{history}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let counts = json!({ "all": 2, "pending": 0, "delivered": 1, "failed": 1 });
    assert_eq!(history["counts"], counts);
    let deliveries = history["history"][0]["deliveries"].as_array().unwrap();
    let of = |channel: &str| {
        deliveries
            .iter()
            .find(|one| one["channel"] == channel)
            .unwrap()
    };
    let sent = of("webhook");
    assert_eq!(
        (&sent["result"], &sent["reason"]),
        (&json!("200"), &Value::Null)
    );
    assert!(sent["duration_ms"].is_u64());
    time_of(&sent["last_attempt_at"]);
    let failed = of("sms");
    assert_eq!(failed["result"], failed["reason"]);
    assert_eq!(failed["duration_ms"], Value::Null, "nothing was sent");
    for (query, total) in [
        ("&status=delivered", 1),
        ("&status=pending", 0),
        ("&status=failed", 1),
        ("&since=2030-01-01", 0),
        ("&until=2020-01-01", 0),
        ("&since=2020-01-01&until=2090-01-01T00:00:00Z", 1),
    ] {
        let history = server.data(&format!("{path}{query}")).await;
        assert_eq!(history["total"], total, "{query}");
    }
    for (query, field) in [
        ("&status=lost", "status"),
        ("&since=yesterday", "since"),
        ("&since=2030-01-02&until=2030-01-01", "since"),
    ] {
        server
            .get(&format!("{path}{query}"))
            .await
            .names_field(field);
    }
    let answer = server.delete(&format!("/api/alerts/rules/{id}")).await;
    answer.is_empty_204();
    assert_eq!(
        server.data(&path).await["total"],
        1,
        "a deleted rule's firings stay"
    );
}

async fn figures_of_alerts_need_their_permissions(stack: Stack) {
    let server = Server::start(stack).await;
    let reader = server.with_key(
        &server
            .site
            .create_key(&["--permissions", "alerts:read"])
            .await,
    );
    let body = json!({ "condition": "error_count > 0 in 5m" });
    for path in [CHECK, PREVIEW] {
        reader
            .post(path, &body)
            .await
            .refusal(403, "permission_denied");
    }
    reader.data("/api/alerts/channels").await;
    let nobody = server.with_key(
        &server
            .site
            .create_key(&["--permissions", "errors:read"])
            .await,
    );
    nobody
        .get("/api/alerts/channels")
        .await
        .refusal(403, "permission_denied");
}
