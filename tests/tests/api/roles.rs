//! Who may do what, and who may allow it.

use e2e::people::{join, new_program};
use e2e::value::{text, texts};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::json;

on_both_stacks! {
    nobody_grants_what_they_lack,
    custom_roles_allow_what_their_policies_say,
    a_key_of_some_projects_changes_nothing_of_the_tenant,
}

async fn nobody_grants_what_they_lack(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = join(&server, "default", "owner@example.com", "owner").await;
    let admin = new_program(&server, "default", "admin").await;
    let viewer = new_program(&server, "default", "viewer").await;
    let below = |what: &str| format!("/api/v1/tenants/default/{what}");
    let member = below(&format!("members/{}", text(&owner["id"])));
    for (path, body) in [
        (
            below("invitations"),
            json!({ "email": "x@example.com", "role": "owner" }),
        ),
        (
            below("system-users"),
            json!({ "name": "x", "role": "owner" }),
        ),
        (
            below("policies"),
            json!({ "name": "x", "permissions": ["tenant:manage"] }),
        ),
        (
            below("roles"),
            json!({ "name": "x", "policies": ["owner"] }),
        ),
        (
            "/api/settings/team/invite".to_owned(),
            json!({ "email": "x@example.com", "role": "owner" }),
        ),
        (
            "/api/settings/api-keys".to_owned(),
            json!({ "name": "x", "permissions": ["tenant:manage"] }),
        ),
    ] {
        for client in [&admin, &viewer] {
            client
                .post(&path, &body)
                .await
                .refusal(403, "permission_denied");
        }
    }
    // Nor does anybody touch who stands above them.
    let demote = json!({ "role": "viewer" });
    admin
        .change(&member, &demote)
        .await
        .refusal(403, "permission_denied");
    admin
        .delete(&member)
        .await
        .refusal(403, "permission_denied");
    for path in ["members", "roles", "invitations", "system-users", "audit"] {
        viewer
            .get(&below(path))
            .await
            .refusal(403, "permission_denied");
    }
    let allowed = json!({ "name": "x", "policies": ["developer"] });
    admin.post(&below("roles"), &allowed).await.data(201);
}

async fn custom_roles_allow_what_their_policies_say(stack: Stack) {
    let server = Server::start(stack).await;
    let below = |what: &str| format!("/api/v1/tenants/default/{what}");
    let own = json!({ "name": "billing:read", "description": "See invoices" });
    server.post(&below("permissions"), &own).await.data(201);
    let policy = json!({ "name": "triage", "permissions": ["errors:read", "billing:read"] });
    let policy = server.post(&below("policies"), &policy).await.data(201);
    let role = json!({ "name": "support", "policies": ["triage"] });
    let role = server.post(&below("roles"), &role).await.data(201);
    assert_eq!(role["policies"], json!([policy["id"]]));
    let support = new_program(&server, "default", "support").await;
    support.data("/api/errors").await;
    support
        .get("/api/stats")
        .await
        .refusal(403, "permission_denied");

    let change = json!({ "permissions": ["analytics:read"] });
    let one = below(&format!("policies/{}", text(&policy["id"])));
    server.change(&one, &change).await.data(200);
    support.data("/api/stats").await;
    support
        .get("/api/errors")
        .await
        .refusal(403, "permission_denied");
    let all = server.data(&below("roles")).await;
    let names = texts(all["roles"].as_array().unwrap(), "name");
    assert_eq!(names, ["owner", "admin", "developer", "viewer", "support"]);
    let catalogue = server.data("/api/v1/permissions").await;
    assert_eq!(catalogue["total"], 18);
}

async fn a_key_of_some_projects_changes_nothing_of_the_tenant(stack: Stack) {
    let server = Server::start(stack).await;
    let key = json!({ "name": "k", "permissions": ["admin"], "project": "default" });
    let key = server.post("/api/settings/api-keys", &key).await.data(201);
    let bound = server.with_key(text(&key["api_key"]));
    bound.data("/api/v1/tenants/default/roles").await;
    for (path, body) in [
        (
            "/api/v1/tenants/default/roles",
            json!({ "name": "x", "policies": ["viewer"] }),
        ),
        (
            "/api/v1/tenants/default/system-users",
            json!({ "name": "x", "role": "viewer" }),
        ),
        (
            "/api/v1/tenants/default/invitations",
            json!({ "email": "x@example.com", "role": "viewer" }),
        ),
        ("/api/projects", json!({ "name": "x" })),
    ] {
        bound
            .post(path, &body)
            .await
            .refusal(403, "permission_denied");
    }
}
