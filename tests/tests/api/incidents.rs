//! Incidents: opened, changed, with their history.

use e2e::value::{fresh_id, text, time_of};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks! {
    an_incident_lives_its_life,
    incidents_are_listed_and_filtered,
    bad_incidents_are_refused,
    incidents_need_their_permissions,
    errors_are_linked_and_shown,
    a_timeline_tells_updates_and_changes,
    incidents_are_counted_by_status,
    a_rules_incident_shows_what_it_measured,
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

async fn report(server: &Server, message: &str) -> String {
    let made = server
        .report(&json!({ "message": message, "source": "shop" }))
        .await;
    text(&made["id"]).to_owned()
}

async fn errors_are_linked_and_shown(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    for message in ["first thing broke", "second part failed", "third went away"] {
        ids.push(report(&server, message).await);
    }
    let mut body = example();
    body["errors"] = json!([ids[2], ids[0], ids[2]]);
    let made = server.post(PATH, &body).await.data(201);
    assert_eq!(made["errors"], json!([ids[2], ids[0]]));
    let path = format!("{PATH}/{}", text(&made["id"]));
    let one = server.data(&path).await;
    assert_eq!(one["errors"], made["errors"]);
    let linked = &one["linked_errors"][1];
    assert_eq!(
        (&linked["id"], &linked["message"], &linked["count"]),
        (&json!(ids[0]), &json!("first thing broke"), &json!(1))
    );
    assert_eq!(linked["status"], "open");
    assert_eq!(one["rule"], Value::Null);
    time_of(&one["reached"]["investigating"]);
    for bad in [
        json!([fresh_id()]),
        json!(["7"]),
        json!("x"),
        json!((0..51).map(|_| fresh_id()).collect::<Vec<_>>()),
    ] {
        body["errors"] = bad;
        server.post(PATH, &body).await.names_field("errors");
    }
    let merge = json!({ "into": ids[1] });
    server
        .post(&format!("/api/errors/{}/merge", ids[0]), &merge)
        .await
        .data(200);
    assert_eq!(server.data(&path).await["errors"], json!([ids[2], ids[1]]));
    server.delete(&format!("/api/errors/{}", ids[2])).await;
    assert_eq!(server.data(&path).await["errors"], json!([ids[1]]));
    let none = server.change(&path, &json!({ "errors": [] })).await;
    assert_eq!(none.data(200)["errors"], json!([]));
}

async fn a_timeline_tells_updates_and_changes(stack: Stack) {
    let server = Server::start(stack).await;
    let made = server.post(PATH, &example()).await.data(201);
    let path = format!("{PATH}/{}", text(&made["id"]));
    let updates = format!("{path}/updates");
    let update = json!({ "text": "<b>We look</b>", "status": "identified" });
    let posted = server.post(&updates, &update).await.data(201);
    assert_eq!(
        (&posted["kind"], &posted["from"], &posted["to"]),
        (
            &json!("update"),
            &json!("investigating"),
            &json!("identified")
        )
    );
    assert_eq!(posted["text"], "<b>We look</b>");
    let same = json!({ "text": "Still the same", "status": "identified" });
    let same = server.post(&updates, &same).await.data(201);
    assert_eq!((&same["from"], &same["to"]), (&Value::Null, &Value::Null));
    let change = json!({ "assigned_to": "ada", "severity": "low" });
    server.change(&path, &change).await.data(200);
    for (bad, field) in [
        (json!({}), "text"),
        (json!({ "text": " " }), "text"),
        (json!({ "text": "x".repeat(10_001) }), "text"),
        (json!({ "text": "x", "status": "over" }), "status"),
    ] {
        server.post(&updates, &bad).await.names_field(field);
    }
    let timeline = format!("{path}/timeline");
    let page = server.data(&timeline).await;
    let entries = page["entries"].as_array().unwrap();
    let kinds = e2e::value::texts(entries, "kind");
    let mut changed = kinds[..2].to_vec();
    changed.sort();
    assert_eq!(changed, ["assigned", "severity"]);
    assert_eq!(kinds[2..], ["update", "update", "opened"]);
    assert_eq!(
        (&page["total"], &page["next_cursor"]),
        (&json!(5), &Value::Null)
    );
    assert_eq!(entries[3], posted);
    let first = server.data(&format!("{timeline}?limit=3")).await;
    let cursor = text(&first["next_cursor"]);
    let rest = server
        .data(&format!("{timeline}?limit=3&cursor={cursor}"))
        .await;
    assert_eq!(rest["entries"], json!(entries[3..]));
    let one = server.data(&path).await;
    assert_eq!(one["reached"]["identified"], posted["at"]);
}

async fn incidents_are_counted_by_status(stack: Stack) {
    let server = Server::start(stack).await;
    for (status, severity) in [
        ("open", "low"),
        ("open", "high"),
        ("monitoring", "low"),
        ("resolved", "low"),
    ] {
        let body = json!({ "title": "t", "severity": severity, "status": status });
        server.post(PATH, &body).await.data(201);
    }
    let list = server
        .data(&format!("{PATH}?status=open,resolved&limit=1"))
        .await;
    assert_eq!(list["total"], 3);
    assert_eq!(
        list["counts"],
        json!({
            "open": 2, "investigating": 0, "identified": 0, "monitoring": 1, "resolved": 1,
            "closed": 0, "unresolved": 3, "all": 4,
        })
    );
    let low = server
        .data(&format!("{PATH}?status=unresolved&severity=low"))
        .await;
    assert_eq!(
        (&low["total"], &low["counts"]["all"]),
        (&json!(2), &json!(3))
    );
}

async fn a_rules_incident_shows_what_it_measured(stack: Stack) {
    let server = Server::start(stack).await;
    let id = report(&server, "checkout failed").await;
    let rule = json!({
        "name": "Any error", "condition": "error_count > 0", "time_window": "5m",
        "open_incident": "high", "notifications": ["slack"],
    });
    let rule = server.post("/api/alerts/rules", &rule).await.data(201);
    let mut found = None;
    for _ in 0..150 {
        let list = server.data(PATH).await;
        if let Some(one) = list["incidents"].get(0) {
            found = Some(one.clone());
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let path = format!("{PATH}/{}", text(&found.unwrap()["id"]));
    let one = server.data(&path).await;
    assert_eq!(one["errors"], json!([id]));
    assert_eq!(
        one["rule"],
        json!({ "id": rule["id"], "name": "Any error" })
    );
    let timeline = server.data(&format!("{path}/timeline")).await;
    let opened = &timeline["entries"][0];
    assert_eq!(
        (&opened["kind"], &opened["text"]),
        (&json!("opened"), &json!("1 message sent"))
    );
    let series = server.data(&format!("{path}/series")).await;
    assert_eq!(series["limit"], 0);
    let points = series["series"].as_array().unwrap();
    assert!(!points.is_empty() && points.len() <= 300);
    let other = server.post(PATH, &example()).await.data(201);
    let series = server
        .data(&format!("{PATH}/{}/series", text(&other["id"])))
        .await;
    assert_eq!(
        (&series["series"], &series["limit"], &series["step_seconds"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
}
