//! The buckets in process keep the promises of `RateLimiter`.

use faultbook_domain::memory::MemoryRateLimiter;
use faultbook_domain::system::SystemClock;
use faultbook_testkit::contract::rate_limiter::Limiters;
use std::sync::Arc;

async fn fixture() -> Limiters {
    let limiter = Arc::new(MemoryRateLimiter::new(Arc::new(SystemClock)));
    Limiters {
        here: limiter.clone(),
        there: limiter,
        guard: Box::new(()),
    }
}

faultbook_testkit::rate_limiter_contract!(fixture);
