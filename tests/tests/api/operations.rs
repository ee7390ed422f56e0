//! `/openapi.json`, `/docs`, `/livez`, `/readyz`, `/metrics`.

use e2e::bundle::{Uploader, bundle_of};
use e2e::value::{fresh_id, report, text, time_of};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_stacks! {
    the_document_describes_every_route,
    every_documented_operation_answers,
    documented_examples_are_accepted,
    the_documentation_page_works_offline,
    signs_of_life_need_no_key,
    figures_are_counted,
    figures_have_a_listener_of_their_own,
}

async fn the_document_describes_every_route(stack: Stack) {
    let server = Server::start(stack).await;
    let document = server.anonymous().get("/openapi.json").await;
    assert_eq!(document.status, 200);
    let document = document.json();
    assert!(
        text(&document["openapi"]).starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    for (path, methods) in [
        ("/health", vec!["get"]),
        ("/livez", vec!["get"]),
        ("/readyz", vec!["get"]),
        ("/metrics", vec!["get"]),
        ("/api/errors", vec!["get", "post"]),
        ("/api/errors/batch", vec!["post"]),
        ("/api/errors/bulk", vec!["post"]),
        ("/api/errors/{id}", vec!["delete", "get"]),
        ("/api/errors/{id}/resolve", vec!["put"]),
        ("/api/errors/{id}/unresolve", vec!["put"]),
        ("/api/errors/{id}/occurrences", vec!["get"]),
        ("/api/errors/{id}/grouping", vec!["get"]),
        ("/api/grouping/explain", vec!["post"]),
    ] {
        for method in methods {
            let operation = &document["paths"][path][method];
            assert!(
                operation["summary"].is_string(),
                "{method} {path} is not described"
            );
            assert!(
                operation["responses"].is_object(),
                "{method} {path} has no responses"
            );
        }
    }
    dangling_references(&document, &document);
}

/// Every `$ref` leads somewhere.
fn dangling_references(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(
                    document.pointer(pointer).is_some(),
                    "{reference} leads nowhere"
                );
            }
            fields
                .values()
                .for_each(|field| dangling_references(document, field));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| dangling_references(document, item)),
        _ => {}
    }
}

async fn every_documented_operation_answers(stack: Stack) {
    let server = Server::start(stack).await;
    let document = server.get("/openapi.json").await.json();
    for (template, operations) in document["paths"].as_object().unwrap() {
        // The answer of one has no end, the other needs 10,000 errors: `stream.rs` and `bulk.rs` try them.
        if ["/api/stream", "/api/jobs/{id}"].contains(&template.as_str()) {
            continue;
        }
        for (method, operation) in operations.as_object().unwrap() {
            let path = if template.starts_with("/api/v1/tenants/{id}") {
                below_a_tenant(&server, template).await
            } else {
                template
                    .replace("{id}", &something(&server, template).await)
                    .replace("{org_id}", "default")
                    .replace("{org}", "default")
                    .replace("{project}", "default")
                    .replace("{name}", "slack")
                    .replace("{number}", "1")
                    .replace("{key}", "level")
                    .replace("{version}", "1.0")
                    .replace("{occurrence_id}", "latest")
                    .replace("/breakdown", "/breakdown?by=level")
                    .replace("/api/find", "/api/find?q=a")
            };
            if path.contains("/1.0") {
                server
                    .post("/api/releases", &json!({ "version": "1.0" }))
                    .await;
            }
            let path = in_collection(&server, path, "/{key_id}", json!({})).await;
            let comment = json!({ "text": "t" });
            let path = in_collection(&server, path, "/{comment_id}", comment).await;
            assert!(!path.contains('{'), "the test knows no value for {path}");
            let name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = server.request(name.clone(), &path);
            let request = match name {
                Method::POST | Method::PUT => request
                    .header("Content-Type", "application/json")
                    .body("{}"),
                _ => request,
            };
            let answer = Answer::to(request).await;
            let documented = operation["responses"].as_object().unwrap();
            let status = answer.status.to_string();
            assert!(
                documented.contains_key(&status),
                "{method} {path}: {status} is not documented"
            );
            // A key is nobody with a profile: `profiles.rs` reads one in a session.
            if template == "/api/v1/auth/profile" {
                assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
            } else if template == "/api/0/users/me/regions/" {
                // There are none, which tells a tool to stay at this address.
                assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
            } else if name == Method::GET {
                assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
            } else {
                assert!(
                    answer.status < 500 && answer.status != 404,
                    "{method} {path}: {}",
                    answer.text()
                );
            }
            // Without a key: refused unless the document says it is open.
            let request = server.anonymous().request(name, &path);
            let open = operation["security"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == &json!({})));
            let answer = Answer::to(request).await;
            assert_eq!(
                answer.status != 401,
                open,
                "{method} {path} without a key: {}",
                answer.status
            );
        }
    }
}

/// The path with a new tenant, and something new in it where the path goes on.
async fn below_a_tenant(server: &Server, template: &str) -> String {
    let slug = e2e::site::unique("t");
    e2e::people::new_tenant(server, &slug[..20]).await;
    let path = template.replace("{id}", &slug[..20]);
    let Some((collection, rest)) = path.split_once("/{") else {
        return path;
    };
    let (parameter, rest) = rest.split_once('}').unwrap();
    let body = match parameter {
        "role_id" => json!({ "name": "r", "policies": ["viewer"] }),
        "policy_id" => json!({ "name": "p", "permissions": ["errors:read"] }),
        "permission_id" => json!({ "name": "billing:read" }),
        "system_user_id" => json!({ "name": "s", "role": "viewer" }),
        "invitation_id" => json!({ "email": "x@example.com", "role": "viewer" }),
        _ => {
            let email = format!("{}@example.com", &slug[..20]);
            let member = e2e::people::join(server, &slug[..20], &email, "viewer").await;
            return format!("{collection}/{}{rest}", text(&member["id"]));
        }
    };
    let made = server.post(collection, &body).await.data(201);
    format!("{collection}/{}{rest}", text(&made["id"]))
}

/// The id of something new that stands behind this path. A channel is there, too.
/// Replaces the place of an id behind a collection by that of something that is made in it.
async fn in_collection(server: &Server, path: String, place: &str, body: Value) -> String {
    let Some((collection, rest)) = path.split_once(place) else {
        return path;
    };
    let made = server.post(collection, &body).await.data(201);
    format!("{collection}/{}{rest}", text(&made["id"]))
}

async fn something(server: &Server, template: &str) -> String {
    if template.starts_with("/api/artifacts") {
        let bundle = bundle_of(&fresh_id().to_string(), "1", &json!({}));
        let place = json!({ "projects": ["default"] });
        let uploader = Uploader::new(server, "default");
        let uploaded = uploader.upload(&bundle, &place).await;
        assert_eq!(uploaded["state"], "ok", "{uploaded}");
        let artifacts = server.data("/api/artifacts").await;
        return text(&artifacts["artifacts"][0]["id"]).to_owned();
    }
    let channel = json!({ "webhook_url": "http://127.0.0.1:9/" });
    let request = server
        .request(Method::PUT, "/api/settings/integrations/slack")
        .header("Content-Type", "application/json")
        .body(channel.to_string());
    Answer::to(request).await.data(200);
    let condition = "error_count > 5 in 5m";
    let (collection, body) = if template.starts_with("/api/alerts/rules") {
        let body = json!({ "name": "n", "condition": condition, "notifications": ["slack"] });
        ("/api/alerts/rules", body)
    } else if template.starts_with("/api/alerts/incidents") {
        let body = json!({ "title": "t", "severity": "low" });
        ("/api/alerts/incidents", body)
    } else if template.starts_with("/api/settings/api-keys") {
        let body = json!({ "name": "n", "permissions": ["read"] });
        ("/api/settings/api-keys", body)
    } else if template.starts_with("/api/projects") {
        let body = json!({ "name": "n", "slug": &e2e::site::unique("p")[..20] });
        ("/api/projects", body)
    } else {
        ("/api/errors", report("m"))
    };
    let made = server.post(collection, &body).await.data(201);
    text(&made["id"]).to_owned()
}

async fn documented_examples_are_accepted(stack: Stack) {
    let server = Server::start(stack).await;
    let document = server.get("/openapi.json").await.json();
    let schema = document["paths"]["/api/errors"]["post"]["requestBody"]["content"]["application/json"]["schema"].clone();
    let reference = text(&schema["$ref"]).trim_start_matches('#').to_owned();
    let example = document.pointer(&format!("{reference}/example"));
    let example = example.expect("the report has no example");
    server.report(example).await;
}

/// What `src`, `href` and the like name.
fn references(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["src=\"", "href=\"", "src='", "href='"] {
        let quote = attribute.chars().last().unwrap();
        for part in page.split(attribute).skip(1) {
            found.push(part.split(quote).next().unwrap().to_owned());
        }
    }
    found
}

async fn the_documentation_page_works_offline(stack: Stack) {
    let server = Server::start(stack).await;
    let moved = server.anonymous().get("/docs").await;
    assert_eq!((moved.status, moved.header("location")), (307, "/docs/"));
    let page = server.anonymous().get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type").starts_with("text/html"),
        "{page:?}"
    );
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-frame-options"), "DENY");
    let page = page.text();
    let parts = references(&page);
    assert!(parts.iter().any(|part| part.ends_with(".js")), "{page}");
    let mut scripts = String::new();
    for part in parts.iter().filter(|part| !part.starts_with('#')) {
        assert!(!part.contains("//"), "the page loads {part}");
        let path = if part.starts_with('/') {
            part.clone()
        } else {
            format!("/docs/{}", part.trim_start_matches("./"))
        };
        let answer = server.anonymous().get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let content = answer.text();
        if path.ends_with(".css") {
            assert!(
                !content.contains("url(http") && !content.contains("@import"),
                "{path} loads something"
            );
        } else if path.ends_with("initializer.js") {
            scripts.push_str(&content);
        }
    }
    assert!(
        scripts.contains("/openapi.json"),
        "the page shows no document: {scripts}"
    );
    let outside: Vec<&str> = scripts
        .split(['"', '\'', '`'])
        .filter(|word| {
            word.starts_with("http://") || word.starts_with("https://") || word.starts_with("//")
        })
        .collect();
    assert!(
        outside.is_empty(),
        "the page's own script names {outside:?}"
    );
    // Unless told otherwise, Swagger UI has the document checked by validator.swagger.io.
    let compact: String = scripts.split_whitespace().collect();
    assert!(
        compact.contains("\"validatorUrl\":\"none\"") || compact.contains("\"validatorUrl\":null"),
        "the page asks validator.swagger.io: {scripts}"
    );
}

async fn signs_of_life_need_no_key(stack: Stack) {
    let server = Server::start(stack).await;
    for client in [server.anonymous(), server.with_key("nonsense")] {
        for (path, status) in [("/health", "ok"), ("/livez", "ok"), ("/readyz", "ready")] {
            let answer = client.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(answer.json()["status"], status, "{path}");
            time_of(&answer.json()["timestamp"]);
        }
    }
}

async fn figures_are_counted(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    server
        .get(&format!("/api/errors/{}", fresh_id()))
        .await
        .refusal(404, "error_not_found");
    server
        .get("/api/errors/not-a-uuid")
        .await
        .refusal(400, "invalid_input");
    for secret_path in ["/one-of-many-unknown", "/another-unknown"] {
        server.get(secret_path).await.refusal(404, "not_found");
    }
    let figures = server.anonymous().get("/metrics").await;
    assert_eq!(figures.status, 200);
    assert!(
        figures.header("content-type").starts_with("text/plain"),
        "{figures:?}"
    );
    let figures = figures.text();
    let lines: BTreeSet<&str> = figures.lines().collect();
    assert!(
        lines.contains("faultbook_reports_total{outcome=\"stored\"} 1"),
        "{figures}"
    );
    let counted = |parts: &[&str]| {
        lines.iter().any(|line| {
            line.starts_with("faultbook_http_request_seconds_count{")
                && parts.iter().all(|part| line.contains(part))
        })
    };
    assert!(
        counted(&[
            "route=\"/api/errors\"",
            "method=\"POST\"",
            "status=\"2xx\"",
            "} 1"
        ]),
        "{figures}"
    );
    assert!(
        counted(&[
            "route=\"/api/errors/{id}\"",
            "method=\"GET\"",
            "status=\"4xx\"",
            "} 2"
        ]),
        "{figures}"
    );
    // Ids and unknown paths make no labels, which would be without number.
    assert!(
        !figures.contains("one-of-many-unknown") && !figures.contains("not-a-uuid"),
        "{figures}"
    );
}

async fn figures_have_a_listener_of_their_own(stack: Stack) {
    // Ports cannot be asked for by 0 here, because nobody prints which one it became.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__METRICS__BIND", &address);
    // Somebody else has the port: a warning, and the server does without.
    let server = site.start().await;
    assert_eq!(server.get("/health").await.status, 200);
    assert!(server.log().contains("metrics.bind"), "{}", server.log());
    drop(listener);
    let _other = Server::on(std::sync::Arc::clone(&server.site)).await;
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = e2e::raw::exchange(&address, request.as_bytes()).await;
    assert_eq!(e2e::raw::status(&answer), 200, "{answer}");
    assert!(answer.contains("faultbook_build_info"), "{answer}");
}
