//! The error type of store ports.

use std::error::Error;

/// The cause, for the log.
type Cause = Box<dyn Error + Send + Sync>;

/// An error of a store port.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store is unreachable or out of space; a retry may succeed.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// A unique constraint is violated; the text names it.
    #[error("{0} is already taken")]
    Conflict(&'static str),
    /// The store rejects this data; a retry will not succeed.
    #[error("the store refuses the data")]
    Rejected(#[source] Cause),
    /// A stored value cannot be decoded.
    #[error("{table}.{column} holds what cannot be read: {value}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The invalid value.
        value: String,
    },
    /// Any other failure: a bug.
    #[error("the store failed")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// Wraps the cause of an unreachable store.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Wraps the cause for which the store rejects data.
    pub fn rejected(cause: impl Into<Cause>) -> Self {
        Self::Rejected(cause.into())
    }

    /// Wraps the cause of a bug.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}
