//! Circuit breaker of the store: while it is unavailable, one caller a second tries it.

use crate::clock::Clock;
use crate::instant::micros;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How long the store is left alone after a failed attempt, in microseconds.
const REST_MICROS: i64 = 1_000_000;

/// Circuit breaker of the store, so that reports go into the queue without waiting for a store that is known to be
/// unavailable.
pub(super) struct StoreBreaker {
    clock: Arc<dyn Clock>,
    /// Time of the next attempt, in microseconds since 1970; 0 while the store is available.
    next_try: AtomicI64,
}

impl StoreBreaker {
    /// Creates a closed breaker.
    pub(super) const fn new(clock: Arc<dyn Clock>) -> Self {
        let next_try = AtomicI64::new(0);
        Self { clock, next_try }
    }

    /// Returns whether the store may be tried: one caller a second while it is unavailable.
    pub(super) fn allows(&self) -> bool {
        let next_try = self.next_try.load(Ordering::Relaxed);
        if next_try == 0 {
            return true;
        }
        let now = self.now();
        let later = now + REST_MICROS;
        let relaxed = Ordering::Relaxed;
        let taken = || {
            self.next_try
                .compare_exchange(next_try, later, relaxed, relaxed)
        };
        now >= next_try && taken().is_ok()
    }

    /// Records whether the store was unavailable.
    pub(super) fn record(&self, is_outage: bool) {
        let next_try = if is_outage {
            self.now() + REST_MICROS
        } else {
            0
        };
        if self.next_try.swap(next_try, Ordering::Relaxed) == 0 && is_outage {
            tracing::warn!("the store is unavailable; reports go into the queue");
        }
    }

    fn now(&self) -> i64 {
        micros(self.clock.now())
    }
}
