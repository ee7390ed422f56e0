//! Test doubles: a fixed clock, sequential ids, and mocks of every port (`Mock...`).

use crate::clock::Clock;
use crate::id_source::IdSource;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid};

/// A settable clock that stands still.
#[derive(Debug)]
pub struct FixedClock(Mutex<OffsetDateTime>);

impl FixedClock {
    /// Creates a clock that shows `now`.
    #[must_use]
    pub const fn at(now: OffsetDateTime) -> Self {
        Self(Mutex::new(now))
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// UUIDv7 ids whose random part counts up from 1.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdSource for SequentialIds {
    fn next_id(&self, at: OffsetDateTime) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn secret_bytes(&self) -> [u8; 32] {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        bytes
    }
}
