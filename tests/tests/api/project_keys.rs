//! DSN keys of projects: made with them, added, changed, revoked, and good for nothing else.

use e2e::people::new_program;
use e2e::value::{fresh_id, text, time_of};
use e2e::{Client, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    a_project_starts_with_one_key,
    keys_are_made_changed_and_revoked,
    bad_fields_are_refused_by_name,
    keys_have_a_limit,
    a_dsn_names_where_the_server_is_reached,
    a_dsn_key_opens_no_other_route,
    keys_need_their_permission_and_stay_in_their_project,
    changes_are_audited,
}

const PATH: &str = "/api/projects/default/keys";

fn dsn(server: &Client, key: &Value, project: &Value) -> String {
    let (public_key, number) = (text(&key["public_key"]), &project["number"]);
    format!("http://{public_key}@{}/{number}", server.address())
}

async fn a_project_starts_with_one_key(stack: Stack) {
    let server = Server::start(stack).await;
    let made = server
        .post("/api/projects", &json!({ "name": "Shop" }))
        .await;
    let made = made.data(201);
    assert_eq!(made["dsn"], dsn(&server, &made, &made));
    for path in ["/api/projects/shop", "/api/projects/default"] {
        let project = server.data(path).await;
        let keys = server.data(&format!("{path}/keys")).await;
        assert_eq!(keys["total"], 1);
        let key = &keys["keys"][0];
        assert_eq!(key["public_key"], project["public_key"]);
        assert_eq!(key["dsn"], project["dsn"]);
        assert_eq!(key["dsn"], dsn(&server, key, &project));
        assert_eq!(
            (&key["enabled"], &key["allowed_origins"]),
            (&json!(true), &json!([]))
        );
        for field in ["source", "rate_limit", "last_used"] {
            assert_eq!(key[field], Value::Null, "{field}");
        }
        assert_eq!(key["created_at"], project["created_at"]);
    }
}

async fn keys_are_made_changed_and_revoked(stack: Stack) {
    let server = Server::start(stack).await;
    let project = server.data("/api/projects/default").await;
    let first = server.data(PATH).await["keys"][0].clone();
    let plain = server.post(PATH, &json!({})).await.data(201);
    assert!(!text(&plain["name"]).is_empty());
    let body = json!({
        "name": "Web", "source": "shop", "rate_limit": 600,
        "allowed_origins": ["https://shop.example", "https://*.Shop.example", "https://shop.example"],
    });
    let made = server.post(PATH, &body).await.data(201);
    assert_eq!(made["dsn"], dsn(&server, &made, &project));
    assert_eq!(text(&made["public_key"]).len(), 32);
    let origins = json!(["https://shop.example", "https://*.shop.example"]);
    assert_eq!(made["allowed_origins"], origins);
    time_of(&made["created_at"]);
    let list = server.data(PATH).await;
    assert_eq!(list, json!({ "keys": [first, plain, made], "total": 3 }));

    let path = format!("{PATH}/{}", text(&made["id"]));
    let unchanged = server.change(&path, &json!({})).await.data(200);
    assert_eq!(unchanged, made);
    let change = json!({ "enabled": false, "name": "Web shop", "allowed_origins": [] });
    let changed = server.change(&path, &change).await.data(200);
    let mut expected = made.clone();
    expected["enabled"] = json!(false);
    expected["name"] = json!("Web shop");
    expected["allowed_origins"] = json!([]);
    assert_eq!(changed, expected);
    let change = json!({ "source": null, "rate_limit": null });
    let changed = server.change(&path, &change).await.data(200);
    (expected["source"], expected["rate_limit"]) = (Value::Null, Value::Null);
    assert_eq!(changed, expected);
    assert_eq!(server.data(PATH).await["keys"][2], expected);

    // A project is shown with its oldest enabled key.
    let shown = async || {
        let project = server.data("/api/projects/default").await;
        let listed = server.data("/api/projects").await["projects"][0].clone();
        assert_eq!(listed, project);
        (project["public_key"].clone(), project["dsn"].clone())
    };
    let key_path = |key: &Value| format!("{PATH}/{}", text(&key["id"]));
    let is_shown_with = |key: &Value| (key["public_key"].clone(), key["dsn"].clone());
    assert_eq!(shown().await, is_shown_with(&first));
    let off = json!({ "enabled": false });
    server.change(&key_path(&first), &off).await.data(200);
    assert_eq!(shown().await, is_shown_with(&plain));
    server.delete(&key_path(&plain)).await.is_empty_204();
    assert_eq!(shown().await, (Value::Null, Value::Null));
    let on = json!({ "enabled": true });
    server.change(&key_path(&made), &on).await.data(200);
    assert_eq!(shown().await, is_shown_with(&made));
    server.delete(&key_path(&first)).await.is_empty_204();
    assert_eq!(server.data(PATH).await["total"], 1);

    for gone in [key_path(&first), format!("{PATH}/{}", fresh_id())] {
        let refused = server.delete(&gone).await;
        refused.refusal(404, "project_key_not_found");
        let refused = server.change(&gone, &on).await;
        refused.refusal(404, "project_key_not_found");
    }
    let nowhere = format!("/api/projects/{}/keys", fresh_id());
    server.get(&nowhere).await.refusal(404, "project_not_found");
    let refused = server.post(&nowhere, &json!({})).await;
    refused.refusal(404, "project_not_found");
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    let misplaced = format!("/api/projects/side/keys/{}", text(&made["id"]));
    let refused = server.delete(&misplaced).await;
    refused.refusal(404, "project_key_not_found");
}

async fn bad_fields_are_refused_by_name(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server.data(PATH).await["keys"][0].clone();
    let key = format!("{PATH}/{}", text(&key["id"]));
    let many: Vec<String> = (0..101).map(|n| format!("https://{n}.example")).collect();
    for (field, bad) in [
        ("name", json!(" ")),
        ("name", json!("x".repeat(201))),
        ("name", json!(5)),
        ("enabled", json!("yes")),
        ("source", json!("")),
        ("source", json!("x".repeat(201))),
        ("source", json!("a\nb")),
        ("rate_limit", json!(0)),
        ("rate_limit", json!(-1)),
        ("rate_limit", json!(1.5)),
        ("rate_limit", json!("60")),
        ("rate_limit", json!(60_000_001)),
        ("allowed_origins", json!("https://shop.example")),
        ("allowed_origins", json!([5])),
        ("allowed_origins", json!(["*"])),
        ("allowed_origins", json!(["null"])),
        ("allowed_origins", json!(["shop.example"])),
        ("allowed_origins", json!(["https://shop.example/"])),
        (
            "allowed_origins",
            json!(["https://shop.example", "https://a.*.example"]),
        ),
        ("allowed_origins", json!(many)),
    ] {
        let body = json!({ field: bad });
        server.post(PATH, &body).await.names_field(field);
        server.change(&key, &body).await.names_field(field);
    }
    assert_eq!(server.data(PATH).await["total"], 1);
    server
        .delete(&format!("{PATH}/7"))
        .await
        .names_field("key_id");
    let most = json!({ "allowed_origins": many[..100], "rate_limit": 60_000_000 });
    server.post(PATH, &most).await.data(201);
}

async fn keys_have_a_limit(stack: Stack) {
    let site = Site::new(stack).await;
    let site = site.set("FAULTBOOK__LIMITS__MAX_PROJECT_KEYS", "3");
    let server = site.start().await;
    for _ in 0..2 {
        server.post(PATH, &json!({})).await.data(201);
    }
    let refused = server
        .post(PATH, &json!({}))
        .await
        .refusal(400, "invalid_input");
    assert!(text(&refused["error"]).contains("at most 3 DSN keys"));
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    let made = server.post("/api/projects/side/keys", &json!({})).await;
    let made = made.data(201);
    let path = format!("/api/projects/side/keys/{}", text(&made["id"]));
    server.delete(&path).await.is_empty_204();
}

async fn a_dsn_names_where_the_server_is_reached(stack: Stack) {
    let site = Site::new(stack).await;
    let site = site.set(
        "FAULTBOOK__NOTIFICATIONS__PUBLIC_URL",
        "https://faults.example/errors/",
    );
    let server = site.start().await;
    let project = server.data("/api/projects/default").await;
    let (key, number) = (text(&project["public_key"]), &project["number"]);
    let expected = format!("https://{key}@faults.example/errors/{number}");
    assert_eq!(project["dsn"], expected);
    assert_eq!(server.data(PATH).await["keys"][0]["dsn"], expected);
}

async fn a_dsn_key_opens_no_other_route(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server.data(PATH).await["keys"][0].clone();
    let public_key = text(&key["public_key"]);
    let document = server.get("/openapi.json").await.json();
    let dsn_key = server.with_key(public_key);
    let mut walked = 0;
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            // Open routes, and those that take DSN keys.
            let security = operation["security"].as_array();
            let is_passed_over = security.is_some_and(|ways| {
                let takes = |name: &str| ways.iter().any(|way| way.get(name).is_some());
                takes("dsn") || !takes("key")
            });
            if is_passed_over {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = template.replace(['{', '}'], "");
            let request = dsn_key.request(method.clone(), &path);
            let answer = e2e::Answer::to(request).await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            walked += 1;
        }
    }
    assert!(walked > 60, "{walked}");
    let bearer = server.anonymous().request(Method::GET, "/api/errors");
    let answer = e2e::Answer::to(bearer.bearer_auth(public_key)).await;
    answer.refusal(401, "invalid_api_key");
}

async fn keys_need_their_permission_and_stay_in_their_project(stack: Stack) {
    let server = Server::start(stack).await;
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    let with = async |permissions: Value, project: Option<&str>| {
        let body = json!({ "name": "n", "permissions": permissions, "project": project });
        let made = server.post("/api/settings/api-keys", &body).await.data(201);
        server.with_key(text(&made["api_key"]))
    };
    let reader = with(json!(["read", "errors:write"]), None).await;
    reader.get(PATH).await.refusal(403, "permission_denied");
    let refused = reader.post(PATH, &json!({})).await;
    refused.refusal(403, "permission_denied");
    // What a project is shown with is no secret.
    assert!(reader.data("/api/projects/default").await["dsn"].is_string());

    let bound = with(json!(["projects:manage"]), Some("side")).await;
    let side = "/api/projects/side/keys";
    let made = bound.post(side, &json!({ "name": "own" })).await.data(201);
    let own = format!("{side}/{}", text(&made["id"]));
    bound
        .change(&own, &json!({ "name": "mine" }))
        .await
        .data(200);
    assert_eq!(bound.data(side).await["total"], 2);
    bound.delete(&own).await.is_empty_204();
    let default = server.data("/api/projects/default").await;
    let outside = format!("/api/projects/{}/keys", text(&default["id"]));
    bound.get(&outside).await.refusal(404, "project_not_found");
    let refused = bound.post(&outside, &json!({})).await;
    refused.refusal(404, "project_not_found");
    let projects = bound.data("/api/projects").await;
    assert_eq!(projects["total"], 1);
    assert!(projects["projects"][0]["dsn"].is_string());

    let viewer = new_program(&server, "default", "viewer").await;
    viewer.get(PATH).await.refusal(403, "permission_denied");
}

async fn changes_are_audited(stack: Stack) {
    let server = Server::start(stack).await;
    let made = server.post(PATH, &json!({ "name": "Web" })).await.data(201);
    let path = format!("{PATH}/{}", text(&made["id"]));
    server
        .change(&path, &json!({ "enabled": false }))
        .await
        .data(200);
    server.delete(&path).await.is_empty_204();
    let audit = server
        .data("/api/v1/tenants/default/audit")
        .await
        .to_string();
    let target = format!("dsn_key:{}", text(&made["id"]));
    for action in ["dsn_key.created", "dsn_key.changed", "dsn_key.deleted"] {
        assert!(audit.contains(action), "{audit}");
    }
    assert_eq!(audit.matches(target.as_str()).count(), 3, "{audit}");
    assert!(!audit.contains(text(&made["public_key"])), "{audit}");
}
