//! Receivers that are slow or never stop talking.

use crate::fixture::{SmtpSecurity, alert, channels, email, open, slack, sms, webhook};
use crate::http_server::{HttpServer, Reply};
use faultbook_domain::notifications::Notifier;
use faultbook_notify::NotifySettings;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// More than the kernel's buffers between two sockets hold, and less than what an unbounded reader
/// takes within the timeout.
const PLENTY: usize = 64 * 1024 * 1024;

fn hurried() -> NotifySettings {
    NotifySettings {
        timeout: Duration::from_millis(300),
        ..open()
    }
}

/// Takes one connection, says `greeting` once something (or nothing, for a protocol in which the
/// server begins) was said, and talks until nobody listens. Returns how much it could say.
async fn chatterbox(greeting: &'static str, waits: bool) -> (u16, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        if waits {
            let mut some = [0; 1024];
            assert_ne!(stream.read(&mut some).await.unwrap(), 0);
        }
        stream.write_all(greeting.as_bytes()).await.unwrap();
        let noise = [b'x'; 16 * 1024];
        let mut said = 0;
        while said < PLENTY && stream.write_all(&noise).await.is_ok() {
            said += noise.len();
        }
        said
    });
    (port, said)
}

#[tokio::test]
async fn an_answer_without_end_is_read_in_part() {
    let (port, said) = chatterbox("HTTP/1.1 500 No\r\n\r\n", true).await;
    let target = webhook(&format!("http://127.0.0.1:{port}/"));
    let error = channels(open()).send(&alert(), &target, &[]).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("500"), "{error}");
    assert!(said.await.unwrap() < PLENTY);
}

#[tokio::test]
async fn a_mail_server_that_greets_without_end_is_heard_in_part() {
    let (port, said) = chatterbox("220 ", false).await;
    let target = email("127.0.0.1", port, SmtpSecurity::None).channel();
    let error = channels(open()).send(&alert(), &target, &[]).await;
    let error = error.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(said.await.unwrap() < PLENTY);
}

#[tokio::test]
async fn silent_receivers_are_given_up_after_the_timeout() {
    let server = HttpServer::answering(vec![Reply::Silence]).await;
    let url = server.url("/");
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = mute.local_addr().unwrap().port();
    for channel in [
        webhook(&url),
        slack(&url),
        sms(&url, &["+1111", "+2222", "+3333"]),
        email("127.0.0.1", port, SmtpSecurity::None).channel(),
        email("127.0.0.1", port, SmtpSecurity::StartTls).channel(),
        email("127.0.0.1", port, SmtpSecurity::Tls).channel(),
    ] {
        let channels = channels(hurried());
        let sending = alert();
        let send = channels.send(&sending, &channel, &[]);
        // Far beyond the timeout, far below what three numbers in turn would take at 10 s each.
        let outcome = tokio::time::timeout(Duration::from_secs(8), send).await;
        let error = outcome.expect("given up in time").unwrap_err();
        assert!(error.is_transient(), "{}: {error}", channel.kind);
        assert!(error.to_string().contains("0.3 s"), "{error}");
    }
}
