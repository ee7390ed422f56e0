//! Periodic work that only one of several nodes does.

use super::lease::Lease;
use crate::clock::Clock;
use crate::sync::lock;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Term of the lease: how long it stays with a node that died or hangs.
pub const TERM: std::time::Duration = std::time::Duration::from_secs(30);

/// Interval at which the holder extends the lease, and others try to acquire it: two attempts may fail.
pub const RENEWAL: std::time::Duration = std::time::Duration::from_secs(10);

/// Periodic work under a lease. The work must be safe to do twice: while the lease is unavailable, every node does
/// it.
pub struct Singleton {
    lease: Arc<dyn Lease>,
    name: &'static str,
    node: Uuid,
    clock: Arc<dyn Clock>,
    period: Duration,
    last: Mutex<Option<OffsetDateTime>>,
}

impl Singleton {
    /// Creates periodic work of this name and period. `node` identifies this node.
    #[must_use]
    pub fn new(
        lease: Arc<dyn Lease>,
        name: &'static str,
        node: Uuid,
        clock: Arc<dyn Clock>,
        period: Duration,
    ) -> Self {
        Self {
            lease,
            name,
            node,
            clock,
            period,
            last: Mutex::new(None),
        }
    }

    /// Acquires the lease or extends it by [`TERM`]. Returns whether this node has it. Call it every [`RENEWAL`],
    /// also while the work is running.
    pub async fn hold(&self) -> bool {
        let held = self.lease.hold(self.name, self.node, TERM).await;
        held.unwrap_or_else(|error| {
            tracing::debug!(%error, work = self.name, "the lease is unavailable; this node does the work");
            true
        })
    }

    /// Returns whether this node must do the work now, and records that it does.
    pub async fn take_turn(&self) -> bool {
        if !self.hold().await {
            return false;
        }
        let now = self.clock.now();
        let mut last = lock(&self.last);
        let is_due = last.is_none_or(|last| now - last >= self.period);
        if is_due {
            *last = Some(now);
        }
        is_due
    }

    /// Releases the lease. Call it when this node stops.
    pub async fn release(&self) {
        if let Err(error) = self.lease.release(self.name, self.node).await {
            tracing::debug!(%error, work = self.name, "the lease was not released; it will expire");
        }
    }
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use super::*;
    use crate::coordination::MockLease;
    use crate::memory::MemoryLease;
    use crate::store_error::StoreError;
    use crate::testing::FixedClock;
    use time::macros::datetime;

    const HOUR: Duration = Duration::HOUR;

    fn nodes(clock: &Arc<FixedClock>) -> [Singleton; 2] {
        let lease: Arc<dyn Lease> = Arc::new(MemoryLease::new(clock.clone()));
        [1, 2].map(|node| {
            let node = Uuid::from_u128(node);
            Singleton::new(lease.clone(), "work", node, clock.clone(), HOUR)
        })
    }

    fn a_clock() -> Arc<FixedClock> {
        Arc::new(FixedClock::at(datetime!(2026-11-20 12:00 UTC)))
    }

    #[tokio::test]
    async fn one_node_does_the_work_once_in_each_period() {
        let clock = a_clock();
        let [one, two] = nodes(&clock);
        let mut turns = Vec::new();
        for second in 0..7_300 {
            if second % 10 == 0 {
                if one.take_turn().await {
                    turns.push((1, second));
                }
                if two.take_turn().await {
                    turns.push((2, second));
                }
            }
            clock.advance(Duration::SECOND);
        }
        assert_eq!(turns, [(1, 0), (1, 3_600), (1, 7_200)]);
    }

    #[tokio::test]
    async fn another_node_takes_over_from_one_that_says_nothing() {
        let clock = a_clock();
        let [one, two] = nodes(&clock);
        assert!(one.take_turn().await);
        clock.advance(Duration::seconds(29));
        assert!(!two.take_turn().await, "the first may still be at work");
        clock.advance(Duration::seconds(2));
        assert!(two.take_turn().await);
        assert!(!one.hold().await, "the first has lost the work");
    }

    #[tokio::test]
    async fn renewing_outlives_the_term() {
        let clock = a_clock();
        let [one, two] = nodes(&clock);
        assert!(one.take_turn().await);
        for _ in 0..600 {
            clock.advance(Duration::seconds(10));
            assert!(one.hold().await);
            assert!(!two.take_turn().await);
        }
    }

    #[tokio::test]
    async fn a_node_that_stops_gives_the_work_away() {
        let clock = a_clock();
        let [one, two] = nodes(&clock);
        assert!(one.take_turn().await);
        two.release().await;
        assert!(!two.take_turn().await, "only the holder can give it away");
        one.release().await;
        assert!(two.take_turn().await);
    }

    #[tokio::test]
    async fn a_lease_that_cannot_be_asked_holds_up_nothing() {
        let mut lease = MockLease::new();
        lease
            .expect_hold()
            .returning(|_, _, _| Err(StoreError::unavailable("Redis is away")));
        let clock = a_clock();
        let one = Singleton::new(
            Arc::new(lease),
            "work",
            Uuid::from_u128(1),
            clock.clone(),
            HOUR,
        );
        assert!(one.take_turn().await);
        assert!(!one.take_turn().await, "it is done for this hour");
        clock.advance(HOUR);
        assert!(one.take_turn().await);
    }
}
