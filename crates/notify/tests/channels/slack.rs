//! Slack, played by a listener.

use crate::fixture::{alert, channels, open, slack};
use crate::http_server::{HttpServer, reply};
use faultbook_domain::notifications::NotificationKind;
use faultbook_domain::notifications::{Notifier, NotifyError};
use serde_json::Value;
use std::time::Duration;

fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(fields) => fields.values().map(texts).collect(),
        _ => String::new(),
    }
}

#[tokio::test]
async fn blocks_and_fallback_both_tell_the_whole_story() {
    let mut server = HttpServer::answering(vec![reply(200, "", "ok")]).await;
    let target = slack(&server.url("/services/T1/B1/x"));
    channels(open()).send(&alert(), &target, &[]).await.unwrap();
    let request = server.only();
    assert_eq!(request.line, "POST /services/T1/B1/x HTTP/1.1");
    let body = request.json();
    assert_eq!(body["channel"], "#alerts");
    assert_eq!(body["blocks"][0]["type"], "header");
    assert_eq!(body["blocks"][0]["text"]["text"], "High Error Rate");
    let fallback = body["text"].as_str().unwrap().to_owned();
    for told in [texts(&body["blocks"]), fallback] {
        for part in [
            "High Error Rate",
            "73 errors in the last 5 minutes",
            "more than 50",
            "shop",
            "production",
            "40",
            "TypeError: cart is &lt;undefined&gt;",
            "20",
            "Timeout &amp; retry in checkout",
            "10",
            "Connection reset",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(!told.contains("fourth"), "{told}");
    }
    let button = &body["blocks"][4]["elements"][0];
    assert_eq!(button["type"], "button");
    assert_eq!(button["url"], "https://faults.example.com/alerts/1?a=1&b=2");
}

#[tokio::test]
async fn a_test_is_marked() {
    let mut server = HttpServer::answering(vec![reply(200, "", "ok")]).await;
    let mut test = alert();
    test.kind = NotificationKind::Test;
    test.measurement = None;
    test.top_errors.clear();
    let target = slack(&server.url("/"));
    channels(open()).send(&test, &target, &[]).await.unwrap();
    let body = server.only().json();
    assert_eq!(body["blocks"][0]["text"]["text"], "[TEST] High Error Rate");
    assert!(texts(&body["blocks"][1]).contains("test message"));
}

#[tokio::test]
async fn a_webhook_that_was_taken_back_is_permanent_and_says_so_in_slacks_word() {
    for (status, word) in [
        (404, "no_service"),
        (410, "channel_is_archived"),
        (400, "invalid_blocks"),
    ] {
        let server = HttpServer::answering(vec![reply(status, "", word)]).await;
        let target = slack(&server.url("/services/hush"));
        let error = channels(open()).send(&alert(), &target, &[]).await;
        let error = error.unwrap_err();
        assert!(matches!(error, NotifyError::Permanent { .. }), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for() {
    let answer = reply(429, "Retry-After: 30\r\n", "rate_limited");
    let server = HttpServer::answering(vec![answer]).await;
    let error = channels(open())
        .send(&alert(), &slack(&server.url("/")), &[])
        .await;
    let Err(NotifyError::Transient { retry_after, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn what_is_not_slacks_own_word_is_not_repeated() {
    let page = "<html>Internal dashboard of 10.0.0.1</html>";
    let server = HttpServer::answering(vec![reply(403, "", page)]).await;
    let error = channels(open())
        .send(&alert(), &slack(&server.url("/")), &[])
        .await;
    assert!(!error.unwrap_err().to_string().contains("dashboard"));
}
