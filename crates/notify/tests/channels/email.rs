//! Mail, as its server and its reader see it.

use crate::fixture::{
    EmailSettings, Names, SmtpSecurity, alert, channels, channels_with, email, open,
};
use crate::smtp_server::SmtpServer;
use crate::smtp_session::{Conversation, Manners};
use faultbook_domain::notifications::{Notification, NotificationKind};
use faultbook_domain::notifications::{Notifier, NotifyError};
use faultbook_notify::NotifySettings;
use mail_parser::MessageParser;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Sends one notification, and returns the outcome with what the server learned.
async fn exchange(
    manners: Manners,
    security: SmtpSecurity,
    adjust: impl FnOnce(&mut EmailSettings, &mut Notification),
) -> (Result<String, NotifyError>, Conversation) {
    let mut server = SmtpServer::start(manners).await;
    let mut channel = email("mail.test", server.port, security);
    let mut notification = alert();
    adjust(&mut channel, &mut notification);
    let channel = channel.channel();
    let channels = channels(server.trusted());
    let outcome = channels.send(&notification, &channel, &[]).await;
    (outcome, server.conversation().await)
}

fn log_in(channel: &mut EmailSettings) {
    channel.username = Some("alerts".to_owned());
    channel.password = Some("pass w\u{f6}rd".into());
}

async fn letter(notification: Notification) -> String {
    let manners = Manners::default();
    let (outcome, learned) =
        exchange(manners, SmtpSecurity::None, |_, it| *it = notification).await;
    outcome.unwrap();
    learned.letter.unwrap()
}

#[tokio::test]
async fn mail_arrives_in_the_clear_with_starttls_and_with_tls_with_and_without_a_login() {
    for (security, starttls, tls) in [
        (SmtpSecurity::None, false, false),
        (SmtpSecurity::StartTls, true, false),
        (SmtpSecurity::Tls, false, true),
    ] {
        for mechanism in [None, Some("PLAIN"), Some("LOGIN")] {
            let manners = Manners {
                starttls,
                tls,
                login: mechanism.map(|mechanism| (mechanism, "alerts", "pass w\u{f6}rd")),
                ..Manners::default()
            };
            let (outcome, learned) = exchange(manners, security, |channel, _| {
                if mechanism.is_some() {
                    log_in(channel);
                }
            })
            .await;
            assert!(outcome.is_ok(), "{security:?} {mechanism:?}: {outcome:?}");
            assert_eq!(learned.encrypted, security != SmtpSecurity::None);
            assert_eq!(learned.logged_in, mechanism.is_some());
            assert!(
                learned
                    .commands
                    .contains(&"MAIL FROM:<alerts@example.com>".to_owned())
            );
            assert_eq!(
                learned.recipients,
                ["RCPT TO:<ann@example.com>", "RCPT TO:<bob@example.org>"]
            );
            assert!(learned.letter.is_some());
        }
    }
}

#[tokio::test]
async fn text_and_html_both_tell_the_whole_story() {
    let raw = letter(alert()).await;
    let mail = MessageParser::default().parse(&raw).unwrap();
    assert_eq!(mail.subject(), Some("[shop / production] High Error Rate"));
    let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
    let html = mail.body_html(0).unwrap();
    for part in [
        "High Error Rate",
        "73 errors in the last 5 minutes",
        "more than 50",
        "shop",
        "production",
        "40",
        "20",
        "10",
        "Connection reset",
    ] {
        assert!(text.contains(part), "{part} in {text}");
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(
        text.contains("40 x TypeError: cart is <undefined>"),
        "{text}"
    );
    assert!(
        text.contains("https://faults.example.com/alerts/1?a=1&b=2"),
        "{text}"
    );
    assert!(html.contains("cart is &lt;undefined&gt;"), "{html}");
    assert!(
        html.contains("<a href=\"https://faults.example.com/alerts/1?a=1&amp;b=2\">"),
        "{html}"
    );
    assert!(!text.contains("fourth") && !html.contains("fourth"));
}

#[tokio::test]
async fn letters_of_one_rule_make_one_thread_and_each_has_its_own_stable_id() {
    let mut second = alert();
    second.id = Uuid::from_u128(2);
    let mut other_rule = alert();
    other_rule.thread_id = Uuid::from_u128(3);
    let mut heads = Vec::new();
    for notification in [alert(), alert(), second, other_rule] {
        let raw = letter(notification).await;
        let mail = MessageParser::default().parse(&raw).unwrap();
        let root = mail.in_reply_to().as_text().unwrap().to_owned();
        assert_eq!(mail.references().as_text(), Some(root.as_str()));
        assert!(
            raw.contains("\r\nAuto-Submitted: auto-generated\r\n"),
            "{raw}"
        );
        assert!(
            raw.contains("\r\nDate: Fri, 15 Aug 2025 10:30:00 +0000\r\n"),
            "{raw}"
        );
        heads.push((mail.message_id().unwrap().to_owned(), root));
    }
    assert_eq!(heads[0], heads[1], "a repetition");
    assert_ne!(heads[0].0, heads[2].0, "another letter of the same rule");
    assert_eq!(heads[0].1, heads[2].1);
    assert_ne!(heads[0].1, heads[3].1, "another rule");
    assert!(heads[0].0.ends_with("@example.com"));
}

#[tokio::test]
async fn a_test_is_marked() {
    let mut test = alert();
    test.kind = NotificationKind::Test;
    let raw = letter(test).await;
    let mail = MessageParser::default().parse(&raw).unwrap();
    assert!(mail.subject().unwrap().starts_with("[TEST] "));
    assert!(mail.body_text(0).unwrap().contains("test message"));
}

#[tokio::test]
async fn foreign_text_adds_no_header_no_command_and_no_end_of_the_letter() {
    let attack =
        "x\r\nBcc: evil@example.net\r\n\r\n.\r\nMAIL FROM:<evil@example.net>\nEvil: 1\rEvil: 2";
    let (outcome, learned) = exchange(Manners::default(), SmtpSecurity::None, |_, it| {
        it.rule = attack.to_owned();
        it.project = Some(attack.to_owned());
        it.environment = Some(attack.to_owned());
        it.link = attack.to_owned();
        for error in &mut it.top_errors {
            error.message = attack.to_owned();
        }
    })
    .await;
    outcome.unwrap();
    let commands = learned
        .commands
        .iter()
        .filter(|line| line.starts_with("MAIL"));
    assert_eq!(commands.count(), 1);
    assert_eq!(learned.recipients.len(), 2);
    let raw = learned.letter.unwrap();
    let mail = MessageParser::default().parse(&raw).unwrap();
    let names: Vec<&str> = mail
        .headers()
        .iter()
        .map(mail_parser::Header::name)
        .collect();
    assert!(
        !names.contains(&"Bcc") && !names.contains(&"Evil"),
        "{names:?}"
    );
    assert!(mail.subject().unwrap().contains("x Bcc: evil@example.net"));
    assert!(mail.body_html(0).unwrap().ends_with("</body></html>"));
}

#[tokio::test]
async fn addresses_that_are_none_are_refused_before_anything_is_said() {
    for bad in [
        "ann@example.com\r\nRCPT TO:<evil@example.net>",
        "\"Ann\r\nBcc: evil@example.net\" <ann@example.com>",
        "Ann\r\n <ann@example.com>",
        "ann\u{0}@example.com",
        "ann",
        "",
        "a b@example.com",
    ] {
        let mut to = email("mail.test", 9, SmtpSecurity::None);
        to.recipients.push(bad.to_owned());
        let mut from = email("mail.test", 9, SmtpSecurity::None);
        from.from_email = bad.to_owned();
        for channel in [to, from] {
            let names = Names::in_turn(&[&["127.0.0.1"]]);
            let channels = channels_with(open(), names.clone());
            let channel = channel.channel();
            let outcome = channels.send(&alert(), &channel, &[]).await;
            assert!(
                matches!(outcome, Err(NotifyError::Permanent { .. })),
                "{bad}: {outcome:?}"
            );
            assert_eq!(names.asked(), 0);
        }
    }
}

#[tokio::test]
async fn without_the_encryption_asked_for_nothing_is_revealed() {
    let manners = Manners {
        login: Some(("PLAIN", "alerts", "pass w\u{f6}rd")),
        ..Manners::default()
    };
    let (outcome, learned) = exchange(manners, SmtpSecurity::StartTls, |channel, _| {
        log_in(channel);
    })
    .await;
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("STARTTLS"), "{error}");
    let verbs: Vec<&str> = learned.commands.iter().map(|line| &line[..4]).collect();
    assert_eq!(verbs, ["EHLO"]);
}

#[tokio::test]
async fn what_is_slipped_in_before_the_encryption_is_not_taken_for_the_server() {
    let manners = Manners {
        starttls: true,
        injected: "\r\n250-mail.test\r\n250 AUTH PLAIN",
        ..Manners::default()
    };
    let (outcome, learned) = exchange(manners, SmtpSecurity::StartTls, |channel, _| {
        log_in(channel);
    })
    .await;
    let error = outcome.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(!learned.encrypted);
    let verbs: Vec<&str> = learned.commands.iter().map(|line| &line[..4]).collect();
    assert_eq!(verbs, ["EHLO", "STAR"]);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_of_another_name_gets_no_login() {
    for security in [SmtpSecurity::StartTls, SmtpSecurity::Tls] {
        for (trusted, host) in [(false, "mail.test"), (true, "other.test")] {
            let mut server = SmtpServer::start(Manners {
                starttls: security == SmtpSecurity::StartTls,
                tls: security == SmtpSecurity::Tls,
                login: Some(("PLAIN", "alerts", "pass w\u{f6}rd")),
                ..Manners::default()
            })
            .await;
            let mut channel = email(host, server.port, security);
            log_in(&mut channel);
            let settings = if trusted { server.trusted() } else { open() };
            let channels = channels(settings);
            let error = channels.send(&alert(), &channel.channel(), &[]).await;
            let error = error.unwrap_err();
            assert!(error.to_string().contains("certificate"), "{error}");
            let learned = server.conversation().await;
            assert!(
                learned
                    .commands
                    .iter()
                    .all(|line| !line.starts_with("AUTH"))
            );
            assert_eq!(learned.letter, None);
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_permanent_and_not_repeated() {
    let manners = Manners {
        login: Some(("PLAIN", "alerts", "expected")),
        ..Manners::default()
    };
    let (outcome, learned) = exchange(manners, SmtpSecurity::None, |channel, _| {
        channel.username = Some("alerts".to_owned());
        channel.password = Some("expected was".into());
    })
    .await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, NotifyError::Permanent { .. }), "{error:?}");
    assert!(error.to_string().contains("535"), "{error}");
    // The server says "expected was expected", which holds what we sent.
    assert!(!error.to_string().contains("expected was"), "{error}");
    assert_eq!(learned.letter, None);
}

#[tokio::test]
async fn the_servers_temporary_refusals_may_pass_and_its_permanent_ones_will_not() {
    for (command, words, transient) in [
        ("MAIL", "451 4.3.0 try later", true),
        ("MAIL", "550 5.7.1 sender refused", false),
        ("DATA", "452 4.3.1 disk full", true),
        ("DATA", "554 5.7.1 spam", false),
        ("RCPT", "450 4.2.0 greylisted", true),
        ("RCPT", "550 5.1.1 no such user", false),
    ] {
        let manners = Manners {
            refusals: HashMap::from([(command, words)]),
            ..Manners::default()
        };
        let (outcome, learned) = exchange(manners, SmtpSecurity::None, |_, _| {}).await;
        let error = outcome.unwrap_err();
        assert_eq!(
            error.is_transient(),
            transient,
            "{command} {words}: {error}"
        );
        assert!(error.to_string().contains(&words[..3]), "{error}");
        assert_eq!(learned.letter, None);
    }
}

#[tokio::test]
async fn a_refused_recipient_keeps_no_other_from_being_served_and_none_is_served_twice() {
    let mut server = SmtpServer::start(Manners {
        refusals: HashMap::from([("RCPT TO:<bob", "450 4.2.0 greylisted")]),
        ..Manners::default()
    })
    .await;
    let channel = email("mail.test", server.port, SmtpSecurity::None).channel();
    let channels = channels(open());
    let error = channels.send(&alert(), &channel, &[]).await.unwrap_err();
    let NotifyError::Transient {
        reason, reached, ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert!(
        reason.starts_with("1 of 2 recipients not reached"),
        "{reason}"
    );
    assert_eq!(reached, ["ann@example.com"]);
    assert!(server.conversation().await.letter.is_some());
    channels
        .send(&alert(), &channel, &reached)
        .await
        .unwrap_err();
    let learned = server.conversation().await;
    assert!(!learned.commands.iter().any(|line| line.contains("ann@")));
    assert_eq!(learned.letter, None);
}

#[tokio::test]
async fn an_accepted_letter_counts_although_the_server_never_says_goodbye() {
    let server = SmtpServer::start(Manners {
        clings: true,
        ..Manners::default()
    })
    .await;
    let channel = email("mail.test", server.port, SmtpSecurity::None).channel();
    let settings = NotifySettings {
        timeout: Duration::from_secs(5),
        ..open()
    };
    let channels = channels(settings);
    let sent = channels.send(&alert(), &channel, &[]).await.unwrap();
    assert!(sent.starts_with("250"), "{sent}");
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_does_not_answer() {
    let mut server = SmtpServer::start(Manners::default()).await;
    let channel = email("mail.test", server.port, SmtpSecurity::None).channel();
    let names = Names::in_turn(&[&["127.0.0.9", "127.0.0.1"]]);
    let channels = channels_with(open(), names.clone());
    channels.send(&alert(), &channel, &[]).await.unwrap();
    assert!(server.conversation().await.letter.is_some());
    assert_eq!(names.asked(), 1);
}
