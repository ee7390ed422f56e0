//! `MemoryRateLimiter`.

use faultbook_contract::rate_limiter::Limiters;
use faultbook_domain::memory::MemoryRateLimiter;
use faultbook_domain::system::SystemClock;
use std::sync::Arc;

async fn fixture() -> Limiters {
    let limiter = Arc::new(MemoryRateLimiter::new(Arc::new(SystemClock)));
    Limiters {
        here: limiter.clone(),
        there: limiter,
        guard: Box::new(()),
    }
}

faultbook_contract::rate_limiter_contract!(fixture);
