//! What a request costs is bounded by its limits, whatever its encoding and shape.

use e2e::raw::{body, exchange, status};
use e2e::value::{report, text};
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

on_both_stacks! {
    an_item_that_is_no_json_costs_no_other,
    an_item_is_as_large_as_a_report_alone_may_be,
    values_are_counted,
    memory_stays_bounded_under_the_worst_bodies,
    unfinished_bodies_leave_room_for_others,
    pages_are_bounded_in_bytes,
}

const PATH: &str = "/api/errors/batch";

/// What the server may take beside the 15 MiB or so of its own file in memory, so that all is below 250 MiB.
const MOST_MEMORY: u64 = 235;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

async fn send(
    server: &Client,
    path: &str,
    encoding: &str,
    content_type: &str,
    sent: Vec<u8>,
) -> reqwest::Result<Answer> {
    let request = server
        .request(Method::POST, path)
        .header("Content-Type", content_type)
        .header("Content-Encoding", encoding)
        .body(sent);
    Answer::try_to(request).await
}

fn statuses(data: &Value) -> Vec<u64> {
    let items = data.as_array().unwrap().iter();
    items.map(|item| item["status"].as_u64().unwrap()).collect()
}

async fn an_item_that_is_no_json_costs_no_other(stack: Stack) {
    let server = Server::start(stack).await;
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let nested = json!({ "message": "deep", "source": "s" }).to_string();
    let nested = nested.replace('}', &format!(",\"context\":{{\"a\":{deep}}}}}"));
    let bad = [
        nested.as_str(),
        &deep,
        r#"{"message":"m","source":"s","context":{"$serde_json::private::Number":"x"}}"#,
        r#"{"message":"m","source":"s","context":{"a":{"\u0024serde_json::private::Number":"1"}}}"#,
        r#"{"message":"m","source":"s",}"#,
        r#"{"message":"m" "source":"s"}"#,
        "nonsense",
        r#""text""#,
    ];
    for bad in bad {
        let good = report("good").to_string();
        let array = format!("[{good},{bad},{good}]");
        let data = server.post_bytes(PATH, array).await.data(201);
        assert_eq!(statuses(&data), [201, 400, 201], "{bad}");
        assert!(text(&data[1]["error"]).starts_with("Invalid"), "{data}");
        server.post_bytes("/api/errors", bad).await;
    }
    let errors = server.errors("").await;
    assert_eq!(
        (errors.len(), &errors[0]["count"]),
        (1, &json!(2 * bad.len()))
    );
    for broken in [
        "[{\"message\":\"m\",\"source\":\"s\"}",
        "[1,]",
        "[] []",
        "[{\"a\":\"]",
    ] {
        server
            .post_bytes(PATH, broken)
            .await
            .refusal(400, "invalid_json");
    }
}

async fn an_item_is_as_large_as_a_report_alone_may_be(stack: Stack) {
    let server = Server::start(stack).await;
    let sized = |size: usize, field: &str| {
        let mut one = report("large");
        one[field] = json!("");
        let rest = size - one.to_string().len();
        one[field] = json!("a".repeat(rest));
        one.to_string()
    };
    let (most, good) = (1 << 20, report("good").to_string());
    for field in ["stack_trace", "message", "url", "unknown"] {
        let (fits, over) = (sized(most, field), sized(most + 1, field));
        let array = server
            .post_bytes(PATH, format!("[{good},{fits},{over},{good}]"))
            .await;
        assert_eq!(statuses(&array.data(201)), [201, 201, 413, 201], "{field}");
        let lines = format!("{good}\n{fits}\n{over}\n{good}").into_bytes();
        let lines = send(&server, PATH, "identity", "application/x-ndjson", lines).await;
        assert_eq!(
            statuses(&lines.unwrap().data(201)),
            [201, 201, 413, 201],
            "{field}"
        );
        server.post_bytes("/api/errors", fits).await.data(201);
        let answer = server.post_bytes("/api/errors", over).await;
        answer.refusal(413, "payload_too_large");
    }
}

async fn values_are_counted(stack: Stack) {
    let server = Server::start(stack).await;
    let with =
        |values: String| format!(r#"{{"message":"m","source":"s","context":{{"a":[{values}]}}}}"#);
    for element in ["0", "[]", "{}", "\"\"", "null"] {
        let many = with(vec![element; 200_000].join(","));
        let refused = server.post_bytes("/api/errors", many.clone()).await;
        refused.refusal(400, "invalid_input");
        let batch = server
            .post_bytes(PATH, format!("[{},{many}]", report("good")))
            .await;
        assert_eq!(statuses(&batch.data(201)), [201, 400], "{element}");
    }
    // Thousands of values are usual.
    let usual = with(vec!["{\"id\":1,\"name\":\"x\"}"; 8_000].join(","));
    server.post_bytes("/api/errors", usual).await.data(201);
}

/// 16 MiB of an element, as an array.
fn array_of(element: &str) -> Vec<u8> {
    let mut text = String::with_capacity(16 << 20);
    text.push('[');
    while text.len() + 2 * element.len() + 3 < 16 << 20 {
        text.push_str(element);
        text.push(',');
    }
    text.push_str(element);
    text.push(']');
    text.into_bytes()
}

/// The worst bodies we know, each with what it must be answered.
fn worst_bodies() -> Vec<(&'static str, Vec<u8>, u16)> {
    let mut bodies = Vec::new();
    for element in ["0", "[]", "{}", "\"\"", "{\"a\":0}"] {
        bodies.push(("application/json", array_of(element), 400));
    }
    let values = String::from_utf8(array_of("[]")).unwrap();
    let item = format!(
        r#"{{"message":"m","source":"s","context":{{"a":{}}}}}"#,
        &values[..values.len() - (1 << 10)].trim_end_matches(',')
    );
    bodies.push(("application/json", format!("[{item}]").into_bytes(), 400));
    bodies.push(("application/x-ndjson", item.into_bytes(), 201));
    // As many values as are allowed, in each of as many reports as fit.
    let members: Vec<String> = (0..45_000).map(|n| format!("\"k{n}\":[]")).collect();
    let full = format!(
        r#"{{"message":"m","source":"s","context":{{{}}}}}"#,
        members.join(",")
    );
    let reports = vec![full.as_str(); (16 << 20) / (full.len() + 1) - 1].join(",");
    bodies.push(("application/json", format!("[{reports}]").into_bytes(), 201));
    let mut large = report("large");
    large["stack_trace"] = json!("line\n".repeat(150_000));
    let large = vec![large.to_string(); 17].join(",");
    bodies.push(("application/json", format!("[{large}]").into_bytes(), 201));
    let mut usual = report("usual");
    usual["context"] = json!({ "text": "x".repeat(15_000) });
    let usual = vec![usual.to_string(); 1_000].join(",");
    bodies.push(("application/json", format!("[{usual}]").into_bytes(), 201));
    bodies
}

async fn memory_stays_bounded_under_the_worst_bodies(stack: Stack) {
    // On a busy machine the senders are slow: none may be given up, which would spare memory.
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__HTTP__BODY_TIMEOUT", "5m");
    let server = site.start().await;
    let bodies: Vec<_> = worst_bodies()
        .into_iter()
        .map(|(kind, text, status)| (kind, gzip(&text), text, status))
        .collect();
    for _ in 0..2 {
        let mut sent = Vec::new();
        for (kind, packed, plain, status) in &bodies {
            for (encoding, bytes) in [("gzip", packed), ("identity", plain)] {
                let (server, bytes) = ((*server).clone(), bytes.clone());
                let (kind, status) = (*kind, *status);
                sent.push(tokio::spawn(async move {
                    // Without room in time a body is refused, and worth another try; a client that is still
                    // sending then may see no more than its connection closed.
                    let Ok(answer) = send(&server, PATH, encoding, kind, bytes).await else {
                        return;
                    };
                    let refused = answer.status == 503 && !answer.header("retry-after").is_empty();
                    let text = answer.text();
                    let shown = text.get(..200).unwrap_or(&text);
                    assert!(
                        answer.status == status || refused,
                        "{}: {shown}",
                        answer.status
                    );
                }));
            }
        }
        let mut single = report("single");
        single["stack_trace"] = json!("x".repeat(1_000_000));
        let single = Arc::new(single);
        for _ in 0..100 {
            let (server, single) = ((*server).clone(), Arc::clone(&single));
            sent.push(tokio::spawn(async move {
                let sent = server.posting("/api/errors", single.to_string());
                let status = Answer::try_to(sent).await.map(|answer| answer.status);
                assert!(
                    status.is_err() || matches!(status, Ok(201 | 202 | 503)),
                    "{status:?}"
                );
            }));
        }
        for one in sent {
            one.await.unwrap();
        }
    }
    let mebibytes = server.peak_own_memory_kib() >> 10;
    assert!(mebibytes < MOST_MEMORY, "{mebibytes} MiB");
    assert_eq!(server.get("/api/errors").await.status, 200);
}

async fn unfinished_bodies_leave_room_for_others(stack: Stack) {
    let server = Server::start(stack).await;
    let mut held = Vec::new();
    let begin = |path: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    for (path, count, length) in [
        ("/api/v1/auth/login", 300, 1 << 20),
        ("/api/v1/auth/login", 100, 8_000),
        ("/api/errors", 400, 1 << 20),
        (PATH, 60, 16 << 20),
    ] {
        for _ in 0..count {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream
                .write_all(begin(path, length).as_bytes())
                .await
                .unwrap();
            let part = vec![b' '; (length / 2).min(512 << 10)];
            // What the server does not read stays unsent.
            let _ = stream.try_write(&part);
            held.push(stream);
        }
    }
    for _ in 0..20 {
        server.report(&report("usual")).await;
        let wrong = json!({ "email": "nobody@example.com", "password": "wrong password" });
        let answer = server.anonymous().post("/api/v1/auth/login", &wrong).await;
        assert_eq!(answer.status, 401);
    }
    let memory = server.peak_own_memory_kib() >> 10;
    assert!(memory < MOST_MEMORY, "{memory} MiB");
    drop(held);
    let large = vec![report(&"x".repeat(900_000)).to_string(); 12].join(",");
    let answer = server.post_bytes(PATH, format!("[{large}]")).await;
    assert_eq!(statuses(&answer.data(201)), [201; 12]);
    let login = vec![b' '; 20_000];
    let request = [begin("/api/v1/auth/login", login.len()).as_bytes(), &login].concat();
    let request = String::from_utf8(request).unwrap();
    let request = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let answer = exchange(server.address(), request.as_bytes()).await;
    assert_eq!(status(&answer), 413, "{}", body(&answer));
}

async fn pages_are_bounded_in_bytes(stack: Stack) {
    const MOST: usize = 10 << 20;
    let server = Server::start(stack).await;
    let mut items = Vec::new();
    for number in 0..40 {
        let mut one = report(&format!(
            "{} {}",
            "word ".repeat(90_000),
            "x".repeat(number)
        ));
        one["stack_trace"] = json!("line \"quoted\"\n".repeat(20_000));
        one["source"] = json!("s".repeat(50_000));
        one["url"] = json!("u".repeat(50_000));
        one["fingerprint"] = json!([format!("{}", number % 20)]);
        items.push(one);
    }
    for part in items.chunks(10) {
        let data = server.post(PATH, &json!(part)).await.data(201);
        assert_eq!(statuses(&data), [201; 10]);
    }
    let id = text(&server.errors("?limit=1").await[0]["id"]).to_owned();
    let whole = server.data(&format!("/api/errors/{id}")).await;
    assert!(text(&whole["message"]).len() > 400_000);
    for path in [
        "/api/errors?limit=100".to_owned(),
        "/api/errors?limit=100&include=stack_trace,context".to_owned(),
        "/orgs/default/errors?limit=1000".to_owned(),
        format!("/api/errors/{id}/occurrences?limit=100"),
    ] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.len() < MOST, "{path}: {}", answer.body.len());
    }
    // A cursor reaches what a page leaves out.
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let page = server
            .data(&format!(
                "/api/errors?limit=100&include=stack_trace{cursor}"
            ))
            .await;
        let errors = page["errors"].as_array().unwrap();
        assert!(errors.iter().all(|error| error["stack_trace"].is_string()));
        seen += errors.len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 20);
    // Usual messages stand whole in lists.
    let usual = "a message of some kilobytes ".repeat(250);
    server.report(&report(&usual)).await;
    assert_eq!(
        server.errors("?limit=1").await[0]["message"],
        usual.as_str()
    );
}
