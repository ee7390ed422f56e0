//! [`Clock`] and [`IdSource`] of the operating system.

use crate::clock::Clock;
use crate::id_source::IdSource;
use time::OffsetDateTime;
use uuid::{ContextV7, Timestamp, Uuid};

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc();
        let micros = now.microsecond();
        now.replace_microsecond(micros).unwrap_or(now)
    }
}

/// Generates random UUIDv7 ids, ordered by time and by a counter within a millisecond.
#[derive(Debug, Default)]
pub struct SystemIds {
    context: std::sync::Mutex<ContextV7>,
}

impl IdSource for SystemIds {
    fn next_id(&self, at: OffsetDateTime) -> Uuid {
        let seconds = u64::try_from(at.unix_timestamp()).unwrap_or(0);
        let context = self
            .context
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, at.nanosecond()))
    }

    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret may be made"
    )]
    fn secret_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }
}
