//! What a notification says.

use crate::id::ErrorId;
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
