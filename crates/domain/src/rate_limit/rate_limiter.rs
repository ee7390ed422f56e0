//! Port: token buckets.

use crate::store_error::StoreError;
use async_trait::async_trait;
use std::time::Duration;

/// Capacity of a token bucket and the time it takes to fill from empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    tokens: u32,
    period: Duration,
}

impl Quota {
    /// Allows `tokens` per minute. Zero allows nothing.
    #[must_use]
    pub const fn per_minute(tokens: u32) -> Self {
        Self {
            tokens: if tokens == 0 { 1 } else { tokens },
            period: Duration::from_secs(60),
        }
    }

    /// Returns the capacity.
    #[must_use]
    pub const fn tokens(self) -> u32 {
        self.tokens
    }

    /// Returns the microseconds in which one token is refilled, at least one.
    #[must_use]
    pub const fn interval_micros(self) -> u64 {
        let micros = self.period.as_micros() as u64 / self.tokens as u64;
        if micros == 0 { 1 } else { micros }
    }
}

/// Result of taking a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether a token was taken.
    pub allowed: bool,
    /// Capacity of the bucket.
    pub limit: u32,
    /// Tokens left.
    pub remaining: u32,
    /// Time until the bucket is full again, if nothing more is taken.
    pub full_in: Duration,
    /// Time until a token is available; zero if one is.
    pub retry_in: Duration,
}

impl Verdict {
    /// Computes the result from the microseconds until the bucket is full, after a token was taken or refused.
    ///
    /// A token bucket's only state is the time at which it will be full again (the generic cell rate algorithm, ITU-T
    /// I.371): each token moves it by one interval.
    #[must_use]
    pub fn of(quota: Quota, allowed: bool, full_in_micros: u64) -> Self {
        let interval = quota.interval_micros();
        let capacity = interval * u64::from(quota.tokens());
        let room = capacity.saturating_sub(full_in_micros);
        Self {
            allowed,
            limit: quota.tokens(),
            remaining: u32::try_from(room / interval).unwrap_or(u32::MAX),
            full_in: Duration::from_micros(full_in_micros),
            retry_in: Duration::from_micros((full_in_micros + interval).saturating_sub(capacity)),
        }
    }
}

/// Token buckets by name.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one token from a bucket, if there is one. An unknown bucket is full.
    ///
    /// - MUST allow exactly the tokens of a full bucket at once, also under concurrent calls.
    /// - MUST refill tokens one by one, evenly over the quota's period.
    /// - MUST NOT charge for a refusal.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller decides without the bucket.
    async fn take(&self, bucket: &str, quota: Quota) -> Result<Verdict, StoreError>;

    /// Returns one token to a bucket, which [`take`](Self::take) had taken in advance for something that then cost
    /// nothing.
    ///
    /// - MUST make exactly one more token available at once.
    /// - MUST NOT fill a bucket beyond its capacity.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the token is refilled with time instead.
    async fn give_back(&self, bucket: &str, quota: Quota) -> Result<(), StoreError>;
}
