//! What Faultbook tells people, and through which channel.

use crate::id::ErrorId;
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Why a notification is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum NotificationKind {
    /// A rule fired.
    Alert,
    /// Somebody tries a rule or a channel out. Every channel marks it as a test.
    Test,
}

/// What a notification says, the same on every channel.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Notification {
    /// Its id: the same at every attempt and on every channel, so that a receiver can tell a
    /// repetition.
    pub id: Uuid,
    /// What it belongs to (the rule's id): receivers that thread put equal ones together.
    pub thread_id: Uuid,
    /// An alert or a test.
    pub kind: NotificationKind,
    /// When the rule fired or the test was asked for.
    pub raised_at: OffsetDateTime,
    /// The rule's name, or what is being tested.
    pub rule: String,
    /// What was measured; absent in the test of a channel, where nothing was.
    pub measurement: Option<Measurement>,
    /// The errors that contributed most, greatest count first; channels show three at most.
    pub top_errors: Vec<TopError>,
    /// The project's name; absent when the rule covers every project.
    pub project: Option<String>,
    /// The environment; absent when the rule covers every environment.
    pub environment: Option<String>,
    /// Where to look: an absolute `http` or `https` URL.
    pub link: String,
}

impl Notification {
    /// How many top errors a message shows.
    pub const TOP_ERRORS: usize = 3;

    /// The errors that a message shows.
    pub fn shown_errors(&self) -> impl Iterator<Item = &TopError> {
        self.top_errors.iter().take(Self::TOP_ERRORS)
    }
}

/// What was measured against what.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Measurement {
    /// The metric's name, as conditions write it (`error_count`).
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// The comparison, as conditions write it (`>`).
    pub operator: String,
    /// What it was compared with.
    pub threshold: f64,
    /// The stretch of time, ending at [`Notification::raised_at`], in which was counted.
    pub window: Duration,
}

/// One of the errors behind an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TopError {
    /// The error.
    pub id: ErrorId,
    /// Its message, as reported: may hold anything, line breaks too.
    pub message: String,
    /// How often it occurred within the window.
    pub count: u64,
}

/// Text that may be used but not shown: `Debug` prints `***`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides the text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself: to be handed to the party it is for, never to a log or an answer.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A way to reach people, with what it needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A Slack incoming webhook.
    Slack(SlackChannel),
    /// Mail.
    Email(EmailChannel),
    /// A signed HTTP request to somebody's program.
    Webhook(WebhookChannel),
    /// Text messages through a Twilio-compatible service.
    Sms(SmsChannel),
}

impl Channel {
    /// The name on the wire and in storage.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Slack(_) => "slack",
            Self::Email(_) => "email",
            Self::Webhook(_) => "webhook",
            Self::Sms(_) => "sms",
        }
    }
}

/// Slack, or what understands Slack's incoming webhooks (Mattermost, Rocket.Chat).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackChannel {
    /// The webhook's URL. Whoever knows it can post, so it is a secret.
    pub webhook_url: Secret,
    /// The Slack channel to post to; Slack itself ignores it, since a webhook belongs to one.
    pub channel: Option<String>,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all.
    None,
    /// It starts in the clear and must be upgraded before anything is said (port 587).
    StartTls,
    /// TLS from the first byte (port 465).
    Tls,
}

/// Mail over SMTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailChannel {
    /// The server's host name or address.
    pub smtp_server: String,
    /// Its port.
    pub smtp_port: u16,
    /// How the connection is protected.
    pub smtp_security: SmtpSecurity,
    /// Who logs in; nobody when absent.
    pub username: Option<String>,
    /// The password of `username`.
    pub password: Option<Secret>,
    /// The sender: `alerts@example.com` or `Alerts <alerts@example.com>`.
    pub from_email: String,
    /// Who gets the mail, in the same form.
    pub recipients: Vec<String>,
}

/// A webhook signed as Standard Webhooks do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookChannel {
    /// Where to post. Often holds a token, so it is not shown.
    pub url: Secret,
    /// `whsec_` and the base64 of the 24 to 64 bytes that sign.
    pub secret: Secret,
}

/// Text messages through Twilio's REST API or one that speaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsChannel {
    /// The service's root, `https://api.twilio.com`.
    pub api_base: String,
    /// The account.
    pub account_sid: String,
    /// The account's password.
    pub auth_token: Secret,
    /// The sender: a number in E.164 form, or a messaging service's id (`MG...`).
    pub from_number: String,
    /// Who gets the message, in E.164 form (`+15551234567`).
    pub to_numbers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_any_channel_is_printed() {
        let secret = || Secret::from("hush-hush");
        let channels = [
            Channel::Slack(SlackChannel {
                webhook_url: secret(),
                channel: None,
            }),
            Channel::Email(EmailChannel {
                smtp_server: "mail.example.com".to_owned(),
                smtp_port: 587,
                smtp_security: SmtpSecurity::StartTls,
                username: Some("alerts".to_owned()),
                password: Some(secret()),
                from_email: "alerts@example.com".to_owned(),
                recipients: vec![],
            }),
            Channel::Webhook(WebhookChannel {
                url: secret(),
                secret: secret(),
            }),
            Channel::Sms(SmsChannel {
                api_base: "https://api.twilio.com".to_owned(),
                account_sid: "AC1".to_owned(),
                auth_token: secret(),
                from_number: "+15550001111".to_owned(),
                to_numbers: vec![],
            }),
        ];
        for channel in channels {
            let printed = format!("{channel:?}");
            assert!(!printed.contains("hush"), "{printed}");
            assert!(printed.contains("***"), "{printed}");
        }
    }
}
