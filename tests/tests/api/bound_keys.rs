//! A key that is bound to a project sees and changes nothing outside of it: every route of the OpenAPI document
//! is tried with what the tenant's other project and the tenant itself have.

use e2e::bundle::{Uploader, bundle_of};
use e2e::people::{call, join, new_program};
use e2e::value::{fresh_id, report, text};
use e2e::{Client, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    no_route_leads_out_of_the_project,
    a_bound_key_works_within_its_project,
    a_bound_key_manages_the_keys_of_its_project,
}

/// Stands in everything outside of the project.
const OUTSIDE: &str = "outside-of-it";

/// A key of the project `side`, and its id.
async fn bound_key(server: &Server, permissions: &[&str]) -> (Client, String) {
    let body = json!({ "name": "bound", "permissions": permissions, "project": "side" });
    let made = server.post("/api/settings/api-keys", &body).await.data(201);
    let client = server.with_key(text(&made["api_key"]));
    (client, text(&made["id"]).to_owned())
}

async fn made(server: &Server, path: &str, body: &Value) -> String {
    text(&server.post(path, body).await.data(201)["id"]).to_owned()
}

/// What lies outside of the project, by the place in a path that names it.
struct Outside {
    places: Vec<(&'static str, String)>,
}

async fn outside(server: &Server) -> Outside {
    let below = |what: &str| format!("/api/v1/tenants/default/{what}");
    let side = json!({ "name": "Side", "slug": "side" });
    server.post("/api/projects", &side).await.data(201);
    let project = json!({ "name": OUTSIDE, "slug": OUTSIDE });
    let project = made(server, "/api/projects", &project).await;
    let number = server.data("/api/projects/outside-of-it").await["number"].to_string();
    let dsn_key = format!("/api/projects/{project}/keys");
    let dsn_key = made(server, &dsn_key, &json!({ "name": OUTSIDE })).await;
    let error = text(&server.report(&report(OUTSIDE)).await["id"]).to_owned();
    let comments = format!("/api/errors/{error}/comments");
    let comment = made(server, &comments, &json!({ "text": OUTSIDE })).await;
    let mut elsewhere = report(OUTSIDE);
    elsewhere["project"] = json!(OUTSIDE);
    server.report(&elsewhere).await;
    let release = json!({ "version": OUTSIDE, "project": OUTSIDE });
    server.post("/api/releases", &release).await.data(201);
    let bundle = bundle_of(&fresh_id().to_string(), OUTSIDE, &json!({}));
    let version = json!({ "version": OUTSIDE, "projects": [OUTSIDE] });
    let uploaded = Uploader::new(server, "default")
        .upload(&bundle, &version)
        .await;
    assert_eq!(uploaded["state"], "ok", "{uploaded}");
    let artifact = server.data("/api/artifacts").await["artifacts"][0]["id"].clone();
    let rule = json!({
        "name": OUTSIDE, "condition": "error_count > 1000 where project = default",
        "threshold": 1, "time_window": "5m", "notifications": ["slack"],
    });
    let rule = made(server, "/api/alerts/rules", &rule).await;
    let test = format!("/api/alerts/rules/{rule}/test");
    server.post(&test, &json!({})).await.data(202);
    let history = server.data("/api/alerts/history").await;
    assert!(history.to_string().contains(OUTSIDE), "{history}");
    let incident = json!({ "title": OUTSIDE, "severity": "low" });
    let incident = made(server, "/api/alerts/incidents", &incident).await;
    let slack = json!({ "webhook_url": "http://127.0.0.1:9/x", "channel": OUTSIDE });
    let path = "/api/settings/integrations/slack";
    server.change(path, &slack).await.data(200);
    let keys = "/api/settings/api-keys";
    let key = json!({ "name": OUTSIDE, "permissions": ["read"], "project": "default" });
    made(server, keys, &key).await;
    let key = json!({ "name": OUTSIDE, "permissions": ["read"] });
    let key = made(server, keys, &key).await;
    let email = format!("{OUTSIDE}@example.com");
    let member = join(server, "default", &email, "viewer").await;
    let guest = json!({ "email": format!("guest-{email}"), "role": "viewer" });
    let guest = made(server, &below("invitations"), &guest).await;
    let program = json!({ "name": OUTSIDE, "role": "viewer" });
    let program = made(server, &below("system-users"), &program).await;
    let permission = made(server, &below("permissions"), &json!({ "name": "a:b" })).await;
    let policy = json!({ "name": "p", "permissions": ["errors:read"] });
    let policy = made(server, &below("policies"), &policy).await;
    let role = json!({ "name": "r", "policies": ["p"] });
    let role = made(server, &below("roles"), &role).await;
    Outside {
        places: vec![
            ("/api/v1/tenants/{id}", "/api/v1/tenants/default".to_owned()),
            ("/orgs/{org_id}", "/orgs/default".to_owned()),
            ("/api/jobs/{id}", format!("/api/jobs/{}", fresh_id())),
            ("/api/errors/{id}", format!("/api/errors/{error}")),
            ("/api/projects/{id}", format!("/api/projects/{project}")),
            (
                "/api/alerts/rules/{id}",
                format!("/api/alerts/rules/{rule}"),
            ),
            (
                "/api/alerts/incidents/{id}",
                format!("/api/alerts/incidents/{incident}"),
            ),
            (
                "/api/settings/api-keys/{id}",
                format!("/api/settings/api-keys/{key}"),
            ),
            (
                "/api/artifacts/{id}",
                format!("/api/artifacts/{}", text(&artifact)),
            ),
            ("{org}", "default".to_owned()),
            ("{project}", OUTSIDE.to_owned()),
            ("{name}", "slack".to_owned()),
            ("{key}", "level".to_owned()),
            ("{comment_id}", comment),
            ("{occurrence_id}", "latest".to_owned()),
            ("{member_id}", text(&member["id"]).to_owned()),
            ("{invitation_id}", guest),
            ("{system_user_id}", program),
            ("{permission_id}", permission),
            ("{policy_id}", policy),
            ("{role_id}", role),
            ("{key_id}", dsn_key),
            ("{number}", number),
            ("{version}", OUTSIDE.to_owned()),
        ],
    }
}

impl Outside {
    fn path(&self, template: &str) -> String {
        let path = template.to_owned();
        let path = self
            .places
            .iter()
            .fold(path, |path, (place, value)| path.replace(place, value));
        assert!(!path.contains('{'), "the test knows no value for {path}");
        path
    }

    fn id(&self, place: &str) -> &str {
        let path = self.places.iter().find(|one| one.0 == place).unwrap();
        path.1.rsplit('/').next().unwrap()
    }
}

/// Everything outside of the project, as the tenant sees it.
async fn everything(server: &Server) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "/api/errors?project=default&include=stack_trace,context",
        "/api/errors?project=outside-of-it",
        "/api/alerts/rules",
        "/api/alerts/incidents",
        "/api/settings/api-keys",
        "/api/settings/team",
        "/api/settings/integrations",
        "/api/projects",
        "/api/releases",
        "/api/artifacts",
        "/api/projects/outside-of-it/keys",
        "/api/v1/tenants/default",
        "/api/v1/tenants/default/members",
        "/api/v1/tenants/default/invitations",
        "/api/v1/tenants/default/system-users",
        "/api/v1/tenants/default/roles",
        "/api/v1/tenants/default/policies",
        "/api/v1/tenants/default/permissions",
    ] {
        let mut value = server.data(path).await;
        forget_use(&mut value);
        seen.push(value);
    }
    seen
}

/// When keys were used is no change of them.
fn forget_use(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("last_used");
            fields.values_mut().for_each(forget_use);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_use),
        _ => {}
    }
}

async fn no_route_leads_out_of_the_project(stack: Stack) {
    let server = Server::start(stack).await;
    let outside = outside(&server).await;
    let (bound, _) = bound_key(&server, &["admin", "tenant:manage"]).await;
    let before = everything(&server).await;
    let body = json!({
        "name": "theirs now", "slug": "theirs", "title": "t", "severity": "low", "email": "x@example.com",
        "role": "viewer", "message": "m", "source": "s", "project": "default",
        "condition": "error_count > 1 in 5m where project = default", "threshold": 1,
        "time_window": "5m", "notifications": ["slack"], "permissions": ["errors:read"],
        "policies": ["viewer"], "into": outside.id("/api/errors/{id}"), "ids": [outside.id("/api/errors/{id}")],
        "action": "delete", "fingerprint": "00000000000000000000000000000001",
        "webhook_url": "http://127.0.0.1:9/", "enabled": false, "active": false, "status": "suspended",
        "version": "theirs", "environment": "theirs", "projects": ["default"],
    });
    let document = server.get("/openapi.json").await.json();
    let (mut walked, mut changes) = (0, 0);
    for (template, operations) in document["paths"].as_object().unwrap() {
        // Its answer has no end: `stream.rs` tries it.
        if template == "/api/stream" {
            continue;
        }
        for (method, operation) in operations.as_object().unwrap() {
            let open = operation["security"].as_array();
            if open.is_some_and(|all| all.contains(&json!({}))) {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let sent = [Method::POST, Method::PUT]
                .contains(&method)
                .then_some(&body);
            let path = outside.path(template);
            let answer = call(&bound, method.clone(), &path, sent).await;
            let text = answer.text();
            let at = format!("{method} {path}: {} {text}", answer.status);
            assert!(!text.contains(OUTSIDE), "{at}");
            assert!(answer.status < 500, "{at}");
            walked += 1;
            if method != Method::GET {
                changes += 1;
                // What names nothing of others may do nothing, or work within the own project.
                let is_own = ["/api/errors/bulk", "/api/alerts/rules/check"]
                    .contains(&path.as_str())
                    || path.starts_with("/v1/");
                let is_done = is_own && answer.status == 200;
                assert!(is_done || (400..500).contains(&answer.status), "{at}");
            }
        }
    }
    assert!(
        walked > 70 && changes > 35,
        "{walked} walked, {changes} changes"
    );
    assert_eq!(everything(&server).await, before, "something changed");
    for query in ["project=default", "project=outside-of-it"] {
        for path in [
            "/api/errors",
            "/api/stats",
            "/api/analytics/trends",
            "/api/releases",
        ] {
            let answer = bound.get(&format!("{path}?{query}")).await;
            answer.refusal(404, "project_not_found");
        }
    }
}

async fn a_bound_key_works_within_its_project(stack: Stack) {
    let server = Server::start(stack).await;
    outside(&server).await;
    let (bound, _) = bound_key(&server, &["admin"]).await;
    let reported = bound.report(&report("inside")).await;
    let one = format!("/api/errors/{}", text(&reported["id"]));
    assert_eq!(bound.data("/api/errors").await["total"], 1);
    assert_eq!(bound.data("/api/stats").await["total_errors"], 1);
    bound.data("/api/analytics/trends").await;
    bound.data(&format!("{one}/occurrences")).await;
    bound.put(&format!("{one}/resolve")).await.data(200);
    assert_eq!(bound.data("/api/stats").await["resolved_errors"], 1);
    let projects = bound.data("/api/projects").await;
    assert_eq!(projects["total"], 1);
    assert_eq!(projects["projects"][0]["slug"], "side");
    bound.data("/api/projects/side").await;
    bound.data("/api/v1/tenants/default").await;
    bound.data("/api/v1/tenants/default/roles").await;
    bound.delete(&one).await.is_empty_204();
    // A credential of the whole tenant goes on as before.
    let whole = new_program(&server, "default", "admin").await;
    assert_eq!(whole.data("/api/errors").await["total"], 2);
    for path in [
        "/api/settings/team",
        "/api/settings/integrations",
        "/api/settings/api-keys",
        "/api/v1/tenants/default/members",
        "/api/v1/tenants/default/invitations",
    ] {
        assert!(
            whole.data(path).await.to_string().contains(OUTSIDE),
            "{path}"
        );
        if path != "/api/settings/api-keys" {
            bound.get(path).await.refusal(403, "permission_denied");
        }
    }
}

async fn a_bound_key_manages_the_keys_of_its_project(stack: Stack) {
    let server = Server::start(stack).await;
    let outside = outside(&server).await;
    let (bound, own) = bound_key(&server, &["admin"]).await;
    let (_, sibling) = bound_key(&server, &["read"]).await;
    let path = "/api/settings/api-keys";
    assert_eq!(bound.data(path).await["total"], 2);
    let foreign = outside.path("/api/settings/api-keys/{id}");
    bound
        .delete(&foreign)
        .await
        .refusal(404, "api_key_not_found");
    let body = json!({ "name": "n", "permissions": ["read"], "project": "side" });
    let one = made(&server, path, &body).await;
    for id in [one, sibling, own] {
        bound.delete(&format!("{path}/{id}")).await.is_empty_204();
    }
    bound.get(path).await.refusal(401, "invalid_api_key");
}
