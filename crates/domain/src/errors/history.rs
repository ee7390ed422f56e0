//! What an error's fingerprints say of its past.

use super::activity::Actor;
use crate::fingerprint::Fingerprint;
use crate::id::ErrorId;
use time::OffsetDateTime;

/// Fingerprints of an error that are shown: those that joined first.
pub const FINGERPRINTS_MAX: i64 = 100;

/// What an error's fingerprints say of its past.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorHistory {
    /// Occurrences within the span that was asked for, by their own time.
    pub count_within: u64,
    /// The release of the earliest occurrence that named one, by its own time, whether it is stored still or not.
    pub first_release: Option<String>,
    /// The release of the latest.
    pub last_release: Option<String>,
    /// Its fingerprints, first joined first, then by value: at most [`FINGERPRINTS_MAX`].
    pub fingerprints: Vec<OwnedFingerprint>,
}

/// A fingerprint of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedFingerprint {
    /// The fingerprint.
    pub fingerprint: Fingerprint,
    /// The occurrences that it ever had.
    pub count: u64,
    /// The message of its last received occurrence, cut as in an error's summary; `None` when none is stored.
    pub message: Option<String>,
    /// Since when it belongs to the error.
    pub joined_at: OffsetDateTime,
    /// Who merged it into the error, and with which one it came; `None` for the error's own.
    pub merged: Option<(Actor, ErrorId)>,
}
