//! What is sent to one person or program at once.

use crate::fixture::{SECRET, SmtpSecurity, channels, email, open};
use crate::http_server::{HttpServer, reply};
use crate::smtp_server::SmtpServer;
use crate::smtp_session::Manners;
use faultbook_domain::errors::JsonText;
use faultbook_domain::notifications::WebhookTarget;
use faultbook_domain::notifications::{Email, Event, NotifyError, TransactionalMailer};
use mail_parser::MessageParser;
use serde_json::json;
use time::macros::datetime;
use uuid::Uuid;

fn letter() -> Email {
    Email {
        id: Uuid::from_u128(7),
        to: "ada@example.com".to_owned(),
        subject: "You are invited\r\nBcc: everybody@example.com".to_owned(),
        paragraphs: vec!["Welcome to <Acme> & friends.".to_owned()],
        at: datetime!(2026-11-21 10:00 UTC),
    }
}

#[tokio::test]
async fn a_letter_goes_to_its_person_alone() {
    let mut server = SmtpServer::start(Manners::default()).await;
    let through = email("mail.test", server.port, SmtpSecurity::None);
    assert!(!through.recipients.is_empty());
    let channels = channels(server.trusted());
    channels
        .send_email(&letter(), &through.channel().settings)
        .await
        .unwrap();
    let learned = server.conversation().await;
    assert_eq!(learned.recipients, ["RCPT TO:<ada@example.com>"]);
    let text = learned.letter.unwrap();
    let mail = MessageParser::default().parse(text.as_bytes()).unwrap();
    assert!(mail.bcc().is_none(), "{text}");
    assert!(mail.subject().unwrap().starts_with("You are invited"));
    assert_eq!(
        mail.body_text(0).unwrap().trim(),
        "Welcome to <Acme> & friends."
    );
    let html = mail.body_html(0).unwrap();
    assert!(html.contains("&lt;Acme&gt; &amp; friends"), "{html}");
}

#[tokio::test]
async fn a_letter_that_is_refused_is_told() {
    let manners = Manners {
        refusals: [("RCPT", "550 no such person")].into(),
        ..Manners::default()
    };
    let server = SmtpServer::start(manners).await;
    let through = email("mail.test", server.port, SmtpSecurity::None);
    let outcome = channels(server.trusted())
        .send_email(&letter(), &through.channel().settings)
        .await;
    assert!(
        matches!(outcome, Err(NotifyError::Permanent { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_event_is_signed_and_told_whole() {
    let mut server = HttpServer::answering(vec![reply(204, "", "")]).await;
    let to = WebhookTarget {
        url: server.url("/tenants").as_str().into(),
        secret: SECRET.into(),
    };
    let event = Event {
        id: Uuid::from_u128(7),
        kind: "tenant.created",
        at: datetime!(2026-11-21 10:00 UTC),
        data: JsonText::of(&json!({ "slug": "acme" })),
    };
    channels(open()).send_event(&event, &to).await.unwrap();
    let request = server.only();
    assert!(request.header("webhook-signature").starts_with("v1,"));
    let expected = json!({
        "type": "tenant.created", "timestamp": "2026-11-21T10:00:00Z", "data": { "slug": "acme" }
    });
    assert_eq!(request.json(), expected);
}
