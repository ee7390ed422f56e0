//! Channels, their settings and secrets, and the outbox that delivers messages at least once.

pub mod channel_config;
pub mod channel_masks;
mod delivery;
mod integration;
mod integration_store;
mod integrations;
mod mailer;
mod notification;
mod notifier;
mod outbox;

pub use delivery::Deliveries;
pub use integration::Integration;
pub use integration_store::{IntegrationStore, SecretBox};
pub use integrations::{ChannelState, Config, Integrations, NotSet, Shown, Unset};
pub use mailer::{Email, Event, TransactionalMailer};
pub use notification::{
    Channel, EmailChannel, Measurement, Notification, NotificationKind, Secret, SlackChannel,
    SmsChannel, SmtpSecurity, TopError, WebhookChannel,
};
pub use notifier::{Notifier, NotifyError};
pub use outbox::{DeliveryAttempt, HistoryQuery, Outbox};

#[cfg(feature = "testing")]
pub use {
    integration_store::{MockIntegrationStore, MockSecretBox},
    mailer::MockTransactionalMailer,
    notifier::MockNotifier,
    outbox::MockOutbox,
};
