//! The logging document's examples that touch `/health` and `/api/errors`, word for word.

use e2e::value::{text, time_of};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;
use uuid::Uuid;

on_both_stacks! {
    curl_creates_an_error,
    curl_gets_errors,
    curl_resolves_an_error,
    javascript_creates_an_error,
    javascript_gets_errors,
    javascript_in_a_browser_may_call_from_another_origin,
    go_creates_an_error,
    the_documented_body_is_answered_with_every_documented_field,
    what_is_left_out_has_the_documented_default,
    health_needs_no_key,
    get_list_resolve_and_delete_answer_as_documented,
    the_documented_list_queries_work,
}

const CREATE: &str = r#"
curl -X POST http://localhost:8080/api/errors \
  -H "Content-Type: application/json" \
  -H "X-API-Key: test-api-key" \
  -d '{
    "level": "error",
    "message": "Database connection failed",
    "source": "backend",
    "context": {"service": "user-service"}
  }'
"#;

const GET: &str = r#"
curl -H "X-API-Key: test-api-key" \
  "http://localhost:8080/api/errors?limit=10&level=error"
"#;

const RESOLVE: &str = r#"
curl -X PUT http://localhost:8080/api/errors/{error-id}/resolve \
  -H "X-API-Key: test-api-key"
"#;

/// Runs an example with this server's address and returns status and body.
async fn run(server: &Server, example: &str) -> (u16, Value) {
    let example = example.replace("http://localhost:8080", server.base());
    let script = format!(
        "curl() {{ command curl --silent --show-error --write-out '\n%{{http_code}}' \"$@\"; }}\n{example}"
    );
    let output = tokio::task::spawn_blocking(|| {
        let output = Command::new("sh").arg("-c").arg(script).output();
        output.expect("sh must be there")
    });
    let output = output.await.unwrap();
    assert!(
        output.status.success(),
        "curl (Debian package curl) failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    let (body, status) = printed.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), serde_json::from_str(body).unwrap())
}

async fn curl_creates_an_error(stack: Stack) {
    let server = Server::start(stack).await;
    let (status, body) = run(&server, CREATE).await;
    assert_eq!((status, &body["status"]), (201, &json!("success")));
    let data = &body["data"];
    assert_eq!(data["message"], "Database connection failed");
    assert_eq!(data["context"], json!({ "service": "user-service" }));
    assert_eq!(
        (&data["level"], &data["source"]),
        (&json!("error"), &json!("backend"))
    );
    assert_eq!(
        (&data["count"], &data["resolved"]),
        (&json!(1), &json!(false))
    );
    assert!(text(&data["user_agent"]).starts_with("curl/"), "{data}");
    assert_eq!(data["ip_address"], "127.0.0.1");

    let (status, again) = run(&server, CREATE).await;
    assert_eq!(status, 201);
    assert_eq!(again["data"]["id"], data["id"]);
    assert_eq!(again["data"]["count"], 2);
}

async fn curl_gets_errors(stack: Stack) {
    let server = Server::start(stack).await;
    run(&server, CREATE).await;
    let warning = json!({ "message": "disk at 91 %", "source": "backend", "level": "warning" });
    server.report(&warning).await;
    let (status, body) = run(&server, GET).await;
    assert_eq!((status, &body["status"]), (200, &json!("success")));
    let data = &body["data"];
    assert_eq!(data["errors"].as_array().unwrap().len(), 1, "{data}");
    assert_eq!(data["errors"][0]["message"], "Database connection failed");
    assert_eq!(
        (&data["total"], &data["page"], &data["limit"]),
        (&json!(1), &json!(1), &json!(10))
    );
}

async fn curl_resolves_an_error(stack: Stack) {
    let server = Server::start(stack).await;
    let (_, created) = run(&server, CREATE).await;
    let id = text(&created["data"]["id"]);
    let (status, body) = run(&server, &RESOLVE.replace("{error-id}", id)).await;
    assert_eq!(status, 200);
    let error = server.data(&format!("/api/errors/{id}")).await;
    assert_eq!(
        body,
        json!({ "success": true, "status": "success", "data": error })
    );
    assert_eq!(error["status"], "resolved");
    assert_eq!(error["resolved"], true);
}

/// The headers of `fetch` in Node beside the example's own.
fn fetch(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    request
        .header("Accept", "*/*")
        .header("Accept-Language", "*")
        .header("Sec-Fetch-Mode", "cors")
        .header("User-Agent", "node")
        .header("Accept-Encoding", "identity")
}

/// `JSON.stringify` of the document's `logError({...})`.
const LOGGED: &str = r#"{"level":"error","message":"User authentication failed","source":"frontend","context":{"user_id":"12345","page":"/login"}}"#;

async fn javascript_creates_an_error(stack: Stack) {
    let server = Server::start(stack).await;
    let answer = Answer::to(fetch(server.posting("/api/errors", LOGGED))).await;
    let data = answer.data(201);
    assert_eq!(data["message"], "User authentication failed");
    assert_eq!(data["source"], "frontend");
    assert_eq!(
        data["context"],
        json!({ "user_id": "12345", "page": "/login" })
    );
    assert_eq!(data["user_agent"], "node");
}

async fn javascript_gets_errors(stack: Stack) {
    let server = Server::start(stack).await;
    server.post_bytes("/api/errors", LOGGED).await.data(201);
    // `new URLSearchParams({})` leaves a bare question mark.
    let bare = Answer::to(fetch(server.request(Method::GET, "/api/errors?"))).await;
    let data = bare.data(200);
    assert_eq!((&data["total"], &data["limit"]), (&json!(1), &json!(50)));
    let query = "/api/errors?limit=20&level=error&source=frontend";
    let answer = Answer::to(fetch(server.request(Method::GET, query))).await;
    assert_eq!(
        answer.data(200)["errors"][0]["message"],
        "User authentication failed"
    );
}

async fn javascript_in_a_browser_may_call_from_another_origin(stack: Stack) {
    let server = Server::start(stack).await;
    let origin = "http://localhost:3000";
    let preflight = server
        .anonymous()
        .request(Method::OPTIONS, "/api/errors")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,x-api-key");
    let preflight = Answer::to(preflight).await;
    assert!(matches!(preflight.status, 200 | 204), "{preflight:?}");
    let allowed = preflight.header("access-control-allow-origin");
    assert!(allowed == "*" || allowed == origin, "{preflight:?}");
    let headers = preflight
        .header("access-control-allow-headers")
        .to_lowercase();
    assert!(
        headers.contains("content-type") && headers.contains("x-api-key"),
        "{headers}"
    );
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("POST")
    );

    let posted = server
        .posting("/api/errors", LOGGED)
        .header("Origin", origin);
    let posted = Answer::to(posted).await;
    posted.data(201);
    let allowed = posted.header("access-control-allow-origin");
    assert!(allowed == "*" || allowed == origin, "{posted:?}");
}

async fn go_creates_an_error(stack: Stack) {
    let server = Server::start(stack).await;
    // encoding/json writes keys in the struct's order and escapes <, > and &.
    let body = r#"{"level":"error","message":"read \u003cnil\u003e \u0026 gave up","source":"api","context":{"attempt":3}}"#;
    let request = server
        .posting("/api/errors", body)
        .header("User-Agent", "Go-http-client/1.1")
        .header("Accept-Encoding", "gzip");
    let answer = Answer::to(request).await;
    assert_eq!(answer.status, 201);
    let answered: Value = match answer.header("content-encoding") {
        "gzip" => serde_json::from_reader(flate2::read::GzDecoder::new(&answer.body[..])).unwrap(),
        _ => answer.json(),
    };
    assert_eq!(answered["data"]["message"], "read <nil> & gave up");
    let error = server.errors("?include=context").await.remove(0);
    assert_eq!(error["message"], "read <nil> & gave up");
    assert_eq!(error["context"], json!({ "attempt": 3 }));
    assert_eq!(error["user_agent"], "Go-http-client/1.1");

    // A nil map is null.
    let body = r#"{"level":"warning","message":"no context","source":"api","context":null}"#;
    let data = server.post_bytes("/api/errors", body).await.data(201);
    assert_eq!(
        (&data["level"], &data["context"]),
        (&json!("warning"), &Value::Null)
    );
}

/// The body of `POST /api/errors` in the document.
fn documented_body() -> Value {
    json!({
        "level": "error",
        "message": "Database connection failed",
        "stack_trace": "Error: Connection timeout\n    at Database.connect(db.js:45)\n    at main(app.js:12)",
        "context": {
            "user_id": "12345",
            "session_id": "abc-def-ghi",
            "request_id": "req-789",
            "additional_data": "any value"
        },
        "source": "backend",
        "environment": "production",
        "url": "https://api.example.com/users"
    })
}

async fn the_documented_body_is_answered_with_every_documented_field(stack: Stack) {
    let server = Server::start(stack).await;
    let request = server
        .posting("/api/errors", documented_body().to_string())
        .header("User-Agent", "Mozilla/5.0");
    let data = Answer::to(request).await.data(201);
    for (field, sent) in documented_body().as_object().unwrap() {
        assert_eq!(&data[field], sent, "{field}");
    }
    assert_eq!(
        text(&data["id"]).parse::<Uuid>().unwrap().get_version_num(),
        7
    );
    assert_eq!(data["user_agent"], "Mozilla/5.0");
    assert_eq!(data["ip_address"], "127.0.0.1");
    assert!(!text(&data["fingerprint"]).is_empty());
    assert_eq!(
        (&data["resolved"], &data["count"]),
        (&json!(false), &json!(1))
    );
    for field in [
        "timestamp",
        "first_seen",
        "last_seen",
        "created_at",
        "updated_at",
    ] {
        let age = e2e::value::now() - time_of(&data[field]);
        assert!(age.abs() < time::Duration::minutes(1), "{field}: {age}");
    }
    // What the contract adds.
    text(&data["event_id"]).parse::<Uuid>().unwrap();
    text(&data["project_id"]).parse::<Uuid>().unwrap();
    assert_eq!(data["severity"], "critical");
    assert_eq!(
        (&data["release"], &data["resolved_at"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(data["regressed"], false);

    let got = server.as_reported(text(&data["id"])).await;
    assert_eq!(got, data);
}

async fn what_is_left_out_has_the_documented_default(stack: Stack) {
    let server = Server::start(stack).await;
    let data = server
        .report(&json!({ "message": "m", "source": "s" }))
        .await;
    assert_eq!(data["level"], "error");
    assert_eq!(data["environment"], "production");
    for field in ["stack_trace", "context", "url", "release"] {
        assert_eq!(data.get(field), Some(&Value::Null), "{field}");
    }
}

async fn health_needs_no_key(stack: Stack) {
    let server = Server::start(stack).await;
    let answer = server.anonymous().get("/health").await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["status"], "ok");
    let age = e2e::value::now() - time_of(&body["timestamp"]);
    assert!(age.abs() < time::Duration::minutes(1), "{age}");
}

async fn get_list_resolve_and_delete_answer_as_documented(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&documented_body()).await["id"]).to_owned();
    let path = format!("/api/errors/{id}");

    let got = server.data(&path).await;
    assert_eq!(got["context"], documented_body()["context"]);
    assert_eq!(got["stack_trace"], documented_body()["stack_trace"]);

    let listed = server.errors("").await.remove(0);
    for field in [
        "id",
        "timestamp",
        "level",
        "message",
        "source",
        "resolved",
        "count",
    ] {
        assert_eq!(listed[field], got[field], "{field}");
    }
    let resolved = server.put(&format!("{path}/resolve")).await.data(200);
    assert_eq!(resolved, server.data(&path).await);
    assert_eq!(resolved["status"], "resolved");
    server.delete(&path).await.is_empty_204();
    server.get(&path).await.refusal(404, "error_not_found");
    assert_eq!(server.data("/api/errors").await["total"], 0);

    for (method, path) in [
        (Method::GET, "/api/errors/not-a-uuid"),
        (Method::PUT, "/api/errors/not-a-uuid/resolve"),
        (Method::DELETE, "/api/errors/not-a-uuid"),
    ] {
        Answer::to(server.request(method, path))
            .await
            .refusal(400, "invalid_input");
    }
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::PUT, format!("{path}/resolve")),
        (Method::DELETE, path),
    ] {
        Answer::to(server.request(method, &path))
            .await
            .refusal(404, "error_not_found");
    }
}

async fn the_documented_list_queries_work(stack: Stack) {
    let server = Server::start(stack).await;
    for (level, source) in [
        ("error", "frontend"),
        ("warning", "backend"),
        ("error", "backend"),
    ] {
        let message = format!("{level} of {source}");
        server
            .report(&json!({ "message": message, "source": source, "level": level }))
            .await;
    }
    for (query, total, limit) in [
        ("?limit=20&offset=0", 3, 20),
        ("?level=error&source=frontend", 1, 50),
        ("?limit=10&level=warning", 1, 10),
        ("", 3, 50),
    ] {
        let data = server.data(&format!("/api/errors{query}")).await;
        assert_eq!(
            (&data["total"], &data["limit"]),
            (&json!(total), &json!(limit)),
            "{query}"
        );
        assert_eq!(data["errors"].as_array().unwrap().len(), total, "{query}");
    }
}
