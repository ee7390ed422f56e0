//! Circuit breaker: one probe a second while Redis is down.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long Redis is left alone after it failed. Long enough that a Redis that hangs costs one call
/// in many its time limit, short enough that nobody notices it when Redis is back.
const REST: Duration = Duration::from_secs(1);

/// Lets every call through while the server answers, else one call per [`REST`].
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// When the next call may try; none while the server answers.
    next_try: Mutex<Option<Instant>>,
}

impl Breaker {
    /// Whether a call may be made now. Who is told yes while the server rests is the one who tries.
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

    /// A call was answered. True when none was before.
    pub(crate) fn answered(&self) -> bool {
        self.lock().take().is_some()
    }

    /// A call was not answered. True when calls were before.
    pub(crate) fn failed(&self) -> bool {
        self.lock().replace(Instant::now() + REST).is_none()
    }

    /// No holder can panic.
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
