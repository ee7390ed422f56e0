//! Every documented field and parameter is sent hostile values: nothing fails, and everything stays readable.

use e2e::people::{call, new_tenant};
use e2e::value::{report, text};
use e2e::{Client, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

on_both_stacks! {
    no_value_of_any_field_makes_anything_fail,
    no_parameter_of_a_query_makes_anything_fail,
}

/// Requests on their way at once.
const AT_ONCE: usize = 8;

/// Routes that end what the others need, or hash a password for each call.
const LEFT_OUT: [&str; 4] = [
    "/api/v1/platform/maintenance",
    "/api/v1/auth/login",
    "/api/v1/auth/password",
    "/api/v1/invitations/accept",
];

/// Texts that databases, parsers or people have choked on.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\u{0}",
        "a\u{0}b",
        "\u{202E}\u{200B}\u{FEFF}",
        "\u{FFFD}\u{FFFF}\u{10FFFF}",
        "'; DROP TABLE errors; --",
        "%_\\%*[a-z]?",
        "{{ default }}",
        "${jndi:ldap://x}",
        "../../etc/passwd",
        "\r\nX-Injected: 1",
        "=1+1",
        "\u{DC}berGR\u{D6}SSE \u{130}\u{131}\u{1E9E}",
        "e\u{301}\u{301}\u{301}\u{301}",
        "1e400",
        "-0",
        "NaN",
        "0000-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-02-30T25:61:61Z",
        "99999999999999999999d",
        "error_count > 1e308 in 30d where source = 'x' and source = \"y\"",
        "00000000-0000-0000-0000-000000000000",
        "https://user:pass@[::1]:99999/%zz?\u{0}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(70_000));
    texts.push("\u{1F41E}".repeat(3_000));
    texts.push("( ".repeat(3_000));
    texts
}

/// JSON values of every kind, as JSON text: some cannot be written as a `Value`.
fn hostile_values() -> Vec<String> {
    let mut values: Vec<String> = hostile_texts()
        .iter()
        .map(|text| json!(text).to_string())
        .collect();
    values.extend(
        [
            "null",
            "true",
            "0",
            "-1",
            "1e200000",
            "1e-200000",
            "9223372036854775808",
            "0.1e1",
            "[]",
            "{}",
            "[null]",
            "[[],{}]",
            "{\"\":\"\"}",
            "{\"id\":1e200000}",
            "{\"id\":{\"id\":[1e-200000]}}",
            "{\"a\\u0000b\":\"\\u0000\"}",
            "\"\\ud800\"",
            "{\"$serde_json::private::Number\":\"1\"}",
        ]
        .map(str::to_owned),
    );
    values.push("9".repeat(140_000));
    values.push(format!("{}{}", "[".repeat(120), "]".repeat(120)));
    values.push(format!("[{}\"x\"]", "\"x\",".repeat(3_000)));
    values
}

/// A schema with its reference followed.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The documented fields of a JSON body; those of an item for an array.
fn fields(document: &Value, operation: &Value) -> Vec<String> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut schema = resolved(document, schema);
    if schema["items"].is_object() {
        schema = resolved(document, &schema["items"]);
    }
    let properties = schema["properties"].as_object();
    properties.map_or(Vec::new(), |all| all.keys().cloned().collect())
}

/// What each route finds, where a path names something.
struct Things {
    error: String,
    rule: String,
    incident: String,
    key: String,
    project: String,
    dsn_key: String,
}

impl Things {
    async fn make(server: &Server) -> Self {
        let made = async |path: &str, body: Value| {
            let made = server.post(path, &body).await.data(201);
            text(&made["id"]).to_owned()
        };
        let project = made("/api/projects", json!({ "name": "p", "slug": "p" })).await;
        let rule = json!({ "name": "r", "condition": "affected_users > 1 in 5m", "notifications": ["slack"] });
        Self {
            error: made("/api/errors", report("thing")).await,
            rule: made("/api/alerts/rules", rule).await,
            incident: made(
                "/api/alerts/incidents",
                json!({ "title": "t", "severity": "low" }),
            )
            .await,
            key: made(
                "/api/settings/api-keys",
                json!({ "name": "k", "permissions": ["read"] }),
            )
            .await,
            dsn_key: made(&format!("/api/projects/{project}/keys"), json!({})).await,
            project,
        }
    }

    fn path(&self, template: &str) -> String {
        let id = match template {
            path if path.starts_with("/api/alerts/rules") => &self.rule,
            path if path.starts_with("/api/alerts/incidents") => &self.incident,
            path if path.starts_with("/api/settings/api-keys") => &self.key,
            path if path.starts_with("/api/projects") => &self.project,
            path if path.starts_with("/api/v1/tenants") => "walked",
            _ => &self.error,
        };
        let path = template
            .replace("{id}", id)
            .replace("{org_id}", "default")
            .replace("{key_id}", &self.dsn_key)
            .replace("{name}", "webhook");
        match path.split_once('{') {
            // A thing that is not there: its body is read all the same.
            Some((start, end)) => {
                let (_, end) = end.split_once('}').unwrap();
                format!("{start}01890000-0000-7000-8000-000000000001{end}")
            }
            None => path,
        }
    }
}

/// A body with which most routes would do something.
fn usual() -> Map<String, Value> {
    let body = json!({
        "message": "m", "source": "s", "title": "t", "severity": "low", "name": "n", "description": "d",
        "condition": "error_count > 1 in 5m", "notifications": ["slack"], "permissions": ["errors:read"],
        "email": "x@example.com", "role": "viewer", "url": "http://127.0.0.1:9/",
        "secret": format!("whsec_{}", "A".repeat(32)), "ids": [], "action": "resolve", "policies": [],
    });
    body.as_object().unwrap().clone()
}

/// The usual body with a field as written.
fn with(field: &str, value: &str) -> String {
    let mut body = usual();
    body.remove(field);
    let rest = Value::Object(body).to_string();
    format!("{{{}:{value},{}", json!(field), &rest[1..])
}

async fn send_all(server: &Server, requests: Vec<(Method, String, Option<String>)>) {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut sent = Vec::new();
    for (method, path, body) in requests {
        let turn = Arc::clone(&turns).acquire_owned().await.unwrap();
        let client: Client = (**server).clone();
        sent.push(tokio::spawn(async move {
            let request = client.request(method.clone(), &path);
            let request = match &body {
                Some(body) => request
                    .header("Content-Type", "application/json")
                    .body(body.clone()),
                None => request,
            };
            let answer = e2e::Answer::to(request).await;
            drop(turn);
            let body = body.unwrap_or_default();
            let shown: String = body.chars().take(200).collect();
            // Only a tenant without channels cannot send a test, which is no failure of ours.
            assert!(
                answer.status < 500,
                "{method} {path} {shown}: {}",
                answer.text()
            );
        }));
    }
    for one in sent {
        one.await.unwrap();
    }
}

/// Every list and view answers, with whatever is stored by now.
async fn everything_is_readable(server: &Server) {
    let mut paths: Vec<String> = [
        "/api/errors?limit=100&include=stack_trace,context",
        "/api/errors?sort=first_seen",
        "/orgs/default/errors?limit=1000",
        "/api/stats",
        "/api/analytics/trends?period=year",
        "/api/alerts/rules",
        "/api/alerts/history",
        "/api/alerts/incidents",
        "/api/settings/api-keys",
        "/api/settings/integrations",
        "/api/settings/team",
        "/api/projects",
        "/api/v1/tenants",
        "/api/v1/tenants/walked/roles",
        "/api/v1/tenants/walked/policies",
        "/api/v1/tenants/walked/permissions",
        "/api/v1/tenants/walked/system-users",
        "/api/v1/tenants/walked/invitations",
        "/api/v1/tenants/walked/members",
        "/api/v1/tenants/walked/audit",
    ]
    .map(str::to_owned)
    .to_vec();
    let projects = server.data("/api/projects").await;
    for project in projects["projects"].as_array().unwrap() {
        paths.push(format!("/api/projects/{}/keys", text(&project["id"])));
    }
    for error in server.errors("?limit=100").await {
        let id = text(&error["id"]);
        for rest in ["", "/occurrences?limit=100", "/grouping"] {
            paths.push(format!("/api/errors/{id}{rest}"));
        }
    }
    for path in paths {
        let answer = call(server, Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(!answer.json().is_null(), "{path}");
    }
}

async fn no_value_of_any_field_makes_anything_fail(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "walked").await;
    let things = Things::make(&server).await;
    let document = server.get("/openapi.json").await.json();
    let values = hostile_values();
    let mut requests = Vec::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        if LEFT_OUT.contains(&template.as_str()) {
            continue;
        }
        for (method, operation) in operations.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = things.path(template);
            for field in fields(&document, operation) {
                for value in &values {
                    let body = with(&field, value);
                    let body = match template.ends_with("/batch") {
                        true => format!("[{body},{}]", report("good")),
                        false => body,
                    };
                    requests.push((method.clone(), path.clone(), Some(body)));
                }
            }
        }
    }
    assert!(requests.len() > 3_000, "{}", requests.len());
    send_all(&server, requests).await;
    everything_is_readable(&server).await;
}

async fn no_parameter_of_a_query_makes_anything_fail(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "walked").await;
    let things = Things::make(&server).await;
    let document = server.get("/openapi.json").await.json();
    let texts: Vec<String> = hostile_texts()
        .into_iter()
        .map(|text| text.chars().take(10_000).collect())
        .collect();
    let mut requests = Vec::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        // Its answer has no end: `stream.rs` tries it.
        if template == "/api/stream" {
            continue;
        }
        let path = things.path(template);
        let parameters = operations["get"]["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            if parameter["in"] != "query" {
                continue;
            }
            for value in &texts {
                let name = text(&parameter["name"]);
                let pairs = [(name, value.as_str())];
                let query = reqwest::Url::parse_with_params("http://x/", pairs).unwrap();
                let query = query.query().unwrap_or_default().to_owned();
                requests.push((Method::GET, format!("{path}?{query}"), None));
            }
        }
    }
    assert!(requests.len() > 500, "{}", requests.len());
    send_all(&server, requests).await;
    everything_is_readable(&server).await;
}
