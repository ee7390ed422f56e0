//! [`RateLimiter`](crate::rate_limit::RateLimiter) in process, for a single node.

use crate::clock::Clock;
use crate::instant::micros;
use crate::rate_limit::{Quota, RateLimiter, Verdict};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Number of buckets from which full ones, which hold no information, are removed.
const SWEEP_AT: usize = 10_000;

/// Token buckets by name, each as the microsecond since 1970 at which it will be full again.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    full_at: HashMap<String, u64>,
    sweep_at: usize,
}

impl MemoryRateLimiter {
    /// Creates full buckets.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            buckets: Mutex::default(),
        }
    }
}

impl Buckets {
    /// Removes full buckets, and doubles the threshold of the next sweep, so that a lookup costs the same however
    /// many there are.
    fn sweep(&mut self, now: u64) {
        if self.full_at.len() >= self.sweep_at.max(SWEEP_AT) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.sweep_at = self.full_at.len() * 2;
        }
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, bucket: &str, quota: Quota) -> Result<Verdict, StoreError> {
        let now = u64::try_from(micros(self.clock.now())).unwrap_or(0);
        let interval = quota.interval_micros();
        let capacity = interval * u64::from(quota.tokens());
        // Every change is a single assignment, so that a panic leaves consistent state.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.sweep(now);
        let full_at = buckets.full_at.get(bucket).copied().unwrap_or(now).max(now);
        let with_this = full_at + interval;
        let allowed = with_this - now <= capacity;
        if allowed {
            buckets.full_at.insert(bucket.to_owned(), with_this);
        }
        let full_at = if allowed { with_this } else { full_at };
        Ok(Verdict::of(quota, allowed, full_at - now))
    }

    async fn give_back(&self, bucket: &str, quota: Quota) -> Result<(), StoreError> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        // A time in the past means a full bucket, so that it never exceeds its capacity.
        if let Some(full_at) = buckets.full_at.get_mut(bucket) {
            *full_at = full_at.saturating_sub(quota.interval_micros());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FixedClock;
    use std::time::Duration;
    use time::OffsetDateTime;

    #[tokio::test]
    async fn a_token_comes_back_in_its_time_and_refusals_cost_nothing() {
        let clock = Arc::new(FixedClock::at(OffsetDateTime::UNIX_EPOCH));
        let limiter = MemoryRateLimiter::new(clock.clone());
        let quota = Quota::per_minute(3);
        for remaining in [2, 1, 0] {
            let verdict = limiter.take("b", quota).await.unwrap();
            assert_eq!((verdict.allowed, verdict.remaining), (true, remaining));
        }
        for _ in 0..5 {
            let verdict = limiter.take("b", quota).await.unwrap();
            assert!(!verdict.allowed);
            assert_eq!(verdict.retry_in, Duration::from_secs(20));
            assert_eq!(verdict.full_in, Duration::from_secs(60));
        }
        clock.advance(time::Duration::seconds(20));
        assert!(limiter.take("b", quota).await.unwrap().allowed);
        assert!(!limiter.take("b", quota).await.unwrap().allowed);
        assert!(limiter.take("another", quota).await.unwrap().allowed);
    }

    #[tokio::test]
    async fn full_buckets_take_up_no_memory() {
        let clock = Arc::new(FixedClock::at(OffsetDateTime::UNIX_EPOCH));
        let limiter = MemoryRateLimiter::new(clock.clone());
        for n in 0..SWEEP_AT {
            limiter
                .take(&n.to_string(), Quota::per_minute(60))
                .await
                .unwrap();
        }
        clock.advance(time::Duration::seconds(2));
        limiter
            .take("one more", Quota::per_minute(60))
            .await
            .unwrap();
        assert_eq!(limiter.buckets.lock().unwrap().full_at.len(), 1);
    }
}
