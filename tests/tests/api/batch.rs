//! Many reports at once: a bad one never costs a good one.

use e2e::value::{fresh_id, report, text};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    each_item_has_its_own_outcome_in_order,
    lines_are_a_batch_too,
    a_thousand_fit_and_one_more_does_not,
    counts_within_a_batch_grow_one_by_one,
    repeats_within_a_batch_count_once,
    sixteen_mebibytes_fit_and_one_byte_more_does_not,
    what_is_no_batch_is_refused,
    concurrent_batches_count_exactly,
}

const PATH: &str = "/api/errors/batch";

async fn send_lines(
    server: &Server,
    content_type: &str,
    lines: impl Into<reqwest::Body>,
) -> Answer {
    let request = server
        .request(Method::POST, PATH)
        .header("Content-Type", content_type)
        .body(lines);
    Answer::to(request).await
}

fn outcomes(data: &Value) -> Vec<u64> {
    let items = data.as_array().unwrap();
    items
        .iter()
        .map(|item| item["status"].as_u64().unwrap())
        .collect()
}

async fn each_item_has_its_own_outcome_in_order(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!([
        report("good one"),
        { "message": "no source" },
        5,
        null,
        [],
        { "message": "good two", "source": "api", "level": "WARN", "context": { "n": 2 } },
        { "message": "m", "source": "s", "level": "loud" },
        { "message": "m", "source": "s", "project": "nowhere" },
        { "message": "m", "source": "s", "timestamp": "2999-01-01T00:00:00Z" },
        { "message": "nul \u{0}", "source": "s" },
    ]);
    let data = server.post(PATH, &body).await.data(201);
    assert_eq!(
        outcomes(&data),
        [201, 400, 400, 400, 400, 201, 400, 404, 400, 201]
    );
    assert_eq!(data[0]["data"]["message"], "good one");
    assert_eq!(
        data[1]["error"],
        "Invalid input: field 'source' is required"
    );
    assert_eq!(data[1]["code"], "invalid_input");
    assert_eq!(data[1]["details"][0]["field"], "source");
    assert!(
        data[1].get("data").is_none() && data[0].get("error").is_none(),
        "{data}"
    );
    assert_eq!(
        (&data[5]["data"]["level"], &data[5]["data"]["context"]),
        (&json!("warning"), &json!({ "n": 2 }))
    );
    assert_eq!(data[9]["data"]["message"], "nul \u{FFFD}");
    assert_eq!(server.data("/api/errors").await["total"], 3);
    for item in [0, 5, 9] {
        let id = text(&data[item]["data"]["id"]);
        assert_eq!(server.as_reported(id).await, data[item]["data"]);
    }
}

async fn lines_are_a_batch_too(stack: Stack) {
    let server = Server::start(stack).await;
    let lines = "{\"message\":\"one\",\"source\":\"s\"}\r\n\n{\"message\":\"broken\n\
                 {\"message\":\"lone \\ud800\",\"source\":\"s\"}\n   \n[1]\n{\"message\":\"last\",\"source\":\"s\"}";
    for content_type in [
        "application/x-ndjson",
        "application/x-ndjson; charset=utf-8",
    ] {
        let data = send_lines(&server, content_type, lines).await.data(201);
        assert_eq!(outcomes(&data), [201, 400, 201, 400, 201]);
        assert_eq!(data[1]["error"], "Invalid JSON in request body");
        assert_eq!(data[2]["data"]["message"], "lone \u{FFFD}");
    }
    assert_eq!(server.data("/api/errors").await["total"], 3);
    let deep = format!("{}\n{}", "[".repeat(10_000), report("good"));
    let data = send_lines(&server, "application/x-ndjson", deep)
        .await
        .data(201);
    assert_eq!(outcomes(&data), [400, 201]);
    // One report is no batch of lines.
    let request = server
        .request(Method::POST, "/api/errors")
        .header("Content-Type", "application/x-ndjson")
        .body(report("m").to_string());
    Answer::to(request)
        .await
        .refusal(415, "unsupported_media_type");
}

async fn a_thousand_fit_and_one_more_does_not(stack: Stack) {
    let server = Server::start(stack).await;
    let items = |count: usize| Value::from(vec![report("one of many"); count]);
    let data = server.post(PATH, &items(1_000)).await.data(201);
    assert_eq!(outcomes(&data), vec![201; 1_000]);
    assert_eq!(server.errors("").await[0]["count"], 1_000);

    let refused = server
        .post(PATH, &items(1_001))
        .await
        .refusal(400, "invalid_input");
    assert!(text(&refused["error"]).contains("1000"), "{refused}");
    let lines = format!("{}\n", report("one of many")).repeat(1_001);
    send_lines(&server, "application/x-ndjson", lines)
        .await
        .refusal(400, "invalid_input");
    assert_eq!(server.errors("").await[0]["count"], 1_000);
}

async fn counts_within_a_batch_grow_one_by_one(stack: Stack) {
    let server = Server::start(stack).await;
    let items: Vec<Value> = (0..60)
        .map(|number| report(["left", "right", "middle"][number % 3]))
        .collect();
    let data = server.post(PATH, &Value::from(items)).await.data(201);
    for (number, item) in data.as_array().unwrap().iter().enumerate() {
        assert_eq!(item["data"]["count"], number / 3 + 1, "item {number}");
    }
}

async fn repeats_within_a_batch_count_once(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = report("told again and again");
    body["event_id"] = json!(fresh_id());
    let data = server
        .post(
            PATH,
            &json!([body, body, report("told again and again"), body]),
        )
        .await
        .data(201);
    assert_eq!(outcomes(&data), [201; 4]);
    assert_eq!(server.errors("").await[0]["count"], 2);
    server.post(PATH, &json!([body, body])).await.data(201);
    assert_eq!(server.errors("").await[0]["count"], 2);
}

async fn sixteen_mebibytes_fit_and_one_byte_more_does_not(stack: Stack) {
    const LIMIT: usize = 16 << 20;
    let server = Server::start(stack).await;
    let item = |trace: usize| {
        let mut body = report("large");
        body["stack_trace"] = json!("a".repeat(trace));
        body.to_string()
    };
    let part = item(500_000);
    let mut lines = format!("{part}\n").repeat(LIMIT / (part.len() + 1) - 1);
    let rest = LIMIT - lines.len() - item(0).len();
    lines.push_str(&item(rest));
    assert_eq!(lines.len(), LIMIT);
    let too_long = format!("{lines}\n");

    let data = send_lines(&server, "application/x-ndjson", lines)
        .await
        .data(201);
    assert!(outcomes(&data).iter().all(|status| *status == 201));
    assert_eq!(
        server.errors("").await[0]["count"],
        data.as_array().unwrap().len()
    );
    let answer = send_lines(&server, "application/x-ndjson", too_long).await;
    answer.refusal(413, "payload_too_large");
}

async fn what_is_no_batch_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for body in [
        report("m"),
        json!("m"),
        json!(null),
        json!({ "errors": [report("m")] }),
    ] {
        server.post(PATH, &body).await.refusal(400, "invalid_input");
    }
    assert_eq!(server.post(PATH, &json!([])).await.data(201), json!([]));
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

async fn concurrent_batches_count_exactly(stack: Stack) {
    let server = Server::start(stack).await;
    let sent: Vec<_> = (0..10)
        .map(|_| {
            let client = (*server).clone();
            let mut items = vec![report("left"), report("right"), json!({ "message": "bad" })];
            items.extend(vec![report("left"); 27]);
            tokio::spawn(async move { client.post(PATH, &Value::from(items)).await })
        })
        .collect();
    let mut counts = Vec::new();
    for answer in sent {
        let data = answer.await.unwrap().data(201);
        for item in data.as_array().unwrap() {
            if item["data"]["message"] == "left" {
                counts.push(item["data"]["count"].as_u64().unwrap());
            }
        }
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=280).collect::<Vec<u64>>());
    let errors = server.errors("?sort=count").await;
    let counts: Vec<&Value> = errors.iter().map(|error| &error["count"]).collect();
    assert_eq!(counts, [280, 10]);
}
