//! Times that clients give: judged in UTC where they come in, so that nothing stored is unreadable.

use e2e::people::new_tenant;
use e2e::value::{report, text};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    a_time_outside_the_years_of_utc_is_refused_on_every_way_in,
    a_time_of_any_offset_means_the_same_instant,
    other_times_are_judged_in_utc_too,
}

/// Times whose year in UTC has no four digits.
const OUTSIDE: [&str; 4] = [
    "0000-01-01T00:00:00+23:59",
    "0000-01-01T00:00:00+00:01",
    "0000-01-01T23:58:59.999999+23:59",
    "9999-12-31T23:59:59-23:59",
];

fn at(time: &str) -> Value {
    json!({ "message": "Payment failed for order 17", "source": "shop", "timestamp": time })
}

async fn all_lists_answer(server: &Server) {
    for path in [
        "/api/errors",
        "/api/errors?sort=first_seen&include=stack_trace,context",
        "/api/errors?sort=first_seen&limit=1",
        "/orgs/default/errors",
        "/api/stats",
        "/api/analytics/trends?period=year",
    ] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    for error in server.errors("").await {
        let id = text(&error["id"]);
        for path in ["", "/occurrences", "/grouping"] {
            let path = format!("/api/errors/{id}{path}");
            assert_eq!(server.get(&path).await.status, 200, "{path}");
        }
    }
}

async fn a_time_outside_the_years_of_utc_is_refused_on_every_way_in(stack: Stack) {
    let server = Server::start(stack).await;
    server
        .report(&json!({ "message": "Payment failed for order 17", "source": "shop" }))
        .await;
    for time in OUTSIDE {
        server
            .post("/api/errors", &at(time))
            .await
            .names_field("timestamp");
        let later = server
            .posting("/api/errors", at(time).to_string())
            .header("Prefer", "respond-async");
        Answer::to(later).await.names_field("timestamp");
        let batch = json!([report("good"), at(time), report("good")]);
        let outcomes = server.post("/api/errors/batch", &batch).await.data(201);
        let statuses: Vec<&Value> = outcomes
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["status"])
            .collect();
        assert_eq!(statuses, [201, 400, 201], "{time}");
        let lines = format!("{}\n{}\n", at(time), report("good"));
        let lines = server
            .request(Method::POST, "/api/errors/batch")
            .header("Content-Type", "application/x-ndjson")
            .body(lines);
        let outcomes = Answer::to(lines).await.data(201);
        assert_eq!(
            (&outcomes[0]["status"], &outcomes[1]["status"]),
            (&json!(400), &json!(201))
        );
        let event = json!({ "message": "m", "severity": "low", "timestamp": time });
        server
            .post("/orgs/default/errors", &event)
            .await
            .names_field("timestamp");
    }
    let first = json!({ "message": "Payment failed for order 17", "source": "shop",
        "timestamp": "0000-01-01T00:00:00Z" });
    assert_eq!(
        server.report(&first).await["first_seen"],
        "0000-01-01T00:00:00Z"
    );
    all_lists_answer(&server).await;
}

async fn a_time_of_any_offset_means_the_same_instant(stack: Stack) {
    let server = Server::start(stack).await;
    for (given, shown) in [
        ("2026-11-20T12:00:00+05:30", "2026-11-20T06:30:00Z"),
        ("2026-11-20T00:30:00+23:59", "2026-11-19T00:31:00Z"),
        ("2026-11-19T12:00:00-12:00", "2026-11-20T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0000-01-01T00:00:00-23:59", "0000-01-01T23:59:00Z"),
    ] {
        assert_eq!(server.report(&at(given)).await["timestamp"], shown);
    }
    // Each page of one, down to the oldest.
    let mut cursor = String::new();
    let mut seen = 0;
    server
        .report(
            &json!({ "message": "another", "source": "s", "timestamp": "0000-01-01T00:00:00Z" }),
        )
        .await;
    loop {
        let page = server
            .data(&format!("/api/errors?sort=first_seen&limit=1{cursor}"))
            .await;
        seen += page["errors"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 2);
    all_lists_answer(&server).await;
}

async fn other_times_are_judged_in_utc_too(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "times").await;
    let programs = "/api/v1/tenants/times/system-users";
    let program = json!({ "name": "p", "role": "viewer" });
    let program = server.post(programs, &program).await.data(201);
    let program = format!("{programs}/{}", text(&program["id"]));
    for time in OUTSIDE {
        let key = json!({ "name": "k", "permissions": ["read"], "expires_at": time });
        server
            .post("/api/settings/api-keys", &key)
            .await
            .names_field("expires_at");
        let expiring = json!({ "name": "p", "role": "viewer", "expires_at": time });
        server
            .post(programs, &expiring)
            .await
            .refusal(422, "validation_failed");
        server
            .change(&program, &json!({ "expires_at": time }))
            .await
            .refusal(422, "validation_failed");
        let encoded = time.replace('+', "%2B");
        for path in ["/api/errors?since=", "/api/errors?until="] {
            let answer = server.get(&format!("{path}{encoded}")).await;
            answer.names_field(if path.contains("since") {
                "since"
            } else {
                "until"
            });
        }
    }
    let key = json!({ "name": "k", "permissions": ["read"], "expires_at": "9999-12-31T23:59:59Z" });
    server.post("/api/settings/api-keys", &key).await.data(201);
    assert_eq!(server.get("/api/settings/api-keys").await.status, 200);
    assert_eq!(server.get(programs).await.status, 200);
    for path in ["?since=0000-01-01T00:00:00Z", "?until=9999-12-31T23:59:59Z"] {
        assert_eq!(server.get(&format!("/api/errors{path}")).await.status, 200);
    }
}
