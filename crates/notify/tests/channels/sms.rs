//! Twilio, played by a listener.

use crate::fixture::{alert, channels, open, sms};
use crate::http_server::{HttpServer, Request, reply};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use faultbook_domain::notifications::{Notifier, NotifyError};
use std::collections::BTreeMap;
use std::time::Duration;

fn form(request: &Request) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

fn numbers(requests: &[Request]) -> Vec<String> {
    requests
        .iter()
        .map(|request| form(request)["To"].clone())
        .collect()
}

#[tokio::test]
async fn each_number_gets_the_message_as_twilio_wants_it() {
    let mut server = HttpServer::answering(vec![reply(201, "", "{\"sid\":\"SM1\"}")]).await;
    let target = sms(&server.url("/api/"), &["+15551111111", "+15552222222"]);
    channels(open()).send(&alert(), &target, &[]).await.unwrap();
    let taken = server.taken();
    assert_eq!(numbers(&taken), ["+15551111111", "+15552222222"]);
    let request = &taken[0];
    assert_eq!(
        request.line,
        "POST /api/2010-04-01/Accounts/AC123/Messages.json HTTP/1.1"
    );
    let credentials = BASE64_STANDARD.encode("AC123:sms-token");
    assert_eq!(
        request.header("authorization"),
        format!("Basic {credentials}")
    );
    assert_eq!(
        request.header("content-type"),
        "application/x-www-form-urlencoded"
    );
    let form = form(request);
    assert_eq!(form["From"], "+15550001111");
    for part in [
        "High Error Rate",
        "73 errors in the last 5 minutes",
        "more than 50",
        "shop / production",
        "40x TypeError",
        "20x Timeout",
        "10x Connection",
        "https://faults.example.com/alerts/1?a=1&b=2",
    ] {
        assert!(form["Body"].contains(part), "{part} in {}", form["Body"]);
    }
}

#[tokio::test]
async fn a_messaging_service_may_stand_for_the_sender() {
    let mut server = HttpServer::answering(vec![reply(201, "", "{}")]).await;
    let mut target = sms(&server.url(""), &["+15551111111"]);
    target
        .settings
        .insert("from_number".to_owned(), "MG0123".into());
    channels(open()).send(&alert(), &target, &[]).await.unwrap();
    let form = form(&server.only());
    assert_eq!(form["MessagingServiceSid"], "MG0123");
    assert!(!form.contains_key("From"));
}

#[tokio::test]
async fn a_bad_number_keeps_no_other_from_being_served_and_none_is_served_twice() {
    let refusal = r#"{"code":21211,"message":"The 'To' number +1 is not valid"}"#;
    let mut server = HttpServer::deciding(move |_, request| match form(request)["To"].as_str() {
        "+1" => reply(400, "", refusal),
        _ => reply(201, "", "{}"),
    })
    .await;
    let channels = channels(open());
    let target = sms(&server.url(""), &["+15551111111", "+1", "+15553333333"]);
    let error = channels.send(&alert(), &target, &[]).await.unwrap_err();
    let NotifyError::Permanent { reason, reached } = error else {
        panic!("{error:?}");
    };
    assert_eq!(reached, ["+15551111111", "+15553333333"]);
    assert!(
        reason.starts_with("1 of 3 recipients not reached"),
        "{reason}"
    );
    assert!(reason.contains("21211 The 'To' number"), "{reason}");
    assert_eq!(server.taken().len(), 3);
    channels
        .send(&alert(), &target, &reached)
        .await
        .unwrap_err();
    assert_eq!(numbers(&server.taken()), ["+1"]);
}

#[tokio::test]
async fn a_service_that_breaks_midway_is_asked_again_for_the_rest_only() {
    let replies = vec![
        reply(201, "", "{}"),
        reply(503, "retry-after: 7\r\n", ""),
        reply(201, "", "{}"),
    ];
    let mut server = HttpServer::answering(replies).await;
    let channels = channels(open());
    let target = sms(&server.url(""), &["+1111", "+2222"]);
    let error = channels.send(&alert(), &target, &[]).await.unwrap_err();
    let NotifyError::Transient {
        reached,
        retry_after,
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(reached, ["+1111"]);
    assert_eq!(retry_after, Some(Duration::from_secs(7)));
    channels.send(&alert(), &target, &reached).await.unwrap();
    assert_eq!(numbers(&server.taken()), ["+1111", "+2222", "+2222"]);
}

#[tokio::test]
async fn wrong_credentials_are_not_tried_for_each_number_and_not_repeated() {
    let echo = r#"{"code":20003,"message":"Authenticate: sms-token is wrong"}"#;
    let mut server = HttpServer::answering(vec![reply(401, "", echo)]).await;
    let target = sms(&server.url(""), &["+1111", "+2222"]);
    let error = channels(open()).send(&alert(), &target, &[]).await;
    let error = error.unwrap_err();
    assert!(matches!(error, NotifyError::Permanent { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("20003 Authenticate: *** is wrong"),
        "{error}"
    );
    assert_eq!(server.taken().len(), 1);
}
