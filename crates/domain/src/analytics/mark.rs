//! Marks in a trend: what happened that may explain it.

use time::OffsetDateTime;
use uuid::Uuid;

/// Marks of a range that are shown: the newest.
pub const MARKS_MAX: usize = 50;

/// What happened at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendMark {
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub kind: MarkKind,
    /// What it is called.
    pub label: String,
    /// Whose: the deploy's, the rule's or the error's.
    pub id: Option<Uuid>,
}

/// What a mark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A release.
    Release,
    /// A deploy of a release.
    Deploy,
    /// An alert rule fired.
    Firing,
    /// The error was resolved.
    Resolved,
    /// The error occurred again after it was resolved.
    Regressed,
}

impl MarkKind {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Deploy => "deploy",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
            Self::Regressed => "regressed",
        }
    }
}
