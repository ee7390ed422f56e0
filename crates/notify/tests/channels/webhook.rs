//! Webhooks, as their receivers see them.

use crate::fixture::{SECRET, alert, channels, open, webhook};
use crate::http_server::{HttpServer, Reply, Request, reply};
use crate::tls_server::TlsServer;
use faultbook_domain::notifications::NotificationKind;
use faultbook_domain::notifications::{Notifier, NotifyError};
use faultbook_notify::NotifySettings;
use reqwest::header::{HeaderMap, HeaderName};
use standardwebhooks::Webhook;
use std::time::Duration;

fn headers(request: &Request) -> HeaderMap {
    let pairs = request.headers.iter();
    pairs
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
        .collect()
}

/// What becomes of a notification whose receiver answers so.
async fn outcome(answer: Reply) -> Result<String, NotifyError> {
    let server = HttpServer::answering(vec![answer]).await;
    let target = webhook(&server.url("/hook?token=in-url"));
    let outcome = channels(open()).send(&alert(), &target, &[]).await;
    if let Err(error) = &outcome {
        assert!(!error.to_string().contains("in-url"), "{error}");
    }
    outcome
}

#[tokio::test]
async fn a_receiver_can_verify_the_signature_and_notice_a_change() {
    let mut server = HttpServer::answering(vec![reply(204, "", "")]).await;
    let target = webhook(&server.url("/hook?token=1"));
    let sent = channels(open()).send(&alert(), &target, &[]).await;
    assert_eq!(sent.as_deref(), Ok("204"));
    let request = server.only();
    assert_eq!(request.line, "POST /hook?token=1 HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/json");
    let verifier = Webhook::new(SECRET).unwrap();
    verifier.verify(&request.body, &headers(&request)).unwrap();
    let changed = [&request.body[..], b" "].concat();
    assert!(verifier.verify(&changed, &headers(&request)).is_err());
}

#[tokio::test]
async fn the_body_says_what_happened() {
    let mut server = HttpServer::answering(vec![reply(200, "", "ok")]).await;
    let target = webhook(&server.url("/"));
    channels(open()).send(&alert(), &target, &[]).await.unwrap();
    let body = server.only().json();
    assert_eq!(body["type"], "alert.fired");
    assert_eq!(body["timestamp"], "2025-08-15T10:30:00Z");
    let data = &body["data"];
    assert_eq!(data["rule"]["name"], "High Error Rate");
    assert_eq!(data["measurement"]["metric"], "error_count");
    assert_eq!(data["measurement"]["value"].as_f64(), Some(73.0));
    assert_eq!(data["measurement"]["threshold"].as_f64(), Some(50.0));
    assert_eq!(data["measurement"]["window_seconds"], 300);
    assert_eq!(data["top_errors"].as_array().unwrap().len(), 3);
    assert_eq!(data["top_errors"][0]["count"], 40);
    assert_eq!(data["link"], "https://faults.example.com/alerts/1?a=1&b=2");
}

#[tokio::test]
async fn a_test_is_marked_and_needs_no_measurement() {
    let mut server = HttpServer::answering(vec![reply(200, "", "")]).await;
    let mut test = alert();
    test.kind = NotificationKind::Test;
    test.measurement = None;
    let target = webhook(&server.url("/"));
    channels(open()).send(&test, &target, &[]).await.unwrap();
    let body = server.only().json();
    assert_eq!(body["type"], "alert.test");
    assert_eq!(body["data"]["measurement"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_repetition_has_the_same_id() {
    let mut server = HttpServer::answering(vec![reply(500, "", ""), reply(200, "", "")]).await;
    let (channels, target) = (channels(open()), webhook(&server.url("/")));
    channels.send(&alert(), &target, &[]).await.unwrap_err();
    channels.send(&alert(), &target, &[]).await.unwrap();
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].header("webhook-id"), taken[1].header("webhook-id"));
}

#[tokio::test]
async fn bodies_stay_below_what_the_specification_asks_for() {
    let mut server = HttpServer::answering(vec![reply(200, "", "")]).await;
    let mut long = alert();
    let text = "\u{1}".repeat(50_000);
    long.rule = "😀".repeat(5_000);
    for error in &mut long.top_errors {
        error.message.clone_from(&text);
    }
    let target = webhook(&server.url("/"));
    channels(open()).send(&long, &target, &[]).await.unwrap();
    assert!(server.only().body.len() < 20_000);
}

#[tokio::test]
async fn what_may_recover_is_told_from_what_will_not() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let error = outcome(reply(status, "", "")).await.unwrap_err();
        assert!(error.is_transient(), "{status}: {error}");
    }
    for status in [301, 304, 400, 401, 403, 404, 410, 422] {
        let error = outcome(reply(status, "", "")).await.unwrap_err();
        assert!(
            matches!(error, NotifyError::Permanent { .. }),
            "{status}: {error}"
        );
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn the_wait_that_a_busy_receiver_asks_for_is_passed_on() {
    for status in [429, 503] {
        let error = outcome(reply(status, "retry-after: 120\r\n", "")).await;
        let Err(NotifyError::Transient { retry_after, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(retry_after, Some(Duration::from_secs(120)));
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_up_or_is_away_may_come_back() {
    let error = outcome(Reply::HangUp).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    // Nothing listens on the port of a listener that is gone.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = webhook(&format!("http://{}/t0ken", listener.local_addr().unwrap()));
    drop(listener);
    let error = channels(open()).send(&alert(), &target, &[]).await;
    let error = error.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(!error.to_string().contains("t0ken"), "{error}");
}

#[tokio::test]
async fn without_a_usable_secret_nothing_is_sent() {
    let mut server = HttpServer::answering(vec![reply(200, "", "")]).await;
    let mut target = webhook(&server.url("/"));
    target
        .settings
        .insert("secret".to_owned(), "whsec_short".into());
    let error = channels(open()).send(&alert(), &target, &[]).await;
    assert!(matches!(error, Err(NotifyError::Permanent { .. })));
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn over_tls_only_a_trusted_certificate_of_that_name_gets_the_message() {
    for (host, trusted, arrives) in [
        ("receiver.test", true, true),
        ("receiver.test", false, false),
        ("other.test", true, false),
    ] {
        let TlsServer {
            certificate,
            acceptor,
        } = TlsServer::named("receiver.test");
        let mut server = HttpServer::over_tls(reply(200, "", ""), acceptor).await;
        let mut settings = open();
        if trusted {
            settings = NotifySettings {
                authorities: vec![certificate],
                ..settings
            };
        }
        let target = webhook(&format!("https://{host}:{}/hush", server.port()));
        let outcome = channels(settings).send(&alert(), &target, &[]).await;
        assert_eq!(outcome.is_ok(), arrives, "{host} {trusted}: {outcome:?}");
        assert_eq!(server.taken().len(), usize::from(arrives));
        if let Err(error) = outcome {
            assert!(error.is_transient(), "{error:?}");
            assert!(error.to_string().contains("certificate"), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
