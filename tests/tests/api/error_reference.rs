//! Every entry of the error table is provoked: the table is read out of the running server's document, and
//! an entry that nothing here provokes fails the test.

use crate::error_table::{Provoked, REFERENCE};
use e2e::people::{PASSWORD, call, invite, join, log_in, new_program, new_tenant, send};
use e2e::value::{fresh_id, now, report, text, time_in};
use e2e::{Answer, Server, Site, Stack, on_both_stacks, raw};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

on_both_stacks! {
    every_entry_is_provoked,
}

/// Entries that only a defect of ours provokes, or that a route answers without its code, and the unit test of each.
const BY_DEFECT: [(&str, &str, &str); 2] = [
    (
        "internal_error",
        "a_panic_is_a_500_that_says_nothing",
        include_str!("../../../crates/server/src/http/route.rs"),
    ),
    (
        "quota_exceeded",
        "uploads_beyond_the_quota_are_507",
        include_str!("../../../crates/server/src/api/build_tools/chunks.rs"),
    ),
];

async fn every_entry_is_provoked(stack: Stack) {
    let server = Server::start(stack).await;
    let mut provoked = Provoked::of(&server).await;
    for (status, sentence) in REFERENCE {
        let mut entries = provoked.table.values();
        let is_there = entries.any(|entry| *entry == (status, sentence.to_owned()));
        assert!(is_there, "{status} {sentence} is missing");
    }
    credentials(&server, &mut provoked).await;
    permissions(&server, &mut provoked).await;
    bodies(&server, &mut provoked).await;
    missing(&server, &mut provoked).await;
    conflicts(&server, &mut provoked).await;
    rules(&server, &mut provoked).await;
    maintenance(&server, &mut provoked).await;
    database(&server, &mut provoked).await;
    drop(server);
    limits(stack, &mut provoked).await;
    waiting(stack, &mut provoked).await;
    for (code, test, source) in BY_DEFECT {
        assert!(source.contains(test), "{test} is gone");
        provoked.seen.insert(code.to_owned());
    }
    let unseen: Vec<&String> = provoked
        .table
        .keys()
        .filter(|code| !provoked.seen.contains(*code))
        .collect();
    assert!(unseen.is_empty(), "nothing provokes {unseen:?}");
}

async fn credentials(server: &Server, provoked: &mut Provoked) {
    let nobody = server.anonymous();
    provoked.is("missing_api_key", &nobody.get("/api/errors").await);
    provoked.is("no_session", &nobody.get("/api/v1/tenants").await);
    let nobody = server.with_key("nobody");
    provoked.is("invalid_api_key", &nobody.get("/api/errors").await);
    provoked.is("invalid_token", &nobody.get("/api/v1/tenants").await);
    let key = json!({
        "name": "k", "permissions": ["read"], "expires_at": time_in(time::Duration::SECOND)
    });
    let key = server.post("/api/settings/api-keys", &key).await.data(201);
    let expired = server.with_key(text(&key["api_key"]));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    provoked.is("expired_api_key", &expired.get("/api/errors").await);
    let path = "/api/v1/tenants/default/system-users";
    let made = json!({ "name": "s", "role": "viewer" });
    let made = server.post(path, &made).await.data(201);
    let one = format!("{path}/{}", text(&made["id"]));
    let off = json!({ "active": false });
    call(server, Method::PUT, &one, Some(&off)).await.data(200);
    let inactive = server.with_key(text(&made["token"]));
    provoked.is("system_user_inactive", &inactive.get("/api/errors").await);
    dsn_keys(server, provoked).await;
    let login = json!({ "email": "nobody@example.com", "password": "nothing" });
    let answer = server.anonymous().post("/api/v1/auth/login", &login).await;
    provoked.is("invalid_login", &answer);
}

async fn dsn_keys(server: &Server, provoked: &mut Provoked) {
    let nobody = server.anonymous();
    let envelope = |key: &str| format!("/api/1/envelope/?sentry_key={key}");
    let answer = nobody.post_bytes("/api/1/envelope/", "{}").await;
    provoked.is("missing_dsn_key", &answer);
    let answer = nobody.post_bytes(&envelope("nobody"), "{}").await;
    provoked.is("invalid_dsn_key", &answer);
    let keys = "/api/projects/default/keys";
    let bound = json!({ "allowed_origins": ["https://shop.example"] });
    let bound = server.post(keys, &bound).await.data(201);
    let request = nobody.posting(&envelope(text(&bound["public_key"])), "{}");
    let answer = Answer::to(request.header("Origin", "https://other.example")).await;
    provoked.is("origin_not_allowed", &answer);
    let missing = format!("{keys}/{}", fresh_id());
    provoked.is("project_key_not_found", &server.delete(&missing).await);
}

async fn permissions(server: &Server, provoked: &mut Provoked) {
    let viewer = new_program(server, "default", "viewer").await;
    let answer = viewer.post("/api/errors", &report("m")).await;
    provoked.is("permission_denied", &answer);
    join(server, "default", "ada@example.com", "admin").await;
    let ada = log_in(server, "ada@example.com").await;
    let request = server
        .anonymous()
        .request(Method::POST, "/api/v1/auth/logout");
    let answer = send(request.header("Cookie", &ada.cookie), None).await;
    provoked.is("csrf_failed", &answer);
    new_tenant(server, "other").await;
    let path = "/api/v1/tenants/other";
    let answer = ada.call(Method::GET, path, None).await;
    provoked.is("not_a_member", &answer);
    let suspend = format!("{path}/suspend");
    let answer = ada.call(Method::POST, &suspend, None).await;
    provoked.is("not_platform_admin", &answer);
    let program = new_program(server, "other", "viewer").await;
    server.post(&suspend, &json!({})).await.data(200);
    provoked.is("tenant_suspended", &program.get("/api/errors").await);
}

async fn bodies(server: &Server, provoked: &mut Provoked) {
    let path = "/api/v1/tenants";
    let named = |slug: &str| json!({ "name": "n", "slug": slug });
    let answer = server.post(path, &named("No Slug!")).await;
    let refused = answer.refusal(422, "validation_failed");
    assert_eq!(
        refused["error"],
        "Validation failed: slug must be lowercase and alphanumeric"
    );
    provoked.is("validation_failed", &answer);
    let answer = server.post(path, &json!({ "slug": "x" })).await;
    let refused = answer.refusal(400, "invalid_input");
    assert_eq!(refused["error"], "Invalid input: field 'name' is required");
    provoked.is("invalid_input", &answer);
    provoked.is("invalid_json", &server.post_bytes(path, "{").await);
    let large = vec![b' '; (1 << 20) + 1];
    provoked.is("payload_too_large", &server.post_bytes(path, large).await);
    let request = server
        .request(Method::POST, path)
        .header("Content-Type", "text/plain");
    provoked.is(
        "unsupported_media_type",
        &Answer::to(request.body("x")).await,
    );
    let request = server
        .posting(path, "no gzip")
        .header("Content-Encoding", "gzip");
    provoked.is("bad_request", &Answer::to(request).await);
    provoked.is("method_not_allowed", &server.delete(path).await);
    provoked.is("not_found", &server.get("/api/v1/nowhere").await);
}

async fn missing(server: &Server, provoked: &mut Provoked) {
    let id = fresh_id();
    let error = server.report(&report("m")).await["id"].clone();
    let error = text(&error);
    for (code, path) in [
        ("tag_not_found", format!("/api/errors/{error}/tags/none")),
        ("error_not_found", format!("/api/errors/{id}")),
        ("project_not_found", format!("/api/projects/{id}")),
        ("job_not_found", format!("/api/jobs/{id}")),
        ("artifact_not_found", format!("/api/artifacts/{id}")),
        ("release_not_found", format!("/api/releases/{id}")),
        ("rule_not_found", format!("/api/alerts/rules/{id}")),
        ("incident_not_found", format!("/api/alerts/incidents/{id}")),
        ("tenant_not_found", format!("/api/v1/tenants/{id}")),
        (
            "member_not_found",
            format!("/api/v1/tenants/default/members/{id}"),
        ),
        (
            "role_not_found",
            format!("/api/v1/tenants/default/roles/{id}"),
        ),
        (
            "policy_not_found",
            format!("/api/v1/tenants/default/policies/{id}"),
        ),
        (
            "permission_not_found",
            format!("/api/v1/tenants/default/permissions/{id}"),
        ),
        (
            "system_user_not_found",
            format!("/api/v1/tenants/default/system-users/{id}"),
        ),
    ] {
        provoked.is(code, &server.get(&path).await);
    }
    for (code, path) in [
        ("api_key_not_found", format!("/api/settings/api-keys/{id}")),
        (
            "project_key_not_found",
            format!("/api/projects/default/keys/{id}"),
        ),
        (
            "comment_not_found",
            format!("/api/errors/{error}/comments/{id}"),
        ),
        (
            "integration_not_found",
            "/api/settings/integrations/pigeon".to_owned(),
        ),
        (
            "invitation_not_found",
            format!("/api/v1/tenants/default/invitations/{id}"),
        ),
    ] {
        provoked.is(code, &server.delete(&path).await);
    }
    let unknown = json!({ "email": "nobody@example.com", "role": "viewer" });
    let answer = server
        .post("/api/v1/tenants/default/members", &unknown)
        .await;
    provoked.is("user_not_found", &answer);
}

async fn conflicts(server: &Server, provoked: &mut Provoked) {
    let below = |what: &str| format!("/api/v1/tenants/default/{what}");
    let again = json!({ "name": "n", "slug": "other" });
    provoked.is(
        "tenant_slug_exists",
        &server.post("/api/v1/tenants", &again).await,
    );
    let other = json!({ "query": "", "action": "delete", "expected": 1_000_000 });
    provoked.is(
        "unexpected_total",
        &server.post("/api/errors/bulk", &other).await,
    );
    let again = json!({ "name": "Default" });
    provoked.is(
        "project_slug_exists",
        &server.post("/api/projects", &again).await,
    );
    let ada = json!({ "email": "ada@example.com", "role": "viewer" });
    provoked.is(
        "already_member",
        &server.post(&below("members"), &ada).await,
    );
    invite(server, "default", "guest@example.com", "viewer").await;
    let guest = json!({ "email": "guest@example.com", "role": "viewer" });
    provoked.is(
        "already_invited",
        &server.post(&below("invitations"), &guest).await,
    );

    let permission = json!({ "name": "billing:read" });
    let policy = json!({ "name": "billing", "permissions": ["billing:read"] });
    let role = json!({ "name": "accountant", "policies": ["billing"] });
    let program = json!({ "name": "bot", "role": "accountant" });
    let mut made = Vec::new();
    for (path, body, exists) in [
        ("permissions", &permission, "permission_exists"),
        ("policies", &policy, "policy_exists"),
        ("roles", &role, "role_exists"),
        ("system-users", &program, "system_user_exists"),
    ] {
        let one = server.post(&below(path), body).await.data(201);
        provoked.is(exists, &server.post(&below(path), body).await);
        made.push(below(&format!("{path}/{}", text(&one["id"]))));
    }
    for (code, path) in ["permission_in_use", "policy_in_use", "role_in_use"]
        .iter()
        .zip(&made)
    {
        provoked.is(code, &server.delete(path).await);
    }
}

async fn rules(server: &Server, provoked: &mut Provoked) {
    let below = |what: &str| format!("/api/v1/tenants/default/{what}");
    let members = server.data(&below("members")).await;
    let last = below(&format!("members/{}", text(&members["members"][0]["id"])));
    provoked.is("last_admin", &server.delete(&last).await);
    for (plural, deleting, changing) in [
        ("roles", "system_role", "system_role_fixed"),
        ("policies", "system_policy", "system_policy_fixed"),
        (
            "permissions",
            "system_permission",
            "system_permission_fixed",
        ),
    ] {
        let all = server.data(&below(plural)).await;
        let one = below(&format!("{plural}/{}", text(&all[plural][0]["id"])));
        provoked.is(deleting, &server.delete(&one).await);
        let change = json!({ "description": "x" });
        let answer = call(server, Method::PUT, &one, Some(&change)).await;
        provoked.is(changing, &answer);
    }
    provoked.is(
        "default_project",
        &server.delete("/api/projects/default").await,
    );
    let token = invite(server, "default", "late@example.com", "viewer").await;
    let accept = async || {
        let body = json!({ "token": token, "name": "n", "password": PASSWORD });
        let client = server.anonymous();
        client.post("/api/v1/invitations/accept", &body).await
    };
    let expire = async |expires_at| {
        let invitations = server.site.stores().await.invitations;
        let digest = faultbook_domain::identity::KeyDigest::of(&token);
        let found = invitations.find_invitation(&digest).await.unwrap();
        let mut invitation = found.unwrap();
        invitation.expires_at = expires_at;
        assert!(invitations.renew_invitation(&invitation).await.unwrap());
    };
    expire(now()).await;
    provoked.is("invitation_expired", &accept().await);
    expire(now() + time::Duration::DAY).await;
    accept().await.data(201);
    provoked.is("invitation_accepted", &accept().await);
    let reset = json!({ "token": "unknown", "password": PASSWORD });
    let answer = server.anonymous().post("/api/v1/auth/reset", &reset).await;
    provoked.is("invalid_reset", &answer);
}

async fn maintenance(server: &Server, provoked: &mut Provoked) {
    let path = "/api/v1/platform/maintenance";
    let set = async |enabled: bool| {
        let body = json!({ "enabled": enabled });
        call(server, Method::PUT, path, Some(&body)).await.data(200);
    };
    set(true).await;
    provoked.is("maintenance", &server.get("/api/errors").await);
    set(false).await;
}

async fn database(server: &Server, provoked: &mut Provoked) {
    server.site.run_sql("DROP TABLE grants").await;
    let answer = server.get("/api/v1/tenants/default/roles").await;
    provoked.is("database_error", &answer);
}

/// What takes settings of its own.
async fn limits(stack: Stack, provoked: &mut Provoked) {
    let mail = json!({
        "smtp_server": "127.0.0.1", "smtp_port": 9, "smtp_security": "none",
        "from_email": "f@example.com", "recipients": ["f@example.com"],
    });
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__SESSIONS__IDLE", "1s")
        .set("FAULTBOOK__HTTP__BODY_TIMEOUT", "1s")
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true")
        .set("FAULTBOOK__TENANTS__PROVISION_URL", "http://127.0.0.1:9/")
        .set(
            "FAULTBOOK__TENANTS__PROVISION_SECRET",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        )
        .set("FAULTBOOK__NOTIFICATIONS__EMAIL", &mail.to_string());
    let server = site.start().await;
    let tenant = json!({ "name": "n", "slug": "new" });
    provoked.is(
        "provisioning_failed",
        &server.post("/api/v1/tenants", &tenant).await,
    );
    let guest = json!({ "email": "guest@example.com", "role": "viewer" });
    let path = "/api/v1/tenants/default/invitations";
    provoked.is("email_failed", &server.post(path, &guest).await);
    assert_eq!(server.data(path).await["total"], 0, "nobody was invited");
    let user = ["user", "create", "--email", "ada@example.com"];
    let output = server.site.run_with_input(&user, PASSWORD).await;
    assert!(output.status.success(), "{output:?}");
    let ada = log_in(&server, "ada@example.com").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let answer = ada.call(Method::GET, "/api/v1/auth/me", None).await;
    provoked.is("session_expired", &answer);
    let key = json!({ "name": "k", "permissions": ["read"], "rate_limit": 1 });
    let key = server.post("/api/settings/api-keys", &key).await.data(201);
    let client = server.with_key(text(&key["api_key"]));
    client.data("/api/errors").await;
    provoked.is("rate_limited", &client.get("/api/errors").await);
    let slow = "POST /api/errors HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: test-api-key\r\n\
                Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
    let answer = raw::exchange(server.address(), slow.as_bytes()).await;
    let body: Value = serde_json::from_str(raw::body(&answer)).unwrap();
    assert_eq!(
        (raw::status(&answer), &body["code"]),
        (408, &json!("request_timeout"))
    );
    provoked.seen.insert("request_timeout".to_owned());
    let padded = server.request(Method::GET, "/health");
    let padded = Answer::to(padded.header("X-Padding", "x".repeat(200_000))).await;
    provoked.is("headers_too_large", &padded);
}

/// A database that lets everybody wait, and then one that is gone.
async fn waiting(stack: Stack, provoked: &mut Provoked) {
    let site = match stack {
        Stack::Sqlite => Site::new(stack).await,
        Stack::PostgresRedis => Site::with_own_postgres().await,
    };
    let site = site
        .set("REDIS_URL", "")
        .set("FAULTBOOK__INGEST__MAX_WAITING", "1000");
    let server = site.start().await;
    let held = server.site.hold_writes().await;
    let mut waiting = tokio::task::JoinSet::new();
    // More than may wait, and than may be in the transaction that waits.
    for _ in 0..2_000 {
        let client = (*server).clone();
        waiting.spawn(async move { client.post("/api/errors", &report("m")).await });
    }
    let refused = waiting.join_next().await.unwrap().unwrap();
    provoked.is("overloaded", &refused);
    drop(held);
    waiting.join_all().await;
    match stack {
        Stack::Sqlite => {
            let held = server.site.hold_writes().await;
            let answer = server.post("/api/errors", &report("m")).await;
            provoked.is("unavailable", &answer);
            drop(held);
        }
        Stack::PostgresRedis => {
            server.site.postgres().await.stop();
            provoked.is("unavailable", &server.get("/api/errors").await);
        }
    }
}
