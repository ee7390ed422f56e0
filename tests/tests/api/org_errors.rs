//! Error events of an organization are ordinary occurrences in shapes of their own.

use e2e::value::{fresh_id, report, text, time_of};
use e2e::{Answer, Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks! {
    the_documents_example_is_logged_and_listed,
    events_are_ordinary_occurrences,
    events_come_newest_first_in_pages,
    bad_events_are_refused,
    organizations_are_apart,
}

const PATH: &str = "/orgs/default/errors";

fn event(message: &str, severity: &str) -> Value {
    json!({ "message": message, "severity": severity })
}

fn list(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_value(answer.json()).unwrap()
}

async fn the_documents_example_is_logged_and_listed(stack: Stack) {
    let server = Server::start(stack).await;
    let example = json!({
        "message": "Database connection timeout", "severity": "critical",
        "timestamp": "2023-11-18T14:30:00Z",
    });
    let answer = server.post(PATH, &example).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["message"], "Error logged successfully");
    assert_eq!(body.as_object().unwrap().len(), 2);
    let listed = server.get(PATH).await;
    assert_eq!(listed.header("x-total-count"), "1");
    let expected = json!([{
        "error_id": body["error_id"], "message": "Database connection timeout",
        "timestamp": "2023-11-18T14:30:00Z", "severity": "critical",
    }]);
    assert_eq!(listed.json(), expected);
}

async fn events_are_ordinary_occurrences(stack: Stack) {
    let server = Server::start(stack).await;
    for (severity, level) in [
        ("low", "info"),
        ("medium", "warning"),
        ("high", "error"),
        ("CRITICAL", "error"),
    ] {
        let message = format!("an event as {severity} as they come");
        let body = json!({ "error": event(&message, severity) });
        let id = server.post(PATH, &body).await.json()["error_id"].take();
        let found = server.errors(&format!("?source=org&q={severity}")).await;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&found[0]["level"], &found[0]["count"]),
            (&json!(level), &json!(1))
        );
        let error = text(&found[0]["id"]);
        let path = format!("/api/errors/{error}/occurrences");
        assert_eq!(server.data(&path).await["occurrences"][0]["id"], id);
    }
    let again = server
        .post(PATH, &event("an event as low as they come", "low"))
        .await;
    assert_eq!(again.status, 200);
    assert_eq!(server.errors("?source=org&level=info").await[0]["count"], 2);
    assert_eq!(server.data("/api/stats").await["total_occurrences"], 5);
    server.report(&report("from the other surface")).await;
    let listed = server.get(PATH).await;
    assert_eq!(listed.header("x-total-count"), "6");
    let newest = &list(&listed)[0];
    assert_eq!(newest["message"], "from the other surface");
    time_of(&newest["timestamp"]);
}

async fn events_come_newest_first_in_pages(stack: Stack) {
    let server = Server::start(stack).await;
    let mut expected = Vec::new();
    for number in 0..7 {
        let answer = server
            .post(PATH, &event(&format!("event {number}"), "low"))
            .await;
        expected.insert(0, answer.json()["error_id"].clone());
    }
    let (mut seen, mut path) = (Vec::new(), format!("{PATH}?limit=3"));
    loop {
        let answer = server.get(&path).await;
        assert_eq!(answer.header("x-total-count"), "7");
        seen.extend(
            list(&answer)
                .into_iter()
                .map(|mut one| one["error_id"].take()),
        );
        let Some(next) = answer.header("link").strip_prefix('<') else {
            break;
        };
        path = next.split_once('>').unwrap().0.to_owned();
    }
    assert_eq!(seen, expected);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=abc", "limit"),
        ("cursor=garbage", "cursor"),
    ] {
        server
            .get(&format!("{PATH}?{query}"))
            .await
            .names_field(field);
    }
}

async fn bad_events_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for (body, field) in [
        (json!({ "severity": "low" }), "message"),
        (json!({ "message": " ", "severity": "low" }), "message"),
        (json!({ "message": "m" }), "severity"),
        (json!({ "message": "m", "severity": "worst" }), "severity"),
        (json!({ "message": "m", "severity": 4 }), "severity"),
        (
            json!({ "message": "m", "severity": "low", "timestamp": "soon" }),
            "timestamp",
        ),
        (json!({ "error": { "message": "m" } }), "severity"),
        (json!({ "error": "text" }), "error"),
    ] {
        server.post(PATH, &body).await.names_field(field);
    }
    server
        .post_bytes(PATH, "{")
        .await
        .refusal(400, "invalid_json");
    server
        .post(PATH, &json!([]))
        .await
        .refusal(400, "invalid_input");
    assert!(list(&server.get(PATH).await).is_empty());
}

async fn organizations_are_apart(stack: Stack) {
    let server = Server::start(stack).await;
    assert_eq!(server.post(PATH, &event("ours", "high")).await.status, 200);
    let stranger = crate::tenancy::stranger(&server).await;
    for (client, org, status, code) in [
        (&*server, "stranger", 403, "not_a_member"),
        (&stranger, "default", 403, "not_a_member"),
        (&*server, "nobody", 404, "tenant_not_found"),
        (&*server, "NO SLUG", 404, "tenant_not_found"),
        (&*server, &fresh_id().to_string(), 404, "tenant_not_found"),
    ] {
        let path = format!("/orgs/{org}/errors");
        client.get(&path).await.refusal(status, code);
        client
            .post(&path, &event("m", "low"))
            .await
            .refusal(status, code);
    }
    assert!(list(&stranger.get("/orgs/stranger/errors").await).is_empty());
    server
        .anonymous()
        .get(PATH)
        .await
        .refusal(401, "missing_api_key");
    let reader = server.site.create_key(&["--permissions", "read"]).await;
    let refused = server
        .with_key(&reader)
        .post(PATH, &event("m", "low"))
        .await;
    refused.refusal(403, "permission_denied");
}
