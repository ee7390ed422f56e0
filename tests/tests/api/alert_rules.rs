//! Alert rules: made, changed, read back, refused.

use crate::alerts::{make, rule};
use e2e::value::{report, text, time_of};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::time::Duration;

on_both_stacks! {
    rules_are_made_changed_and_removed,
    bad_rules_are_refused_by_field,
    alerts_need_their_permissions,
    ignored_errors_count_where_a_rule_says_so,
}

async fn rules_are_made_changed_and_removed(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({
        "name": "High Error Rate", "condition": "error_count > threshold in time_window",
        "threshold": 50, "time_window": "5m", "notifications": ["email", "slack"], "enabled": true,
    });
    let made = server.post("/api/alerts/rules", &body).await.data(201);
    for field in ["name", "condition", "threshold", "time_window", "enabled"] {
        assert_eq!(made[field], body[field], "{field}");
    }
    let mut channels: Vec<String> = serde_json::from_value(made["notifications"].clone()).unwrap();
    channels.sort();
    assert_eq!(
        (channels, &made["last_triggered"]),
        (vec!["email".to_owned(), "slack".to_owned()], &Value::Null)
    );
    time_of(&made["created_at"]);
    let path = format!("/api/alerts/rules/{}", text(&made["id"]));
    assert_eq!(server.data(&path).await, made);
    let list = server.data("/api/alerts/rules").await;
    assert_eq!(
        (&list["rules"], &list["total"]),
        (&json!([made]), &json!(1))
    );

    assert_eq!(made["include_ignored"], false);
    let off = server
        .change(&path, &json!({ "enabled": false }))
        .await
        .data(200);
    assert_eq!(
        (&off["enabled"], &off["name"]),
        (&json!(false), &made["name"])
    );
    let changed = json!({ "name": "New", "condition": "critical_count >= 2.5 in 1 hour", "time_window": "2 hours" });
    let changed = server.change(&path, &changed).await.data(200);
    assert_eq!(
        (&changed["name"], &changed["threshold"]),
        (&json!("New"), &json!(50))
    );
    assert_eq!(changed["time_window"], "2h");

    server.delete(&path).await.is_empty_204();
    for answer in [
        server.get(&path).await,
        server.delete(&path).await,
        server.change(&path, &body).await,
    ] {
        answer.refusal(404, "rule_not_found");
    }
    server.get("/api/alerts/rules/7").await.names_field("id");
    let literal = json!({
        "name": "Literal", "condition": "error_count > 50 in 5 minutes", "notifications": ["sms"],
    });
    let literal = server.post("/api/alerts/rules", &literal).await.data(201);
    assert_eq!(
        (&literal["threshold"], &literal["time_window"]),
        (&json!(50), &json!("5m"))
    );
}

async fn bad_rules_are_refused_by_field(stack: Stack) {
    let server = Server::start(stack).await;
    let good = rule("error_count > threshold in time_window");
    for (field, bad) in [
        ("name", json!(null)),
        ("name", json!("  ")),
        ("name", json!("x".repeat(201))),
        ("name", json!(5)),
        ("condition", json!("error_count >> 5")),
        ("condition", json!("")),
        ("condition", json!("error_count > 5 in 5s")),
        ("threshold", json!(-1)),
        ("threshold", json!("many")),
        ("threshold", json!(null)),
        ("time_window", json!("5s")),
        ("time_window", json!("31d")),
        ("time_window", json!(300)),
        ("time_window", json!(null)),
        ("notifications", json!([])),
        ("notifications", json!(["pigeon"])),
        ("notifications", json!("email")),
        ("notifications", json!(null)),
        ("enabled", json!("yes")),
        ("include_ignored", json!("yes")),
        ("open_incident", json!("awful")),
    ] {
        let mut body = good.clone();
        body[field] = bad.clone();
        let answer = server.post("/api/alerts/rules", &body).await;
        answer.names_field(field);
    }
    let bad = rule("error_count > 5 in 5 parsecs");
    let sentence = server
        .post("/api/alerts/rules", &bad)
        .await
        .names_field("condition");
    assert!(sentence.contains("position 22"), "{sentence}");
    let id = make(&server, &good).await;
    let path = format!("/api/alerts/rules/{id}");
    server
        .change(&path, &json!({ "threshold": "x" }))
        .await
        .names_field("threshold");
    server
        .change(&path, &json!({ "notifications": null }))
        .await
        .names_field("notifications");
    assert_eq!(server.data("/api/alerts/rules").await["total"], 1);
}

async fn alerts_need_their_permissions(stack: Stack) {
    let server = Server::start(stack).await;
    let id = make(&server, &rule("error_count >= 1 in 5m")).await;
    let path = format!("/api/alerts/rules/{id}");
    let reader = server.with_key(&server.site.create_key(&["--permissions", "read"]).await);
    reader.data(&path).await;
    reader.data("/api/alerts/history").await;
    reader
        .post("/api/alerts/rules", &rule("error_count >= 1 in 5m"))
        .await
        .refusal(403, "permission_denied");
    reader
        .change(&path, &json!({ "enabled": false }))
        .await
        .refusal(403, "permission_denied");
    reader.delete(&path).await.refusal(403, "permission_denied");
    let stranger = crate::tenancy::stranger(&server).await;
    stranger.get(&path).await.refusal(404, "rule_not_found");
    stranger.delete(&path).await.refusal(404, "rule_not_found");
    assert_eq!(stranger.data("/api/alerts/rules").await["total"], 0);
    let none = server.with_key(
        &server
            .site
            .create_key(&["--permissions", "errors:read"])
            .await,
    );
    none.get("/api/alerts/rules")
        .await
        .refusal(403, "permission_denied");
    server
        .anonymous()
        .get("/api/alerts/rules")
        .await
        .refusal(401, "missing_api_key");
}

async fn ignored_errors_count_where_a_rule_says_so(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    server
        .put(&format!("/api/errors/{id}/ignore"))
        .await
        .data(200);
    for _ in 0..3 {
        server.report(&report("m")).await;
    }
    let mut paths = Vec::new();
    for condition in ["error_count > 100 in 5m", "error_count > 100 in 1d"] {
        for (include_ignored, value) in [(false, 1), (true, 4)] {
            let mut body = rule(condition);
            body["include_ignored"] = json!(include_ignored);
            let path = format!("/api/alerts/rules/{}", make(&server, &body).await);
            paths.push((path, value));
        }
    }
    for (path, value) in paths {
        let mut seen = Value::Null;
        for _ in 0..400 {
            seen = server.data(&path).await["value"].clone();
            if seen == json!(value) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(seen, json!(value), "{path}");
    }
}
