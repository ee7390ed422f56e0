//! What the tests send, and through what.

use async_trait::async_trait;
use faultbook_domain::id::ErrorId;
use faultbook_domain::notifications::{
    Channel, ChannelKind, Measurement, Notification, NotificationKind, TopError,
};
use faultbook_domain::system::SystemClock;
use faultbook_notify::{Channels, NotifySettings, Resolver};
use serde_json::{Value, json};
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

/// A channel of this kind.
pub fn channel(kind: &str, settings: Value) -> Channel {
    let Value::Object(settings) = settings else {
        panic!("settings are an object: {settings}")
    };
    let kind = ChannelKind::named(kind);
    Channel { kind, settings }
}

/// A signed webhook.
pub fn webhook(url: &str) -> Channel {
    channel("webhook", json!({ "url": url, "secret": SECRET }))
}

/// A Slack webhook.
pub fn slack(url: &str) -> Channel {
    channel("slack", json!({ "webhook_url": url, "channel": "#alerts" }))
}

/// Text messages to these numbers.
pub fn sms(api_base: &str, numbers: &[&str]) -> Channel {
    let settings = json!({
        "api_base": api_base,
        "account_sid": "AC123",
        "auth_token": "sms-token",
        "from_number": "+15550001111",
        "to_numbers": numbers,
    });
    channel("sms", settings)
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all.
    None,
    /// By an upgrade.
    StartTls,
    /// From the first byte.
    Tls,
}

/// The settings of a mail channel.
pub struct EmailSettings {
    pub smtp_server: String,
    pub smtp_port: u16,
    pub smtp_security: SmtpSecurity,
    pub username: Option<String>,
    pub password: Option<String>,
    pub from_email: String,
    pub recipients: Vec<String>,
}

impl EmailSettings {
    /// The channel.
    pub fn channel(&self) -> Channel {
        let security = match self.smtp_security {
            SmtpSecurity::None => "none",
            SmtpSecurity::StartTls => "starttls",
            SmtpSecurity::Tls => "tls",
        };
        let settings = json!({
            "smtp_server": self.smtp_server,
            "smtp_port": self.smtp_port,
            "smtp_security": security,
            "username": self.username,
            "password": self.password,
            "from_email": self.from_email,
            "recipients": self.recipients,
        });
        channel("email", settings)
    }
}

/// Mail to ann and bob.
pub fn email(host: &str, port: u16, security: SmtpSecurity) -> EmailSettings {
    EmailSettings {
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
