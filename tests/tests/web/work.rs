//! Alerts, incidents, releases and monitoring.

use crate::reader::{Reader, assert_strict};
use e2e::{Server, Stack, on_both_stacks};

on_both_stacks!(
    every_page_opens,
    a_rule_is_made_refused_and_switched,
    an_incident_is_opened_and_taken_on,
    a_release_is_announced,
    a_viewer_is_offered_no_change,
    other_tenants_do_not_exist,
);

async fn every_page_opens(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    for path in [
        "/alerts",
        "/alerts/new",
        "/incidents",
        "/incidents?status=all",
        "/incidents/new",
        "/releases",
        "/monitoring",
        "/monitoring?range=7d",
        "/status",
        "/settings/projects",
        "/settings/projects/default",
        "/settings/keys",
        "/settings/system-users",
        "/settings/team",
        "/settings/roles",
        "/settings/integrations",
        "/settings/integrations/email",
        "/settings/integrations/webhook",
        "/settings/audit",
        "/settings/organization",
        "/profile",
    ] {
        let html = owner.page(path).await;
        assert_strict(path, &html);
    }
    assert_eq!(owner.open("/settings").await.status, 303);
    assert_eq!(owner.open("/monitoring?range=2h").await.status, 400);
    assert_eq!(owner.open("/platform").await.status, 403);
}

async fn a_rule_is_made_refused_and_switched(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let bad = [
        ("name", "<b>Many"),
        ("condition", "error_cuont > 1"),
        ("notifications", "slack"),
    ];
    let refused = owner.send("/alerts/new", &bad).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let html = refused.text();
    assert!(
        html.contains("error_cuont &#62; 1") && html.contains("&#60;b&#62;Many"),
        "what was typed: {html}"
    );
    assert!(!html.contains("<b>Many"), "{html}");
    let rule = [
        ("name", "<b>Many"),
        (
            "condition",
            "error_count > threshold in time_window where environment = production",
        ),
        ("threshold", "25"),
        ("time_window", "10m"),
        ("notifications", "slack"),
        ("enabled", "true"),
        ("open_incident", "high"),
    ];
    assert_eq!(owner.go("/alerts/new", &rule).await, "/alerts");
    let html = owner.page("/alerts").await;
    assert!(
        html.contains("&lt;b&gt;Many") && html.contains(">25<"),
        "{html}"
    );
    let rules = owner.person.data("/api/alerts/rules").await;
    let rule = &rules["rules"][0];
    assert_eq!(
        (&rule["threshold"], &rule["open_incident"]),
        (&25.into(), &"high".into())
    );
    let id = rule["id"].as_str().unwrap();
    let page = owner.page(&format!("/alerts/{id}")).await;
    assert!(
        page.contains("value=\"25\"") && page.contains("Delete rule"),
        "{page}"
    );
    owner
        .go(&format!("/alerts/{id}/switch"), &[("enabled", "false")])
        .await;
    let rule = owner.person.data(&format!("/api/alerts/rules/{id}")).await;
    assert_eq!(rule["enabled"], false);
    let checked = owner
        .send("/alerts/check", &[("rule", id), ("condition", "x")])
        .await;
    assert_eq!(checked.status, 200);
    assert!(checked.text().contains("msg bad"), "{}", checked.text());
    assert_eq!(
        owner.go(&format!("/alerts/{id}/delete"), &[]).await,
        "/alerts"
    );
    assert_eq!(owner.open(&format!("/alerts/{id}")).await.status, 404);
}

async fn an_incident_is_opened_and_taken_on(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let refused = owner
        .send("/incidents/new", &[("title", " "), ("severity", "high")])
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("aria-invalid"),
        "{}",
        refused.text()
    );
    let fields = [
        ("title", "<i>Slow"),
        ("severity", "critical"),
        ("description", "since noon"),
    ];
    let address = owner.go("/incidents/new", &fields).await;
    let html = owner.page(&address).await;
    assert!(
        html.contains("&lt;i&gt;Slow") && html.contains("since noon"),
        "{html}"
    );
    owner
        .go(&format!("{address}/status"), &[("status", "identified")])
        .await;
    let changed = [
        ("title", "Slow"),
        ("severity", "low"),
        ("description", ""),
        ("assigned_to", "Ada"),
    ];
    owner.go(&address, &changed).await;
    let html = owner.page(&address).await;
    assert!(
        html.contains("Identified") && html.contains("Mark as monitoring") && html.contains("Ada"),
        "{html}"
    );
    owner
        .go(&format!("{address}/status"), &[("status", "resolved")])
        .await;
    assert!(!owner.page("/incidents").await.contains("Slow"));
    assert!(
        owner
            .page("/incidents?status=resolved")
            .await
            .contains("Slow")
    );
}

async fn a_release_is_announced(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let fields = [
        ("version", "shop@1.0+b/2"),
        ("project", "default"),
        ("ref", "7d8e9fab"),
        ("url", "https://ci.example/1"),
        ("released_at", "2026-11-01T12:00"),
    ];
    let address = owner.go("/releases", &fields).await;
    let html = owner.page(&address).await;
    assert!(
        html.contains("7d8e9fab") && html.contains("rel=\"noreferrer noopener\""),
        "{html}"
    );
    let deploy = [
        ("version", "shop@1.0+b/2"),
        ("project", "default"),
        ("environment", "production"),
    ];
    let address = owner.go("/releases/deploys", &deploy).await;
    assert!(owner.page(&address).await.contains("production"));
    let bad = [
        ("version", "shop@1.0+b/2"),
        ("project", "default"),
        ("environment", "x"),
        ("url", "javascript:1"),
    ];
    let refused = owner.send("/releases/deploys", &bad).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(owner.page("/releases").await.contains("shop@1.0+b/2"));
}

async fn a_viewer_is_offered_no_change(stack: Stack) {
    let server = Server::start(stack).await;
    let viewer = Reader::new(&server, "viewer").await;
    let html = viewer.page("/alerts").await;
    assert!(!html.contains("New rule"), "{html}");
    assert!(!viewer.page("/incidents").await.contains("New incident"));
    assert_eq!(viewer.open("/alerts/new").await.status, 403);
    assert_eq!(viewer.open("/settings/keys").await.status, 403);
    let fields = [
        ("name", "x"),
        ("condition", "error_count > 1 in 5m"),
        ("notifications", "slack"),
    ];
    assert_eq!(viewer.send("/alerts/new", &fields).await.status, 403);
    assert_eq!(
        viewer
            .send("/incidents/new", &[("title", "x"), ("severity", "low")])
            .await
            .status,
        403
    );
    let html = viewer.page("/settings/projects").await;
    assert!(
        !html.contains("/settings/keys") && !html.contains("New project"),
        "{html}"
    );
}

async fn other_tenants_do_not_exist(stack: Stack) {
    let server = Server::start(stack).await;
    let (one, other) = (
        Reader::new(&server, "owner").await,
        Reader::new(&server, "owner").await,
    );
    let address = one
        .go("/incidents/new", &[("title", "Ours"), ("severity", "low")])
        .await;
    assert_eq!(other.open(&address).await.status, 404);
    assert_eq!(
        other
            .send(&format!("{address}/status"), &[("status", "closed")])
            .await
            .status,
        404
    );
    let rule = [
        ("name", "Ours"),
        ("condition", "error_count > 1 in 5m"),
        ("notifications", "slack"),
        ("enabled", "true"),
    ];
    one.go("/alerts/new", &rule).await;
    let rules = one.person.data("/api/alerts/rules").await;
    let id = rules["rules"][0]["id"].as_str().unwrap();
    assert_eq!(other.open(&format!("/alerts/{id}")).await.status, 404);
    assert_eq!(
        other
            .send(&format!("/alerts/{id}/delete"), &[])
            .await
            .status,
        404
    );
}
