//! Members, invitations, system users, the audit log, maintenance.

use e2e::people::{PASSWORD, invite, join, log_in, new_tenant, send};
use e2e::value::{report, text, texts};
use e2e::{Client, Receiver, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both_stacks! {
    an_invitation_makes_a_member,
    who_has_an_account_accepts_with_its_password,
    a_system_user_can_be_switched_off_rotated_and_removed,
    every_change_is_written_down,
    a_new_tenant_is_announced,
    the_team_is_listed_with_who_is_invited,
    other_nodes_follow_within_five_seconds,
}

async fn an_invitation_makes_a_member(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/v1/tenants/default/invitations";
    let body = json!({ "email": "Ada@Example.com", "role": "developer" });
    let answer = server.post(path, &body).await;
    let invited = answer.data(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        (&invited["status"], &invited["email_sent"]),
        (&json!("pending"), &json!(false))
    );
    let listed = server.data(path).await;
    assert!(
        !listed.to_string().contains(text(&invited["token"])),
        "the token is shown once"
    );
    server
        .post(path, &body)
        .await
        .refusal(409, "already_invited");

    let resend = format!("{path}/{}/resend", text(&invited["id"]));
    let renewed = server.post(&resend, &json!({})).await.data(200);
    let accept = |token: &Value| {
        let body = json!({ "token": token, "name": "Ada", "password": PASSWORD });
        let client = server.anonymous();
        async move { client.post("/api/v1/invitations/accept", &body).await }
    };
    accept(&invited["token"])
        .await
        .refusal(404, "invitation_not_found");
    let member = accept(&renewed["token"]).await.data(201);
    assert_eq!(
        (&member["role"], &member["status"]),
        (&json!("developer"), &json!("active"))
    );
    accept(&renewed["token"])
        .await
        .refusal(400, "invitation_accepted");
    server
        .post(&resend, &json!({}))
        .await
        .refusal(400, "invitation_accepted");
    server
        .post(path, &body)
        .await
        .refusal(409, "already_member");
    let listed = server.data(path).await;
    assert_eq!(listed["invitations"][0]["status"], "accepted");
    log_in(&server, "ada@example.com").await;

    let other = json!({ "email": "bob@example.com", "role": "viewer" });
    let invited = server.post(path, &other).await.data(201);
    let one = format!("{path}/{}", text(&invited["id"]));
    server.delete(&one).await.is_empty_204();
    server
        .delete(&one)
        .await
        .refusal(404, "invitation_not_found");
    accept(&invited["token"])
        .await
        .refusal(404, "invitation_not_found");
}

async fn who_has_an_account_accepts_with_its_password(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "acme").await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let token = invite(&server, "acme", "ada@example.com", "owner").await;
    let accept = |password: &str| {
        let body = json!({ "token": token, "name": "Mallory", "password": password });
        let client = server.anonymous();
        async move { client.post("/api/v1/invitations/accept", &body).await }
    };
    accept("a new password").await.refusal(401, "invalid_login");
    let member = accept(PASSWORD).await.data(201);
    assert_eq!(member["role"], "owner");
    let ada = log_in(&server, "ada@example.com").await;
    let me = ada.data("/api/v1/auth/me").await;
    assert_eq!(me["user"]["name"], "Somebody", "the account keeps its name");
}

async fn a_system_user_can_be_switched_off_rotated_and_removed(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/v1/tenants/default/system-users";
    let body = json!({ "name": "deployer", "role": "developer" });
    let answer = server.post(path, &body).await;
    let made = answer.data(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = text(&made["token"]);
    assert!(
        token.starts_with("su_live_") && token.len() == 46,
        "{token}"
    );
    assert_eq!(
        text(&made["token_preview"]),
        format!("su_****{}", &token[42..])
    );
    let program = server.with_key(token);
    program.report(&report("m")).await;
    // As a bearer token as well.
    let request = server.anonymous().request(Method::GET, "/api/errors");
    let request = request.header("Authorization", format!("Bearer {token}"));
    send(request, None).await.data(200);

    let one = format!("{path}/{}", text(&made["id"]));
    let change = |body: Value| {
        let (server, one) = ((*server).clone(), one.clone());
        async move { server.change(&one, &body).await }
    };
    change(json!({ "active": false })).await.data(200);
    let refused = program.get("/api/errors").await;
    let refused = refused.refusal(401, "system_user_inactive");
    assert_eq!(refused["error"], "System user is inactive");
    change(json!({ "active": true, "role": "viewer" }))
        .await
        .data(200);
    let refused = program.post("/api/errors", &report("m")).await;
    refused.refusal(403, "permission_denied");
    let past = json!({ "expires_at": "2020-01-01T00:00:00Z" });
    change(past).await.refusal(422, "validation_failed");

    let rotated = server
        .post(&format!("{one}/rotate"), &json!({}))
        .await
        .data(200);
    program
        .get("/api/errors")
        .await
        .refusal(401, "invalid_token");
    let program = server.with_key(text(&rotated["token"]));
    program.data("/api/errors").await;
    server.delete(&one).await.is_empty_204();
    program
        .get("/api/errors")
        .await
        .refusal(401, "invalid_token");
    server.get(&one).await.refusal(404, "system_user_not_found");
}

async fn every_change_is_written_down(stack: Stack) {
    let server = Server::start(stack).await;
    let below = |what: &str| format!("/api/v1/tenants/default/{what}");
    let audit = below("audit");
    let before = server.data(&audit).await["total"].as_u64().unwrap();
    let role = json!({ "name": "support", "policies": ["viewer"] });
    let role = server.post(&below("roles"), &role).await.data(201);
    let one = below(&format!("roles/{}", text(&role["id"])));
    let change = json!({ "description": "First line" });
    server.change(&one, &change).await.data(200);
    server.delete(&one).await.is_empty_204();
    server
        .post("/api/projects", &json!({ "name": "Shop" }))
        .await
        .data(201);
    let key = json!({ "name": "k", "permissions": ["read"] });
    let key = server.post("/api/settings/api-keys", &key).await.data(201);
    let slack = json!({ "webhook_url": "http://127.0.0.1:9/hush" });
    let path = "/api/settings/integrations/slack";
    server.change(path, &slack).await.data(200);
    // What fails changes nothing, and reading is no change.
    server
        .post(&below("roles"), &json!({}))
        .await
        .refusal(400, "invalid_input");
    server.data(&below("roles")).await;

    let written = server.data(&audit).await;
    assert_eq!(written["total"].as_u64().unwrap(), before + 6);
    let entries = written["entries"].as_array().unwrap();
    assert_eq!(
        texts(&entries[..6], "action"),
        [
            "integration.created",
            "key.created",
            "project.created",
            "role.deleted",
            "role.changed",
            "role.created",
        ]
    );
    assert_eq!(
        (
            text(&entries[3]["target"]),
            text(&entries[5]["target_name"])
        ),
        (format!("role:{}", text(&role["id"])).as_str(), "support")
    );
    assert_eq!(entries[4]["old"], json!({ "description": null }));
    assert_eq!(entries[4]["new"], change);
    assert_eq!(
        (&entries[3]["new"], &entries[5]["old"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(entries[3]["old"]["name"], "support");
    assert_eq!(entries[0]["new"]["webhook_url"], "***");
    assert!(text(&entries[0]["actor"]).starts_with("key:"));
    assert_eq!(entries[0]["ip_address"], "127.0.0.1");
    let all = written.to_string();
    assert!(
        !all.contains("hush") && !all.contains(text(&key["api_key"])),
        "{all}"
    );
    let page = server.data(&format!("{audit}?limit=2")).await;
    let next = format!("{audit}?limit=2&cursor={}", text(&page["next_cursor"]));
    assert_eq!(server.data(&next).await["entries"][0], entries[2]);
}

async fn a_new_tenant_is_announced(stack: Stack) {
    let receiver = Receiver::start().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let site = Site::new(stack)
        .await
        .set(
            "FAULTBOOK__TENANTS__PROVISION_URL",
            &receiver.url("/tenants"),
        )
        .set("FAULTBOOK__TENANTS__PROVISION_SECRET", secret);
    let server = site.start().await;
    let tenant = new_tenant(&server, "acme").await;
    let received = receiver.received().await;
    assert_eq!(received.len(), 1);
    let event: Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!(event["type"], "tenant.created");
    assert_eq!(event["data"]["id"], tenant["id"]);
    assert!(received[0].header("webhook-signature").starts_with("v1,"));
    receiver.answer(500);
    let body = json!({ "name": "n", "slug": "other" });
    let refused = server.post("/api/v1/tenants", &body).await;
    let refused = refused.refusal(500, "provisioning_failed");
    assert_eq!(refused["error"], "Failed to initialize tenant in service");
    receiver.answer(200);
    server.post("/api/v1/tenants", &body).await.data(201);
}

async fn the_team_is_listed_with_who_is_invited(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "developer").await;
    let body = json!({ "email": "newuser@company.com", "role": "viewer" });
    let path = "/api/settings/team/invite";
    let invited = server.post(path, &body).await.data(201);
    assert_eq!(
        (&invited["status"], &invited["role"]),
        (&json!("invited"), &json!("viewer"))
    );
    let again = server
        .post(path, &body)
        .await
        .refusal(409, "already_invited");
    assert_eq!(again["error"], "User already has a pending invitation");
    let member = json!({ "email": "ada@example.com", "role": "viewer" });
    server
        .post(path, &member)
        .await
        .refusal(409, "already_member");
    for (body, field) in [
        (json!({ "role": "viewer" }), "email"),
        (json!({ "email": "nobody", "role": "viewer" }), "email"),
        (json!({ "email": "x@example.com" }), "role"),
        (json!({ "email": "x@example.com", "role": "king" }), "role"),
    ] {
        server.post(path, &body).await.names_field(field);
    }
    let ada = log_in(&server, "ada@example.com").await;
    let team = ada.data("/api/settings/team").await;
    let members = team["members"].as_array().unwrap();
    assert_eq!(texts(members, "status"), ["active", "invited"]);
    assert_eq!(texts(members, "role"), ["developer", "viewer"]);
    assert!(members[0]["last_active"].is_string() && members[1]["last_active"].is_null());
}

/// Waits until a call is answered with a status, and tells how long that took.
async fn until(client: &Client, path: &str, status: u16) -> Duration {
    let started = Instant::now();
    loop {
        let answered = client.get(path).await.status;
        if answered == status {
            return started.elapsed();
        }
        let patience = Duration::from_secs(20);
        assert!(
            started.elapsed() < patience,
            "{path} still answers {answered}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn other_nodes_follow_within_five_seconds(stack: Stack) {
    let here = Server::start(stack).await;
    let there = Server::on(here.site.clone()).await;
    let bound = Duration::from_secs(5);
    let key = json!({ "name": "k", "permissions": ["read"] });
    let key = here.post("/api/settings/api-keys", &key).await.data(201);
    let user = there.with_key(text(&key["api_key"]));
    user.data("/api/errors").await;
    here.delete(&format!("/api/settings/api-keys/{}", text(&key["id"])))
        .await
        .is_empty_204();
    here.with_key(text(&key["api_key"]))
        .get("/api/errors")
        .await
        .refusal(401, "invalid_api_key");
    assert!(until(&user, "/api/errors", 401).await < bound);

    let program = json!({ "name": "p", "role": "viewer" });
    let path = "/api/v1/tenants/default/system-users";
    let program = here.post(path, &program).await.data(201);
    let user = there.with_key(text(&program["token"]));
    user.data("/api/errors").await;
    let rotate = format!("{path}/{}/rotate", text(&program["id"]));
    here.post(&rotate, &json!({})).await.data(200);
    assert!(until(&user, "/api/errors", 401).await < bound);

    let maintenance = "/api/v1/platform/maintenance";
    let closed = json!({ "enabled": true });
    here.change(maintenance, &closed).await.data(200);
    let refused = here.get("/api/errors").await;
    assert!(!refused.header("retry-after").is_empty());
    let refused = refused.refusal(503, "maintenance");
    assert_eq!(
        refused["error"],
        "Service temporarily unavailable for maintenance"
    );
    assert!(until(&there, "/api/errors", 503).await < bound);
    there
        .post("/api/errors", &report("m"))
        .await
        .refusal(503, "maintenance");
    for path in ["/health", "/livez", "/readyz", maintenance] {
        assert_eq!(there.get(path).await.status, 200, "{path}");
    }
    let login = json!({ "email": "x@example.com", "password": "y" });
    there
        .anonymous()
        .post("/api/v1/auth/login", &login)
        .await
        .refusal(401, "invalid_login");
    let open = json!({ "enabled": false });
    there.change(maintenance, &open).await.data(200);
    assert!(until(&here, "/api/errors", 200).await < bound);
}
