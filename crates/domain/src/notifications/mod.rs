//! Channels, their settings and secrets, and the outbox that delivers messages at least once.

mod channel;
pub mod channel_masks;
mod channel_registry;
mod delivery;
mod integration;
mod integration_store;
mod integrations;
mod mailer;
mod notification;
mod notifier;
mod outbox;
mod retry;
mod without_addresses;

pub use channel::{
    Channel, ChannelKind, ChannelSettings, InvalidChannelKind, Secret, WebhookTarget,
};
pub use channel_registry::{ChannelRegistry, FieldFault, SecretFields};
pub use delivery::Deliveries;
pub use integration::{ChannelTest, Integration};
pub use integration_store::{IntegrationStore, SecretBox};
pub use integrations::{ChannelState, Integrations, NotSet, Shown, Unset};
pub use mailer::{Email, Event, TransactionalMailer};
pub use notification::{Measurement, Notification, NotificationKind, TopError};
pub use notifier::{Notifier, NotifyError};
pub use outbox::{DeliveryAttempt, DeliveryCounts, HistoryQuery, Outbox};
pub(crate) use retry::next_attempt;

#[cfg(feature = "testing")]
pub use {
    channel_registry::MockChannelRegistry,
    integration_store::{MockIntegrationStore, MockSecretBox},
    mailer::MockTransactionalMailer,
    notifier::MockNotifier,
    outbox::MockOutbox,
};
