//! Port: changes of the last minutes, shared by all nodes.

use super::change::Change;
use crate::id::TenantId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::fmt;
use std::str::FromStr;
use time::Duration;
use uuid::Uuid;

/// The place of an entry in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Milliseconds since 1970, by the clock of the log.
    pub millis: u64,
    /// Its number among the entries of the millisecond.
    pub number: u64,
}

impl Position {
    /// The last position of the millisecond before this time of the log.
    #[must_use]
    pub const fn before(millis: u64) -> Self {
        Self {
            millis: millis.saturating_sub(1),
            number: u64::MAX,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.number)
    }
}

/// The text is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no position in a log")]
pub struct InvalidPosition;

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (millis, number) = text.split_once('-').ok_or(InvalidPosition)?;
        Ok(Self {
            millis: millis.parse().map_err(|_| InvalidPosition)?,
            number: number.parse().map_err(|_| InvalidPosition)?,
        })
    }
}

/// Changes that were appended together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The changes, in their order.
    pub changes: Vec<Change>,
    /// Tenants of which changes are missing here.
    pub missed: Vec<TenantId>,
    /// Changes of any tenant may be missing here.
    pub all_missed: bool,
}

/// Entries of a log behind a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What tells this log from one that lost its entries: positions of another one say nothing.
    pub epoch: String,
    /// The entries, oldest first.
    pub entries: Vec<(Position, Entry)>,
    /// The position up to which every entry is listed.
    pub upto: Position,
    /// Whether no entry behind the position is missing: it is not older than what the log keeps.
    pub complete: bool,
}

/// Keeps changes for [`KEPT`](super::KEPT).
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// Appends an entry behind all others.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: it may not have been appended.
    async fn append_changes(&self, entry: &Entry) -> Result<(), StoreError>;

    /// Lists the entries behind a position: at most `most` of them, the oldest. MUST list each entry of any node once,
    /// in one order on all nodes, and MUST say whether some are missing. No entry that is appended later lies at or
    /// before `upto`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn list_changes(&self, after: Position, most: usize) -> Result<Kept, StoreError>;

    /// Notes that a node is at work, for so long. MUST append one entry that says that changes of any tenant may be
    /// missing, for each other node that did not note so again in time: it died with what it had not appended.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn report_node(&self, node: Uuid, lasts: Duration) -> Result<(), StoreError>;

    /// Returns the log's epoch, and a position before which every entry lies that was appended before the call.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn last_position(&self) -> Result<(String, Position), StoreError>;
}
