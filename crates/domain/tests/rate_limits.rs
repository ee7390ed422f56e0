//! Logins counted before they are checked, wrong credentials, and what may be spent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_domain::id::TenantId;
use faultbook_domain::memory::MemoryRateLimiter;
use faultbook_domain::rate_limit::RateLimiter;
use faultbook_domain::rate_limit::{Attempt, RateLimits, Rates, Spending};
use faultbook_domain::testing::FixedClock;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn limits() -> (Arc<FixedClock>, Arc<RateLimits>) {
    let rates = Rates {
        ingest: 10,
        analytics: 10,
        artifacts: 6_000,
        general: 10,
        bad_credentials: 3,
        failed_logins: 3,
        invitations: 2,
        channel_tests: 1,
    };
    let clock = Arc::new(FixedClock::at(OffsetDateTime::UNIX_EPOCH));
    let limiter: Arc<dyn RateLimiter> = Arc::new(MemoryRateLimiter::new(clock.clone()));
    let (own, of_limits) = (Arc::clone(&limiter), clock.clone());
    let limits = RateLimits::new(Some(rates), limiter, own, of_limits);
    (clock, Arc::new(limits))
}

/// How many of 40 logins at once were checked, if all are right or all are wrong.
async fn checked(limits: &Arc<RateLimits>, right: bool) -> usize {
    let mut people = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let limits = Arc::clone(limits);
        people.spawn(async move {
            let Ok(checking) = limits.begin_login(Some(HERE)).await else {
                return false;
            };
            tokio::task::yield_now().await;
            if right {
                checking.was_right().await;
            }
            true
        });
    }
    let checked = people.join_all().await;
    checked.into_iter().filter(|yes| *yes).count()
}

#[tokio::test]
async fn no_more_wrong_logins_are_checked_at_once_than_one_by_one() {
    let (clock, limits) = limits();
    assert_eq!(checked(&limits, false).await, 3);
    let Err(left) = limits.begin_login(Some(HERE)).await else {
        panic!("the address is shut out")
    };
    assert_eq!(left, Duration::seconds(20));
    clock.advance(Duration::seconds(21));
    assert_eq!(checked(&limits, false).await, 1);
}

#[tokio::test]
async fn right_logins_cost_nothing_however_many_come_at_once() {
    let (_, limits) = limits();
    assert_eq!(checked(&limits, true).await, 40);
    // Even with one failure left.
    for _ in 0..2 {
        drop(limits.begin_login(Some(HERE)).await);
    }
    assert_eq!(checked(&limits, true).await, 40);
    assert_eq!(checked(&limits, false).await, 1);
}

#[tokio::test]
async fn a_check_that_is_given_up_counts_as_failed() {
    let (_, limits) = limits();
    for _ in 0..3 {
        assert!(limits.begin_login(Some(HERE)).await.is_ok());
    }
    assert!(limits.begin_login(Some(HERE)).await.is_err());
}

#[tokio::test]
async fn wrong_credentials_beyond_the_limit_are_told_to_wait() {
    let (clock, limits) = limits();
    for _ in 0..3 {
        assert_eq!(limits.bad_attempt(Attempt::Credential, HERE).await, None);
    }
    assert!(limits.shut_out(Attempt::Credential, HERE).is_some());
    let left = limits.bad_attempt(Attempt::Credential, HERE).await;
    assert_eq!(left, Some(Duration::seconds(20)));
    clock.advance(Duration::seconds(21));
    assert_eq!(limits.bad_attempt(Attempt::Credential, HERE).await, None);
}

#[tokio::test]
async fn spending_is_limited_by_tenant_and_by_caller() {
    let (_, limits) = limits();
    let [one, two] = [1, 2].map(|id| TenantId(Uuid::from_u128(id)));
    let invite = async |tenant, caller| {
        let spent = limits.spend(Spending::Invitation, tenant, caller).await;
        spent.is_ok()
    };
    assert!(invite(one, Some("ada")).await && invite(one, Some("bob")).await);
    assert!(
        !invite(one, Some("cleo")).await,
        "the tenant has spent its share"
    );
    assert!(invite(two, Some("ada")).await);
    assert!(!invite(two, Some("ada")).await, "ada has spent hers");
    assert!(
        invite(two, Some("cleo")).await,
        "cleo's refusal cost nothing"
    );
    limits
        .unspend(Spending::Invitation, two, Some("cleo"))
        .await;
    assert!(invite(two, None).await);
    let resent = limits.spend(Spending::Resend, one, Some("ada")).await;
    assert!(resent.is_ok(), "each action has buckets of its own");
}
