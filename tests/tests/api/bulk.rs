//! Changes of many errors: by ids, by searches, in the background.

use e2e::value::{fresh_id, report, text};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

on_both_stacks! {
    a_search_names_what_is_changed,
    what_is_final_needs_the_expected_total,
    errors_are_resolved_in_their_projects_releases,
    many_errors_are_merged_into_one,
    bad_changes_are_refused_by_field,
    many_errors_are_changed_in_the_background,
    a_change_goes_on_after_the_server_was_killed,
}

const PATH: &str = "/api/errors/bulk";

async fn reported(server: &Server, message: &str, more: &Value) -> String {
    let mut body = report(message);
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    text(&server.report(&body).await["id"]).to_owned()
}

async fn change(server: &Server, body: Value) -> Value {
    server.post(PATH, &body).await.data(200)
}

async fn a_search_names_what_is_changed(stack: Stack) {
    let server = Server::start(stack).await;
    let one = reported(&server, "disk full", &json!({ "environment": "staging" })).await;
    let other = reported(
        &server,
        "no route to host",
        &json!({ "environment": "live" }),
    )
    .await;
    let done = change(
        &server,
        json!({ "query": "environment:staging", "action": "resolve" }),
    )
    .await;
    let expected = json!({ "affected": 1, "ids": [one], "not_found": [], "failed": [] });
    assert_eq!(done, expected);
    let open = server.data("/api/errors?query=is:open").await;
    assert_eq!(
        (&open["total"], &open["errors"][0]["id"]),
        (&json!(1), &json!(other))
    );
    for action in ["unresolve", "reopen"] {
        assert_eq!(
            change(&server, json!({ "query": "", "action": action })).await["affected"],
            2
        );
    }
    let ignored = json!({ "query": "disk", "action": "ignore", "count": 5 });
    assert_eq!(change(&server, ignored).await["ids"], json!([one]));
    let found = server.data("/api/errors?query=is:ignored").await;
    assert_eq!(found["total"], 1);
    let none = json!({ "query": "message:nothing", "action": "bookmark" });
    assert_eq!(change(&server, none).await["affected"], 0);
    let assigned = json!({ "ids": [one, other], "action": "assign", "assigned_to": null });
    assert_eq!(change(&server, assigned).await["affected"], 2);
    let marked = json!({ "ids": [one], "action": "bookmark" });
    assert_eq!(change(&server, marked).await["affected"], 1);
}

async fn what_is_final_needs_the_expected_total(stack: Stack) {
    let server = Server::start(stack).await;
    for message in ["disk full", "no route to host"] {
        reported(&server, message, &json!({})).await;
    }
    for action in ["delete", "merge"] {
        let refused = server
            .post(PATH, &json!({ "query": "", "action": action }))
            .await;
        refused.refusal(400, "invalid_input");
        refused.names_field("expected");
    }
    let body = json!({ "query": "", "action": "delete", "expected": 1 });
    let refused = server
        .post(PATH, &body)
        .await
        .refusal(409, "unexpected_total");
    assert_eq!(
        refused["details"],
        json!([{ "field": "expected", "message": "2" }])
    );
    assert_eq!(server.data("/api/errors").await["total"], 2);
    let body = json!({ "query": "disk", "action": "delete", "expected": 1 });
    assert_eq!(change(&server, body).await["affected"], 1);
    assert_eq!(server.data("/api/errors").await["total"], 1);
}

async fn errors_are_resolved_in_their_projects_releases(stack: Stack) {
    let server = Server::start(stack).await;
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    let one = reported(&server, "disk full", &json!({ "release": "1.0" })).await;
    let side = reported(&server, "disk full", &json!({ "project": "side" })).await;
    let absent = fresh_id().to_string();
    let body = json!({ "ids": [one, side, absent], "action": "resolve", "in": "current_release" });
    let done = change(&server, body).await;
    assert_eq!(
        (&done["ids"], &done["not_found"]),
        (&json!([one]), &json!([absent]))
    );
    assert_eq!(done["failed"][0]["id"], json!(side));
    assert!(text(&done["failed"][0]["error"]).contains("release"));
    let body = json!({ "ids": [side], "action": "resolve", "in": "release", "release": "7.0" });
    assert_eq!(change(&server, body).await["affected"], 1);
    let known = server.data("/api/releases?project=side").await;
    assert_eq!(known["releases"][0]["version"], "7.0");
}

async fn many_errors_are_merged_into_one(stack: Stack) {
    let server = Server::start(stack).await;
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    let mut ids = Vec::new();
    for (message, at) in [("a", "03"), ("b", "01"), ("c", "02")] {
        let at = format!("2026-01-{at}T00:00:00Z");
        ids.push(reported(&server, message, &json!({ "timestamp": at })).await);
    }
    let side = reported(&server, "a", &json!({ "project": "side" })).await;
    let absent = fresh_id().to_string();
    for (body, field) in [
        (json!({ "ids": [ids[0]], "action": "merge" }), "ids"),
        (json!({ "ids": [ids[0], side], "action": "merge" }), "ids"),
        (
            json!({ "ids": ids, "into": side, "action": "merge" }),
            "into",
        ),
        (
            json!({ "ids": [ids[0], absent], "into": absent, "action": "merge" }),
            "into",
        ),
    ] {
        let refused = server.post(PATH, &body).await;
        refused.refusal(400, "invalid_input");
        refused.names_field(field);
    }
    let all = json!([ids[0], ids[1], ids[2], absent]);
    let done = change(&server, json!({ "ids": all, "action": "merge" })).await;
    assert_eq!(
        (&done["affected"], &done["not_found"]),
        (&json!(3), &json!([absent]))
    );
    let one = server.data(&format!("/api/errors/{}", ids[1])).await;
    assert_eq!(one["count"], 3, "the first seen stays");
}

async fn bad_changes_are_refused_by_field(stack: Stack) {
    let server = Server::start(stack).await;
    let id = reported(&server, "m", &json!({})).await;
    for (more, field) in [
        (json!({ "action": "resolve", "in": "soon" }), "in"),
        (json!({ "action": "resolve", "in": "release" }), "release"),
        (
            json!({ "action": "resolve", "in": "release", "release": ".." }),
            "release",
        ),
        (
            json!({ "action": "ignore", "until": "2020-01-01T00:00:00Z" }),
            "until",
        ),
        (json!({ "action": "ignore", "count": 0 }), "count"),
        (json!({ "action": "ignore", "users": 1_000_001 }), "users"),
        (json!({ "action": "ignore", "release": "1.0" }), "release"),
        (json!({ "action": "assign" }), "assigned_to"),
        (
            json!({ "action": "assign", "assigned_to": "me" }),
            "assigned_to",
        ),
        (
            json!({ "action": "assign", "assigned_to": "nobody@example.com" }),
            "assigned_to",
        ),
        (
            json!({ "action": "delete", "query": "", "expected": 1 }),
            "ids",
        ),
    ] {
        let mut body = more;
        body["ids"] = json!([id]);
        let refused = server.post(PATH, &body).await;
        refused.refusal(400, "invalid_input");
        refused.names_field(field);
    }
    let bad = json!({ "query": "is:odd", "action": "resolve" });
    let refused = server.post(PATH, &bad).await;
    refused.refusal(400, "invalid_input");
    let bad = json!({ "query": "", "project": "nowhere", "action": "resolve" });
    server
        .post(PATH, &bad)
        .await
        .refusal(404, "project_not_found");
    assert_eq!(server.data("/api/errors?query=is:open").await["total"], 1);
}

/// Reports 11,000 errors, and returns the answer to a change of all of them.
async fn begun(server: &Server) -> Value {
    for batch in 0..11 {
        let reports = (0..1_000).map(|number| {
            let mut one = report("m");
            one["fingerprint"] = json!([format!("{batch}-{number}")]);
            one
        });
        let reports: Vec<Value> = reports.collect();
        let stored = server.post("/api/errors/batch", &json!(reports)).await;
        assert!(stored.status < 300, "{}", stored.text());
    }
    let body = json!({ "query": "", "action": "resolve", "expected": 11_000 });
    let started = server.post(PATH, &body).await.data(202);
    assert_eq!(started["total"], 11_000);
    started
}

/// Waits until a job is done.
async fn ended(server: &Server, started: &Value) {
    let path = format!("/api/jobs/{}", text(&started["job_id"]));
    let mut job = server.data(&path).await;
    for _ in 0..900 {
        if job["state"] == "done" {
            break;
        }
        assert!(
            ["queued", "running"].contains(&text(&job["state"])),
            "{job}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        job = server.data(&path).await;
    }
    let expected = json!({
        "id": started["job_id"], "action": "resolve", "done": 11_000, "total": 11_000, "state": "done",
        "error": null,
    });
    assert_eq!(job, expected);
    assert_eq!(server.data("/api/errors?resolved=false").await["total"], 0);
}

async fn many_errors_are_changed_in_the_background(stack: Stack) {
    let server = Server::start(stack).await;
    let started = begun(&server).await;
    ended(&server, &started).await;
    let missing = server.get(&format!("/api/jobs/{}", fresh_id())).await;
    missing.refusal(404, "job_not_found");
    server
        .get("/api/jobs/x")
        .await
        .refusal(400, "invalid_input");
}

async fn a_change_goes_on_after_the_server_was_killed(stack: Stack) {
    let mut server = Server::start(stack).await;
    let started = begun(&server).await;
    server.kill();
    let again = Server::on(Arc::clone(&server.site)).await;
    ended(&again, &started).await;
    let one = &again.data("/api/errors?limit=1").await["errors"][0];
    let activity = format!("/api/errors/{}/activity", text(&one["id"]));
    let entries = again.data(&activity).await;
    assert_eq!(entries["total"], 2, "resolved once: {entries}");
}
