//! Circuit breaker: one probe a second while Redis is down.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Interval of attempts while Redis is down. Long enough that a hanging Redis costs few calls their timeout, short
/// enough to notice quickly that Redis is back.
const REST: Duration = Duration::from_secs(1);

/// Circuit breaker: allows every call while the server responds, otherwise one call per [`REST`].
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// Time of the next attempt; `None` while the server responds.
    next_try: Mutex<Option<Instant>>,
}

impl Breaker {
    /// Returns whether a call may be made now. While the server is down, the caller that gets `true` tries it.
    pub(crate) fn allows(&self) -> bool {
        let mut next_try = self.lock();
        let now = Instant::now();
        match *next_try {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                *next_try = Some(now + REST);
                true
            }
        }
    }

    /// Records a response. Returns whether it is the first after failures.
    pub(crate) fn answered(&self) -> bool {
        self.lock().take().is_some()
    }

    /// Records a failure. Returns whether it is the first after responses.
    pub(crate) fn failed(&self) -> bool {
        self.lock().replace(Instant::now() + REST).is_none()
    }

    /// Locks the state; no holder of the lock can panic.
    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next_try.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn one_call_at_a_time_tries_a_failed_server() {
        let breaker = Breaker::default();
        assert!(breaker.allows());
        assert!(breaker.failed());
        assert!(!breaker.allows());

        advance(REST).await;
        assert!(breaker.allows());
        assert!(!breaker.allows());
        assert!(!breaker.failed());
        assert!(!breaker.allows());

        advance(REST).await;
        assert!(breaker.allows());
        assert!(breaker.answered());
        assert!(!breaker.answered());
        assert!(breaker.allows() && breaker.allows());
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_was_given_up_is_followed_by_another() {
        let breaker = Breaker::default();
        breaker.failed();
        advance(REST).await;
        assert!(breaker.allows());

        advance(REST).await;

        assert!(breaker.allows());
    }
}
