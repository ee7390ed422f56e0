//! Bounds of one log record or span.

/// The most values that are read of a log record or span, which is more than can be stored of it.
pub(super) const MAX_VALUES: usize = 1 << 16;

/// The longest context of a report, in bytes of JSON.
pub(super) const MAX_CONTEXT: usize = 256 << 10;

/// The longest message, in characters.
pub(super) const MAX_MESSAGE: usize = 8_192;

/// The longest stack trace, in bytes.
pub(super) const MAX_STACK_TRACE: usize = 256 << 10;
