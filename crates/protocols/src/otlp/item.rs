//! Bounds of one log record or span.

use super::protobuf::Malformed;
use crate::repair::Unreadable;

/// The longest log record or span, in bytes as sent.
pub(super) const MAX_ITEM: usize = 8 << 20;

/// The most values in a log record or span: more than can be stored of it.
pub(super) const MAX_VALUES: usize = 1 << 16;

/// Why an item becomes no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is larger than [`MAX_ITEM`] or [`MAX_VALUES`]: it is dropped, and costs no other.
    TooLarge,
    /// Its bytes are no protobuf.
    Malformed(Malformed),
    /// Its text is no JSON.
    Unreadable,
}

impl From<Malformed> for Unfit {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Unreadable> for Unfit {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}
