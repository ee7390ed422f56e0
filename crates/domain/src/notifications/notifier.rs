//! Sending a notification through a channel.

use super::channel::Channel;
use super::notification::Notification;
use async_trait::async_trait;
use std::time::Duration;

/// Hands one notification to one channel, once. Trying again is the caller's business.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends the notification to every recipient of the channel except those in `reached`, which an
    /// earlier attempt served (channels without several recipients ignore it). The channel's
    /// settings have passed [`ChannelRegistry::validate`](super::ChannelRegistry::validate).
    ///
    /// - MUST return within the notifier's timeout (10 s by default), whatever the receiver does.
    /// - MUST return `Ok` only after the receiver has accepted the message for every recipient.
    /// - MUST give the receiver the notification's id where the protocol has a place for one, so
    ///   that it can tell a repetition.
    /// - MUST connect to no address other than those it has checked, MUST NOT follow redirects, and
    ///   MUST refuse targets that are not public unless they are allowed.
    /// - MUST NOT put a secret of the channel into an error.
    ///
    /// Returns what the receiver answered, shortly: `200`, `250 2.0.0 Ok: queued`.
    ///
    /// # Errors
    /// [`NotifyError`]; each says whether another attempt makes sense.
    async fn send(
        &self,
        notification: &Notification,
        channel: &Channel,
        reached: &[String],
    ) -> Result<String, NotifyError>;
}

/// Why a notification did not reach everybody it was for. Reasons are sentences for people, free of
/// secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// It may work later: no connection, a timeout, a receiver that is busy or broken.
    #[error("{reason}")]
    Transient {
        /// What happened.
        reason: String,
        /// How long the receiver asks us to wait.
        retry_after: Option<Duration>,
        /// The recipients served so far, those given to [`Notifier::send`] included: to be given
        /// to the next attempt.
        reached: Vec<String>,
    },
    /// Repeating will not help: the receiver refuses, or the channel is set up wrongly.
    #[error("{reason}")]
    Permanent {
        /// What happened.
        reason: String,
        /// The recipients that were served all the same, now or earlier.
        reached: Vec<String>,
    },
    /// We do not connect to such a target. Nothing was sent.
    #[error("{reason}")]
    RefusedTarget {
        /// What is wrong with it.
        reason: String,
    },
}

impl NotifyError {
    /// Something that may work later; nobody was reached.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::Transient {
            reason: reason.into(),
            retry_after: None,
            reached: Vec::new(),
        }
    }

    /// Something that will not work later; nobody was reached.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self::Permanent {
            reason: reason.into(),
            reached: Vec::new(),
        }
    }

    /// A target that we do not connect to.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::RefusedTarget {
            reason: reason.into(),
        }
    }

    /// Whether another attempt makes sense.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }
}
