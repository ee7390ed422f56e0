//! Incidents: opened, changed, with their history.

use e2e::value::{fresh_id, text, time_of};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks! {
    an_incident_lives_its_life,
    incidents_are_listed_and_filtered,
    bad_incidents_are_refused,
    incidents_need_their_permissions,
}

const PATH: &str = "/api/alerts/incidents";

fn example() -> Value {
    json!({
        "title": "Database Connection Timeout", "severity": "critical",
        "description": "Multiple database connection timeouts detected", "assigned_to": "user-123",
    })
}

async fn an_incident_lives_its_life(stack: Stack) {
    let server = Server::start(stack).await;
    let made = server.post(PATH, &example()).await.data(201);
    for field in ["title", "severity", "description", "assigned_to"] {
        assert_eq!(made[field], example()[field], "{field}");
    }
    assert_eq!(
        (&made["status"], &made["resolved_at"]),
        (&json!("investigating"), &Value::Null)
    );
    time_of(&made["created_at"]);
    let path = format!("{PATH}/{}", text(&made["id"]));
    let resolved = server
        .change(&path, &json!({ "status": "resolved" }))
        .await
        .data(200);
    time_of(&resolved["resolved_at"]);
    assert_eq!(resolved["title"], made["title"]);
    let closed = server
        .change(&path, &json!({ "status": "closed", "assigned_to": null }))
        .await
        .data(200);
    assert_eq!(closed["resolved_at"], resolved["resolved_at"]);
    assert_eq!(closed["assigned_to"], Value::Null);
    let open = server
        .change(&path, &json!({ "status": "open" }))
        .await
        .data(200);
    assert_eq!(open["resolved_at"], Value::Null);
    server
        .change(&path, &json!({ "status": "open" }))
        .await
        .data(200);
    let history = server.data(&path).await["history"].clone();
    let fields: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["field"]))
        .collect();
    assert_eq!(
        fields,
        ["created", "status", "status", "assigned_to", "status"]
    );
    assert_eq!(
        (&history[1]["from"], &history[1]["to"]),
        (&json!("investigating"), &json!("resolved"))
    );
    assert!(text(&history[1]["actor"]).starts_with("key:"));
}

async fn incidents_are_listed_and_filtered(stack: Stack) {
    let server = Server::start(stack).await;
    for (title, severity) in [("a", "low"), ("b", "high"), ("c", "low")] {
        let body = json!({ "title": title, "severity": severity });
        server.post(PATH, &body).await.data(201);
    }
    let titles = async |query: &str| {
        let list = server.data(&format!("{PATH}{query}")).await;
        let titles = list["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(&one["title"]).to_owned());
        (
            titles.collect::<Vec<_>>().concat(),
            list["total"].as_u64().unwrap(),
        )
    };
    assert_eq!(titles("").await, ("cba".to_owned(), 3));
    assert_eq!(titles("?severity=low").await, ("ca".to_owned(), 2));
    assert_eq!(titles("?status=resolved").await, (String::new(), 0));
    assert_eq!(titles("?limit=1&offset=1").await, ("b".to_owned(), 3));
    for (query, field) in [
        ("?status=over", "status"),
        ("?severity=awful", "severity"),
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?offset=-1", "offset"),
    ] {
        server
            .get(&format!("{PATH}{query}"))
            .await
            .names_field(field);
    }
}

async fn bad_incidents_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for (field, bad) in [
        ("title", json!(null)),
        ("title", json!(" ")),
        ("title", json!("x".repeat(256))),
        ("severity", json!("awful")),
        ("description", json!(5)),
        ("assigned_to", json!("x".repeat(256))),
        ("assigned_to", json!(5)),
        ("status", json!("over")),
    ] {
        let mut body = example();
        body[field] = bad;
        server.post(PATH, &body).await.names_field(field);
    }
    server
        .post(PATH, &json!({ "title": "t" }))
        .await
        .names_field("severity");
    server
        .post(PATH, &json!([]))
        .await
        .refusal(400, "invalid_input");
    let made = server.post(PATH, &example()).await.data(201);
    let path = format!("{PATH}/{}", text(&made["id"]));
    server
        .change(&path, &json!({ "severity": 5 }))
        .await
        .names_field("severity");
    server
        .change(&path, &json!({ "title": "" }))
        .await
        .names_field("title");
    let absent = format!("{PATH}/{}", fresh_id());
    server
        .change(&absent, &example())
        .await
        .refusal(404, "incident_not_found");
    server.get(&absent).await.refusal(404, "incident_not_found");
    server.get(&format!("{PATH}/7")).await.names_field("id");
}

async fn incidents_need_their_permissions(stack: Stack) {
    let server = Server::start(stack).await;
    let made = server.post(PATH, &example()).await.data(201);
    let path = format!("{PATH}/{}", text(&made["id"]));
    let reader = server.with_key(&server.site.create_key(&["--permissions", "read"]).await);
    reader.data(&path).await;
    reader
        .post(PATH, &example())
        .await
        .refusal(403, "permission_denied");
    reader
        .change(&path, &json!({ "status": "open" }))
        .await
        .refusal(403, "permission_denied");
    let stranger = crate::tenancy::stranger(&server).await;
    stranger.get(&path).await.refusal(404, "incident_not_found");
    assert_eq!(stranger.data(PATH).await["total"], 0);
}
