//! What is measured: services, host, requests, uptime.

use e2e::value::{fresh_id, now, report, time_of};
use e2e::{Client, Receiver, Server, Site, Stack, on_both_stacks};
use faultbook_domain::monitoring::{HealthSample, Service};
use serde_json::{Value, json};
use std::sync::Arc;
use time::Duration;

on_both_stacks! {
    every_service_is_probed,
    metrics_are_measured,
    requests_are_counted_and_survive_a_restart,
    downtime_shows_in_the_gaps,
    messages_are_measured,
    monitoring_needs_its_permission,
}

/// A server that answers afresh each time.
async fn uncached(stack: Stack) -> Server {
    afresh(Site::new(stack).await).start().await
}

fn afresh(site: Site) -> Site {
    site.set("FAULTBOOK__CACHE__MONITORING", "0s")
        .set("FAULTBOOK__CACHE__PERFORMANCE", "0s")
        .set("FAULTBOOK__CACHE__ANALYTICS", "0s")
}

fn service(services: &Value, name: &str) -> Value {
    let all = services["services"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == name);
    found
        .unwrap_or_else(|| panic!("{name} is not in {services}"))
        .clone()
}

fn is_percent(value: &Value) -> bool {
    value
        .as_f64()
        .is_some_and(|percent| (0.0..=100.0).contains(&percent))
}

/// Repeats a look until it shows what it should, for up to 10 seconds.
async fn eventually(client: &Client, path: &str, shows: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Value::Null;
    for _ in 0..100 {
        seen = client.data(path).await;
        if shows(&seen) {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path} never showed it, but {seen}");
}

async fn every_service_is_probed(stack: Stack) {
    let server = uncached(stack).await;
    let services = eventually(&server, "/api/monitoring/services", |seen| {
        service(seen, "Ingest Queue")["uptime_percent"] == 100.0
    })
    .await;
    assert_eq!(services["overall_health"], "healthy");
    assert_eq!(services["services"].as_array().unwrap().len(), 4);
    for name in ["Database", "Cache Service", "Ingest Queue"] {
        let one = service(&services, name);
        assert_eq!(
            (&one["status"], &one["uptime_percent"]),
            (&json!("healthy"), &json!(100.0))
        );
        assert!(one["response_time_ms"].as_f64().unwrap() < 1_000.0, "{one}");
        assert!(now() - time_of(&one["last_checked"]) < Duration::MINUTE);
    }
    let database = service(&services, "Database")["details"].clone();
    let number = |name: &str| database[name].as_i64().unwrap();
    assert!(number("connections") >= 1 && number("connections") <= number("max_connections"));
    let notifications = service(&services, "Notifications");
    assert_eq!(notifications["status"], "unknown");
    assert_eq!(
        (
            &notifications["uptime_percent"],
            &notifications["response_time_ms"]
        ),
        (&json!(100.0), &json!(0.0))
    );
    time_of(&notifications["last_checked"]);
    let status = server.get("/service_status").await.json();
    assert_eq!(status["status"], "Operational");
    let expected = json!({
        "api": "Operational", "storage": "Operational", "authentication": "Operational",
    });
    assert_eq!(status["services"], expected);
    time_of(&status["timestamp"]);
}

async fn metrics_are_measured(stack: Stack) {
    let server = uncached(stack).await;
    for timeframe in [
        "",
        "?timeframe=1h",
        "?timeframe=6h",
        "?timeframe=24h",
        "?timeframe=7d",
        "?timeframe=30d",
    ] {
        let metrics = server
            .data(&format!("/api/monitoring/metrics{timeframe}"))
            .await;
        for field in [
            "cpu_usage_percent",
            "memory_usage_percent",
            "disk_usage_percent",
        ] {
            assert!(is_percent(&metrics[field]), "{field}: {metrics}");
        }
        assert!(metrics["memory_usage_percent"].as_f64().unwrap() > 0.0);
        assert!(metrics["disk_usage_percent"].as_f64().unwrap() > 0.0);
        assert!(metrics["network_io"]["bytes_in"].is_u64());
        assert!(metrics["active_connections"].is_u64());
        assert!(metrics["requests_per_minute"].is_number());
    }
    for bad in ["2h", "1H", "1", "week"] {
        let path = format!("/api/monitoring/metrics?timeframe={bad}");
        server.get(&path).await.names_field("timeframe");
    }
}

async fn requests_are_counted_and_survive_a_restart(stack: Stack) {
    let site = Arc::new(afresh(Site::new(stack).await));
    let mut server = Server::on(Arc::clone(&site)).await;
    for _ in 0..50 {
        server.report(&report("m")).await;
    }
    server.get("/nowhere").await.refusal(404, "not_found");
    let performance = server.data("/api/analytics/performance").await;
    let rpm = performance["throughput_rpm"].as_f64().unwrap();
    assert!((51.0..60.0).contains(&rpm), "{performance}");
    assert_eq!(performance["error_rate_percent"], 0.0);
    let millis = |field: &str| performance[field].as_f64().unwrap();
    assert!(millis("avg_response_time") > 0.0);
    assert!(millis("p50_ms") <= millis("p95_ms") && millis("p95_ms") <= millis("p99_ms"));
    assert!((0.0..=10.0).contains(&millis("performance_score")));
    assert!(
        is_percent(&performance["availability_percent"]),
        "{performance}"
    );

    server.stop();
    let server = Server::on(site).await;
    let again = server.data("/api/analytics/performance").await;
    let later = again["throughput_rpm"].as_f64().unwrap();
    assert!(later >= rpm, "{again} after {performance}");
}

async fn downtime_shows_in_the_gaps(stack: Stack) {
    let server = uncached(stack).await;
    let fresh = eventually(&server, "/api/monitoring/uptime", |seen| {
        seen["uptime_percent_30d"] == 100.0
    })
    .await;
    assert_eq!(
        (&fresh["incidents_count"], &fresh["last_downtime"]),
        (&json!(0), &Value::Null)
    );
    let store = server.site.stores().await.samples;
    let began = now() - Duration::hours(10);
    // Up for four hours, down for one, up until now, with one failed probe two hours ago.
    let minutes = (0..600).filter(|minute| !(240..300).contains(minute));
    let beats: Vec<HealthSample> = minutes
        .map(|minute| HealthSample {
            at: began + Duration::minutes(minute),
            node: fresh_id(),
            service: Service::Database,
            healthy: minute != 480,
            response_micros: 500,
        })
        .collect();
    store.record_health(&beats).await.unwrap();
    let uptime = server.data("/api/monitoring/uptime").await;
    assert_eq!(uptime["incidents_count"], 2, "{uptime}");
    let last = time_of(&uptime["last_downtime"]) - began;
    assert_eq!(last.whole_minutes(), 480);
    let hours = uptime["current_uptime_hours"].as_f64().unwrap();
    assert!((1.95..2.0).contains(&hours), "{uptime}");
    // 61 minutes and the one before the gap, of ten hours.
    let percent = uptime["uptime_percent_24h"].as_f64().unwrap();
    assert!(
        (percent - 100.0 * (1.0 - 62.0 / 600.0)).abs() < 0.1,
        "{uptime}"
    );
    assert_eq!(uptime["uptime_percent_24h"], uptime["uptime_percent_30d"]);
}

async fn messages_are_measured(stack: Stack) {
    let (server, receiver) = (uncached(stack).await, Receiver::start().await);
    let channel = "/api/settings/integrations/slack";
    let config = json!({ "webhook_url": receiver.url("/services/T/B/x") });
    server.change(channel, &config).await.data(200);
    let seen = async || {
        let services = server.data("/api/monitoring/services").await;
        let one = service(&services, "Notifications");
        (services["overall_health"].clone(), one)
    };
    assert_eq!(seen().await.1["status"], "unknown", "nothing was sent yet");
    let test = format!("{channel}/test");
    server.post(&test, &json!({})).await.data(200);
    let (overall, one) = seen().await;
    assert_eq!(
        (&overall, &one["status"]),
        (&json!("healthy"), &json!("healthy"))
    );
    assert_eq!(one["uptime_percent"], 100.0);
    assert!(one["response_time_ms"].as_f64().unwrap() > 0.0, "{one}");
    assert!(now() - time_of(&one["last_checked"]) < Duration::MINUTE);

    receiver.answer(500);
    server.post(&test, &json!({})).await.data(200);
    let (overall, one) = seen().await;
    assert_eq!(
        (&overall, &one["status"]),
        (&json!("degraded"), &json!("unhealthy"))
    );
    assert_eq!(one["uptime_percent"], 50.0);
    // A delivery counts as a test does.
    receiver.answer(200);
    let mut body = crate::alerts::rule("error_count >= 1 in 5m");
    body["notifications"] = json!(["slack"]);
    crate::alerts::make(&server, &body).await;
    server.report(&report("m")).await;
    let services = eventually(&server, "/api/monitoring/services", |seen| {
        service(seen, "Notifications")["status"] == "healthy"
    })
    .await;
    let percent = service(&services, "Notifications")["uptime_percent"].as_f64();
    assert_eq!(percent, Some(66.67));
    let stranger = crate::tenancy::stranger(&server).await;
    let services = stranger.data("/api/monitoring/services").await;
    assert_eq!(service(&services, "Notifications")["status"], "unknown");
    receiver.answer(500);
    server.post(&test, &json!({})).await.data(200);
    assert_eq!(seen().await.1["status"], "unhealthy");
    server.delete(channel).await.is_empty_204();
    let (_, one) = seen().await;
    assert_eq!(
        one["status"], "healthy",
        "the channel is not set up any more"
    );
}

async fn monitoring_needs_its_permission(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server
        .site
        .create_key(&["--permissions", "errors:read"])
        .await;
    let limited = server.with_key(&key);
    for path in [
        "/api/monitoring/services",
        "/api/monitoring/metrics",
        "/api/monitoring/uptime",
        "/api/analytics/performance",
    ] {
        limited.get(path).await.refusal(403, "permission_denied");
        server
            .anonymous()
            .get(path)
            .await
            .refusal(401, "missing_api_key");
        assert_eq!(server.get(path).await.header("x-cache"), "MISS", "{path}");
        assert_eq!(server.get(path).await.header("x-cache"), "HIT", "{path}");
    }
    assert_eq!(limited.get("/service_status").await.status, 200);
    server
        .anonymous()
        .get("/service_status")
        .await
        .refusal(401, "missing_api_key");
}

#[tokio::test]
async fn outages_are_told() {
    let server = afresh(Site::with_own_postgres().await).start().await;
    server.report(&report("m")).await;
    server.site.redis().await.kill();
    let degraded = server.data("/api/monitoring/services").await;
    assert_eq!(degraded["overall_health"], "degraded");
    assert_eq!(service(&degraded, "Cache Service")["status"], "unhealthy");
    let status = server.get("/service_status").await.json();
    assert_eq!(status["status"], "Degraded Performance");

    server.site.postgres().await.kill();
    let unhealthy = server.data("/api/monitoring/services").await;
    assert_eq!(unhealthy["overall_health"], "unhealthy");
    assert_eq!(service(&unhealthy, "Database")["status"], "unhealthy");
    assert_eq!(
        service(&unhealthy, "Database")["uptime_percent"],
        Value::Null
    );
    let status = server.get("/service_status").await.json();
    assert_eq!(
        (&status["status"], &status["services"]["storage"]),
        (&json!("Outage"), &json!("Outage"))
    );
    assert_eq!(status["services"]["authentication"], "Degraded Performance");
}

#[tokio::test]
async fn every_node_counts() {
    let site = Arc::new(afresh(Site::new(Stack::PostgresRedis).await));
    let (one, two) = (Server::on(Arc::clone(&site)).await, Server::on(site).await);
    for _ in 0..40 {
        one.report(&report("m")).await;
    }
    // Each node hands its figures in every five seconds.
    eventually(&two, "/api/analytics/performance", |seen| {
        seen["throughput_rpm"].as_f64().unwrap() >= 40.0
    })
    .await;
}
