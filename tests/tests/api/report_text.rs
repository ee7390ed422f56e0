//! JSON as clients really send it, and what is no JSON.

use e2e::value::{report, text};
use e2e::{Answer, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both_stacks! {
    malformed_json_is_refused,
    over_deep_json_is_refused,
    nul_and_lone_surrogates_are_kept_as_replacements,
    whatever_text_is_sent_costs_no_neighbour,
    bytes_that_are_no_utf_8_are_replaced,
    every_other_character_is_kept,
    large_numbers_and_the_order_of_keys_are_kept,
    repeated_keys_do_no_harm,
    sql_in_every_field_is_text,
    hostile_texts_take_bounded_time,
}

const INVALID: &str = "Invalid JSON in request body";

async fn malformed_json_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for body in [
        "",
        " ",
        "{",
        "}",
        "{\"message\":\"m\",\"source\":\"s\"",
        "{\"message\":\"m\",\"source\":\"s\",}",
        "{'message':'m','source':'s'}",
        "{message:\"m\"}",
        "{\"message\":\"m\",\"source\":\"s\"} {}",
        "{\"message\":\"m\ning\",\"source\":\"s\"}",
        "{\"message\":\"\\x41\",\"source\":\"s\"}",
        "{\"message\":\"\\u12\",\"source\":\"s\"}",
        "{\"message\":\"m\",\"source\":\"s\",\"context\":{\"n\":NaN}}",
        "{\"message\":\"m\",\"source\":\"s\",\"context\":{\"n\":01}}",
        "message=m&source=s",
        "<message>m</message>",
    ] {
        for path in ["/api/errors", "/api/errors/batch", "/api/errors/bulk"] {
            let refused = server
                .post_bytes(path, body)
                .await
                .refusal(400, "invalid_json");
            assert_eq!(refused["error"], INVALID, "{body:?}");
        }
    }
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

async fn over_deep_json_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let deep = |open: &str, close: &str, levels: usize| {
        let nested = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        format!("{{\"message\":\"m\",\"source\":\"s\",\"context\":{{\"x\":{nested}}}}}")
    };
    for levels in [1_000, 10_000, 100_000] {
        for body in [
            deep("[", "]", levels),
            deep("{\"a\":", "}", levels),
            "[".repeat(levels),
            "{\"a\":".repeat(levels),
        ] {
            let refused = server
                .post_bytes("/api/errors", body)
                .await
                .refusal(400, "invalid_json");
            assert_eq!(refused["error"], INVALID);
        }
        let batch = format!("[{}]", deep("[", "]", levels));
        let outcomes = server.post_bytes("/api/errors/batch", batch).await;
        assert_eq!(outcomes.data(201)[0]["code"], "invalid_json");
        let bulk = format!("{{\"ids\":{}", "[".repeat(levels));
        server
            .post_bytes("/api/errors/bulk", bulk)
            .await
            .refusal(400, "invalid_json");
    }
    let shallow = deep("[", "]", 100);
    server.post_bytes("/api/errors", shallow).await.data(201);
}

/// The body as written, and the fields that must be stored.
fn broken_texts() -> (&'static str, Value) {
    let body = r#"{"message":"nul \u0000 high \ud800 low \udc00 pair \ud83d\udc1e end","source":"s\u0000",
        "stack_trace":"Error: \udfff\n    at f (a.js:1:2)","environment":"e\u0000","url":"https://x.example/\u0000",
        "release":"\ud800","context":{"k\u0000":"v\u0000","\ud800":["\udc00",{"deep\udbff":"\u0000"}]},
        "tags":{"t\u0000":"\ud800"},"user":{"name\u0000":"\udc00"}}"#;
    let stored = json!({
        "message": "nul \u{FFFD} high \u{FFFD} low \u{FFFD} pair \u{1F41E} end",
        "source": "s\u{FFFD}",
        "stack_trace": "Error: \u{FFFD}\n    at f (a.js:1:2)",
        "environment": "e\u{FFFD}",
        "url": "https://x.example/\u{FFFD}",
        "release": "\u{FFFD}",
        "context": { "k\u{FFFD}": "v\u{FFFD}", "\u{FFFD}": ["\u{FFFD}", { "deep\u{FFFD}": "\u{FFFD}" }] },
        "tags": { "t\u{FFFD}": "\u{FFFD}" },
        "user": { "name\u{FFFD}": "\u{FFFD}" },
    });
    (body, stored)
}

async fn nul_and_lone_surrogates_are_kept_as_replacements(stack: Stack) {
    let server = Server::start(stack).await;
    let (body, stored) = broken_texts();
    let data = server.post_bytes("/api/errors", body).await.data(201);
    let got = server
        .data(&format!("/api/errors/{}", text(&data["id"])))
        .await;
    for (field, expected) in stored.as_object().unwrap() {
        assert_eq!(&data[field], expected, "{field}");
        assert_eq!(&got[field], expected, "{field}, read again");
    }
    let custom = r#"{"message":"m","source":"s","fingerprint":["a\u0000","\ud800"]}"#;
    server.post_bytes("/api/errors", custom).await.data(201);
    let found = server.errors("?source=s%00").await;
    assert_eq!(found.len(), 1);
}

async fn whatever_text_is_sent_costs_no_neighbour(stack: Stack) {
    let server = Server::start(stack).await;
    let (broken, _) = broken_texts();
    let sent = (0..60).map(|number| {
        let client = (*server).clone();
        tokio::spawn(async move {
            match number % 3 {
                0 => client.post_bytes("/api/errors", broken).await,
                1 => {
                    client
                        .post_bytes("/api/errors", "{\"message\":\"\\ud8")
                        .await
                }
                _ => {
                    client
                        .post("/api/errors", &report("a good neighbour"))
                        .await
                }
            }
        })
    });
    let sent: Vec<_> = sent.collect();
    for (number, answer) in sent.into_iter().enumerate() {
        let answer: Answer = answer.await.unwrap();
        assert_eq!(
            answer.status,
            if number % 3 == 1 { 400 } else { 201 },
            "{}",
            answer.text()
        );
    }
    let counts: Vec<Value> = server
        .errors("")
        .await
        .iter()
        .map(|error| error["count"].clone())
        .collect();
    assert_eq!(counts, [json!(20), json!(20)]);
}

async fn bytes_that_are_no_utf_8_are_replaced(stack: Stack) {
    let server = Server::start(stack).await;
    let body = b"{\"message\":\"caf\xE9\",\"source\":\"s\",\"context\":{\"k\":\"\xF0\x9F\x98 \xED\xA0\x80\"}}";
    let data = server
        .post_bytes("/api/errors", body.to_vec())
        .await
        .data(201);
    assert_eq!(data["message"], "caf\u{FFFD}");
    let with_mark = b"\xEF\xBB\xBF{\"message\":\"marked\",\"source\":\"s\"}";
    let data = server
        .post_bytes("/api/errors", with_mark.to_vec())
        .await
        .data(201);
    assert_eq!(data["message"], "marked");
}

async fn every_other_character_is_kept(stack: Stack) {
    let server = Server::start(stack).await;
    let controls: String = (1..0x20)
        .chain(0x7F..0xA0)
        .filter_map(char::from_u32)
        .collect();
    for characters in [
        controls.as_str(),
        "\u{FEFF}\u{200B}\u{202E}\u{FFFE}\u{FFFF}\u{10FFFF}",
        "ﷺ 👩‍👩‍👧‍👦 e\u{301}\u{301} ẞ İ ı ﬁ",
        "\\ \\n \\u0000 \\x00 \" ' ` $ % _ {} [] <b> &amp;",
    ] {
        let mut body = report(&format!("x {characters} x"));
        body["context"] = json!({ characters: [characters, { characters: characters }] });
        body["tags"] = json!({ characters: characters });
        body["stack_trace"] = json!(characters);
        let data = server.report(&body).await;
        let got = server
            .data(&format!("/api/errors/{}", text(&data["id"])))
            .await;
        for field in ["message", "context", "tags", "stack_trace"] {
            assert_eq!(data[field], body[field], "{field}");
            assert_eq!(got[field], body[field], "{field}, read again");
        }
    }
}

async fn large_numbers_and_the_order_of_keys_are_kept(stack: Stack) {
    let server = Server::start(stack).await;
    let context = r#"{"z":12345678901234567890123,"a":0.10000000000000000001,"m":-0.0,"e":1e+400}"#;
    let body = format!("{{\"message\":\"m\",\"source\":\"s\",\"context\":{context}}}");
    let answer = server.post_bytes("/api/errors", body).await;
    assert!(answer.text().contains(context), "{}", answer.text());
    let id = text(&answer.data(201)["id"]).to_owned();
    let got = server.get(&format!("/api/errors/{id}")).await;
    assert!(got.text().contains(context), "{}", got.text());
}

async fn repeated_keys_do_no_harm(stack: Stack) {
    let server = Server::start(stack).await;
    let body = r#"{"message":"first","message":"last","source":"s","context":{"a":1,"a":2}}"#;
    let data = server.post_bytes("/api/errors", body).await.data(201);
    assert_eq!(data["message"], "last");
    let many: String = (0..20_000)
        .map(|number| format!("\"k{}\":1,", number % 7))
        .collect();
    let body = format!("{{{many}\"message\":\"m\",\"source\":\"s\"}}");
    let started = Instant::now();
    server.post_bytes("/api/errors", body).await.data(201);
    assert!(started.elapsed() < Duration::from_secs(20));
}

async fn sql_in_every_field_is_text(stack: Stack) {
    let server = Server::start(stack).await;
    let sql = "x'); DROP TABLE errors; --\" $1 ? %s \\";
    let body = json!({
        "message": sql, "source": sql, "environment": sql, "stack_trace": sql, "url": sql, "release": sql,
        "fingerprint": [sql], "tags": { sql: sql }, "user": { sql: sql }, "context": { sql: [sql] },
    });
    let data = server.report(&body).await;
    let got = server
        .data(&format!("/api/errors/{}", text(&data["id"])))
        .await;
    for field in [
        "message",
        "source",
        "environment",
        "stack_trace",
        "url",
        "release",
        "tags",
        "user",
        "context",
    ] {
        assert_eq!(got[field], body[field], "{field}");
    }
    for field in ["level", "severity", "timestamp", "event_id"] {
        let mut body = report("m");
        body[field] = json!(sql);
        server.post("/api/errors", &body).await.names_field(field);
    }
    assert_eq!(server.data("/api/errors").await["total"], 1);
}

/// Texts that make backtracking patterns and repeated searches slow.
async fn hostile_texts_take_bounded_time(stack: Stack) {
    let server = Server::start(stack).await;
    for unit in [
        "://@",
        "a@",
        "1.",
        "'",
        "\"",
        "{",
        "((",
        "/a",
        "http://",
        "a:b@",
        "::",
        "eyJ",
        "-----BEGIN ",
        "4111 ",
        "a=",
        "Bearer ",
        "password=",
        "%41",
        "\n  at f (a.js:1:2)",
        "Caused by: x\n",
        "0",
        "a",
        "-",
        "[",
        "File \"a\", line 1\n",
        "Error: ",
    ] {
        let mut body = report(&format!("x{}", unit.repeat(100_000 / unit.len())));
        body["stack_trace"] = json!(unit.repeat(100_000 / unit.len()));
        body["url"] = body["message"].clone();
        body["context"] = json!({ "k": body["message"] });
        let started = Instant::now();
        server.report(&body).await;
        let elapsed = started.elapsed();
        assert!(
            elapsed < Duration::from_secs(15),
            "{unit:?} took {elapsed:?}"
        );
    }
}
