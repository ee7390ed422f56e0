//! Background workers that evaluate alert rules and send deliveries.

use faultbook_domain::alerts::{Alerting, EvaluationScope, TenantEvaluation};
use faultbook_domain::coordination::Lease;
use faultbook_domain::id::TenantId;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Deliveries;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How often every enabled rule is evaluated at least: 5 s less the time of the evaluation itself.
const EVERY: Duration = Duration::from_millis(4_500);
/// The shortest pause between evaluations, however much happens.
const PAUSE: Duration = Duration::from_millis(500);
/// Evaluation takes up no more than a tenth of the time, as long as [`EVERY`] allows.
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
    /// The kinds of channels: each has a worker of its own.
    pub channels: Vec<ChannelKind>,
    /// Messages.
    pub delivering: Arc<Deliveries>,
    /// Which node evaluates.
    pub lease: Arc<dyn Lease>,
    /// This node.
    pub node: Uuid,
    /// Notified after commits, and when a rule was made or changed.
    pub committed: Arc<Notify>,
    /// Called when there are new messages.
    pub messages: Arc<Notify>,
}

/// Starts evaluation, and delivery through each channel.
#[must_use]
pub fn start(work: AlertWork) -> Vec<JoinHandle<()>> {
    let mut workers: Vec<JoinHandle<()>> = work
        .channels
        .iter()
        .copied()
        .map(|channel| {
            let (delivering, messages) = (work.delivering.clone(), work.messages.clone());
            tokio::spawn(deliver(delivering, channel, messages))
        })
        .collect();
    workers.push(tokio::spawn(evaluate(work)));
    workers
}

/// How long one tenant's evaluation runs before others have their turn.
const SLICE: Duration = Duration::from_millis(200);
/// How long one slice may take at all: it ends with a rule, which may ask what takes long to answer.
const GIVE_UP: Duration = Duration::from_secs(20);
/// The longest rest of a tenant's evaluation, from its beginning: every rule is evaluated each 5 s.
const LONGEST_REST: Duration = Duration::from_secs(4);
/// How many evaluations of each kind run at once: those whose metrics are queried already, and those that query.
const SHARES_AT_ONCE: usize = 4;

/// Identifies an evaluation: its tenant, and whether it queries metrics of its own.
type Key = (TenantId, bool);

/// Limits what runs at once. An evaluation that still runs is left to it while the rounds go on, and rests
/// afterwards in proportion to what it took. Of each kind some are evaluated at once, a slice at a time, first
/// come, first served.
struct EvaluationSlots {
    answered: Semaphore,
    asking: Semaphore,
    /// Shares that are being evaluated (`None`), or until when they rest.
    taken: Mutex<HashMap<Key, Option<Instant>>>,
}

impl EvaluationSlots {
    fn new() -> Self {
        Self {
            answered: Semaphore::new(SHARES_AT_ONCE),
            asking: Semaphore::new(SHARES_AT_ONCE),
            taken: Mutex::default(),
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Key, Option<Instant>>> {
        // Whoever panicked has left a whole map behind.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets who has rested; when the next of those who rest is ready.
    fn refreshed(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut taken = self.taken();
        taken.retain(|_, until| until.is_none_or(|until| until > now));
        taken.values().filter_map(|until| *until).min()
    }
}

/// A running evaluation. Its tenant rests once this is dropped, however it ends.
struct Busy {
    turns: Arc<EvaluationSlots>,
    key: Key,
    since: Instant,
}

impl Busy {
    /// `None` when the evaluation of an earlier round still runs, or its tenant rests.
    fn begin(turns: &Arc<EvaluationSlots>, key: Key) -> Option<Self> {
        let mut taken = turns.taken();
        if taken.contains_key(&key) {
            return None;
        }
        taken.insert(key, None);
        Some(Self {
            turns: Arc::clone(turns),
            key,
            since: Instant::now(),
        })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let rest = (self.since.elapsed() * SHARE).min(LONGEST_REST);
        self.turns.taken().insert(self.key, Some(self.since + rest));
    }
}

async fn evaluate(work: AlertWork) {
    let turns = Arc::new(EvaluationSlots::new());
    loop {
        let started = Instant::now();
        // A lease that cannot be asked about holds up nothing: of several nodes that decide to fire a
        // rule, the store lets one do so.
        let leads = work
            .lease
            .hold("alerts", work.node, LEASE)
            .await
            .unwrap_or(true);
        let scope = if leads {
            EvaluationScope::Every
        } else {
            EvaluationScope::Immediate
        };
        turns.refreshed();
        let begun = work.alerting.begin(scope).await;
        // Each evaluation rests for what it took itself.
        let spent = started.elapsed();
        match begun {
            Ok(evaluations) => {
                let mut answered = Vec::new();
                for evaluation in evaluations {
                    let key = evaluation.key();
                    let Some(busy) = Busy::begin(&turns, key) else {
                        continue;
                    };
                    let (alerting, messages) = (work.alerting.clone(), work.messages.clone());
                    let running = tokio::spawn(take_turns(alerting, evaluation, busy, messages));
                    if !key.1 {
                        answered.push(running);
                    }
                }
                // Longer evaluations go on during the next round, as do those that query metrics.
                let _ = timeout(PAUSE, join_all(answered)).await;
                metrics::histogram!("faultbook_alert_evaluation_seconds")
                    .record(started.elapsed().as_secs_f64());
            }
            Err(error) => tracing::warn!(%error, "alert rules could not be evaluated"),
        }
        let most = EVERY.saturating_sub(started.elapsed()).max(PAUSE);
        sleep((spent * SHARE).clamp(PAUSE, most)).await;
        let mut left = EVERY.saturating_sub(started.elapsed());
        if let Some(ready) = turns.refreshed() {
            left = left.min(ready.saturating_duration_since(Instant::now()));
        }
        // Whoever writes wakes this; otherwise time does. A timeout is no failure.
        let _ = timeout(left, work.committed.notified()).await;
    }
}

/// Runs an evaluation, a slice at a time.
async fn take_turns(
    alerting: Arc<Alerting>,
    mut evaluation: TenantEvaluation,
    busy: Busy,
    messages: Arc<Notify>,
) {
    let turns = if busy.key.1 {
        &busy.turns.asking
    } else {
        &busy.turns.answered
    };
    while !evaluation.is_done() {
        let Ok(turn) = turns.acquire().await else {
            return;
        };
        let slice = timeout(GIVE_UP, alerting.advance(&mut evaluation, SLICE)).await;
        let evaluated = match slice {
            Ok(evaluated) => evaluated,
            Err(_) => alerting.give_up(&mut evaluation).await,
        };
        drop(turn);
        metrics::counter!("faultbook_alert_rule_failures_total").increment(evaluated.failed as u64);
        if evaluated.fired > 0 {
            messages.notify_waiters();
        }
    }
}

async fn deliver(delivering: Arc<Deliveries>, channel: ChannelKind, messages: Arc<Notify>) {
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
