//! Nothing of a tenant can be seen, changed or deleted by another: every route of the OpenAPI document is
//! tried with another tenant's ids, so that a new route is covered the day it is added.

use e2e::bundle::{Uploader, bundle_of};
use e2e::people::{call, new_program, new_tenant};
use e2e::value::{fresh_id, report, text};
use e2e::{Client, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both_stacks! {
    every_route_is_closed_to_strangers,
}

/// Stands in everything of ours that a stranger must not read.
const SECRET: &str = "ours-alone";

/// Parameters that name nothing of a tenant.
const NAMES_NOTHING: [&str; 2] = ["name", "key"];

/// What one tenant has, by the parameter that names it; `id` depends on the path.
struct Belongings {
    ids: BTreeMap<&'static str, String>,
    by_path: Vec<(&'static str, String)>,
}

async fn made(client: &Client, path: &str, body: &Value) -> String {
    let made = client.post(path, body).await.data(201);
    text(&made["id"]).to_owned()
}

async fn belongings(owner: &Client, slug: &str) -> Belongings {
    let below = |what: &str| format!("/api/v1/tenants/{slug}/{what}");
    let name = format!("{SECRET} thing");
    let condition = "error_count > 5 in 5m";
    let rule = json!({ "name": name, "condition": condition, "notifications": ["slack"] });
    let policy = json!({ "name": name, "permissions": ["errors:read"] });
    let policy = made(owner, &below("policies"), &policy).await;
    let role = json!({ "name": name, "policies": [policy] });
    let role = made(owner, &below("roles"), &role).await;
    let permission = json!({ "name": "ours:alone", "description": name });
    let permission = made(owner, &below("permissions"), &permission).await;
    let program = json!({ "name": name, "role": "viewer" });
    let program = made(owner, &below("system-users"), &program).await;
    let guest = json!({ "email": format!("{SECRET}@example.com"), "role": "viewer" });
    let guest = made(owner, &below("invitations"), &guest).await;
    let project = json!({ "name": name, "slug": SECRET });
    let project = made(owner, "/api/projects", &project).await;
    let number = owner.data(&format!("/api/projects/{project}")).await["number"].to_string();
    let dsn_key = format!("/api/projects/{project}/keys");
    let dsn_key = made(owner, &dsn_key, &json!({ "name": name })).await;
    let release = json!({ "version": SECRET, "ref": name, "project": SECRET });
    let release = owner.post("/api/releases", &release).await.data(201);
    let error = made(owner, "/api/errors", &report(SECRET)).await;
    let comments = format!("/api/errors/{error}/comments");
    let comment = made(owner, &comments, &json!({ "text": name })).await;
    let bundle = bundle_of(&fresh_id().to_string(), SECRET, &json!({}));
    let version = json!({ "version": SECRET, "projects": [SECRET] });
    let uploaded = Uploader::new(owner, slug).upload(&bundle, &version).await;
    assert_eq!(uploaded["state"], "ok", "{uploaded}");
    let artifact = owner.data("/api/artifacts").await["artifacts"][0]["id"].clone();
    let key = json!({ "name": name, "permissions": ["read"] });
    let incident = json!({ "title": name, "severity": "low" });
    Belongings {
        by_path: vec![
            ("/api/jobs", fresh_id().to_string()),
            (
                "/api/alerts/rules",
                made(owner, "/api/alerts/rules", &rule).await,
            ),
            (
                "/api/alerts/incidents",
                made(owner, "/api/alerts/incidents", &incident).await,
            ),
            (
                "/api/settings/api-keys",
                made(owner, "/api/settings/api-keys", &key).await,
            ),
            ("/api/projects", project.clone()),
            ("/api/artifacts", text(&artifact).to_owned()),
            ("/api/errors", error),
        ],
        ids: BTreeMap::from([
            ("role_id", role),
            ("policy_id", policy),
            ("permission_id", permission),
            ("system_user_id", program),
            ("invitation_id", guest),
            ("key_id", dsn_key),
            ("number", number),
            ("project", project),
            ("comment_id", comment),
            ("occurrence_id", "latest".to_owned()),
            ("version", text(&release["version"]).to_owned()),
        ]),
    }
}

/// A body with which each route would do something, if it did.
fn body(ours: &Belongings) -> Value {
    let error = &ours.by_path.last().unwrap().1;
    json!({
        "name": "theirs now", "slug": "theirs", "title": "t", "severity": "low", "email": "x@example.com",
        "role": "viewer", "message": "m", "source": "s", "condition": "error_count > 1 in 5m",
        "notifications": ["slack"], "permissions": ["errors:read"], "into": error,
        "fingerprint": "00000000000000000000000000000001", "webhook_url": "http://127.0.0.1:9/",
        "version": "theirs", "environment": "theirs", "assigned_to": null, "text": "theirs",
    })
}

/// Everything of ours, as we see it.
async fn everything(owner: &Client, slug: &str) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "/api/errors?include=stack_trace,context".to_owned(),
        "/api/alerts/rules".to_owned(),
        "/api/alerts/incidents".to_owned(),
        "/api/settings/api-keys".to_owned(),
        "/api/settings/team".to_owned(),
        "/api/settings/integrations".to_owned(),
        "/api/projects".to_owned(),
        "/api/releases".to_owned(),
        "/api/artifacts".to_owned(),
        format!("/api/projects/{SECRET}/keys"),
        format!("/api/v1/tenants/{slug}"),
        format!("/api/v1/tenants/{slug}/members"),
        format!("/api/v1/tenants/{slug}/roles"),
        format!("/api/v1/tenants/{slug}/policies"),
        format!("/api/v1/tenants/{slug}/permissions"),
        format!("/api/v1/tenants/{slug}/invitations"),
    ] {
        let mut data = owner.data(&path).await;
        for rule in data["rules"].as_array_mut().into_iter().flatten() {
            // What the latest evaluation found changes by itself.
            let rule = rule.as_object_mut().unwrap();
            for field in [
                "state",
                "state_reason",
                "state_since",
                "value",
                "evaluated_at",
                "recent",
            ] {
                rule.remove(field);
            }
        }
        seen.push(data);
    }
    seen
}

/// The path with our ids, in our tenant or in theirs.
fn filled(template: &str, ours: &Belongings, member: &str, tenant: &str) -> String {
    let mut path = template
        .replace("{org_id}", tenant)
        .replace("{org}", tenant)
        .replace("{name}", "slack")
        .replace("{key}", "level");
    for (parameter, id) in &ours.ids {
        path = path.replace(&format!("{{{parameter}}}"), id);
    }
    path = path.replace("{member_id}", member);
    if template.starts_with("/api/v1/tenants/") {
        return path.replace("{id}", tenant);
    }
    let own = ours
        .by_path
        .iter()
        .find(|(start, _)| template.starts_with(start));
    match own {
        Some((_, id)) => path.replace("{id}", id),
        None => path,
    }
}

async fn every_route_is_closed_to_strangers(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "ours").await;
    new_tenant(&server, "theirs").await;
    let owner = new_program(&server, "ours", "owner").await;
    let stranger = new_program(&server, "theirs", "owner").await;
    e2e::people::join(&server, "ours", "ada@example.com", "admin").await;
    let members = owner.data("/api/v1/tenants/ours/members").await;
    let member = text(&members["members"][0]["id"]).to_owned();
    let ours = belongings(&owner, "ours").await;
    let before = everything(&owner, "ours").await;
    let body = body(&ours);

    let document = server.get("/openapi.json").await.json();
    let (mut walked, mut refused) = (0, 0);
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
            walked += 1;
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let sent = [Method::POST, Method::PUT]
                .contains(&method)
                .then_some(&body);
            let names: Vec<&str> = template
                .split('{')
                .skip(1)
                .filter_map(|part| part.split('}').next())
                .collect();
            let names_ours = names.iter().any(|name| !NAMES_NOTHING.contains(name));
            for tenant in ["ours", "theirs"] {
                let path = filled(template, &ours, &member, tenant);
                assert!(!path.contains('{'), "the test knows no value for {path}");
                let own_alone = names_ours && tenant == "theirs" && path.ends_with("/theirs");
                let lists_own =
                    tenant == "theirs" && names.len() == 1 && template.contains("/tenants/{id}");
                let own_org = tenant == "theirs"
                    && (template.starts_with("/orgs/") || template.starts_with("/api/0/"));
                if own_alone || lists_own || own_org {
                    // Their own tenant: nothing of ours is named. Deleting it would end the walk.
                    if method == Method::GET {
                        let answer = call(&stranger, method.clone(), &path, None).await;
                        assert!(!answer.text().contains(SECRET), "{method} {path}");
                    }
                    continue;
                }
                let answer = call(&stranger, method.clone(), &path, sent).await;
                let text = answer.text();
                assert!(!text.contains(SECRET), "{method} {path} shows {text}");
                if names_ours {
                    refused += 1;
                    // Where a DSN key is all that counts, a stranger has presented none.
                    let ways = operation["security"].as_array();
                    let takes_key = ways.is_none_or(|ways| ways.contains(&json!({ "key": [] })));
                    let is_refused = match takes_key {
                        true => [403, 404].contains(&answer.status),
                        false => answer.status == 401,
                    };
                    assert!(is_refused, "{method} {path}: {} {text}", answer.status);
                }
            }
        }
    }
    assert!(
        walked > 70 && refused > 70,
        "{walked} walked, {refused} refused"
    );
    assert_eq!(
        everything(&owner, "ours").await,
        before,
        "something of ours changed"
    );
    // What a body names, not the path.
    let ids: Vec<&String> = ours.by_path.iter().map(|(_, id)| id).collect();
    let bulk = json!({ "ids": ids, "action": "delete" });
    let done = stranger.post("/api/errors/bulk", &bulk).await.data(200);
    assert_eq!(done["affected"], 0);
    assert_eq!(everything(&owner, "ours").await, before);
}
