//! What a receiver knows of a request beside its body.

use time::OffsetDateTime;

/// What a receiver knows of a request beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// When the request was received.
    pub received_at: OffsetDateTime,
    /// The address of the client, told by the trusted proxies if there are any.
    pub client_address: Option<&'a str>,
    /// The header `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The source of reports that name none, set for the key.
    pub source: Option<&'a str>,
    /// The largest event, in bytes: one item of an envelope, or one record.
    pub max_event: usize,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::Origin;
    use faultbook_domain::id_source::IdSource;
    use std::sync::atomic::{AtomicU64, Ordering};
    use time::OffsetDateTime;
    use uuid::Uuid;

    /// Ids that count from 1.
    #[derive(Default)]
    pub(crate) struct Counting(AtomicU64);

    impl IdSource for Counting {
        fn next_id(&self, _: OffsetDateTime) -> Uuid {
            Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
        }

        fn secret_bytes(&self) -> [u8; 32] {
            [0; 32]
        }
    }

    /// A request from a browser at 203.0.113.9.
    pub(crate) fn origin() -> Origin<'static> {
        Origin {
            received_at: time::macros::datetime!(2026-11-20 12:00 UTC),
            client_address: Some("203.0.113.9"),
            user_agent: Some("Mozilla/5.0"),
            source: None,
            max_event: 8 << 20,
        }
    }
}
