//! Routes of Sentry SDKs: keys, projects, cross-origin pages, rates.

use e2e::sentry::{count, event, is_received, is_refused, one_event, project, send};
use e2e::value::text;
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;
use std::io::Write;

on_both_stacks! {
    a_key_is_found_in_each_place,
    a_refused_key_stores_nothing,
    a_key_reports_and_does_nothing_else,
    pages_of_any_origin_may_send,
    a_key_has_a_rate,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn a_key_is_found_in_each_place(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/");
    let auth =
        format!("Sentry sentry_version=7, sentry_key={key}, sentry_client=x/1, sentry_secret=s");
    let odd = format!("sentry  sentry_key=\"{key}\" ,nonsense");
    let query = format!("{path}?sentry_key={key}&sentry_version=7");
    for (path, name, value) in [
        (path.as_str(), "X-Sentry-Auth", auth.as_str()),
        (&path, "X-Sentry-Auth", &odd),
        (&path, "Authorization", &auth),
        (path.trim_end_matches('/'), "X-Sentry-Auth", &auth),
        (&query, "X-Other", "x"),
    ] {
        is_received(&send(&server, path, &[(name, value)], one_event("m")).await);
    }
    let address = server.address();
    let mut with_dsn = json!({ "dsn": format!("http://{key}@{address}/{number}") }).to_string();
    with_dsn.push_str("\n{\"type\":\"event\"}\n");
    with_dsn.push_str(&event("m").to_string());
    is_received(&send(&server, &path, &[], with_dsn.clone().into_bytes()).await);
    let packed = gzip(with_dsn.as_bytes());
    is_received(&send(&server, &path, &[("Content-Encoding", "gzip")], packed).await);
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(7)));
    let one = server
        .data(&format!("/api/errors/{}", text(&errors[0]["id"])))
        .await;
    assert_eq!(one["message"], "ValueError: m");
    assert_eq!(one["environment"], "staging");
    assert_eq!(one["release"], "1.2.3");
    assert_eq!(one["tags"], json!({ "region": "eu" }));
    assert_eq!(one["user"], json!({ "id": 7 }));
    assert_eq!(one["context"]["breadcrumbs"][0]["message"], "clicked");
    assert_eq!(one["exceptions"][0]["type"], "ValueError");
    assert_eq!(one["exceptions"][0]["frames"][0]["function"], "total");
    assert_eq!(one["exceptions"][0]["frames"][0]["line"], 14);
    assert!(
        text(&one["stack_trace"]).contains("shop.cart.total"),
        "{one}"
    );
}

async fn a_refused_key_stores_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let path = format!("/api/{number}/envelope/");
    let auth = |key: &str| format!("Sentry sentry_key={key}");
    let other = json!({ "name": "Other" });
    let other = server.post("/api/projects", &other).await.data(201);
    let closed = format!("/api/projects/{}/keys", text(&other["id"]));
    let origins = json!({ "allowed_origins": ["https://shop.example", "https://*.shop.example"] });
    let bound = server.post(&closed, &origins).await.data(201);
    let elsewhere = format!("/api/{}/envelope/", other["number"]);
    is_refused(
        &send(&server, &path, &[], one_event("m")).await,
        401,
        "missing_dsn_key",
    );
    for (path, key) in [
        (&path, "0123456789abcdef0123456789abcdef"),
        (&path, "test-api-key"),
        (&elsewhere, key.as_str()),
        (&path, text(&other["public_key"])),
        (&"/api/999999/envelope/".to_owned(), key.as_str()),
    ] {
        let answer = send(
            &server,
            path,
            &[("X-Sentry-Auth", &auth(key))],
            one_event("m"),
        )
        .await;
        is_refused(&answer, 403, "invalid_dsn_key");
    }
    let bound = auth(text(&bound["public_key"]));
    for (origin, admitted) in [
        ("https://shop.example", true),
        ("https://a.b.shop.example", true),
        ("https://shop.example:444", false),
        ("http://shop.example", false),
        ("https://evilshop.example", false),
        ("null", false),
    ] {
        let headers = [("X-Sentry-Auth", bound.as_str()), ("Origin", origin)];
        let answer = send(&server, &elsewhere, &headers, one_event("m")).await;
        if admitted {
            is_received(&answer);
        } else {
            is_refused(&answer, 403, "origin_not_allowed");
        }
    }
    assert_eq!(count(&server).await, 2);
    for path in ["/api/x/envelope/", "/api/-1/store/", "/api/1.5/security/"] {
        is_refused(
            &send(
                &server,
                path,
                &[("X-Sentry-Auth", &auth(&key))],
                one_event("m"),
            )
            .await,
            404,
            "not_found",
        );
    }
    for path in ["minidump", "unreal", "nel", "cron/x"] {
        let path = format!("/api/{number}/{path}/");
        assert_eq!(
            send(&server, &path, &[], Vec::new()).await.status,
            404,
            "{path}"
        );
    }
}

async fn a_key_reports_and_does_nothing_else(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = project(&server).await;
    let client = server.with_key(&key);
    client
        .get("/api/errors")
        .await
        .refusal(401, "invalid_api_key");
    let report = json!({ "message": "m", "source": "s" });
    client
        .post("/api/errors", &report)
        .await
        .refusal(401, "invalid_api_key");
    let request = server
        .anonymous()
        .request(Method::GET, &format!("/api/{number}/envelope/"));
    let answer =
        Answer::to(request.header("X-Sentry-Auth", format!("Sentry sentry_key={key}"))).await;
    is_refused(&answer, 405, "method_not_allowed");
}

async fn pages_of_any_origin_may_send(stack: Stack) {
    let site = Site::new(stack).await;
    let server = site
        .set(
            "FAULTBOOK__HTTP__CORS_ORIGINS",
            r#"["https://own.example"]"#,
        )
        .start()
        .await;
    let (number, key) = project(&server).await;
    for path in [
        format!("/api/{number}/envelope/"),
        format!("/api/{number}/store"),
        format!("/api/{number}/security/"),
        format!("/api/{number}/csp-report/"),
        format!("/api/{number}/otlp/v1/traces"),
        format!("/api/{number}/integration/otlp/v1/logs/"),
        "/v1/logs".to_owned(),
        "/v1/traces/".to_owned(),
        "/v1/metrics".to_owned(),
    ] {
        for origin in [None, Some("https://page.example")] {
            let mut request = server.anonymous().request(Method::OPTIONS, &path);
            if let Some(origin) = origin {
                request = request
                    .header("Origin", origin)
                    .header("Access-Control-Request-Method", "POST")
                    .header("Access-Control-Request-Headers", "content-type,x-api-key");
            }
            let answer = Answer::to(request).await;
            assert!(
                matches!(answer.status, 200 | 204),
                "{path} {}",
                answer.status
            );
            may_send(&answer.headers);
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            for name in ["x-sentry-auth", "content-type", "x-api-key", "traceparent"] {
                assert!(
                    headers.split(',').any(|known| known.trim() == name),
                    "{headers}"
                );
            }
            assert!(
                answer
                    .header("access-control-allow-methods")
                    .contains("POST")
            );
            assert_eq!(answer.header("access-control-max-age"), "3600");
        }
        let answer = send(
            &server,
            &path,
            &[("Origin", "https://page.example")],
            Vec::new(),
        )
        .await;
        assert_eq!(answer.status, 401, "{path}");
        may_send(&answer.headers);
    }
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let answer = send(
        &server,
        &path,
        &[("Origin", "https://page.example")],
        one_event("m"),
    )
    .await;
    is_received(&answer);
    may_send(&answer.headers);
    let exposed = answer
        .header("access-control-expose-headers")
        .to_lowercase();
    assert!(exposed.contains("x-sentry-rate-limits") && exposed.contains("retry-after"));
}

#[track_caller]
fn may_send(headers: &HeaderMap) {
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

async fn a_key_has_a_rate(stack: Stack) {
    let site = Site::new(stack).await;
    let server = site
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true")
        .start()
        .await;
    let (number, key) = project(&server).await;
    let projects = server.data("/api/projects").await;
    let keys = format!(
        "/api/projects/{}/keys",
        text(&projects["projects"][0]["id"])
    );
    let slow = server
        .post(&keys, &json!({ "rate_limit": 2 }))
        .await
        .data(201);
    let path = |key: &str| format!("/api/{number}/envelope/?sentry_key={key}");
    let slow = path(text(&slow["public_key"]));
    for _ in 0..2 {
        is_received(&send(&server, &slow, &[], one_event("m")).await);
    }
    let answer = send(&server, &slow, &[], one_event("m")).await;
    is_refused(&answer, 429, "rate_limited");
    let seconds = answer.header("retry-after");
    assert_eq!(
        answer.header("x-sentry-rate-limits"),
        format!("{seconds}::key:quota")
    );
    is_received(&send(&server, &path(&key), &[], one_event("m")).await);
    // Stale keys shut nobody out of the API.
    let stale = path("0123456789abcdef0123456789abcdef");
    let mut last = 0;
    for _ in 0..70 {
        last = send(&server, &stale, &[], Vec::new()).await.status;
    }
    assert_eq!(last, 429);
    is_received(&send(&server, &path(&key), &[], one_event("m")).await);
    let wrong = server.with_key("wrong").get("/api/errors").await;
    wrong.refusal(401, "invalid_api_key");
}
