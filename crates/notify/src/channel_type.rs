//! `ChannelType`: name, settings, secrets and sending of one kind of channel.

use crate::fields::Fields;
use crate::http::Http;
use crate::smtp::Smtp;
use async_trait::async_trait;
use faultbook_domain::clock::Clock;
use faultbook_domain::notifications::NotifyError;
use faultbook_domain::notifications::{ChannelKind, ChannelSettings, Notification};
use std::sync::Arc;
use std::time::Duration;

/// What channels send through. Where to connect is decided by one guard for all of them.
pub struct Clients {
    /// HTTP.
    pub http: Http,
    /// SMTP.
    pub smtp: Smtp,
    /// Signs requests with the time.
    pub clock: Arc<dyn Clock>,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// A kind of channel: reads its settings, knows which of them are secret, and sends.
///
/// To add one, implement this in a file of its own and name it in [`TYPES`](super::TYPES).
#[async_trait]
pub trait ChannelType: Send + Sync {
    /// Its name in requests, settings and stores.
    fn kind(&self) -> ChannelKind;

    /// Reads the settings for their faults.
    fn check(&self, fields: &mut Fields);

    /// The fields that are never shown.
    fn hidden_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// The fields with URLs whose path often is a secret.
    fn address_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// The field that lists the recipients.
    fn recipients_field(&self) -> Option<&'static str> {
        None
    }

    /// Where the secrets go, comparable; `None` when the settings name no such place.
    fn destination(&self, settings: &ChannelSettings) -> Option<String>;

    /// To whom these settings send, without addresses.
    fn receivers(&self, settings: &ChannelSettings) -> Option<String>;

    /// Continues "field 'password'" for a stored secret that may not go to a new destination.
    fn moved_secret_message(&self) -> &'static str {
        "must be given anew with another address"
    }

    /// Sends to every recipient except those in `reached`, within the timeout.
    ///
    /// `settings` have passed [`check`](Self::check). Returns what the receiver answered, shortly.
    ///
    /// # Errors
    /// [`NotifyError`], with the recipients that were served.
    async fn send(
        &self,
        clients: &Clients,
        settings: &ChannelSettings,
        notification: &Notification,
        reached: &[String],
    ) -> Result<String, NotifyError>;
}
