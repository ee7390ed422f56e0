//! Contract of `RateLimiter`.
//!
//! Name a fixture, an `async fn() -> Limiters`, in `faultbook_contract::rate_limiter_contract!(fixture)` to run it.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use faultbook_domain::rate_limit::{Quota, RateLimiter};
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A limiter under test, with the handles of two nodes.
pub struct Limiters {
    /// Handle of one node.
    pub here: Arc<dyn RateLimiter>,
    /// Handle of another node; for a limiter in process, the same value.
    pub there: Arc<dyn RateLimiter>,
    /// Keeps resources of the limiter alive (a server).
    pub guard: Box<dyn Any + Send + Sync>,
}

/// Refills a token in 12 seconds: none during a test.
const SLOW: Quota = Quota::per_minute(5);

pub async fn a_new_bucket_is_full(limiters: Limiters) {
    let verdict = limiters.here.take("b", SLOW).await.unwrap();
    assert!(verdict.allowed);
    assert_eq!((verdict.limit, verdict.remaining), (5, 4));
    assert_eq!(verdict.retry_in, Duration::ZERO);
    assert!(verdict.full_in <= Duration::from_secs(12));
    assert!(verdict.full_in > Duration::from_secs(2));
}

pub async fn nodes_share_a_bucket(limiters: Limiters) {
    for taken in 0..5 {
        let node = if taken % 2 == 0 {
            &limiters.here
        } else {
            &limiters.there
        };
        let verdict = node.take("b", SLOW).await.unwrap();
        assert_eq!((verdict.allowed, verdict.remaining), (true, 4 - taken));
    }
    for node in [&limiters.here, &limiters.there] {
        let verdict = node.take("b", SLOW).await.unwrap();
        assert_eq!((verdict.allowed, verdict.remaining), (false, 0));
        assert!(verdict.retry_in <= Duration::from_secs(12));
        assert!(verdict.retry_in > Duration::from_secs(2));
    }
}

pub async fn buckets_are_apart(limiters: Limiters) {
    for _ in 0..6 {
        limiters.here.take("b", SLOW).await.unwrap();
    }
    assert!(limiters.here.take("c", SLOW).await.unwrap().allowed);
}

pub async fn many_at_once_get_what_the_bucket_holds(limiters: Limiters) {
    let mut askers = tokio::task::JoinSet::new();
    for n in 0..40 {
        let node = if n % 2 == 0 {
            Arc::clone(&limiters.here)
        } else {
            Arc::clone(&limiters.there)
        };
        askers.spawn(async move { node.take("b", SLOW).await.unwrap().allowed });
    }
    let allowed = askers.join_all().await;
    assert_eq!(allowed.into_iter().filter(|yes| *yes).count(), 5);
}

/// Uses twenty tokens a second: an empty bucket refills one after 50 ms, and refusals do not delay it.
pub async fn tokens_come_back_and_refusals_cost_nothing(limiters: Limiters) {
    let quota = Quota::per_minute(1_200);
    while limiters.here.take("b", quota).await.unwrap().allowed {}
    let (started, mut got) = (Instant::now(), 0);
    while got < 10 {
        assert!(started.elapsed() < Duration::from_secs(60), "got {got}");
        if limiters.here.take("b", quota).await.unwrap().allowed {
            got += 1;
        } else {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(started.elapsed() >= Duration::from_millis(400), "too fast");
}

pub async fn a_token_given_back_can_be_taken_at_once(limiters: Limiters) {
    for _ in 0..5 {
        limiters.here.take("b", SLOW).await.unwrap();
    }
    limiters.there.give_back("b", SLOW).await.unwrap();
    assert!(limiters.here.take("b", SLOW).await.unwrap().allowed);
    assert!(!limiters.here.take("b", SLOW).await.unwrap().allowed);
}

pub async fn giving_back_fills_no_bucket_beyond_what_it_holds(limiters: Limiters) {
    limiters.here.give_back("b", SLOW).await.unwrap();
    limiters.here.take("b", SLOW).await.unwrap();
    for _ in 0..3 {
        limiters.here.give_back("b", SLOW).await.unwrap();
    }
    let mut taken = 0;
    while limiters.here.take("b", SLOW).await.unwrap().allowed {
        taken += 1;
    }
    assert_eq!(taken, 5);
}

/// Runs the contract as one `#[tokio::test]` each, on the limiters that the fixture creates.
#[macro_export]
macro_rules! rate_limiter_contract {
    ($fixture:path) => {
        $crate::store_contract!(@module rate_limiter, $fixture, [
            a_new_bucket_is_full,
            nodes_share_a_bucket,
            buckets_are_apart,
            many_at_once_get_what_the_bucket_holds,
            tokens_come_back_and_refusals_cost_nothing,
            a_token_given_back_can_be_taken_at_once,
            giving_back_fills_no_bucket_beyond_what_it_holds,
        ]);
    };
}
