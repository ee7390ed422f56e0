//! Runs work that one node does for all.

use faultbook_domain::coordination::Singleton;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Starts a worker that asks for the lease at this pace and does the work whenever it is this node's turn.
pub fn start<F, Fut>(singleton: Arc<Singleton>, pace: Duration, mut work: F) -> JoinHandle<()>
where
    F: FnMut() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        let mut ticks = interval(pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if singleton.take_turn().await {
                holding(&singleton, &mut ticks, work()).await;
            }
        }
    })
}

/// Does the work and extends the lease meanwhile. Work that another node has taken over is dropped: it
/// must bear that at any point.
async fn holding(singleton: &Singleton, ticks: &mut Interval, work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            () = &mut work => return,
            _ = ticks.tick() => {
                if !singleton.hold().await {
                    tracing::warn!("another node has taken over this node's housekeeping");
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::coordination::{Lease, MockLease};
    use faultbook_domain::system::SystemClock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::{Notify, oneshot};

    const PACE: Duration = Duration::from_millis(2);

    fn singleton(lease: MockLease) -> Arc<Singleton> {
        let lease: Arc<dyn Lease> = Arc::new(lease);
        let (node, hour) = (uuid::Uuid::from_u128(1), time::Duration::HOUR);
        let clock = Arc::new(SystemClock);
        Arc::new(Singleton::new(lease, "work", node, clock, hour))
    }

    #[tokio::test]
    async fn the_lease_is_extended_for_as_long_as_the_work_takes() {
        let (asked, enough) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let mut lease = MockLease::new();
        let (count, signal) = (Arc::clone(&asked), Arc::clone(&enough));
        lease.expect_hold().returning(move |_, _, _| {
            if count.fetch_add(1, Ordering::SeqCst) == 5 {
                signal.notify_one();
            }
            Ok(true)
        });
        let (done, finished) = oneshot::channel();
        let mut done = Some(done);
        let worker = start(singleton(lease), PACE, move || {
            let (enough, done) = (Arc::clone(&enough), done.take());
            async move {
                enough.notified().await;
                // The second turn would come in an hour.
                if let Some(done) = done {
                    done.send(()).unwrap();
                }
            }
        });
        finished.await.unwrap();
        worker.abort();
        assert!(asked.load(Ordering::SeqCst) > 5);
    }

    #[tokio::test]
    async fn work_that_another_node_has_taken_over_is_dropped() {
        struct Dropped(Option<oneshot::Sender<()>>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                if let Some(told) = self.0.take() {
                    told.send(()).unwrap();
                }
            }
        }
        let mut asked = 0;
        let mut lease = MockLease::new();
        lease.expect_hold().returning(move |_, _, _| {
            asked += 1;
            Ok(asked < 3)
        });
        let (told, dropped) = oneshot::channel();
        let mut told = Some(told);
        let worker = start(singleton(lease), PACE, move || {
            let guard = Dropped(told.take());
            async move {
                let _guard = guard;
                std::future::pending::<()>().await;
            }
        });
        dropped.await.unwrap();
        worker.abort();
    }
}
