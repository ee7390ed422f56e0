//! API keys: made, shown without their secrets, bound, revoked everywhere.

use e2e::value::{fresh_id, report, text, time_in, time_of};
use e2e::{Client, Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration as Span, Instant};
use time::Duration;

on_both_stacks! {
    a_key_is_made_used_and_revoked,
    bad_keys_are_refused_by_field,
    nobody_grants_what_they_lack,
    a_key_may_have_an_end_a_project_and_a_rate,
    keys_need_their_permission,
}

const PATH: &str = "/api/settings/api-keys";

async fn make(client: &Client, body: &Value) -> Value {
    client.post(PATH, body).await.data(201)
}

async fn a_key_is_made_used_and_revoked(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({ "name": "Development Key", "permissions": ["read", "errors:write"] });
    let answer = server.post(PATH, &body).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let made = answer.data(201);
    let secret = text(&made["api_key"]);
    assert!(
        secret.starts_with("sk_live_") && secret.len() == 46,
        "{secret}"
    );
    assert_eq!(made["key_preview"], format!("sk_****{}", &secret[42..]));
    assert_eq!(
        (&made["permissions"], &made["expires_at"]),
        (&body["permissions"], &Value::Null)
    );
    time_of(&made["created_at"]);
    let client = server.with_key(secret);
    client.report(&report("m")).await;
    client
        .put("/api/errors/x/resolve")
        .await
        .refusal(403, "permission_denied");
    let list = server.data(PATH).await;
    assert_eq!(list["total"], 2, "and that of development");
    assert_eq!(list["api_keys"][0]["id"], made["id"]);
    assert!(!list.to_string().contains(secret));
    let path = format!("{PATH}/{}", text(&made["id"]));
    server.delete(&path).await.is_empty_204();
    client
        .get("/api/errors")
        .await
        .refusal(401, "invalid_api_key");
    server.delete(&path).await.refusal(404, "api_key_not_found");
    server
        .delete(&format!("{PATH}/{}", fresh_id()))
        .await
        .refusal(404, "api_key_not_found");
    server.delete(&format!("{PATH}/7")).await.names_field("id");
    assert_eq!(server.data(PATH).await["total"], 1);
}

async fn bad_keys_are_refused_by_field(stack: Stack) {
    let server = Server::start(stack).await;
    for (field, bad) in [
        ("name", json!(null)),
        ("name", json!(" ")),
        ("name", json!("x".repeat(201))),
        ("permissions", json!(null)),
        ("permissions", json!([])),
        ("permissions", json!("read")),
        ("permissions", json!(["everything"])),
        ("expires_at", json!("soon")),
        ("expires_at", json!(time_in(-Duration::MINUTE))),
        ("rate_limit", json!(0)),
        ("rate_limit", json!("many")),
        ("project", json!(5)),
    ] {
        let mut body = json!({ "name": "n", "permissions": ["read"] });
        body[field] = bad;
        server.post(PATH, &body).await.names_field(field);
    }
    let body = json!({ "name": "n", "permissions": ["read"], "project": "nowhere" });
    server
        .post(PATH, &body)
        .await
        .refusal(404, "project_not_found");
}

async fn nobody_grants_what_they_lack(stack: Stack) {
    let server = Server::start(stack).await;
    let manager = json!({ "name": "manager", "permissions": ["keys:manage", "errors:read"] });
    let manager = make(&server, &manager).await;
    let manager = server.with_key(text(&manager["api_key"]));
    for more in ["errors:write", "admin", "tenant:manage"] {
        let body = json!({ "name": "n", "permissions": ["errors:read", more] });
        manager
            .post(PATH, &body)
            .await
            .refusal(403, "permission_denied");
    }
    make(
        &manager,
        &json!({ "name": "n", "permissions": ["errors:read"] }),
    )
    .await;
    let bound = json!({ "name": "bound", "permissions": ["keys:manage"], "project": "default" });
    let bound = make(&server, &bound).await;
    let bound = server.with_key(text(&bound["api_key"]));
    let wide = json!({ "name": "wide", "permissions": ["keys:manage"] });
    bound
        .post(PATH, &wide)
        .await
        .refusal(403, "permission_denied");
}

async fn a_key_may_have_an_end_a_project_and_a_rate(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true");
    let server = site.start().await;
    let body = json!({
        "name": "n", "permissions": ["write"], "project": "default", "rate_limit": 7,
        "expires_at": time_in(Duration::seconds(2)),
    });
    let made = make(&server, &body).await;
    assert_eq!(made["rate_limit"], 7);
    let client = server.with_key(text(&made["api_key"]));
    let answer = client.get("/api/errors").await;
    assert_eq!(
        (answer.status, answer.header("x-ratelimit-limit")),
        (200, "7")
    );
    let reported = client.report(&report("m")).await;
    assert_eq!(reported["project_id"], made["project_id"]);
    tokio::time::sleep(Span::from_millis(2_200)).await;
    let body = client
        .get("/api/errors")
        .await
        .refusal(401, "expired_api_key");
    assert_eq!(body["error"], "API key has expired");
}

async fn keys_need_their_permission(stack: Stack) {
    let server = Server::start(stack).await;
    let writer = server.with_key(&server.site.create_key(&["--permissions", "write"]).await);
    writer.get(PATH).await.refusal(403, "permission_denied");
    let body = json!({ "name": "n", "permissions": ["read"] });
    writer
        .post(PATH, &body)
        .await
        .refusal(403, "permission_denied");
    let ours = make(&server, &body).await;
    let stranger = crate::tenancy::stranger(&server).await;
    let path = format!("{PATH}/{}", text(&ours["id"]));
    stranger
        .delete(&path)
        .await
        .refusal(404, "api_key_not_found");
    assert!(
        !stranger
            .data(PATH)
            .await
            .to_string()
            .contains(text(&ours["id"]))
    );
}

#[tokio::test]
async fn every_node_refuses_a_revoked_key_within_five_seconds() {
    let site = Arc::new(Site::new(Stack::PostgresRedis).await);
    let (one, two) = (Server::on(Arc::clone(&site)).await, Server::on(site).await);
    let made = make(&one, &json!({ "name": "n", "permissions": ["read"] })).await;
    let client = two.with_key(text(&made["api_key"]));
    client.data("/api/errors").await;
    one.delete(&format!("{PATH}/{}", text(&made["id"])))
        .await
        .is_empty_204();
    let revoked = Instant::now();
    while client.get("/api/errors").await.status == 200 {
        assert!(revoked.elapsed() < Span::from_secs(5), "still accepted");
        tokio::time::sleep(Span::from_millis(50)).await;
    }
    client
        .get("/api/errors")
        .await
        .refusal(401, "invalid_api_key");
}
