//! Evaluating rules and sending messages, beside the requests.

use faultbook_domain::entity::ChannelKind;
use faultbook_domain::port::Lease;
use faultbook_domain::service::alerting::{Alerting, Scrutiny};
use faultbook_domain::service::delivery::Delivering;
use faultbook_domain::service::read_cache::ReadCache;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// Every enabled rule is looked at no less often than each 5 s: this leaves time for the look itself.
const EVERY: Duration = Duration::from_millis(4_500);
/// Rules are looked at no more often, however much happens.
const PAUSE: Duration = Duration::from_millis(500);
/// Looking takes up no more than a tenth of the time, as long as [`EVERY`] allows.
const SHARE: u32 = 10;
/// How long evaluation stays with a node that says nothing: another takes over within 15 s.
const LEASE: Duration = Duration::from_secs(10);
/// How often due messages are looked for when nobody calls.
const LOOK: Duration = Duration::from_secs(1);
/// Messages of one channel on their way at once.
const AT_ONCE: usize = 16;

/// What the workers need.
pub struct AlertWork {
    /// Rules.
    pub alerting: Arc<Alerting>,
    /// Messages.
    pub delivering: Arc<Delivering>,
    /// Which node evaluates.
    pub lease: Arc<dyn Lease>,
    /// This node.
    pub node: Uuid,
    /// Tells of writes.
    pub cache: Arc<ReadCache>,
    /// Called when there are new messages.
    pub messages: Arc<Notify>,
}

/// Starts evaluation, and delivery through each channel.
#[must_use]
pub fn start(work: AlertWork) -> Vec<JoinHandle<()>> {
    let mut workers: Vec<JoinHandle<()>> = ChannelKind::ALL
        .into_iter()
        .map(|channel| {
            let (delivering, messages) = (work.delivering.clone(), work.messages.clone());
            tokio::spawn(deliver(delivering, channel, messages))
        })
        .collect();
    workers.push(tokio::spawn(evaluate(work)));
    workers
}

async fn evaluate(work: AlertWork) {
    loop {
        let started = Instant::now();
        // A lease that cannot be asked about holds up nothing: of several nodes that decide to fire a
        // rule, the store lets one do so.
        let leads = work
            .lease
            .hold("alerts", work.node, LEASE)
            .await
            .unwrap_or(true);
        let scrutiny = if leads {
            Scrutiny::Every
        } else {
            Scrutiny::Immediate
        };
        match work.alerting.evaluate(scrutiny).await {
            Ok(evaluated) => {
                metrics::histogram!("faultbook_alert_evaluation_seconds")
                    .record(started.elapsed().as_secs_f64());
                if evaluated.fired > 0 {
                    work.messages.notify_waiters();
                }
            }
            Err(error) => tracing::warn!(%error, "alert rules could not be looked at"),
        }
        let pause = (started.elapsed() * SHARE).clamp(PAUSE, EVERY);
        sleep(pause).await;
        let left = EVERY.saturating_sub(started.elapsed());
        // Whoever writes wakes this; otherwise time does. A timeout is no failure.
        let _ = timeout(left, work.cache.writes().notified()).await;
    }
}

async fn deliver(delivering: Arc<Delivering>, channel: ChannelKind, messages: Arc<Notify>) {
    let free = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let most = u32::try_from(free.available_permits()).unwrap_or(0);
        let due = if most > 0 {
            delivering.due(channel, most).await
        } else {
            Ok(Vec::new())
        };
        let due = due.unwrap_or_else(|error| {
            tracing::warn!(%error, "messages could not be looked for");
            Vec::new()
        });
        let was_full = due.len() == most as usize;
        for (delivery, notification) in due {
            let Ok(place) = Arc::clone(&free).acquire_owned().await else {
                return;
            };
            let delivering = Arc::clone(&delivering);
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = delivering.send(&delivery, &notification).await {
                    let id = delivery.id;
                    tracing::warn!(%error, delivery = %id, "a message will be sent again");
                }
            });
        }
        let pause = if was_full { LOOK / 10 } else { LOOK };
        // Whoever posts messages wakes this; otherwise time does. A timeout is no failure.
        let _ = timeout(pause, messages.notified()).await;
    }
}
