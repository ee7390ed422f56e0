//! Sensitive data never comes back, is not in the database and not in the log.

use e2e::value::{fresh_id, report, text};
use e2e::{Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::fs;

on_both_stacks! {
    values_under_sensitive_keys_are_filtered,
    keys_that_only_look_sensitive_are_kept,
    secrets_in_text_are_filtered_everywhere,
    secrets_beside_their_key_are_filtered,
    the_longer_list_of_keys_is_in_force,
    secrets_are_neither_stored_nor_logged,
    the_list_of_keys_can_be_set,
}

const FILTERED: &str = "[Filtered]";

const JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

async fn values_under_sensitive_keys_are_filtered(stack: Stack) {
    let server = Server::start(stack).await;
    let context = json!({
        "password": "hunter2", "Passwd": "hunter2", "SECRET": "hunter2", "token": "hunter2",
        "api_key": "hunter2", "apiKey": "hunter2", "X-Api-Key": "hunter2", "Authorization": "hunter2",
        "cookie": "hunter2", "csrf": "hunter2", "credit_card": "hunter2", "cardNumber": "hunter2",
        "cvv": "hunter2", "pin": 12_345, "ssn": "hunter2", "private_key": "hunter2", "accessKey": "hunter2",
        "userPassword": ["hunter2", { "x": "hunter2" }], "nested": { "list": [{ "access-token": "hunter2" }] },
    });
    let body = json!({
        "message": "m", "source": "s", "context": context,
        "user": { "id": 1, "password": "hunter2" }, "tags": { "token": "hunter2" },
    });
    let data = server.report(&body).await;
    let got = server
        .get(&format!("/api/errors/{}", text(&data["id"])))
        .await;
    for shown in [data.to_string(), got.text()] {
        assert!(
            !shown.contains("hunter2") && !shown.contains("12345"),
            "{shown}"
        );
    }
    for key in context
        .as_object()
        .unwrap()
        .keys()
        .filter(|key| *key != "nested")
    {
        assert_eq!(data["context"][key], FILTERED, "{key}");
    }
    assert_eq!(
        data["context"]["nested"],
        json!({ "list": [{ "access-token": FILTERED }] })
    );
    assert_eq!(data["user"], json!({ "id": 1, "password": FILTERED }));
    assert_eq!(data["tags"], json!({ "token": FILTERED }));
}

async fn keys_that_only_look_sensitive_are_kept(stack: Stack) {
    let server = Server::start(stack).await;
    let context = json!({
        "user_id": "12345", "session_id": "abc-def-ghi", "request_id": "req-789", "author": "Ada",
        "token_count": 512, "pinned": true, "spin": 1, "secretary": "Bob", "passenger": "Eve",
        "order_number": "4711", "version": "1.2.3", "address": "192.168.1.1",
    });
    let body = json!({ "message": "order 1234 of 5678", "source": "s", "context": context });
    let data = server.report(&body).await;
    assert_eq!(data["context"], context);
    assert_eq!(data["message"], "order 1234 of 5678");
}

/// Texts that hold a secret, and the secret.
fn texts_with_secrets() -> Vec<(String, &'static str)> {
    vec![
        ("paid with 4111 1111 1111 1111 today".to_owned(), "1111 1111"),
        ("paid with 4111111111111111 today".to_owned(), "4111111111111111"),
        (format!("the session was {JWT} then"), "dozjgNryP4J3jVmNHl0w5N"),
        ("sent Authorization: Bearer abcDEF123456ghiJKL789".to_owned(), "abcDEF123456ghiJKL789"),
        ("sent Basic dXNlcjpodW50ZXIyaHVudGVyMg== along".to_owned(), "dXNlcjpodW50ZXIyaHVudGVyMg"),
        ("dialled postgres://app:hunter2@db.internal/x".to_owned(), "hunter2"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----".to_owned(),
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        ),
        ("used AKIAIOSFODNN7EXAMPLE for it".to_owned(), "AKIAIOSFODNN7EXAMPLE"),
        ("used ghp_0123456789abcdefghijklmnopqrstuvwxyz".to_owned(), "0123456789abcdefghijklmnopqrstuvwxyz"),
    ]
}

fn body_full_of(text: &str) -> Value {
    json!({
        "message": format!("message {text}"), "source": "s", "stack_trace": format!("Error: {text}\n    at f (a.js:1:2)"),
        "url": "https://user:hunter2@example.com/?token=hunter2&page=2",
        "context": { "note": text, "list": [text, { "deep": text }] }, "user": { "note": text },
        "tags": { "note": text }, "release": text,
    })
}

async fn secrets_in_text_are_filtered_everywhere(stack: Stack) {
    let server = Server::start(stack).await;
    for (text_sent, secret) in texts_with_secrets() {
        let answer = server.post("/api/errors", &body_full_of(&text_sent)).await;
        let data = answer.data(201);
        assert!(text(&data["message"]).contains(FILTERED), "{data}");
        assert!(text(&data["url"]).ends_with("page=2"), "{data}");
        let path = format!("/api/errors/{}", text(&data["id"]));
        let mut shown = vec![answer.text()];
        for rest in ["", "/occurrences", "/grouping"] {
            shown.push(server.get(&format!("{path}{rest}")).await.text());
        }
        shown.push(
            server
                .get("/api/errors?include=context,stack_trace")
                .await
                .text(),
        );
        for shown in shown {
            assert!(
                !shown.contains(secret) && !shown.contains("hunter2"),
                "{secret} is in {shown}"
            );
        }
    }
}

async fn secrets_beside_their_key_are_filtered(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({
        "source": "s",
        "message": "failed headers=[('Host', 'x'), ('Cookie', 'sid=hunter2')] cfg {User:bo Password:hunter Zone:} \
            <n:password>hunter2</n:password> Server=db;Password=one two hunter2;Encrypt=True",
        "stack_trace": "State: %{req_headers: [{\"cookie\", \"_k=hunter2\"}, {\"host\", \"x\"}]}",
        "context": {
            "headers": [["Host", "x"], ["Cookie", "sid=hunter2"]],
            "rawHeaders": ["Host", "x", "Cookie", "sid=hunter2"],
            "form": [{ "name": "password", "value": "hunter2" }, { "name": "user", "value": "bo" }],
            "argv": ["tool", "--password", "hunter2", "shop"],
            "required": ["username", "password", "email"],
            "fields": [{ "name": "password", "type": "string", "required": true }],
        },
    });
    let data = server.report(&body).await;
    assert!(!data.to_string().contains("hunter"), "{data}");
    assert_eq!(
        data["message"],
        "failed headers=[('Host', 'x'), ('Cookie', '[Filtered]')] cfg {User:bo Password:[Filtered] Zone:} \
            <n:password>[Filtered]</n:password> Server=db;Password=[Filtered];Encrypt=True"
    );
    assert_eq!(
        data["context"],
        json!({
            "headers": [["Host", "x"], ["Cookie", FILTERED]],
            "rawHeaders": ["Host", "x", "Cookie", FILTERED],
            "form": [{ "name": "password", "value": FILTERED }, { "name": "user", "value": "bo" }],
            "argv": ["tool", "--password", FILTERED, "shop"],
            "required": ["username", "password", "email"],
            "fields": [{ "name": "password", "type": "string", "required": true }],
        })
    );
}

async fn the_longer_list_of_keys_is_in_force(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = report(&format!(
        "m {} (UID=etl;PWD=Abx9zz;Encrypt=yes)",
        fresh_id()
    ));
    body["context"] = json!({
        "cookies": { "a": "hunter2" }, "passphrase": "hunter2", "jwt": "hunter2", "db_pass": "hunter2",
        "cookie_consent": true, "csrf_failures": 3, "env": { "PWD": "/srv/app" },
    });
    let data = server.report(&body).await;
    assert!(
        text(&data["message"]).ends_with("(UID=etl;PWD=[Filtered];Encrypt=yes)"),
        "{data}"
    );
    assert_eq!(
        data["context"],
        json!({
            "cookies": FILTERED, "passphrase": FILTERED, "jwt": FILTERED, "db_pass": FILTERED,
            "cookie_consent": true, "csrf_failures": 3, "env": { "PWD": "/srv/app" },
        })
    );
}

async fn secrets_are_neither_stored_nor_logged(stack: Stack) {
    let site = Site::new(stack).await.set("RUST_LOG", "trace");
    let mut server = site.start().await;
    for (text_sent, _) in texts_with_secrets() {
        server.report(&body_full_of(&text_sent)).await;
    }
    let refused =
        json!({ "message": "refused", "level": "hunter2", "context": { "password": "hunter2" } });
    server
        .post("/api/errors", &refused)
        .await
        .refusal(400, "invalid_input");
    let log = server.log();
    assert!(!log.is_empty());
    let mut kept = vec![("the log", log)];
    if let Some(url) = server.site.database_url() {
        kept.push(("the database", dump(url).await));
    } else {
        assert!(server.stop().success());
        let file = fs::read(server.site.directory().join("data/faultbook.db")).unwrap();
        kept.push(("the database", String::from_utf8_lossy(&file).into_owned()));
    }
    for (place, content) in kept {
        for (_, secret) in texts_with_secrets() {
            assert!(!content.contains(secret), "{place} holds {secret}");
        }
        assert!(!content.contains("hunter2"), "{place} holds hunter2");
    }
}

/// Every row of every table, as text.
async fn dump(url: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let tables = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'";
    let mut dump = String::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let rows = format!("SELECT t::text FROM {} t", table.get::<_, &str>(0));
        for row in client.query(&rows, &[]).await.unwrap() {
            dump.push_str(row.get(0));
            dump.push('\n');
        }
    }
    assert!(
        dump.contains("paid with"),
        "the reports are not in the dump"
    );
    dump
}

async fn the_list_of_keys_can_be_set(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__SCRUB__KEYS", "[\"shoe size\", \"iban\"]");
    let server = site.start().await;
    let mut body = report(&format!("m {}", fresh_id()));
    body["context"] =
        json!({ "iban": "DE00", "customerIban": "DE00", "shoeSize": 42, "password": "kept" });
    let data = server.report(&body).await;
    assert_eq!(
        data["context"],
        json!({ "iban": FILTERED, "customerIban": FILTERED, "shoeSize": FILTERED, "password": "kept" })
    );
}
