//! Ranges of stats and trends, their marks, and breakdowns.

use e2e::value::{now, report, text, time_in};
use e2e::{Client, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

on_both_stacks! {
    a_range_is_whole_hours_and_adds_up,
    trends_are_filtered_and_searched,
    trends_are_marked,
    stats_tell_of_a_range_and_an_environment,
    a_range_is_divided_by_each_dimension,
    bad_ranges_are_named,
    figures_need_their_permissions,
}

async fn filled(server: &Client) {
    for (hours, release, environment, level, user) in [
        (0, Some("2"), "production", "error", 1),
        (1, Some("2"), "production", "warning", 2),
        (30, Some("1"), "staging", "error", 1),
        (31, None, "production", "error", 3),
        (100, Some("1"), "staging", "info", 1),
    ] {
        let body = json!({
            "message": format!("{level} failed"), "source": "s", "release": release,
            "environment": environment, "level": level, "user": { "id": user },
            "timestamp": time_in(Duration::hours(-hours)),
        });
        server.report(&body).await;
    }
}

fn ago(hours: i64) -> String {
    (now() - Duration::hours(hours)).format(&Rfc3339).unwrap()
}

fn sum(trend: &Value, field: &str) -> u64 {
    let points = trend["data_points"].as_array().unwrap().iter();
    points.map(|point| point[field].as_u64().unwrap()).sum()
}

async fn trend(server: &Client, query: &str) -> Value {
    server.data(&format!("/api/analytics/trends?{query}")).await
}

async fn a_range_is_whole_hours_and_adds_up(stack: Stack) {
    let server = Server::start(stack).await;
    filled(&server).await;
    let since = ago(48);
    for group_by in ["hour", "day", "week", "month"] {
        let trend = trend(&server, &format!("since={since}&group_by={group_by}")).await;
        assert_eq!(
            (&trend["period"], &trend["capped"]),
            (&json!("range"), &json!([]))
        );
        assert_eq!(sum(&trend, "error_count"), 4, "{group_by}");
        assert_eq!(
            sum(&trend, "new_errors"),
            2,
            "{group_by}: the first info is older, error is not"
        );
        assert!(text(&trend["since"]).ends_with(":00:00Z"), "{trend}");
        assert!(text(&trend["until"]).ends_with(":00:00Z"), "{trend}");
        let first = text(&trend["data_points"][0]["timestamp"]);
        assert!(first <= text(&trend["since"]), "{trend}");
    }
    let before = trend(&server, &format!("since={}&until={}", ago(50), ago(20))).await;
    assert_eq!(sum(&before, "error_count"), 2);
}

async fn trends_are_filtered_and_searched(stack: Stack) {
    let server = Server::start(stack).await;
    filled(&server).await;
    for (query, count, fresh) in [
        ("", 5, 3),
        ("release=1", 2, 1),
        ("release=2", 2, 1),
        ("severity=critical", 3, 1),
        ("level=error&release=1", 1, 0),
        ("query=environment:production", 3, 2),
        ("query=is:open%20level:error", 3, 1),
        ("query=is:resolved", 0, 0),
        ("query=environment:production&release=2", 2, 2),
    ] {
        let found = trend(&server, &format!("period=month&{query}")).await;
        assert_eq!(found["capped"], json!([]), "{query}");
        assert_eq!(sum(&found, "error_count"), count, "{query}");
        assert_eq!(sum(&found, "new_errors"), fresh, "{query}");
    }
}

async fn trends_are_marked(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let release = json!({ "version": "4.12.1", "released_at": time_in(Duration::hours(-3)) });
    server.post("/api/releases", &release).await.data(201);
    let deploy = json!({ "environment": "production", "at": time_in(Duration::hours(-2)) });
    server
        .post("/api/releases/4.12.1/deploys", &deploy)
        .await
        .data(201);
    let marks = trend(&server, "period=week").await["marks"].clone();
    let kinds: Vec<(&str, &str)> = marks
        .as_array()
        .unwrap()
        .iter()
        .map(|mark| (text(&mark["kind"]), text(&mark["label"])))
        .collect();
    assert_eq!(
        kinds,
        [("release", "4.12.1"), ("deploy", "4.12.1 production")]
    );
    server
        .put(&format!("/api/errors/{id}/resolve"))
        .await
        .data(200);
    server.report(&report("m")).await;
    let of_error = trend(&server, &format!("period=week&error_id={id}")).await;
    let marks = of_error["marks"].as_array().unwrap();
    let kinds: Vec<&str> = marks.iter().map(|mark| text(&mark["kind"])).collect();
    assert_eq!(kinds, ["release", "deploy", "resolved", "regressed"]);
    assert_eq!(marks[2]["id"], json!(id));
}

async fn stats_tell_of_a_range_and_an_environment(stack: Stack) {
    let server = Server::start(stack).await;
    filled(&server).await;
    let list = server.errors("?query=level:info").await;
    let info = text(&list[0]["id"]).to_owned();
    server
        .put(&format!("/api/errors/{info}/resolve"))
        .await
        .data(200);
    let stats = server.data(&format!("/api/stats?since={}", ago(48))).await;
    assert_eq!(
        (&stats["total_errors"], &stats["total_occurrences"]),
        (&json!(3), &json!(5))
    );
    assert_eq!(
        (&stats["open_errors"], &stats["resolved_errors"]),
        (&json!(2), &json!(1))
    );
    let range = &stats["range"];
    assert_eq!(
        (&range["occurrences"], &range["new_errors"]),
        (&json!(4), &json!(2))
    );
    assert_eq!(range["resolved_errors"], 1);
    let staging = server.data("/api/stats?environment=staging").await;
    assert_eq!(
        (&staging["total_errors"], &staging["total_occurrences"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        (&staging["resolved_errors"], &staging["open_errors"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(staging["range"], Value::Null);
    let nowhere = server.data("/api/stats?environment=nowhere").await;
    assert_eq!(
        (&nowhere["total_errors"], &nowhere["total_occurrences"]),
        (&json!(0), &json!(0))
    );
}

async fn a_range_is_divided_by_each_dimension(stack: Stack) {
    let server = Server::start(stack).await;
    filled(&server).await;
    let since = ago(120);
    let breakdown = |by: &str, rest: &str| {
        let path = format!("/api/analytics/breakdown?by={by}&since={since}{rest}");
        let server = &server;
        async move { server.data(&path).await }
    };
    let rows = |found: &Value| -> Vec<(Value, u64, u64, u64)> {
        let rows = found["rows"].as_array().unwrap().iter();
        let number = |row: &Value, field: &str| row[field].as_u64().unwrap();
        rows.map(|row| {
            let figures = ["occurrences", "errors", "users"].map(|field| number(row, field));
            (row["value"].clone(), figures[0], figures[1], figures[2])
        })
        .collect()
    };
    let found = breakdown("environment", "").await;
    assert_eq!(
        (&found["total"], &found["values"], &found["capped"]),
        (&json!(5), &json!(2), &json!([]))
    );
    assert_eq!(
        rows(&found),
        [(json!("production"), 3, 2, 3), (json!("staging"), 2, 2, 1)]
    );
    let found = breakdown("release", "").await;
    let expected = [
        (json!("1"), 2, 2, 1),
        (json!("2"), 2, 2, 2),
        (Value::Null, 1, 1, 1),
    ];
    assert_eq!(rows(&found), expected);
    let found = breakdown("level", "&release=2").await;
    assert_eq!(
        rows(&found),
        [(json!("error"), 1, 1, 1), (json!("warning"), 1, 1, 1)]
    );
    let found = breakdown("project", "").await;
    assert_eq!(rows(&found), [(json!("default"), 5, 3, 3)]);
    assert!(found["rows"][0]["name"].is_string());
    let found = breakdown("error", "&level=error").await;
    assert_eq!((&found["total"], &found["values"]), (&json!(3), &json!(1)));
    assert_eq!(found["rows"][0]["name"], "error failed");
    assert_eq!(
        (&found["rows"][0]["occurrences"], &found["rows"][0]["users"]),
        (&json!(3), &json!(2))
    );
    for by in ["source", "severity"] {
        assert_eq!(breakdown(by, "").await["total"], 5, "{by}");
    }
}

async fn bad_ranges_are_named(stack: Stack) {
    let server = Server::start(stack).await;
    for (path, field) in [
        ("/api/analytics/breakdown", "by"),
        ("/api/analytics/breakdown?by=user", "by"),
        (
            "/api/analytics/breakdown?by=level&until=2026-11-01",
            "until",
        ),
        (
            "/api/analytics/breakdown?by=level&since=2026-11-02&until=2026-11-01",
            "since",
        ),
        (
            "/api/analytics/breakdown?by=level&since=2020-01-01",
            "since",
        ),
        ("/api/analytics/trends?since=2h", "since"),
        (
            "/api/analytics/trends?since=2026-11-01&until=2026-11-02&period=day",
            "period",
        ),
        (
            "/api/analytics/trends?since=2026-09-01&until=2026-11-02&group_by=hour",
            "group_by",
        ),
        ("/api/analytics/trends?severity=x", "severity"),
        ("/api/analytics/trends?query=is:x", "query"),
        ("/api/stats?since=x", "since"),
    ] {
        server.get(path).await.names_field(field);
    }
}

async fn figures_need_their_permissions(stack: Stack) {
    let server = Server::start(stack).await;
    let permissions = ["--permissions", "analytics:read"];
    let reader = server.with_key(&server.site.create_key(&permissions).await);
    reader.data("/api/analytics/breakdown?by=level").await;
    reader
        .get("/api/analytics/breakdown?by=error")
        .await
        .refusal(403, "permission_denied");
    reader
        .get("/api/errors/counts")
        .await
        .refusal(403, "permission_denied");
    let permissions = ["--permissions", "errors:read"];
    let reader = server.with_key(&server.site.create_key(&permissions).await);
    reader.data("/api/errors/counts").await;
    for path in [
        "/api/stats",
        "/api/analytics/trends",
        "/api/analytics/breakdown?by=level",
    ] {
        reader.get(path).await.refusal(403, "permission_denied");
    }
}
