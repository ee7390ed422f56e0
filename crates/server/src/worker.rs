//! What runs beside the requests.

use faultbook_domain::port::{Clock, Upkeep};
use faultbook_domain::service::access::Access;
use faultbook_domain::service::drain::{Drain, Round};
use faultbook_domain::service::read_cache::ReadCache;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often uses of keys are stored: `last_used` is exact to the minute.
const USAGE: Duration = Duration::from_secs(20);
/// How often the store is kept in shape. Partitions are made days ahead.
const UPKEEP: Duration = Duration::from_secs(3_600);
/// How often the cache is told again of writes that it missed.
const CATCH_UP: Duration = Duration::from_secs(1);
/// How often figures are condensed, so that their memory stays bounded.
const FIGURES: Duration = Duration::from_secs(5);

/// How often an empty queue is looked at.
const QUEUE_IDLE: Duration = Duration::from_millis(200);
/// How long the queue is left alone when it, or the store, is away.
const QUEUE_AWAY: Duration = Duration::from_secs(1);

/// The workers' handles; dropping it stops them.
pub struct Workers(Vec<tokio::task::JoinHandle<()>>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &self.0 {
            worker.abort();
        }
    }
}

/// Starts every worker.
#[must_use]
pub fn start(
    access: Arc<Access>,
    cache: Arc<ReadCache>,
    upkeep: Arc<dyn Upkeep>,
    clock: Arc<dyn Clock>,
    figures: PrometheusHandle,
) -> Workers {
    let usage = every(USAGE, move || {
        let access = Arc::clone(&access);
        async move {
            if let Err(error) = access.store_usage().await {
                tracing::warn!(%error, "uses of keys were not stored; they will be with the next");
            }
        }
    });
    let upkeep = every(UPKEEP, move || {
        let (upkeep, clock) = (Arc::clone(&upkeep), Arc::clone(&clock));
        async move {
            if let Err(error) = upkeep.maintain(clock.now()).await {
                tracing::error!(%error, cause = ?error, "the store's upkeep failed; it is tried again in an hour");
            }
        }
    });
    let catch_up = every(CATCH_UP, move || {
        let cache = Arc::clone(&cache);
        async move { cache.catch_up().await }
    });
    let figures = every(FIGURES, move || {
        figures.run_upkeep();
        async {}
    });
    Workers(vec![usage, upkeep, catch_up, figures])
}

fn every<F, Fut>(period: Duration, mut work: F) -> tokio::task::JoinHandle<()>
where
    F: FnMut() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            work().await;
        }
    })
}

/// The worker that stores what is queued.
pub struct Drainer {
    task: tokio::task::JoinHandle<()>,
    stop: Arc<Notify>,
}

impl Drainer {
    /// Starts it.
    #[must_use]
    pub fn start(drain: Drain) -> Self {
        let stop = Arc::new(Notify::new());
        let task = tokio::spawn(drain_until(drain, Arc::clone(&stop)));
        Self { task, stop }
    }

    /// Lets it finish what it has taken out of the queue, within this time. What is left then goes to
    /// another node.
    pub async fn stop(mut self, limit: Duration) {
        self.stop.notify_one();
        if tokio::time::timeout(limit, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("queued reports are left for another node");
        }
    }
}

async fn drain_until(drain: Drain, stop: Arc<Notify>) {
    loop {
        let (pause, holds) = match drain.round().await {
            Ok(Round {
                held: 0,
                finished: 0,
            }) => (QUEUE_IDLE, false),
            Ok(Round { held: 0, .. }) => (Duration::ZERO, false),
            Ok(_) => (QUEUE_AWAY, true),
            Err(error) => {
                tracing::debug!(%error, "the queue is away");
                (QUEUE_AWAY, false)
            }
        };
        tokio::select! {
            biased;
            () = stop.notified() => {
                if holds {
                    tracing::warn!("stopping while the store is away; queued reports are left for another node");
                }
                return;
            }
            () = sleep(pause) => {}
        }
    }
}
