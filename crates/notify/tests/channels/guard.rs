//! What the guard keeps every channel from.

use crate::fixture::{
    Names, SmtpSecurity, Tripwire, alert, channels, channels_with, email, open, slack, sms, webhook,
};
use crate::http_server::{HttpServer, reply};
use faultbook_domain::notifications::Channel;
use faultbook_domain::notifications::{Notifier, NotifyError};
use faultbook_notify::NotifySettings;
use std::net::TcpListener;
use std::process::Command;

/// All four channels pointed at one host and port.
fn all_at(host: &str, port: u16) -> [Channel; 4] {
    let url = format!("http://{host}:{port}/");
    let bare = host.trim_matches(['[', ']']);
    [
        webhook(&url),
        slack(&url),
        sms(&url, &["+15551111111"]),
        email(bare, port, SmtpSecurity::None).channel(),
    ]
}

#[tokio::test]
async fn no_channel_connects_to_an_address_of_the_inside_however_it_is_written() {
    let tripwire = Tripwire::new();
    let channels = channels(NotifySettings::default());
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ] {
        for channel in all_at(host, tripwire.port()) {
            let outcome = channels.send(&alert(), &channel, &[]).await;
            assert!(
                matches!(outcome, Err(NotifyError::RefusedTarget { .. })),
                "{} {host}: {outcome:?}",
                channel.kind
            );
        }
    }
    assert!(!tripwire.touched());
}

#[tokio::test]
async fn no_channel_connects_to_a_name_that_leads_inside() {
    let tripwire = Tripwire::new();
    for addresses in [
        &["127.0.0.1"][..],
        &["8.8.8.8", "127.0.0.1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::1"],
    ] {
        let names = Names::in_turn(&[addresses]);
        let channels = channels_with(NotifySettings::default(), names);
        for channel in all_at("inside.test", tripwire.port()) {
            let outcome = channels.send(&alert(), &channel, &[]).await;
            assert!(
                matches!(outcome, Err(NotifyError::RefusedTarget { .. })),
                "{} {addresses:?}: {outcome:?}",
                channel.kind
            );
        }
    }
    assert!(!tripwire.touched());
}

#[tokio::test]
async fn a_name_that_was_public_when_checked_and_is_private_when_used_is_refused() {
    let tripwire = Tripwire::new();
    for channel in all_at("rebind.test", tripwire.port()) {
        let names = Names::in_turn(&[&["8.8.8.8"], &["127.0.0.1"]]);
        let channels = channels_with(NotifySettings::default(), names);
        let checked = channels.guard().addresses("rebind.test").await.unwrap();
        assert_eq!(checked.len(), 1);
        let outcome = channels.send(&alert(), &channel, &[]).await;
        assert!(
            matches!(outcome, Err(NotifyError::RefusedTarget { .. })),
            "{}: {outcome:?}",
            channel.kind
        );
    }
    assert!(!tripwire.touched());
}

#[tokio::test]
async fn the_connection_goes_to_the_checked_address_and_the_name_is_not_asked_for_again() {
    let mut server = HttpServer::answering(vec![reply(200, "", "")]).await;
    // The same port at another address, where a second lookup would lead.
    let elsewhere = TcpListener::bind(("127.0.0.2", server.port())).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let names = Names::in_turn(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let channels = channels_with(open(), names.clone());
    let target = webhook(&format!("http://rebind.test:{}/", server.port()));
    channels.send(&alert(), &target, &[]).await.unwrap();
    assert_eq!(server.taken().len(), 1);
    assert_eq!(names.asked(), 1);
    assert!(elsewhere.accept().is_err());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let inside = Tripwire::new();
        let location = format!("location: http://127.0.0.1:{}/\r\n", inside.port());
        let server = HttpServer::answering(vec![reply(status, &location, "")]).await;
        for channel in [
            webhook(&server.url("/")),
            slack(&server.url("/")),
            sms(&server.url("/"), &["+15551111111"]),
        ] {
            let outcome = channels(open()).send(&alert(), &channel, &[]).await;
            assert!(
                matches!(outcome, Err(NotifyError::Permanent { .. })),
                "{status}: {outcome:?}"
            );
        }
        assert!(!inside.touched());
    }
}

#[tokio::test]
async fn credentials_in_a_url_and_other_schemes_are_refused() {
    let tripwire = Tripwire::new();
    let port = tripwire.port();
    for url in [
        format!("http://hooks.slack.com@127.0.0.1:{port}/"),
        format!("http://hooks.slack.com:443@127.0.0.1:{port}/"),
        format!("http://user:hush@127.0.0.1:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        "file:///etc/passwd".to_owned(),
    ] {
        for channel in [webhook(&url), slack(&url), sms(&url, &["+15551111111"])] {
            let outcome = channels(open()).send(&alert(), &channel, &[]).await;
            let Err(NotifyError::RefusedTarget { reason }) = outcome else {
                panic!("{url}: {outcome:?}");
            };
            assert!(!reason.contains("hush"), "{reason}");
        }
    }
    assert!(!tripwire.touched());
}

/// Run by the next test in a process of its own, with proxies in the environment.
#[tokio::test]
async fn a_webhook_arrives() {
    let mut server = HttpServer::answering(vec![reply(200, "", "")]).await;
    let target = webhook(&format!("http://receiver.test:{}/", server.port()));
    channels(open()).send(&alert(), &target, &[]).await.unwrap();
    assert_eq!(server.only().line, "POST / HTTP/1.1");
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let proxy = Tripwire::new();
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "guard::a_webhook_arrives"]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env(name, &url);
    }
    command.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("1 passed"), "{printed}");
    assert!(!proxy.touched());
}
