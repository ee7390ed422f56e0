//! How often somebody may do something.

use crate::store_error::StoreError;
use async_trait::async_trait;
use std::time::Duration;

/// What a bucket of tokens holds when it is full, and how long it takes to fill from empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    tokens: u32,
    period: Duration,
}

impl Quota {
    /// So many a minute. Nothing is rounded up to one.
    #[must_use]
    pub const fn per_minute(tokens: u32) -> Self {
        Self {
            tokens: if tokens == 0 { 1 } else { tokens },
            period: Duration::from_secs(60),
        }
    }

    /// Tokens in a full bucket.
    #[must_use]
    pub const fn tokens(self) -> u32 {
        self.tokens
    }

    /// Microseconds in which one token comes back, at least one.
    #[must_use]
    pub const fn interval_micros(self) -> u64 {
        let micros = self.period.as_micros() as u64 / self.tokens as u64;
        if micros == 0 { 1 } else { micros }
    }
}

/// What a bucket answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether a token was taken.
    pub allowed: bool,
    /// Tokens that a full bucket holds.
    pub limit: u32,
    /// Tokens left.
    pub remaining: u32,
    /// Until the bucket is full again, if nothing more is taken.
    pub full_in: Duration,
    /// Until the next token can be taken; zero if one can be now.
    pub retry_in: Duration,
}

impl Verdict {
    /// Reads a bucket that will be full in so many microseconds, after a token was taken or refused.
    ///
    /// A token bucket needs no more state than the time at which it will be full again (the generic
    /// cell rate algorithm, ITU-T I.371): each token moves it by one interval.
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

/// Buckets of tokens, shared by whoever shares the limiter.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one token out of the named bucket, if there is one. A bucket that was never asked is full.
    ///
    /// - MUST allow a full bucket's tokens at once and no more, also when many ask at once.
    /// - MUST give tokens back one by one, evenly over the quota's period.
    /// - MUST NOT let a refusal cost anything.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nobody knows; the caller decides without the bucket.
    async fn take(&self, bucket: &str, quota: Quota) -> Result<Verdict, StoreError>;

    /// Puts one token back into the named bucket, which [`take`](Self::take) had taken in advance for
    /// something that then cost nothing.
    ///
    /// - MUST make exactly one more token available at once.
    /// - MUST NOT fill a bucket beyond what it holds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the token comes back with time instead.
    async fn give_back(&self, bucket: &str, quota: Quota) -> Result<(), StoreError>;
}
