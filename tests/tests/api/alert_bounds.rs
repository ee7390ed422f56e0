//! What alert rules may cost and reach: no other rule, no other tenant, no other project.

use crate::alerts::{make, rule};
use crate::tenancy::stranger;
use e2e::value::{report, text};
use e2e::{Client, Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both_stacks! {
    whatever_users_hold_stops_no_alert,
    a_broken_rule_says_so_and_costs_no_other,
    a_bound_key_knows_its_projects_rules_alone,
    rules_are_bounded,
    channels_stay_in_order,
    many_expensive_rules_delay_nobody,
}

async fn list(client: &Client, path: &str, field: &str) -> Vec<Value> {
    let mut data = client.data(path).await;
    serde_json::from_value(data[field].take()).unwrap()
}

async fn conditions_of(client: &Client, path: &str, field: &str) -> Vec<String> {
    let mut found: Vec<String> = list(client, path, field)
        .await
        .iter()
        .map(|one| text(&one["condition"]).to_owned())
        .collect();
    found.sort();
    found
}

/// Waits until a rule is as it should be.
async fn until(client: &Client, id: &str, is: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Value::Null;
    for _ in 0..1_000 {
        seen = client.data(&format!("/api/alerts/rules/{id}")).await;
        if is(&seen) {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never was, but {seen}");
}

/// A report with this JSON as its user, sent as it is written.
async fn report_of(client: &Client, user: &str) -> u16 {
    let body = format!(r#"{{"message":"TypeError","source":"web","user":{user}}}"#);
    client.post_bytes("/api/errors", body).await.status
}

async fn whatever_users_hold_stops_no_alert(stack: Stack) {
    let server = Server::start(stack).await;
    let other = stranger(&server).await;
    for user in [
        r#"{"id":1e200000}"#.to_owned(),
        r#"{"id":1e-200000}"#.to_owned(),
        r#"{"id":"a","age":{"of":[-1E+200000]}}"#.to_owned(),
        format!(r#"{{"id":{}}}"#, "7".repeat(140_000)),
        format!(r#"{{"id":{}1{}}}"#, "[".repeat(60), "]".repeat(60)),
        r#"{"id":"\u0000"}"#.to_owned(),
        format!(r#"{{"id":"{}"}}"#, "long ".repeat(100_000)),
        format!(r#"{{"{}":1}}"#, "k".repeat(100_000)),
    ] {
        let start = user.chars().take(30).collect::<String>();
        assert_eq!(report_of(&server, &user).await, 201, "{start}");
    }
    let users = make(&server, &rule("affected_users >= 8 in 30d")).await;
    let more = make(&server, &rule("affected_users >= 9 in 30d")).await;
    let simple = make(&other, &rule("error_count >= 1 in 5m")).await;
    other.report(&report("m")).await;
    let fired = |seen: &Value| !seen["last_triggered"].is_null();
    until(&server, &users, fired).await;
    until(&other, &simple, fired).await;
    let seen = until(&server, &more, |seen| seen["state"] == "ok").await;
    assert_eq!(
        (&seen["value"], &seen["state_reason"]),
        (&json!(8), &Value::Null)
    );
    let tested = format!("/api/alerts/rules/{users}/test");
    server.post(&tested, &json!({})).await.data(202);
    let errors = server.errors("").await;
    let id = text(&errors[0]["id"]);
    let kept = server.get(&format!("/api/errors/{id}/occurrences")).await;
    let kept = kept.text();
    assert!(kept.contains("1e+200000") && kept.contains(&"7".repeat(140_000)));
}

async fn a_broken_rule_says_so_and_costs_no_other(stack: Stack) {
    let server = Server::start(stack).await;
    let other = stranger(&server).await;
    let broken = make(&server, &rule("error_count >= 1 in 5m where source = x")).await;
    let disabled = make(&server, &rule("error_count >= 1 in 6m")).await;
    let path = format!("/api/alerts/rules/{disabled}");
    let off = server
        .change(&path, &json!({ "enabled": false }))
        .await
        .data(200);
    assert_eq!(off["state"], "unknown");
    server
        .site
        .run_sql("UPDATE alert_rules SET condition = 'nonsense' WHERE condition LIKE '%= x'")
        .await;
    let simple = make(&server, &rule("error_count >= 1 in 5m")).await;
    let foreign = make(&other, &rule("error_count >= 1 in 5m")).await;
    server.report(&report("m")).await;
    other.report(&report("m")).await;
    let firing = until(&server, &simple, |seen| seen["state"] == "firing").await;
    assert!(!firing["state_since"].is_null() && !firing["evaluated_at"].is_null());
    until(&other, &foreign, |seen| seen["state"] == "firing").await;
    let reason = |seen: &Value| {
        seen["state_reason"]
            .as_str()
            .is_some_and(|text| text.contains("position 1"))
    };
    let seen = until(&server, &broken, reason).await;
    assert_eq!(
        (&seen["state"], &seen["value"]),
        (&json!("unknown"), &Value::Null)
    );
    let listed = list(&server, "/api/alerts/rules", "rules").await;
    let listed = listed
        .iter()
        .find(|one| one["id"] == json!(broken))
        .unwrap();
    assert_eq!(listed["state_reason"], seen["state_reason"]);
    server
        .post(&format!("/api/alerts/rules/{broken}/test"), &json!({}))
        .await
        .names_field("condition");
    // One line, not one a round.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let log = server.log();
    assert_eq!(
        log.matches("a rule cannot be evaluated").count(),
        1,
        "{log}"
    );
    // Mended, it is evaluated again.
    let mended = json!({ "condition": "error_count >= 1 in 5m" });
    server
        .change(&format!("/api/alerts/rules/{broken}"), &mended)
        .await
        .data(200);
    until(&server, &broken, |seen| seen["state"] == "firing").await;
}

async fn a_bound_key_knows_its_projects_rules_alone(stack: Stack) {
    let server = Server::start(stack).await;
    let side = server
        .post("/api/projects", &json!({ "name": "side" }))
        .await
        .data(201);
    let side = text(&side["id"]).to_owned();
    let key = json!({ "name": "bound", "permissions": ["read", "write"], "project": "side" });
    let key = server.post("/api/settings/api-keys", &key).await.data(201);
    let bound = server.with_key(text(&key["api_key"]));
    let own = [
        "new_errors >= 1 in 5m where project = side".to_owned(),
        format!("affected_users >= 0 in 5m where level = error and project = '{side}'"),
    ];
    let foreign = [
        "error_count >= 1 in 5m",
        "affected_users >= 0 in 5m where source = side",
        "new_errors >= 1 in 5m where project = default",
        "new_errors >= 1 in 5m where project = side and project = default",
        "new_errors >= 1 in 5m where project = nowhere",
    ];
    let opening = |condition: &str| {
        let mut body = rule(condition);
        body["open_incident"] = json!("high");
        body
    };
    for condition in &foreign {
        make(&server, &opening(condition)).await;
        let refused = bound.post("/api/alerts/rules", &opening(condition)).await;
        refused.refusal(403, "permission_denied");
    }
    make(&server, &opening(&own[0])).await;
    let second = make(&bound, &opening(&own[1])).await;
    for project in ["side", "default"] {
        let mut body = report(&format!("secret of {project}"));
        body["project"] = json!(project);
        server.report(&body).await;
    }
    for one in list(&server, "/api/alerts/rules", "rules").await {
        if !text(&one["condition"]).contains("nowhere")
            && !text(&one["condition"]).contains("side and")
        {
            until(&server, text(&one["id"]), |seen| {
                !seen["last_triggered"].is_null()
            })
            .await;
        }
    }
    let mut expected = own.to_vec();
    expected.sort();
    assert_eq!(
        conditions_of(&bound, "/api/alerts/rules", "rules").await,
        expected
    );
    assert_eq!(
        conditions_of(&bound, "/api/alerts/history", "history").await,
        expected
    );
    let history = bound.get("/api/alerts/history").await.text();
    assert!(history.contains("secret of side") && !history.contains("secret of default"));
    assert_eq!(bound.data("/api/alerts/history").await["total"], 2);
    let incidents = list(&bound, "/api/alerts/incidents", "incidents").await;
    assert_eq!(incidents.len(), 2, "{incidents:?}");
    for one in list(&server, "/api/alerts/rules", "rules").await {
        let is_own = expected.contains(&text(&one["condition"]).to_owned());
        let path = format!("/api/alerts/rules/{}", text(&one["id"]));
        let history = format!("/api/alerts/history?rule_id={}", text(&one["id"]));
        assert_eq!(bound.data(&history).await["total"] == 1, is_own);
        if is_own {
            bound.data(&path).await;
            bound
                .post(&format!("{path}/test"), &json!({}))
                .await
                .data(202);
            bound
                .change(&path, &json!({ "name": "Mine" }))
                .await
                .data(200);
            let away = json!({ "condition": foreign[0] });
            bound
                .change(&path, &away)
                .await
                .refusal(403, "permission_denied");
        } else {
            bound.get(&path).await.refusal(404, "rule_not_found");
            let test = bound.post(&format!("{path}/test"), &json!({})).await;
            test.refusal(404, "rule_not_found");
            let renamed = bound.change(&path, &json!({ "name": "Mine" })).await;
            renamed.refusal(404, "rule_not_found");
            bound.delete(&path).await.refusal(404, "rule_not_found");
        }
    }
    bound
        .delete(&format!("/api/alerts/rules/{second}"))
        .await
        .is_empty_204();
    for one in list(&server, "/api/alerts/incidents", "incidents").await {
        // The incident of the rule that was deleted concerns errors of the own project alone.
        let is_own = incidents.iter().any(|own| own["id"] == one["id"]);
        let path = format!("/api/alerts/incidents/{}", text(&one["id"]));
        let change = json!({ "status": "identified" });
        if is_own {
            bound.data(&path).await;
            bound.change(&path, &change).await.data(200);
        } else {
            bound.get(&path).await.refusal(404, "incident_not_found");
            let changed = bound.change(&path, &change).await;
            changed.refusal(404, "incident_not_found");
        }
    }
    let incident = json!({ "title": "t", "severity": "low" });
    bound
        .post("/api/alerts/incidents", &incident)
        .await
        .refusal(403, "permission_denied");
    server
        .post("/api/alerts/incidents", &incident)
        .await
        .data(201);
    assert_eq!(list(&server, "/api/alerts/rules", "rules").await.len(), 6);
}

async fn rules_are_bounded(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__LIMITS__MAX_RULES", "3");
    let server = site.start().await;
    let source = format!(
        "error_count >= 1 in 5m where source = '{}'",
        "é".repeat(200)
    );
    let id = make(&server, &rule(&source)).await;
    let path = format!("/api/alerts/rules/{id}");
    for long in [
        format!("error_count > 5 where source = '{}'", "s".repeat(900_000)),
        format!("error_count > 5{}", " ".repeat(2_000)),
        format!("error_count >{} 5", "\t".repeat(2_000)),
        format!("error_count > {}", "5".repeat(2_000)),
        format!("error_count > 0.{}", "0".repeat(2_000)),
        format!(
            "error_count > 5 where level = error{}",
            " and level = error".repeat(100)
        ),
    ] {
        let answer = server.post("/api/alerts/rules", &rule(&long)).await;
        let sentence = answer.names_field("condition");
        assert!(sentence.contains("at most 1000 characters"), "{sentence}");
        let changed = server.change(&path, &json!({ "condition": long })).await;
        changed.names_field("condition");
    }
    let making = (0..6).map(|number| {
        let (client, body) = (server.clone(), rule(&format!("error_count > {number}")));
        tokio::spawn(async move { client.post("/api/alerts/rules", &body).await.status })
    });
    let mut made = Vec::new();
    for one in making.collect::<Vec<_>>() {
        made.push(one.await.unwrap());
    }
    made.sort_unstable();
    assert_eq!(made, [201, 201, 400, 400, 400, 400]);
    let refused = server
        .post("/api/alerts/rules", &rule("error_count > 9"))
        .await;
    let body = refused.refusal(400, "invalid_input");
    assert!(
        text(&body["error"]).contains("at most 3 alert rules"),
        "{body}"
    );
    server
        .change(&path, &json!({ "name": "Still changed" }))
        .await
        .data(200);
    let other = stranger(&server).await;
    make(&other, &rule("error_count > 9")).await;
    let mut reported = report("m");
    reported["source"] = json!("é".repeat(200));
    server.report(&reported).await;
    until(&server, &id, |seen| !seen["last_triggered"].is_null()).await;
}

async fn channels_stay_in_order(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = rule("error_count > 5");
    body["notifications"] = json!(["webhook", "Email", "webhook", "slack", "email"]);
    let made = server.post("/api/alerts/rules", &body).await.data(201);
    let kept = json!(["webhook", "email", "slack"]);
    assert_eq!(made["notifications"], kept);
    let path = format!("/api/alerts/rules/{}", text(&made["id"]));
    assert_eq!(server.data(&path).await["notifications"], kept);
    let change = json!({ "notifications": ["sms", "slack", "sms"] });
    let changed = server.change(&path, &change).await.data(200);
    let kept = json!(["sms", "slack"]);
    assert_eq!(changed["notifications"], kept);
    let listed = list(&server, "/api/alerts/rules", "rules").await;
    assert_eq!(listed[0]["notifications"], kept);
}

async fn many_expensive_rules_delay_nobody(stack: Stack) {
    let server = Server::start(stack).await;
    let other = stranger(&server).await;
    for batch in 0..10 {
        let reports = (0..500).map(|number| {
            json!({
                "message": "m", "source": format!("s{}", number % 40), "user": { "id": batch * 500 + number },
            })
        });
        let answer = server
            .post("/api/errors/batch", &json!(reports.collect::<Vec<_>>()))
            .await;
        assert!((200..300).contains(&answer.status), "{}", answer.text());
    }
    // Every window differs, and some questions do.
    for number in 0..300 {
        let minutes = 60 * 24 * 30 - number;
        let mut condition = format!("affected_users > {number} in {minutes}m");
        if number % 3 == 0 {
            condition.push_str(&format!(" where source = s{}", number % 40));
        }
        make(&server, &rule(&condition)).await;
    }
    let simple = make(&other, &rule("error_count >= 1 in 5m")).await;
    let users = make(&other, &rule("affected_users >= 1 in 5m")).await;
    let mut body = report("m");
    body["user"] = json!({ "id": 1 });
    let reported = Instant::now();
    other.report(&body).await;
    for id in [simple, users] {
        until(&other, &id, |seen| !seen["last_triggered"].is_null()).await;
        let took = reported.elapsed();
        assert!(took < Duration::from_secs(6), "{took:?}");
    }
    let all = list(&server, "/api/alerts/rules", "rules").await;
    for one in &all {
        let seen = until(&server, text(&one["id"]), |seen| seen["state"] != "unknown").await;
        assert!(seen["value"].as_u64().is_some(), "{seen}");
    }
}
