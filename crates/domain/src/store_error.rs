//! How a port fails.

use std::error::Error;

/// The cause, kept for the log.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached or has no room: worth another try later.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// Another record already holds this name.
    #[error("{0} is already taken")]
    Conflict(&'static str),
    /// The store refuses this data; another try will not help.
    #[error("the store refuses the data")]
    Rejected(#[source] Cause),
    /// What is stored cannot be read as what it should be.
    #[error("{table}.{column} holds what cannot be read: {value}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The value at fault.
        value: String,
    },
    /// Anything else: a defect of ours.
    #[error("the store failed")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// A store that cannot be reached.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Data that cannot be stored.
    pub fn rejected(cause: impl Into<Cause>) -> Self {
        Self::Rejected(cause.into())
    }

    /// A defect.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}
