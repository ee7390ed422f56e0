//! The registry of channel types: finds the type of a channel and sends through it.

use crate::channel_type::{ChannelType, Clients};
use crate::fields::Fields;
use crate::guard::{Guard, Resolver, SystemResolver};
use crate::http::Http;
use crate::smtp::Smtp;
use crate::tls::Trust;
use crate::{email, email_settings, slack, sms, webhook};
use async_trait::async_trait;
use faultbook_domain::clock::Clock;
use faultbook_domain::notifications::{
    Channel, ChannelKind, ChannelSettings, Notification, WebhookTarget,
};
use faultbook_domain::notifications::{
    ChannelRegistry, Email, Event, FieldFault, Notifier, NotifyError, SecretFields,
    TransactionalMailer,
};
use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use std::time::Duration;

/// Every kind of channel, in the order in which they are listed: the one place to name a new one.
static TYPES: [&dyn ChannelType; 4] = [
    &slack::SlackChannel,
    &email::EmailChannel,
    &webhook::WebhookChannel,
    &sms::SmsChannel,
];

fn type_of(kind: ChannelKind) -> Option<&'static dyn ChannelType> {
    TYPES.into_iter().find(|one| one.kind() == kind)
}

/// The kinds of channels of this crate: email, Slack, webhooks and SMS.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChannelTypes;

impl ChannelRegistry for ChannelTypes {
    fn kinds(&self) -> Vec<ChannelKind> {
        TYPES.iter().map(|one| one.kind()).collect()
    }

    fn validate(
        &self,
        kind: ChannelKind,
        settings: &ChannelSettings,
    ) -> Result<(), Vec<FieldFault>> {
        let mut fields = Fields::of(settings);
        type_of(kind).ok_or_else(Vec::new)?.check(&mut fields);
        let faults = fields.into_faults();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    fn secret_fields(&self) -> SecretFields {
        let hidden = TYPES.iter().flat_map(|one| one.hidden_fields());
        let addresses = TYPES.iter().flat_map(|one| one.address_fields());
        SecretFields {
            hidden: hidden.copied().collect(),
            addresses: addresses.copied().collect(),
        }
    }

    fn destination(&self, kind: ChannelKind, settings: &ChannelSettings) -> Option<String> {
        type_of(kind)?.destination(settings)
    }

    fn moved_secret_message(&self, kind: ChannelKind) -> &'static str {
        type_of(kind).map_or("must be given anew", |one| one.moved_secret_message())
    }

    fn receivers(&self, kind: ChannelKind, settings: &ChannelSettings) -> Option<String> {
        self.validate(kind, settings).ok()?;
        type_of(kind)?.receivers(settings)
    }

    fn recipients_field(&self, kind: ChannelKind) -> Option<&'static str> {
        type_of(kind)?.recipients_field()
    }
}

/// How notifications are sent.
#[derive(Debug, Clone)]
pub struct NotifySettings {
    /// Whether loopback, private and otherwise special addresses may be reached.
    pub allow_private_targets: bool,
    /// How long one attempt on one channel may take.
    pub timeout: Duration,
    /// Authorities believed beside the public ones (DER).
    pub authorities: Vec<Vec<u8>>,
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            allow_private_targets: false,
            timeout: Duration::from_secs(10),
            authorities: Vec::new(),
        }
    }
}

/// Why notifications cannot be sent at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A certificate cannot be an authority.
    #[error("a certificate cannot be used")]
    Certificate(#[from] rustls::Error),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[from] reqwest::Error),
}

/// Sends through whichever channel it is given.
pub struct Channels {
    guard: Arc<Guard>,
    clients: Clients,
}

impl Channels {
    /// Channels over the operating system's resolver.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(settings: NotifySettings, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        Self::with_resolver(settings, clock, Arc::new(SystemResolver))
    }

    /// Channels over another resolver.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn with_resolver(
        settings: NotifySettings,
        clock: Arc<dyn Clock>,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Self, SetupError> {
        let NotifySettings {
            allow_private_targets,
            timeout,
            authorities,
        } = settings;
        let trust = Trust::new(authorities.into_iter().map(CertificateDer::from).collect())?;
        let guard = Arc::new(Guard::new(resolver, allow_private_targets));
        let clients = Clients {
            http: Http::new(Arc::clone(&guard), &trust, Arc::clone(&clock), timeout)?,
            smtp: Smtp::new(Arc::clone(&guard), trust, timeout),
            clock,
            timeout,
        };
        Ok(Self { guard, clients })
    }

    /// What decides where these channels connect to: for checking a URL when it is set up.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }
}

#[async_trait]
impl Notifier for Channels {
    async fn send(
        &self,
        notification: &Notification,
        channel: &Channel,
        reached: &[String],
    ) -> Result<String, NotifyError> {
        let Some(channel_type) = type_of(channel.kind) else {
            let reason = format!("{} is not a channel of this server", channel.kind);
            return Err(NotifyError::permanent(reason));
        };
        channel_type
            .send(&self.clients, &channel.settings, notification, reached)
            .await
    }
}

#[async_trait]
impl TransactionalMailer for Channels {
    async fn send_email(
        &self,
        letter: &Email,
        through: &ChannelSettings,
    ) -> Result<(), NotifyError> {
        let settings = email_settings::EmailSettings::read(&mut Fields::of(through));
        let sent = self.clients.smtp.send_personal(&settings, letter).await;
        sent.map(drop)
    }

    async fn send_event(&self, event: &Event, to: &WebhookTarget) -> Result<(), NotifyError> {
        let now = self.clients.clock.now();
        webhook::post(&self.clients.http, to, event, now).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn settings(value: Value) -> ChannelSettings {
        let Value::Object(settings) = value else {
            panic!("{value}")
        };
        settings
    }

    fn faults(kind: &str, value: Value) -> Vec<&'static str> {
        let faults = ChannelTypes
            .validate(ChannelKind::named(kind), &settings(value))
            .unwrap_err();
        faults.iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn channels_are_listed_in_a_fixed_order() {
        let kinds: Vec<String> = ChannelTypes
            .kinds()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(kinds, ["slack", "email", "webhook", "sms"]);
    }

    #[test]
    fn each_channel_is_read() {
        let slack =
            json!({ "webhook_url": "https://hooks.slack.com/services/T/B/x", "channel": "#a" });
        let email = json!({
            "smtp_server": "smtp.example.com", "from_email": "Alerts <alerts@example.com>",
            "recipients": ["a@example.com"], "username": "u", "password": "p",
        });
        let secret = format!("whsec_{}", "A".repeat(32));
        let webhook = json!({ "url": "http://example.com/hook", "secret": secret });
        let sms = json!({
            "account_sid": "AC1", "auth_token": "t", "from_number": "+15550001111",
            "to_numbers": ["+15551234567"],
        });
        for (kind, value) in [
            ("slack", slack),
            ("email", email),
            ("webhook", webhook),
            ("sms", sms),
        ] {
            let valid = ChannelTypes.validate(ChannelKind::named(kind), &settings(value));
            assert_eq!(valid, Ok(()), "{kind}");
        }
        let unknown = ChannelTypes.validate(ChannelKind::named("pager"), &settings(json!({})));
        assert_eq!(unknown, Err(Vec::new()));
    }

    #[test]
    fn every_field_at_fault_is_named() {
        assert_eq!(
            faults("slack", json!({ "channel": 5 })),
            ["webhook_url", "channel"]
        );
        assert_eq!(
            faults("slack", json!({ "webhook_url": "ftp://x" })),
            ["webhook_url"]
        );
        assert_eq!(
            faults(
                "email",
                json!({ "smtp_port": 0, "smtp_security": "ssl", "from_email": "x", "recipients": [] })
            ),
            [
                "smtp_security",
                "smtp_port",
                "smtp_server",
                "from_email",
                "recipients"
            ]
        );
        assert_eq!(
            faults(
                "webhook",
                json!({ "url": "http:///x", "secret": "whsec_!" })
            ),
            ["url", "secret"]
        );
        assert_eq!(
            faults("sms", json!({ "api_base": "x", "to_numbers": ["12345"] })),
            [
                "api_base",
                "account_sid",
                "auth_token",
                "from_number",
                "to_numbers"
            ]
        );
    }
}
