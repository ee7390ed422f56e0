//! Token buckets, and the limits of requests, failed logins and messages that cost money.

mod rate_limiter;
mod rate_limits;

pub use rate_limiter::{Quota, RateLimiter, Verdict};
pub use rate_limits::{Attempt, Checking, Class, RateLimits, Rates, Spending};

#[cfg(feature = "testing")]
pub use rate_limiter::MockRateLimiter;
