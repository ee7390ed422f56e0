//! Stats and trends: exact, aligned, filtered, and never older than the last confirmed write.

use e2e::value::{now, report, text, time_in, time_of};
use e2e::{Client, Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::sync::Arc;
use time::Duration;

on_both_stacks! {
    an_empty_server_says_zero,
    stats_are_exact_and_agree_with_the_trend,
    stats_follow_every_kind_of_write,
    a_client_without_a_clock_does_not_spoil_the_mean,
    stats_are_exact_under_concurrent_load,
    trends_are_aligned_and_complete,
    trends_can_be_filtered,
    bad_parameters_are_named,
    analytics_need_their_permission,
    unchanged_figures_come_from_the_cache,
}

async fn stats(client: &Client) -> Value {
    client.data("/api/stats").await
}

async fn points(client: &Client, query: &str) -> Vec<Value> {
    let path = format!("/api/analytics/trends{query}");
    let mut data = client.data(&path).await;
    serde_json::from_value(data["data_points"].take()).unwrap()
}

fn sum(points: &[Value], field: &str) -> u64 {
    points
        .iter()
        .map(|point| point[field].as_u64().unwrap())
        .sum()
}

async fn an_empty_server_says_zero(stack: Stack) {
    let server = Server::start(stack).await;
    let expected = json!({
        "total_errors": 0, "resolved_errors": 0, "errors_today": 0, "errors_this_week": 0,
        "errors_this_month": 0, "error_rate_24h": 0.0, "resolution_rate": 0.0,
        "avg_resolution_time": "0s", "total_occurrences": 0, "open_errors": 0,
        "regressed_errors": 0, "ignored_errors": 0, "today_change_percent": null, "range": null,
        "capped": [],
    });
    assert_eq!(stats(&server).await, expected);
    let trend = server.data("/api/analytics/trends").await;
    assert_eq!(trend["period"], "week");
    assert_eq!(trend["data_points"].as_array().unwrap().len(), 7);
}

async fn stats_are_exact_and_agree_with_the_trend(stack: Stack) {
    let server = Server::start(stack).await;
    for (days, message) in [
        (0, "a"),
        (0, "a"),
        (2, "a"),
        (6, "b"),
        (8, "b"),
        (29, "c"),
        (31, "c"),
    ] {
        let body = json!({
            "message": format!("{message} failed"), "source": "backend",
            "timestamp": time_in(Duration::days(-days)),
        });
        server.report(&body).await;
    }
    let figures = stats(&server).await;
    assert_eq!(figures["total_errors"], 3);
    assert_eq!(figures["total_occurrences"], 7);
    assert_eq!(figures["errors_today"], 2);
    assert_eq!(figures["errors_this_week"], 4);
    assert_eq!(figures["errors_this_month"], 6);
    assert_eq!(figures["error_rate_24h"], 0.1, "2 in 24 hours");
    for (query, field) in [
        ("?period=day&group_by=day", "errors_today"),
        ("?period=week", "errors_this_week"),
        ("?period=month", "errors_this_month"),
        ("?period=month&group_by=week", "errors_this_month"),
        ("?period=month&group_by=month", "errors_this_month"),
    ] {
        let points = points(&server, query).await;
        assert_eq!(
            json!(sum(&points, "error_count")),
            figures[field],
            "{query}"
        );
    }
    let year = points(&server, "?period=year&group_by=month").await;
    assert_eq!(sum(&year, "error_count"), 7);
}

async fn a_client_without_a_clock_does_not_spoil_the_mean(stack: Stack) {
    let server = Server::start(stack).await;
    let delayed = time_in(Duration::days(-20));
    for (message, timestamp, unit) in [
        ("no clock", "2001-01-01T00:00:00Z", 's'),
        ("a delay", delayed.as_str(), 'd'),
    ] {
        let body = json!({ "message": message, "source": "backend", "timestamp": timestamp });
        let id = text(&server.report(&body).await["id"]).to_owned();
        server
            .put(&format!("/api/errors/{id}/resolve"))
            .await
            .data(200);
        let figures = stats(&server).await;
        let mean = text(&figures["avg_resolution_time"]);
        let largest = mean.trim_start_matches(|digit: char| digit.is_ascii_digit());
        assert!(largest.starts_with(unit), "{message}: {figures}");
        assert!(unit == 's' || mean.starts_with("10d"), "{figures}");
    }
}

async fn stats_follow_every_kind_of_write(stack: Stack) {
    let server = Server::start(stack).await;
    let past = json!({
        "message": "past", "source": "backend", "timestamp": time_in(-Duration::minutes(135)),
    });
    let past = text(&server.report(&past).await["id"]).to_owned();
    let other = text(&server.report(&report("other")).await["id"]).to_owned();
    let path = format!("/api/errors/{past}");

    server.put(&format!("{path}/resolve")).await.data(200);
    let figures = stats(&server).await;
    assert_eq!(
        (&figures["resolved_errors"], &figures["resolution_rate"]),
        (&json!(1), &json!(50.0))
    );
    assert_eq!(figures["avg_resolution_time"], "2h 15m");
    let today = points(&server, "?period=day").await;
    assert_eq!(sum(&today, "resolved_count"), 1);

    server.put(&format!("{path}/unresolve")).await.data(200);
    assert_eq!(stats(&server).await["resolved_errors"], 0);

    let into = json!({ "into": other });
    server.post(&format!("{path}/merge"), &into).await.data(200);
    let figures = stats(&server).await;
    assert_eq!(
        (&figures["total_errors"], &figures["total_occurrences"]),
        (&json!(1), &json!(2))
    );

    server
        .delete(&format!("/api/errors/{other}"))
        .await
        .is_empty_204();
    let figures = stats(&server).await;
    assert_eq!(
        (&figures["total_errors"], &figures["total_occurrences"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(figures["errors_this_week"], 0);
    assert_eq!(sum(&points(&server, "").await, "error_count"), 0);
}

async fn stats_are_exact_under_concurrent_load(stack: Stack) {
    let server = Server::start(stack).await;
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let client = (*server).clone();
            tokio::spawn(async move {
                for turn in 0..20 {
                    let message = ["disk full", "no route", "bad gateway"][(sender + turn) % 3];
                    client.report(&report(message)).await;
                    let seen = stats(&client).await["total_occurrences"].as_u64().unwrap();
                    assert!(seen > turn as u64, "older than what was confirmed");
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let figures = stats(&server).await;
    assert_eq!(
        (&figures["total_errors"], &figures["total_occurrences"]),
        (&json!(3), &json!(160))
    );
    assert_eq!(figures["errors_this_week"], 160);
    assert_eq!(sum(&points(&server, "").await, "error_count"), 160);
}

async fn trends_are_aligned_and_complete(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    for (query, step, least) in [
        ("?period=day&group_by=hour", Duration::HOUR, 24),
        ("?period=week&group_by=hour", Duration::HOUR, 168),
        ("?period=week&group_by=day", Duration::DAY, 7),
        ("?period=month&group_by=day", Duration::DAY, 30),
        ("?period=month&group_by=week", Duration::WEEK, 5),
        ("?period=year&group_by=week", Duration::WEEK, 53),
    ] {
        let points = points(&server, query).await;
        assert!(
            (least..=least + 1).contains(&points.len()),
            "{query}: {}",
            points.len()
        );
        let times: Vec<_> = points
            .iter()
            .map(|point| time_of(&point["timestamp"]))
            .collect();
        assert!(
            times.windows(2).all(|pair| pair[1] - pair[0] == step),
            "{query}"
        );
        let last = times.last().unwrap();
        assert!(
            *last <= now() && now() < *last + step,
            "{query} does not end now"
        );
        assert_eq!(points.last().unwrap()["error_count"], 1, "{query}");
        if step == Duration::WEEK {
            assert_eq!(last.weekday(), time::Weekday::Monday);
        }
    }
    let year = points(&server, "?period=year&group_by=month").await;
    assert!(
        year.iter()
            .all(|point| time_of(&point["timestamp"]).day() == 1)
    );
}

async fn trends_can_be_filtered(stack: Stack) {
    let server = Server::start(stack).await;
    let send = |message: &str, level: &str, source: &str, environment: &str| json!({ "message": message, "level": level, "source": source, "environment": environment });
    server
        .report(&send("disk full", "error", "api", "production"))
        .await;
    server
        .report(&send("disk full", "error", "api", "production"))
        .await;
    server
        .report(&send("slow answer", "warning", "api", "staging"))
        .await;
    let id = server
        .report(&send("no route", "info", "frontend", "production"))
        .await;
    for (query, expected) in [
        ("?level=error".to_owned(), 2),
        ("?level=WARN".to_owned(), 1),
        ("?source=api".to_owned(), 3),
        ("?source=api&environment=staging".to_owned(), 1),
        ("?environment=nowhere".to_owned(), 0),
        ("?source=%00".to_owned(), 0),
        ("?project=default".to_owned(), 4),
        (format!("?error_id={}", text(&id["id"])), 1),
        (format!("?error_id={}", e2e::value::fresh_id()), 0),
    ] {
        let points = points(&server, &query).await;
        assert_eq!(sum(&points, "error_count"), expected, "{query}");
    }
    assert_eq!(sum(&points(&server, "").await, "critical_count"), 2);
}

async fn bad_parameters_are_named(stack: Stack) {
    let server = Server::start(stack).await;
    for (query, field) in [
        ("?period=decade", "period"),
        ("?period=Week", "period"),
        ("?group_by=minute", "group_by"),
        ("?period=day&group_by=week", "group_by"),
        ("?period=week&group_by=month", "group_by"),
        ("?level=loud", "level"),
        ("?error_id=7", "error_id"),
    ] {
        let path = format!("/api/analytics/trends{query}");
        server.get(&path).await.names_field(field);
    }
    for path in [
        "/api/stats?project=nowhere",
        "/api/analytics/trends?project=nowhere",
    ] {
        server.get(path).await.refusal(404, "project_not_found");
    }
}

async fn analytics_need_their_permission(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server
        .site
        .create_key(&["--permissions", "errors:read"])
        .await;
    for path in ["/api/stats", "/api/analytics/trends"] {
        server
            .with_key(&key)
            .get(path)
            .await
            .refusal(403, "permission_denied");
        server
            .anonymous()
            .get(path)
            .await
            .refusal(401, "missing_api_key");
    }
}

async fn unchanged_figures_come_from_the_cache(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    for path in ["/api/stats", "/api/analytics/trends?period=month"] {
        assert_eq!(server.get(path).await.header("x-cache"), "MISS", "{path}");
        let hit = server.get(path).await;
        assert_eq!(hit.header("x-cache"), "HIT", "{path}");
        let known = server
            .request(reqwest::Method::GET, path)
            .header("If-None-Match", hit.header("etag"));
        assert_eq!(e2e::Answer::to(known).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn two_nodes_never_show_figures_older_than_a_confirmed_write() {
    let site = Arc::new(Site::new(Stack::PostgresRedis).await);
    let (one, two) = (Server::on(Arc::clone(&site)).await, Server::on(site).await);
    for turn in 1..=30 {
        let (writer, reader) = if turn % 2 == 0 {
            (&one, &two)
        } else {
            (&two, &one)
        };
        writer.report(&report("m")).await;
        assert_eq!(stats(reader).await["total_occurrences"], turn);
        assert_eq!(sum(&points(reader, "").await, "error_count"), turn);
    }
}
