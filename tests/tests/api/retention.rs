//! Records that go after some days, and which node removes them.

use super::alerts::{make, rule};
use e2e::people::{join, new_tenant};
use e2e::value::{report, text};
use e2e::{Server, Site, Stack, on_both_stacks};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

on_both_stacks! {
    old_records_are_told_and_removed,
    how_long_records_are_kept_is_set,
}

const KINDS: [&str; 6] = [
    "audit entries",
    "alert firings",
    "incidents",
    "error activity",
    "API keys",
    "invitations",
];

/// How many records of each kind `faultbook retention` tells of.
async fn counts(site: &Site, arguments: &[&str]) -> [u64; 6] {
    let told = site.output_of(&[&["retention"], arguments].concat()).await;
    KINDS.map(|kind| {
        let line = told.lines().find(|line| line.starts_with(kind));
        let line = line.unwrap_or_else(|| panic!("{kind} is missing from:\n{told}"));
        let (_, count) = line.rsplit_once(' ').unwrap();
        count.parse().unwrap()
    })
}

/// A time long ago, as the database takes it.
fn long_ago(stack: Stack) -> &'static str {
    match stack {
        Stack::Sqlite => "1577836800000000",
        Stack::PostgresRedis => "'2020-01-01T00:00:00Z'",
    }
}

/// Makes one record of each kind that has ended, and one that has not where there is such a thing.
async fn some_records(server: &Server) {
    let tenant = new_tenant(server, "archive").await;
    join(server, text(&tenant["id"]), "ada@example.com", "viewer").await;
    for name in ["revoked", "kept"] {
        let body = json!({ "name": name, "permissions": ["errors:read"] });
        let key = server.post("/api/settings/api-keys", &body).await.data(201);
        if name == "revoked" {
            let path = format!("/api/settings/api-keys/{}", text(&key["id"]));
            assert_eq!(server.delete(&path).await.status, 204);
        }
    }
    for status in ["closed", "open"] {
        let body = json!({ "title": status, "severity": "low", "status": status });
        let opened = server.post("/api/alerts/incidents", &body).await;
        opened.data(201);
    }
    let error = server.report(&report("resolved")).await;
    let path = format!("/api/errors/{}/resolve", text(&error["id"]));
    server.put(&path).await.data(200);
    let id = make(server, &rule("error_count > 100")).await;
    let path = format!("/api/alerts/rules/{id}/test");
    server.post(&path, &json!({})).await.data(202);
}

/// Lets everything that has ended have ended long ago.
async fn age(server: &Server, stack: Stack) {
    let at = long_ago(stack);
    let id = match stack {
        Stack::Sqlite => "x'016f5e66e80070008000000000000001'",
        Stack::PostgresRedis => "'016f5e66-e800-7000-8000-000000000001'",
    };
    let statement = format!(
        "UPDATE audit SET at = {at}; UPDATE error_activity SET at = {at};
         UPDATE incidents SET resolved_at = {at} WHERE resolved_at IS NOT NULL;
         UPDATE api_keys SET revoked_at = {at} WHERE revoked_at IS NOT NULL;
         UPDATE invitations SET accepted_at = {at} WHERE accepted_at IS NOT NULL;
         INSERT INTO alert_firings (id, tenant_id, rule_id, condition, incident_id, notification)
           SELECT {id}, tenant_id, rule_id, condition, incident_id, notification FROM alert_firings;
         UPDATE deliveries SET firing_id = {id}, status = 'failed';
         DELETE FROM alert_firings WHERE id <> {id};"
    );
    server.site.run_sql(&statement).await;
}

async fn old_records_are_told_and_removed(stack: Stack) {
    let server = Server::start(stack).await;
    some_records(&server).await;
    assert_eq!(counts(&server.site, &["--dry-run"]).await, [0; 6]);
    age(&server, stack).await;
    let would_go = counts(&server.site, &["--dry-run"]).await;
    assert!(would_go[0] >= 5, "each change has its entry: {would_go:?}");
    assert_eq!(would_go[1..], [1; 5]);
    assert_eq!(counts(&server.site, &["--dry-run"]).await, would_go);
    assert_eq!(counts(&server.site, &[]).await, would_go);
    assert_eq!(counts(&server.site, &["--dry-run"]).await, [0; 6]);

    assert_eq!(server.data("/api/alerts/history").await["total"], 0);
    let incidents = server.data("/api/alerts/incidents").await;
    assert_eq!(
        (&incidents["total"], &incidents["incidents"][0]["title"]),
        (&json!(1), &json!("open"))
    );
    let rules = server.data("/api/alerts/rules").await;
    assert_eq!(rules["rules"].as_array().map(Vec::len), Some(1));
    assert_eq!(server.errors("").await[0]["resolved"], true);
}

async fn how_long_records_are_kept_is_set(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__RETENTION__AUDIT_DAYS", "7")
        .set("FAULTBOOK__RETENTION__ACTIVITY_DAYS", "36500");
    let server = site.start().await;
    some_records(&server).await;
    age(&server, stack).await;
    let told = server.site.output_of(&["retention", "--dry-run"]).await;
    let days = |kind: &str| {
        let line = told.lines().find(|line| line.starts_with(kind));
        let mut words = line.unwrap()[kind.len()..].split_whitespace();
        (
            words.next().unwrap().to_owned(),
            words.next().unwrap() != "0",
        )
    };
    assert_eq!(days("audit entries"), ("7".to_owned(), true));
    assert_eq!(days("error activity"), ("36500".to_owned(), false));
    assert_eq!(days("incidents"), ("400".to_owned(), true));
    let refused = Site::new(stack)
        .await
        .set("FAULTBOOK__RETENTION__ACTIVITY_DAYS", "399");
    let refused = refused.run(&["config"]).await;
    assert!(!refused.status.success(), "trends of a year would lie");
}

const OLD_ENTRY: &str = "INSERT INTO audit (id, tenant_id, actor, action, target, request_id, at) \
     VALUES (gen_random_uuid(), gen_random_uuid(), 'system', 'x', 'x', 'x', '2020-01-01T00:00:00Z')";

async fn old_entries(site: &Site) -> u64 {
    counts(site, &["--dry-run"]).await[0]
}

async fn until_removed(site: &Site) {
    for _ in 0..600 {
        if old_entries(site).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody removed the entry");
}

#[tokio::test]
async fn one_of_two_nodes_removes_and_the_other_takes_over() {
    let site = Arc::new(Site::new(Stack::PostgresRedis).await);
    site.run_sql(OLD_ENTRY).await;
    let mut one = Server::on(Arc::clone(&site)).await;
    until_removed(&site).await;
    site.run_sql(OLD_ENTRY).await;
    let two = Server::on(Arc::clone(&site)).await;
    assert_eq!(two.get("/readyz").await.status, 200);
    // Alone, it would remove it at its start.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(old_entries(&site).await, 1, "it is the first node's work");
    assert!(one.stop().success());
    until_removed(&site).await;
}
