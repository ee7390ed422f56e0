//! Finding by a part of a word, figures of projects, and the test error.

use e2e::value::text;
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks! {
    everything_is_found_by_a_part_of_a_word,
    a_blank_text_finds_pages,
    projects_tell_their_figures,
    counts_are_kept_as_long_as_occurrences,
    a_test_error_is_one_error_a_project,
}

async fn everything_is_found_by_a_part_of_a_word(stack: Stack) {
    let server = Server::start(stack).await;
    let report = json!({
        "message": "Che\u{301}ckout timed out", "source": "shop", "release": "checkout@1.0",
    });
    let made = server.report(&report).await;
    let project = json!({ "name": "Checkout", "slug": "pay" });
    let project = server.post("/api/projects", &project).await.data(201);
    let incident = json!({ "title": "The checkout is slow", "severity": "low" });
    server
        .post("/api/alerts/incidents", &incident)
        .await
        .data(201);
    let rule = json!({ "name": "CHECKOUT", "condition": "error_count > 5", "time_window": "5m", "notifications": ["slack"] });
    server.post("/api/alerts/rules", &rule).await.data(201);
    let found = server.data("/api/find?q=heckou").await;
    assert_eq!(found["errors"][0]["id"], made["id"]);
    assert_eq!(
        found["errors"][0]["url"],
        format!("/errors/{}", text(&made["id"]))
    );
    assert_eq!(found["projects"][0]["id"], project["id"]);
    assert_eq!(found["incidents"][0]["title"], "The checkout is slow");
    assert_eq!(found["rules"][0]["name"], "CHECKOUT");
    assert_eq!(found["releases"][0]["version"], "checkout@1.0");
    assert_eq!(found["pages"], json!([]));
    let by_id = server
        .data(&format!("/api/find?q={}", text(&made["id"])))
        .await;
    assert_eq!(by_id["errors"][0]["id"], made["id"]);
    for bad in [
        "/api/find".to_owned(),
        format!("/api/find?q={}", "x".repeat(201)),
    ] {
        server.get(&bad).await.names_field("q");
    }
    // What the caller may not read is empty.
    let key = server
        .site
        .create_key(&["--permissions", "alerts:read"])
        .await;
    let found = server.with_key(&key).data("/api/find?q=checkout").await;
    assert_eq!(
        (&found["errors"], &found["incidents"], &found["releases"]),
        (&json!([]), &json!([]), &json!([]))
    );
    assert_eq!(found["rules"][0]["name"], "CHECKOUT");
}

async fn a_blank_text_finds_pages(stack: Stack) {
    let server = Server::start(stack).await;
    let found = server.data("/api/find?q=%20").await;
    for kind in ["errors", "rules", "incidents", "projects", "releases"] {
        assert_eq!(found[kind], json!([]), "{kind}");
    }
    let pages = found["pages"].as_array().unwrap();
    assert!(pages.contains(&json!({ "name": "Audit", "url": "/settings/audit" })));
    let found = server.data("/api/find?q=dash").await;
    assert_eq!(
        found["pages"],
        json!([{ "name": "Dashboard", "url": "/dashboard" }])
    );
}

async fn projects_tell_their_figures(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/projects/default";
    let before = server.data(path).await;
    assert_eq!(
        (&before["occurrences_30d"], &before["last_error_at"]),
        (&json!(0), &Value::Null)
    );
    let made = server
        .report(&json!({ "message": "one broke", "source": "shop" }))
        .await;
    let after = server.data(path).await;
    assert_eq!(
        (&after["occurrences_30d"], &after["last_error_at"]),
        (&json!(1), &made["last_seen"])
    );
    assert_eq!(
        (&after["kept_days"], &after["counts_kept_days"]),
        (&json!(90), &json!(400))
    );
    let key = server
        .site
        .create_key(&["--permissions", "alerts:read"])
        .await;
    let blind = server.with_key(&key).data("/api/projects").await;
    assert_eq!(blind["projects"][0]["occurrences_30d"], Value::Null);
}

async fn counts_are_kept_as_long_as_occurrences(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/projects/default";
    let changed = server
        .change(path, &json!({ "counts_retention_days": 100 }))
        .await
        .data(200);
    assert_eq!(
        (
            &changed["counts_retention_days"],
            &changed["counts_kept_days"]
        ),
        (&json!(100), &json!(100))
    );
    for body in [
        json!({ "retention_days": 101 }),
        json!({ "counts_retention_days": 89 }),
        json!({ "counts_retention_days": 0 }),
    ] {
        server
            .change(path, &body)
            .await
            .names_field("counts_retention_days");
    }
    let both = json!({ "counts_retention_days": null, "retention_days": 500 });
    let changed = server.change(path, &both).await.data(200);
    assert_eq!(changed["counts_kept_days"], 500);
}

async fn a_test_error_is_one_error_a_project(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/projects/default/test-error";
    let first = server.post(path, &json!({})).await.data(201);
    assert_eq!(first["message"], "Test error from Faultbook");
    let second = server.post(path, &json!({})).await.data(201);
    assert_eq!((&second["id"], &second["count"]), (&first["id"], &json!(2)));
    for _ in 0..8 {
        server.post(path, &json!({})).await.data(201);
    }
    let refused = server.post(path, &json!({})).await;
    refused.refusal(429, "rate_limited");
    assert!(!refused.header("retry-after").is_empty());
}
