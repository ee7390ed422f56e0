//! What a tenant stores has limits in number and size, which the configuration sets.

use e2e::people::{join, log_in, new_program, new_tenant};
use e2e::value::text;
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    a_tenant_has_so_many_of_each_and_no_more,
    a_person_owns_so_many_tenants,
    members_have_a_limit,
    channels_have_limits,
    incidents_have_a_limit,
    names_and_descriptions_have_lengths,
    hundreds_are_no_problem,
}

async fn limited(stack: Stack, limits: &[(&str, &str)]) -> Server {
    let site = Site::new(stack).await;
    let site = limits.iter().fold(site, |site, (name, limit)| {
        site.set(&format!("FAULTBOOK__LIMITS__{name}"), limit)
    });
    site.start().await
}

#[track_caller]
fn is_refused(answer: &Answer, status: u16, what: &str) {
    let code = if status == 400 {
        "invalid_input"
    } else {
        "validation_failed"
    };
    let refused = answer.refusal(status, code);
    assert!(text(&refused["error"]).contains(what), "{refused}");
}

async fn a_tenant_has_so_many_of_each_and_no_more(stack: Stack) {
    let limits = ["KEYS", "SYSTEM_USERS", "INVITATIONS", "PROJECTS", "GRANTS"];
    let limits = limits.map(|name| (format!("MAX_{name}"), "3"));
    let limits: Vec<(&str, &str)> = limits.iter().map(|(name, most)| (&**name, *most)).collect();
    let server = limited(stack, &limits).await;
    let v1 = |what: &str| format!("/api/v1/tenants/default/{what}");
    // What is made of each, how many there are already, and what refuses more.
    for (path, body, there_are, status, what) in [
        (
            "/api/settings/api-keys".to_owned(),
            json!({ "permissions": ["read"] }),
            1,
            400,
            "keys",
        ),
        ("/api/projects".to_owned(), json!({}), 1, 400, "projects"),
        (
            v1("system-users"),
            json!({ "role": "viewer" }),
            0,
            422,
            "system users",
        ),
        (
            v1("invitations"),
            json!({ "role": "viewer" }),
            0,
            422,
            "invitations",
        ),
        (
            v1("roles"),
            json!({ "policies": ["viewer"] }),
            0,
            422,
            "roles",
        ),
        (
            v1("policies"),
            json!({ "permissions": [] }),
            0,
            422,
            "policies",
        ),
        (v1("permissions"), json!({}), 0, 422, "permissions"),
    ] {
        let one = |number: usize| -> Value {
            let mut body = body.clone();
            let is_permission = path.ends_with("permissions");
            let name = if is_permission { "own:n" } else { "n" };
            body["name"] = json!(format!("{name}{number}"));
            body["email"] = json!(format!("guest{number}@example.com"));
            body
        };
        let mut last = Value::Null;
        for number in there_are..3 {
            last = server.post(&path, &one(number)).await.data(201);
        }
        is_refused(&server.post(&path, &one(3)).await, status, what);
        let place = format!("{path}/{}", text(&last["id"]));
        server.delete(&place).await.is_empty_204();
        server.post(&path, &one(4)).await.data(201);
        is_refused(&server.post(&path, &one(5)).await, status, what);
    }
    let body = json!({ "email": "more@example.com", "role": "viewer" });
    let answer = server.post("/api/settings/team/invite", &body).await;
    is_refused(&answer, 400, "invitations");
    // Another tenant has limits of its own.
    new_tenant(&server, "acme").await;
    let acme = new_program(&server, "acme", "owner").await;
    let key = json!({ "name": "n", "permissions": ["read"] });
    acme.post("/api/settings/api-keys", &key).await.data(201);
}

async fn a_person_owns_so_many_tenants(stack: Stack) {
    let server = limited(stack, &[("MAX_TENANTS_PER_PERSON", "2")]).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    let make = async |slug: &str| {
        let body = json!({ "name": slug, "slug": slug });
        ada.call(Method::POST, "/api/v1/tenants", Some(&body)).await
    };
    for slug in ["one", "two"] {
        make(slug).await.data(201);
    }
    is_refused(&make("three").await, 422, "tenants");
    let answer = ada.call(Method::DELETE, "/api/v1/tenants/one", None).await;
    answer.is_empty_204();
    make("three").await.data(201);
    for slug in ["a", "b", "c"] {
        new_tenant(&server, slug).await;
    }
}

async fn members_have_a_limit(stack: Stack) {
    let server = limited(stack, &[("MAX_MEMBERS", "2")]).await;
    for email in ["ada@example.com", "bob@example.com"] {
        join(&server, "default", email, "viewer").await;
    }
    let token = e2e::people::invite(&server, "default", "cleo@example.com", "viewer").await;
    let body = json!({ "token": token, "name": "Cleo", "password": e2e::people::PASSWORD });
    let client = server.anonymous();
    let answer = client.post("/api/v1/invitations/accept", &body).await;
    is_refused(&answer, 422, "members");
}

async fn channels_have_limits(stack: Stack) {
    let limits = [("MAX_RECIPIENTS", "3"), ("MAX_CHANNEL_CONFIG", "2KiB")];
    let server = limited(stack, &limits).await;
    let set = async |name: &str, config: Value| {
        let path = format!("/api/settings/integrations/{name}");
        server.change(&path, &config).await
    };
    let email = |recipients: usize| {
        let all: Vec<String> = (0..recipients)
            .map(|n| format!("r{n}@example.com"))
            .collect();
        json!({ "smtp_server": "127.0.0.1", "from_email": "a@example.com", "recipients": all })
    };
    set("email", email(3)).await.data(200);
    set("email", email(4)).await.names_field("recipients");
    let sms = |numbers: usize| {
        let all: Vec<String> = (0..numbers).map(|n| format!("+1555123450{n}")).collect();
        json!({ "account_sid": "A", "auth_token": "t", "from_number": "+15550001111", "to_numbers": all })
    };
    set("sms", sms(3)).await.data(200);
    set("sms", sms(4)).await.names_field("to_numbers");
    let slack = |length: usize| {
        let url = "http://127.0.0.1:9/x";
        json!({ "webhook_url": url, "channel": "#a", "unknown": "x".repeat(length) })
    };
    set("slack", slack(1_000)).await.data(200);
    set("slack", slack(3_000))
        .await
        .refusal(400, "invalid_input");
}

async fn hundreds_are_no_problem(stack: Stack) {
    let server = Server::start(stack).await;
    let client: &Client = &server;
    let mut makers = tokio::task::JoinSet::new();
    for number in 0..300 {
        let client = client.clone();
        makers.spawn(async move {
            let body = json!({ "name": format!("k{number}"), "permissions": ["read"] });
            client.post("/api/settings/api-keys", &body).await.status
        });
    }
    let statuses = makers.join_all().await;
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    assert_eq!(server.data("/api/settings/api-keys").await["total"], 301);
}

async fn incidents_have_a_limit(stack: Stack) {
    let server = limited(stack, &[("MAX_INCIDENTS", "2")]).await;
    let incident = json!({ "title": "t", "severity": "low" });
    let path = "/api/alerts/incidents";
    for _ in 0..2 {
        server.post(path, &incident).await.data(201);
    }
    is_refused(&server.post(path, &incident).await, 400, "incidents");
    assert_eq!(server.data(path).await["total"], 2);
}

/// What is named is named alike: the setting holds for every name, and lengths are characters.
async fn names_and_descriptions_have_lengths(stack: Stack) {
    let server = limited(stack, &[("MAX_NAME", "60"), ("MAX_DESCRIPTION", "10")]).await;
    let v1 = |what: &str| format!("/api/v1/tenants/default/{what}");
    let key = json!({ "permissions": ["read"] });
    let rule = json!({ "condition": "error_count > 5 in 5m", "notifications": ["sms"] });
    for (path, body, status) in [
        ("/api/settings/api-keys".to_owned(), key, 400),
        ("/api/projects".to_owned(), json!({ "slug": "shop" }), 400),
        ("/api/alerts/rules".to_owned(), rule, 400),
        ("/api/v1/tenants".to_owned(), json!({ "slug": "acme" }), 422),
        (v1("system-users"), json!({ "role": "viewer" }), 422),
        (v1("roles"), json!({ "policies": [] }), 422),
        (v1("policies"), json!({ "permissions": [] }), 422),
    ] {
        let named = |length: usize| {
            let mut named = body.clone();
            named["name"] = "ж".repeat(length).into();
            named
        };
        let refused = server.post(&path, &named(61)).await;
        is_refused(&refused, status, "must be at most 60 characters long");
        server.post(&path, &named(60)).await.data(201);
    }
    let described = |length: usize| json!({ "name": "described", "policies": [], "description": "d".repeat(length) });
    let refused = server.post(&v1("roles"), &described(11)).await;
    is_refused(&refused, 422, "must be at most 10 characters long");
    server.post(&v1("roles"), &described(10)).await.data(201);
}
