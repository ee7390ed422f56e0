//! The four channels as one notifier.

use crate::guard::{Guard, Resolver, SystemResolver};
use crate::http::Http;
use crate::smtp::Smtp;
use crate::tls::Trust;
use crate::{slack, sms, webhook};
use async_trait::async_trait;
use faultbook_domain::clock::Clock;
use faultbook_domain::notifications::{Channel, EmailChannel, Notification, WebhookChannel};
use faultbook_domain::notifications::{Email, Event, Notifier, NotifyError, TransactionalMailer};
use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use std::time::Duration;

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
    http: Http,
    smtp: Smtp,
    clock: Arc<dyn Clock>,
    timeout: Duration,
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
        Ok(Self {
            http: Http::new(Arc::clone(&guard), &trust, Arc::clone(&clock), timeout)?,
            smtp: Smtp::new(Arc::clone(&guard), trust, timeout),
            guard,
            clock,
            timeout,
        })
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
    ) -> Result<(), NotifyError> {
        match channel {
            Channel::Slack(slack) => slack::send(&self.http, slack, notification).await,
            Channel::Email(email) => self.smtp.send(email, notification, reached).await,
            Channel::Webhook(webhook) => {
                webhook::send(&self.http, webhook, notification, self.clock.now()).await
            }
            Channel::Sms(sms) => {
                sms::send(&self.http, sms, notification, reached, self.timeout).await
            }
        }
    }
}

#[async_trait]
impl TransactionalMailer for Channels {
    async fn send_email(&self, letter: &Email, through: &EmailChannel) -> Result<(), NotifyError> {
        self.smtp.send_personal(through, letter).await
    }

    async fn send_event(&self, event: &Event, to: &WebhookChannel) -> Result<(), NotifyError> {
        webhook::post(&self.http, to, event, self.clock.now()).await
    }
}
