//! Types of items that are dropped.

/// Types that are told apart when they are counted.
const DROPPED: [&str; 13] = [
    "check_in",
    "log",
    "profile",
    "profile_chunk",
    "replay_event",
    "replay_recording",
    "replay_video",
    "session",
    "sessions",
    "span",
    "statsd",
    "trace_metric",
    "transaction",
];

/// The name under which a dropped item is counted: `other` for types that are not known.
pub(super) fn counted(kind: &str) -> &'static str {
    DROPPED
        .iter()
        .copied()
        .find(|known| *known == kind)
        .unwrap_or("other")
}
