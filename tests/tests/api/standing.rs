//! Nobody takes away what they lack, poses as what they are not, or learns who has an account.

use e2e::people::{PASSWORD, invite, join, log_in, new_program, new_tenant};
use e2e::value::text;
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    nobody_revokes_a_key_that_may_do_more,
    nobody_takes_back_what_they_could_not_give,
    invitations_of_closed_tenants_let_nobody_in,
    an_address_is_answered_the_same_with_and_without_an_account,
    a_role_cannot_pose_as_another,
    only_a_session_logs_out,
    permissions_are_kept_once,
}

const KEYS: &str = "/api/settings/api-keys";

fn below(what: &str) -> String {
    format!("/api/v1/tenants/default/{what}")
}

async fn new_key(server: &Server, permissions: &[&str]) -> (String, String) {
    let body = json!({ "name": "k", "permissions": permissions });
    let made = server.post(KEYS, &body).await.data(201);
    (
        text(&made["id"]).to_owned(),
        text(&made["api_key"]).to_owned(),
    )
}

async fn nobody_revokes_a_key_that_may_do_more(stack: Stack) {
    let server = Server::start(stack).await;
    let (manager, secret) = new_key(&server, &["keys:manage", "errors:read"]).await;
    let manager_client = server.with_key(&secret);
    let (owner, _) = new_key(&server, &["admin", "tenant:manage"]).await;
    let (writer, _) = new_key(&server, &["write"]).await;
    let (reader, _) = new_key(&server, &["errors:read"]).await;
    let listed = server.data(KEYS).await;
    let keys = listed["api_keys"].as_array().unwrap();
    let platform = keys.iter().find(|key| key["name"] == "Development key");
    let platform = text(&platform.unwrap()["id"]).to_owned();
    let admin = new_program(&server, "default", "admin").await;
    let one = |id: &str| format!("{KEYS}/{id}");
    for above in [&owner, &writer, &platform] {
        let answer = manager_client.delete(&one(above)).await;
        answer.refusal(403, "permission_denied");
    }
    for above in [&owner, &platform] {
        let answer = admin.delete(&one(above)).await;
        answer.refusal(403, "permission_denied");
    }
    for below in [&reader, &manager] {
        manager_client.delete(&one(below)).await.is_empty_204();
    }
    admin.delete(&one(&writer)).await.is_empty_204();
    server.delete(&one(&owner)).await.is_empty_204();
}

async fn nobody_takes_back_what_they_could_not_give(stack: Stack) {
    let server = Server::start(stack).await;
    let admin = new_program(&server, "default", "admin").await;
    let guest = json!({ "email": "guest@example.com", "role": "owner" });
    let guest = server.post(&below("invitations"), &guest).await.data(201);
    let guest = below(&format!("invitations/{}", text(&guest["id"])));
    admin.delete(&guest).await.refusal(403, "permission_denied");
    let viewer = json!({ "email": "viewer@example.com", "role": "viewer" });
    let viewer = server.post(&below("invitations"), &viewer).await.data(201);
    let viewer = below(&format!("invitations/{}", text(&viewer["id"])));
    admin.delete(&viewer).await.is_empty_204();
    server.delete(&guest).await.is_empty_204();

    let policy = json!({ "name": "strong", "permissions": ["tenant:manage"] });
    let policy = server.post(&below("policies"), &policy).await.data(201);
    let policy = below(&format!("policies/{}", text(&policy["id"])));
    let role = json!({ "name": "strong", "policies": ["strong"] });
    let role = server.post(&below("roles"), &role).await.data(201);
    let role = below(&format!("roles/{}", text(&role["id"])));
    for one in [&role, &policy] {
        admin.delete(one).await.refusal(403, "permission_denied");
        let renamed = json!({ "name": "weak" });
        let answer = admin.change(one, &renamed).await;
        answer.refusal(403, "permission_denied");
    }
    let program = json!({ "name": "p", "role": "strong" });
    let program = server
        .post(&below("system-users"), &program)
        .await
        .data(201);
    let program = below(&format!("system-users/{}", text(&program["id"])));
    admin
        .delete(&program)
        .await
        .refusal(403, "permission_denied");
    for one in [&program, &role, &policy] {
        server.delete(one).await.is_empty_204();
    }
}

async fn accept(server: &Server, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "name": "Ada", "password": password });
    let client = server.anonymous();
    client.post("/api/v1/invitations/accept", &body).await
}

async fn invitations_of_closed_tenants_let_nobody_in(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "acme").await;
    let token = invite(&server, "acme", "ada@example.com", "viewer").await;
    let path = "/api/v1/tenants/acme";
    server
        .post(&format!("{path}/suspend"), &json!({}))
        .await
        .data(200);
    let refused = accept(&server, &token, PASSWORD).await;
    let refused = refused.refusal(403, "tenant_suspended");
    assert_eq!(refused["error"], "Tenant is suspended");
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let client = server.anonymous();
    client
        .post("/api/v1/auth/login", &login)
        .await
        .refusal(401, "invalid_login");
    server
        .post(&format!("{path}/activate"), &json!({}))
        .await
        .data(200);
    let late = invite(&server, "acme", "bob@example.com", "viewer").await;
    accept(&server, &token, PASSWORD).await.data(201);
    server.delete(path).await.is_empty_204();
    let refused = accept(&server, &late, PASSWORD).await;
    refused.refusal(404, "invitation_not_found");
    let login = json!({ "email": "bob@example.com", "password": PASSWORD });
    client
        .post("/api/v1/auth/login", &login)
        .await
        .refusal(401, "invalid_login");
}

/// The body of a refusal without what differs in each answer.
fn same(mut body: Value) -> Value {
    body["request_id"] = Value::Null;
    body
}

async fn an_address_is_answered_the_same_with_and_without_an_account(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "acme").await;
    let joined = join(&server, "default", "ada@example.com", "viewer").await;
    let owner = new_program(&server, "acme", "owner").await;
    let path = "/api/v1/tenants/acme/members";
    for client in [&owner, &*server] {
        let mut answers = Vec::new();
        for email in ["ada@example.com", "nobody@example.com"] {
            let body = json!({ "email": email, "role": "viewer" });
            answers.push(same(
                client
                    .post(path, &body)
                    .await
                    .refusal(404, "user_not_found"),
            ));
        }
        assert_eq!(answers[0], answers[1]);
    }
    let by_id = json!({ "user_id": joined["user_id"], "role": "viewer" });
    owner
        .post(path, &by_id)
        .await
        .refusal(404, "user_not_found");
    assert_eq!(owner.data(path).await["total"], 0);
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let token = invite(&server, "acme", email, "viewer").await;
        let answer = accept(&server, &token, "short").await;
        answers.push(same(answer.refusal(422, "validation_failed")));
    }
    assert_eq!(answers[0], answers[1]);
    // Who can see a person elsewhere adds them by id.
    server.post(path, &by_id).await.data(201);
    let body = json!({ "email": "ada@example.com", "role": "viewer" });
    owner.post(path, &body).await.refusal(409, "already_member");
}

async fn a_role_cannot_pose_as_another(stack: Stack) {
    let server = Server::start(stack).await;
    let roles = below("roles");
    let built_in = server.data(&roles).await;
    let id = text(&built_in["roles"][0]["id"]).to_owned();
    for name in [
        "owner",
        "Owner",
        "OWNER",
        "owner\u{200b}",
        "own\u{202e}er",
        "\u{feff}owner",
        "own\u{ad}er",
        "\u{ff4f}wner",
        "\u{43e}wner",
        &id,
        &id.to_uppercase(),
        &id.replace('-', ""),
        "sup\u{200b}port",
        "\u{2066}support",
    ] {
        for (path, members) in [(&roles, "policies"), (&below("policies"), "permissions")] {
            let body = json!({ "name": name, members: [] });
            let status = server.post(path, &body).await.status;
            assert!([409, 422].contains(&status), "{name:?}: {status}");
        }
    }
    for name in [
        "Support",
        "Équipe 2",
        "サポート",
        "Owner of billing",
        "co-owner",
    ] {
        let body = json!({ "name": name, "policies": ["viewer"] });
        let made = server.post(&roles, &body).await.data(201);
        assert_eq!(made["name"], name);
        new_program(&server, "default", name).await;
    }
    let again = json!({ "name": "support", "policies": ["viewer"] });
    server
        .post(&roles, &again)
        .await
        .refusal(409, "role_exists");
}

async fn only_a_session_logs_out(stack: Stack) {
    let server = Server::start(stack).await;
    let program = new_program(&server, "default", "owner").await;
    join(&server, "default", "ada@example.com", "owner").await;
    let ada = log_in(&server, "ada@example.com").await;
    let audit = below("audit");
    let before = server.data(&audit).await["total"].as_u64().unwrap();
    for client in [&program, &*server] {
        let answer = client.post("/api/v1/auth/logout", &json!({})).await;
        let refused = answer.refusal(401, "no_session");
        assert_eq!(refused["error"], "Unauthorized: No session found");
    }
    program.data("/api/errors").await;
    assert_eq!(server.data(&audit).await["total"].as_u64().unwrap(), before);
    let answer = ada.call(Method::POST, "/api/v1/auth/logout", None).await;
    answer.is_empty_204();
    assert_eq!(
        server.data(&audit).await["total"].as_u64().unwrap(),
        before + 1
    );
}

async fn permissions_are_kept_once(stack: Stack) {
    let server = Server::start(stack).await;
    let repeated = ["read", "errors:write", "read", "errors:write", "read"];
    let body = json!({ "name": "k", "permissions": repeated });
    let made = server.post(KEYS, &body).await.data(201);
    assert_eq!(made["permissions"], json!(["read", "errors:write"]));
    let body = json!({ "name": "p", "permissions": vec!["errors:read"; 1_000] });
    let made = server.post(&below("policies"), &body).await.data(201);
    assert_eq!(made["permissions"], json!(["errors:read"]));
}
