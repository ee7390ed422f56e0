//! What the tests send, and through what.

use async_trait::async_trait;
use faultbook_domain::id::ErrorId;
use faultbook_domain::notifications::{
    Channel, EmailChannel, Measurement, Notification, NotificationKind, SlackChannel, SmsChannel,
    SmtpSecurity, TopError, WebhookChannel,
};
use faultbook_domain::system::SystemClock;
use faultbook_notify::{Channels, NotifySettings, Resolver};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use time::macros::datetime;
use uuid::Uuid;

/// The secret of the published vector.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An alert of the rule "High Error Rate".
pub fn alert() -> Notification {
    let top_error = |number: u128, message: &str, count| TopError {
        id: ErrorId(Uuid::from_u128(number)),
        message: message.to_owned(),
        count,
    };
    Notification {
        id: Uuid::from_u128(0x0198_ac3e_0000_7000_8000_0000_0000_0001),
        thread_id: Uuid::from_u128(0x0198_ac3e_0000_7000_8000_0000_0000_00aa),
        kind: NotificationKind::Alert,
        raised_at: datetime!(2025-08-15 10:30:00 UTC),
        rule: "High Error Rate".to_owned(),
        measurement: Some(Measurement {
            metric: "error_count".to_owned(),
            value: 73.0,
            operator: ">".to_owned(),
            threshold: 50.0,
            window: Duration::from_secs(300),
        }),
        top_errors: vec![
            top_error(1, "TypeError: cart is <undefined>", 40),
            top_error(2, "Timeout & retry\nin checkout", 20),
            top_error(3, "Connection reset", 10),
            top_error(4, "the fourth is not shown", 3),
        ],
        project: Some("shop".to_owned()),
        environment: Some("production".to_owned()),
        link: "https://faults.example.com/alerts/1?a=1&b=2".to_owned(),
    }
}

/// Names and addresses for the test: every name has the addresses given, in turn for each lookup.
pub struct Names {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: Mutex<usize>,
}

impl Names {
    /// Answers each lookup with the next of these; the last one stays.
    pub fn in_turn(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().rev().map(parse).collect()),
            asked: Mutex::new(0),
        })
    }

    /// How many lookups there were.
    pub fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

#[async_trait]
impl Resolver for Names {
    async fn lookup(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        *self.asked.lock().unwrap() += 1;
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 {
            return Ok(answers.pop().unwrap());
        }
        Ok(answers.last().unwrap().clone())
    }
}

/// Settings under which the test's own listeners can be reached.
pub fn open() -> NotifySettings {
    NotifySettings {
        allow_private_targets: true,
        ..NotifySettings::default()
    }
}

/// Channels where every name is 127.0.0.1.
pub fn channels(settings: NotifySettings) -> Channels {
    channels_with(settings, Names::in_turn(&[&["127.0.0.1"]]))
}

/// Channels over other names.
pub fn channels_with(settings: NotifySettings, names: Arc<Names>) -> Channels {
    Channels::with_resolver(settings, Arc::new(SystemClock), names).unwrap()
}

/// A signed webhook.
pub fn webhook(url: &str) -> Channel {
    Channel::Webhook(WebhookChannel {
        url: url.into(),
        secret: SECRET.into(),
    })
}

/// A Slack webhook.
pub fn slack(url: &str) -> Channel {
    Channel::Slack(SlackChannel {
        webhook_url: url.into(),
        channel: Some("#alerts".to_owned()),
    })
}

/// Text messages to these numbers.
pub fn sms(api_base: &str, numbers: &[&str]) -> Channel {
    Channel::Sms(SmsChannel {
        api_base: api_base.to_owned(),
        account_sid: "AC123".to_owned(),
        auth_token: "sms-token".into(),
        from_number: "+15550001111".to_owned(),
        to_numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
    })
}

/// Mail to ann and bob.
pub fn email(host: &str, port: u16, security: SmtpSecurity) -> EmailChannel {
    EmailChannel {
        smtp_server: host.to_owned(),
        smtp_port: port,
        smtp_security: security,
        username: None,
        password: None,
        from_email: "Faultbook <alerts@example.com>".to_owned(),
        recipients: vec![
            "ann@example.com".to_owned(),
            "Bob <bob@example.org>".to_owned(),
        ],
    }
}

/// A listener that tells whether anybody has knocked.
pub struct Tripwire(TcpListener);

impl Tripwire {
    /// Listens on a free port of 127.0.0.1.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// Whether a connection has been made: the kernel completes one before the client goes on.
    pub fn touched(&self) -> bool {
        self.0.accept().is_ok()
    }
}
