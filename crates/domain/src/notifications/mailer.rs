//! Messages to one person or program, sent at once.

use super::channel::{ChannelSettings, WebhookTarget};
use super::notifier::NotifyError;
use crate::errors::JsonText;
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// A letter to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Its id.
    pub id: Uuid,
    /// Who gets it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says, a paragraph each.
    pub paragraphs: Vec<String>,
    /// When it is written.
    pub at: OffsetDateTime,
}

/// Something that happened, told to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// What kind of thing: `tenant.created`.
    pub kind: &'static str,
    /// When.
    pub at: OffsetDateTime,
    /// More about it.
    pub data: JsonText,
}

/// Sends what somebody is waiting for: once, now, with the duties of
/// [`Notifier::send`](super::Notifier::send) towards targets, time and secrets.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TransactionalMailer: Send + Sync {
    /// Sends a letter through a mail server; the channel's own recipients do not get it.
    ///
    /// # Errors
    /// [`NotifyError`].
    async fn send_email(
        &self,
        letter: &Email,
        through: &ChannelSettings,
    ) -> Result<(), NotifyError>;

    /// Posts an event, signed as webhooks are.
    ///
    /// # Errors
    /// [`NotifyError`].
    async fn send_event(&self, event: &Event, to: &WebhookTarget) -> Result<(), NotifyError>;
}
