//! HTTP itself: routes, methods, request ids, other origins, and messages that no library would send.

use e2e::raw;
use e2e::value::{fresh_id, report, text};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

on_both_stacks! {
    unknown_routes_are_not_found,
    wrong_methods_are_told_the_right_ones,
    head_answers_like_get_without_a_body,
    request_ids_are_echoed_when_sane,
    preflights_are_answered,
    other_origins_are_refused_where_origins_are_set,
    malformed_messages_are_refused,
    what_never_becomes_a_request_gets_the_envelope,
    a_malformed_message_behind_good_ones_is_answered_after_them,
    a_body_that_breaks_its_own_framing_is_not_taken,
    pipelined_requests_are_answered_in_order,
    large_headers_do_no_harm,
    half_a_request_holds_nobody_up,
}

async fn unknown_routes_are_not_found(stack: Stack) {
    let server = Server::start(stack).await;
    let deep = "/a".repeat(2_000);
    let start = server.anonymous().get("/").await;
    assert_eq!((start.status, start.header("location")), (303, "/login"));
    let paths = [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/errors/",
        "/api/errors//",
        "//api/errors",
        "/health/",
        "/api/errors/x/y/z",
        "/API/errors",
        "/api/errors%2f",
        "/%00",
        "/%ff",
        "/.env",
        "/../etc/passwd",
        &deep,
    ];
    for path in paths {
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
        ] {
            let name = method.clone();
            let refused = Answer::to(server.request(method, path)).await;
            let refused = refused.refusal(404, "not_found");
            assert!(refused.get("details").is_none(), "{name} {path}: {refused}");
        }
        let anonymous = server.anonymous().get(path).await;
        anonymous.refusal(404, "not_found");
    }
}

async fn wrong_methods_are_told_the_right_ones(stack: Stack) {
    let server = Server::start(stack).await;
    let id = fresh_id();
    for (path, right) in [
        ("/health".to_owned(), "GET, HEAD"),
        ("/livez".to_owned(), "GET, HEAD"),
        ("/api/errors".to_owned(), "GET, POST, HEAD"),
        ("/api/errors/batch".to_owned(), "POST"),
        ("/api/errors/bulk".to_owned(), "POST"),
        (format!("/api/errors/{id}"), "GET, DELETE, HEAD"),
        (format!("/api/errors/{id}/resolve"), "PUT"),
        (format!("/api/errors/{id}/occurrences"), "GET, HEAD"),
    ] {
        for method in [
            "GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get",
        ] {
            if right.split(", ").any(|one| one == method) {
                continue;
            }
            let sent = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = Answer::to(server.request(sent, &path)).await;
            answer.refusal(405, "method_not_allowed");
            let mut allowed: Vec<&str> = answer.header("allow").split(", ").collect();
            let mut expected: Vec<&str> = right.split(", ").collect();
            allowed.sort_unstable();
            expected.sort_unstable();
            assert_eq!(allowed, expected, "{method} {path}");
        }
    }
}

async fn head_answers_like_get_without_a_body(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    for (path, status) in [
        ("/health".to_owned(), 200),
        ("/api/errors".to_owned(), 200),
        (format!("/api/errors/{id}"), 200),
        (format!("/api/errors/{}", fresh_id()), 404),
        ("/api/errors?limit=0".to_owned(), 400),
        ("/nothing".to_owned(), 404),
    ] {
        let get = server.get(&path).await;
        let head = Answer::to(server.request(Method::HEAD, &path)).await;
        assert_eq!((get.status, head.status), (status, status), "{path}");
        assert!(head.body.is_empty(), "{path}: {}", head.text());
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
    }
}

async fn request_ids_are_echoed_when_sane(stack: Stack) {
    let server = Server::start(stack).await;
    let ask = async |id: Option<&str>, path: &str| {
        let mut request = server.request(Method::GET, path);
        if let Some(id) = id {
            request = request.header("X-Request-Id", id);
        }
        Answer::to(request).await
    };
    let longest = "x".repeat(128);
    for id in [
        "req-789",
        "01997e5b-7c5e-7a3a-8000-0123456789ab",
        "a.b_c:d",
        &longest,
    ] {
        for path in ["/health", "/api/errors", "/nothing"] {
            assert_eq!(ask(Some(id), path).await.header("x-request-id"), id);
        }
        let refused = ask(Some(id), "/api/errors?limit=0")
            .await
            .names_field("limit");
        assert!(!refused.is_empty());
    }
    let endless = "x".repeat(5_000);
    for id in [
        "",
        " ",
        "two words",
        "<script>",
        "a\"b",
        "caf\u{e9}",
        "a\tb",
        &endless,
    ] {
        let answer = ask(Some(id), "/nothing").await;
        let given = answer.header("x-request-id");
        given
            .parse::<Uuid>()
            .unwrap_or_else(|_| panic!("{id:?} became {given:?}"));
        answer.refusal(404, "not_found");
    }
    let (one, other) = (ask(None, "/health").await, ask(None, "/health").await);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}

fn preflight(server: &Server, origin: &str, path: &str, method: &str) -> reqwest::RequestBuilder {
    server
        .anonymous()
        .request(Method::OPTIONS, path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header(
            "Access-Control-Request-Headers",
            "x-api-key, content-type, x-request-id",
        )
}

async fn preflights_are_answered(stack: Stack) {
    let server = Server::start(stack).await;
    let id = fresh_id();
    for (path, method) in [
        ("/api/errors".to_owned(), "POST"),
        ("/api/errors".to_owned(), "GET"),
        (format!("/api/errors/{id}"), "DELETE"),
        (format!("/api/errors/{id}/resolve"), "PUT"),
    ] {
        let answer = Answer::to(preflight(&server, "https://app.example", &path, method)).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(
            answer
                .header("access-control-allow-methods")
                .contains(method)
        );
        let headers = answer.header("access-control-allow-headers").to_lowercase();
        assert!(
            headers.contains("x-api-key") && headers.contains("content-type"),
            "{headers}"
        );
    }
    // A page must be able to read why it was refused, and the answer's own headers.
    let request = server
        .anonymous()
        .request(Method::GET, "/api/errors")
        .header("Origin", "https://app.example");
    let refused = Answer::to(request).await;
    refused.refusal(401, "missing_api_key");
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    let exposed = refused
        .header("access-control-expose-headers")
        .to_lowercase();
    assert!(exposed.contains("x-request-id"), "{exposed}");
}

async fn other_origins_are_refused_where_origins_are_set(stack: Stack) {
    let site = Site::new(stack).await.set(
        "FAULTBOOK__HTTP__CORS_ORIGINS",
        "[\"https://ours.example\"]",
    );
    let server = site.start().await;
    let ours = Answer::to(preflight(
        &server,
        "https://ours.example",
        "/api/errors",
        "POST",
    ))
    .await;
    assert_eq!(
        ours.header("access-control-allow-origin"),
        "https://ours.example"
    );
    let theirs = Answer::to(preflight(
        &server,
        "https://theirs.example",
        "/api/errors",
        "POST",
    ))
    .await;
    assert!(theirs.status < 500);
    assert_eq!(theirs.header("access-control-allow-origin"), "");
}

async fn malformed_messages_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let post = "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\n\
                Content-Type: application/json\r\nConnection: close\r\n";
    let messages = [
        "nonsense\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET /a b c HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n".to_owned(),
        format!("{post}Content-Length: -5\r\n\r\n{{}}"),
        format!("{post}Content-Length: 99999999999999999999\r\n\r\n{{}}"),
        format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
        format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".to_owned(),
    ];
    for message in messages {
        let answer = raw::exchange(server.address(), message.as_bytes()).await;
        let status = raw::status(&answer);
        assert!(
            (400..500).contains(&status),
            "{message:?} became {answer:?}"
        );
    }
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

/// The HTTP library refuses these by itself, before there is a request.
async fn what_never_becomes_a_request_gets_the_envelope(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__HTTP__HEADER_TIMEOUT", "1s");
    let server = site.start().await;
    let send = async |message: &str| raw::exchange(server.address(), message.as_bytes()).await;
    for message in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        "POST /api/errors HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
        // Something is left unread, which must not cost the client the answer.
        &format!(
            "GET /a b c HTTP/1.1\r\nHost: x\r\n\r\n{}",
            "x".repeat(500_000)
        ),
    ] {
        let refused = raw::refusal(&send(message).await, 400, "bad_request");
        assert_eq!(refused["error"], "Bad request", "{message:?}");
    }
    let padding = "x".repeat(200_000);
    let many = "X-Many: 1\r\n".repeat(5_000);
    for message in [
        format!("GET /health HTTP/1.1\r\nHost: x\r\nX-Padding: {padding}\r\n\r\n"),
        format!("GET /{padding} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /health HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
    ] {
        let refused = raw::refusal(&send(&message).await, 431, "headers_too_large");
        assert_eq!(refused["error"], "Request line or headers are too large");
    }
    for message in ["", "GET /health HTTP/1.1\r\nHost: x\r\nX-Half"] {
        let refused = raw::refusal(&send(message).await, 408, "request_timeout");
        assert_eq!(refused["error"], "The request took too long to arrive");
    }
    let whole = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_eq!(raw::status(&send(whole).await), 200);
}

async fn a_malformed_message_behind_good_ones_is_answered_after_them(stack: Stack) {
    let server = Server::start(stack).await;
    let good = "GET /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\n\r\n";
    for (method, turns) in [("GET", 1), ("GET", 5), ("HEAD", 1)] {
        let good = good.replacen("GET", method, 1).repeat(turns);
        let message = format!("{good}nonsense\r\n\r\n");
        let answers = raw::exchange(server.address(), message.as_bytes()).await;
        let last = answers.rfind("HTTP/1.1 ").unwrap();
        let _ = raw::refusal(&answers[last..], 400, "bad_request");
        let before = &answers[..last];
        assert_eq!(
            before.matches("HTTP/1.1 200 OK\r\n").count(),
            turns,
            "{answers}"
        );
        assert_eq!(before.matches("x-request-id: ").count(), turns, "{answers}");
        assert!(!before.contains("bad_request"), "{answers}");
    }
}

/// The HTTP library closes the connection on such a client, with or without an answer.
async fn a_body_that_breaks_its_own_framing_is_not_taken(stack: Stack) {
    let server = Server::start(stack).await;
    let body = report("m").to_string();
    let head = "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let length = body.len();
    for chunks in [
        format!("zz\r\n{body}\r\n0\r\n\r\n"),
        format!("{length:x}\r\n{body}nonsense"),
        format!("{:x}\r\n{body}\r\n0\r\n\r\n", length - 5),
        format!("ffffffffffffffffff\r\n{body}\r\n0\r\n\r\n"),
    ] {
        let answer = raw::exchange(server.address(), format!("{head}{chunks}").as_bytes()).await;
        assert!(
            answer.is_empty() || raw::status(&answer) == 400,
            "{chunks:?} became {answer:?}"
        );
    }
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

async fn pipelined_requests_are_answered_in_order(stack: Stack) {
    let server = Server::start(stack).await;
    let mut requests = String::new();
    for number in 0..8 {
        let body = report(&["even", "odd"][number % 2].repeat(3)).to_string();
        let last = if number == 7 {
            "Connection: close\r\n"
        } else {
            ""
        };
        requests.push_str(&format!(
            "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\nX-Request-Id: turn-{number}\r\n{last}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
    }
    let answers = raw::exchange(server.address(), requests.as_bytes()).await;
    let ids = answers.split("x-request-id: ").skip(1);
    let ids: Vec<&str> = ids.map(|rest| rest.split("\r\n").next().unwrap()).collect();
    let expected: Vec<String> = (0..8).map(|number| format!("turn-{number}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(answers.matches("HTTP/1.1 201").count(), 8, "{answers}");
    let counts: Vec<Value> = server
        .errors("")
        .await
        .iter()
        .map(|error| error["count"].clone())
        .collect();
    assert_eq!(counts, [4, 4]);
}

async fn large_headers_do_no_harm(stack: Stack) {
    let server = Server::start(stack).await;
    let with_header = |bytes: usize| {
        let padding = "x".repeat(bytes);
        format!(
            "GET /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\nConnection: close\r\nX-Padding: {padding}\r\n\r\n"
        )
    };
    for bytes in [8_000, 30_000, 60_000, 200_000, 2_000_000] {
        let answer = raw::exchange(server.address(), with_header(bytes).as_bytes()).await;
        // A server may also close the connection on somebody who floods it.
        if !answer.is_empty() {
            let status = raw::status(&answer);
            assert!(
                matches!(status, 200 | 400 | 413 | 431),
                "{bytes} bytes: {status}"
            );
        }
        assert!(
            bytes > 30_000 || raw::status(&answer) == 200,
            "{bytes} bytes: {answer}"
        );
    }
    let many = "X-Many: 1\r\n".repeat(5_000);
    let request = format!("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{many}\r\n");
    let answer = raw::exchange(server.address(), request.as_bytes()).await;
    assert!(answer.is_empty() || raw::status(&answer) < 500, "{answer}");
    assert_eq!(server.get("/health").await.status, 200);
}

/// Clients that stop in the middle of a request are given up, and cost nobody else anything.
async fn half_a_request_holds_nobody_up(stack: Stack) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__HTTP__HEADER_TIMEOUT", "1s")
        .set("FAULTBOOK__HTTP__BODY_TIMEOUT", "1s");
    let server = site.start().await;
    let head = "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\n\
                Content-Type: application/json\r\nContent-Length: 1000\r\n";
    let mut slow = Vec::new();
    for sent in [&head[..40], &format!("{head}\r\n{{\"message\"")] {
        for _ in 0..100 {
            let mut stream = tokio::net::TcpStream::connect(server.address())
                .await
                .unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }
    for _ in 0..20 {
        server.report(&report("in time")).await;
    }
    for mut stream in slow {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || raw::status(&answer) == 408, "{answer}");
        if let Some(at) = answer.find('{') {
            let body: Value = serde_json::from_str(&answer[at..]).unwrap();
            assert_eq!(body["code"], "request_timeout");
        }
    }
    assert_eq!(server.errors("").await[0]["count"], 20);
}
