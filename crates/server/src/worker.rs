//! Background workers: heartbeats, samples, usage of credentials, housekeeping, and the drain of the ingest queue.

use crate::{letter_worker, singleton};
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::coordination::{RENEWAL, Singleton};
use faultbook_domain::errors::Decisions;
use faultbook_domain::identity::Access;
use faultbook_domain::identity::{PasswordResets, Sessions};
use faultbook_domain::ingest::{Drain, Round};
use faultbook_domain::jobs::Jobs;
use faultbook_domain::letters::Letters;
use faultbook_domain::monitoring::Monitoring;
use faultbook_domain::retention::Retention;
use faultbook_domain::retention::StoreMaintenance;
use faultbook_domain::search_index::SearchIndex;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Platform, ProjectKeys};
use faultbook_symbolicate::{LateMaps, Uploads};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often uses of keys are stored: `last_used` is exact to the minute.
const USAGE: Duration = Duration::from_secs(20);
/// How often the cache is told again of writes that it missed.
const CATCH_UP: Duration = Duration::from_secs(1);
/// How often it is looked whether the installation was closed or opened: within 5 seconds on every node.
const LOOK: Duration = Duration::from_secs(3);
/// How often what was recorded is indexed: it is found within 2 seconds. The more there is at once, the less each takes.
const INDEXING: Duration = Duration::from_secs(1);
/// How often errors are reopened that were ignored until a time: within 5 seconds.
const REOPENING: Duration = Duration::from_secs(1);
/// How often jobs are looked for.
const JOBS: Duration = Duration::from_secs(1);
/// How often figures are condensed, so that their memory stays bounded.
const FIGURES: Duration = Duration::from_secs(5);

/// How often every service is probed: more often than the pause that counts as downtime.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How often the host's state is stored.
const HOST: Duration = Duration::from_secs(60);
/// How often it is stored what was answered, if anything was.
const TRAFFIC: Duration = Duration::from_secs(5);

/// How often an empty queue is polled.
const QUEUE_IDLE: Duration = Duration::from_millis(200);
/// How long the queue is left alone when it, or the store, is away.
const QUEUE_AWAY: Duration = Duration::from_secs(1);

/// How often the store is kept in shape, by one of the nodes. Partitions are made days ahead.
pub const UPKEEP: time::Duration = time::Duration::HOUR;

/// The workers' handles; dropping it stops them.
pub struct Workers {
    handles: Vec<JoinHandle<()>>,
    housekeeping: Arc<Singleton>,
}

impl Workers {
    /// Takes others under its wing.
    pub fn add(&mut self, workers: Vec<JoinHandle<()>>) {
        self.handles.extend(workers);
    }

    /// Stops them and lets another node take over what this one did for all.
    pub async fn stop(self) {
        let housekeeping = Arc::clone(&self.housekeeping);
        drop(self);
        housekeeping.release().await;
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &self.handles {
            worker.abort();
        }
    }
}

/// What the workers work on.
pub struct Work {
    /// Keys, whose uses are stored.
    pub access: Arc<Access>,
    /// DSN keys, whose uses are stored.
    pub project_keys: Arc<ProjectKeys>,
    /// Sessions, which are forgotten some time after their end.
    pub sessions: Arc<Sessions>,
    /// Forgotten passwords.
    pub password_resets: Arc<PasswordResets>,
    /// The installation, which may be closed by another node.
    pub platform: Arc<Platform>,
    /// The cache, which is told again of what it missed.
    pub cache: Arc<ReadCache>,
    /// The store, which is kept in shape.
    pub maintenance: Arc<dyn StoreMaintenance>,
    /// What is kept no longer.
    pub retention: Arc<Retention>,
    /// Which node does the store's housekeeping.
    pub housekeeping: Arc<Singleton>,
    /// What is measured.
    pub monitoring: Arc<Monitoring>,
    /// The search index, which follows what is recorded.
    pub index: Arc<SearchIndex>,
    /// Decisions about errors, some of which end at a time.
    pub decisions: Arc<Decisions>,
    /// Changes of many errors, which go on in the background.
    pub jobs: Arc<Jobs>,
    /// Uploaded bundles, of which some are kept no longer.
    pub uploads: Arc<Uploads>,
    /// What waits for source maps, and not for ever.
    pub late_maps: Arc<LateMaps>,
    /// E-mails to members.
    pub letters: Arc<Letters>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Prometheus.
    pub figures: PrometheusHandle,
}

/// Starts every worker.
#[must_use]
pub fn start(work: &Work) -> Workers {
    let mut handles = measuring(&work.monitoring);
    handles.extend(of_this_node(work));
    handles.push(housekeeping(work));
    handles.push(letter_worker::start(Arc::clone(&work.letters)));
    Workers {
        handles,
        housekeeping: Arc::clone(&work.housekeeping),
    }
}

fn measuring(monitoring: &Arc<Monitoring>) -> Vec<JoinHandle<()>> {
    let told = |failed: Result<(), StoreError>| {
        if let Err(error) = failed {
            tracing::debug!(%error, "a sample waits for the store");
        }
    };
    let (beating, hosts, requests) = (monitoring.clone(), monitoring.clone(), monitoring.clone());
    let beat = every(HEARTBEAT, move || {
        let monitoring = Arc::clone(&beating);
        async move { told(monitoring.beat().await) }
    });
    let host = every(HOST, move || {
        let monitoring = Arc::clone(&hosts);
        async move { told(monitoring.measure_host().await) }
    });
    let traffic = every(TRAFFIC, move || {
        let monitoring = Arc::clone(&requests);
        async move { told(monitoring.store_traffic().await) }
    });
    vec![beat, host, traffic]
}

fn of_this_node(work: &Work) -> Vec<JoinHandle<()>> {
    let Work {
        access,
        project_keys,
        platform,
        cache,
        figures,
        index,
        decisions,
        jobs,
        ..
    } = work;
    let (access, cache, figures) = (Arc::clone(access), Arc::clone(cache), figures.clone());
    let project_keys = Arc::clone(project_keys);
    let platform = Arc::clone(platform);
    let usage = every(USAGE, move || {
        let (access, project_keys) = (Arc::clone(&access), Arc::clone(&project_keys));
        async move {
            let of_credentials = access.store_usage().await;
            let of_dsn_keys = project_keys.store_usage().await;
            if let Err(error) = of_credentials.and(of_dsn_keys) {
                tracing::warn!(%error, "uses of keys were not stored; they will be with the next");
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
    let look = every(LOOK, move || {
        let platform = Arc::clone(&platform);
        async move {
            if let Err(error) = platform.refresh().await {
                tracing::debug!(%error, "whether the installation is closed could not be asked");
            }
        }
    });
    let index = Arc::clone(index);
    let indexing = every(INDEXING, move || {
        let index = Arc::clone(&index);
        async move {
            let indexed = index.catch_up().await;
            if let Err(error) = indexed.and(index.turn_some().await) {
                tracing::debug!(%error, "what was recorded is indexed later");
            }
        }
    });
    let decisions = Arc::clone(decisions);
    let reopening = every(REOPENING, move || {
        let decisions = Arc::clone(&decisions);
        async move {
            if let Err(error) = decisions.reopen_due().await {
                tracing::debug!(%error, "errors whose time has come are reopened later");
            }
        }
    });
    let jobs = Arc::clone(jobs);
    let changing = every(JOBS, move || {
        let jobs = Arc::clone(&jobs);
        async move {
            loop {
                match jobs.take_step().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::debug!(%error, "a step of a job is taken later");
                        break;
                    }
                }
            }
        }
    });
    vec![
        usage, catch_up, look, figures, indexing, reopening, changing,
    ]
}

fn housekeeping(work: &Work) -> JoinHandle<()> {
    let store = Arc::new(Store {
        sessions: work.sessions.clone(),
        password_resets: work.password_resets.clone(),
        maintenance: work.maintenance.clone(),
        retention: work.retention.clone(),
        monitoring: work.monitoring.clone(),
        jobs: work.jobs.clone(),
        uploads: work.uploads.clone(),
        late_maps: work.late_maps.clone(),
        letters: work.letters.clone(),
        clock: work.clock.clone(),
    });
    singleton::start(work.housekeeping.clone(), RENEWAL, move || {
        let store = Arc::clone(&store);
        async move { store.keep().await }
    })
}

/// What the hourly housekeeping works on.
struct Store {
    sessions: Arc<Sessions>,
    password_resets: Arc<PasswordResets>,
    maintenance: Arc<dyn StoreMaintenance>,
    retention: Arc<Retention>,
    monitoring: Arc<Monitoring>,
    jobs: Arc<Jobs>,
    uploads: Arc<Uploads>,
    late_maps: Arc<LateMaps>,
    letters: Arc<Letters>,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Does each part, whatever becomes of the others: what cannot be removed must not keep partitions
    /// from being made.
    async fn keep(&self) {
        note_failure("retention", self.retention.run().await.map(drop));
        note_failure("old samples", self.monitoring.forget().await);
        note_failure("old jobs", self.jobs.forget().await);
        note_failure("old artifacts", self.uploads.clean().await);
        note_failure("old misses", self.late_maps.forget().await);
        note_failure("old letters", self.letters.forget().await);
        note_failure("old sessions", self.sessions.delete_expired().await);
        let ended = self.password_resets.delete_expired().await;
        note_failure("old links", ended);
        // Last, since it gives free space back.
        note_failure(
            "upkeep",
            self.maintenance.run_maintenance(self.clock.now()).await,
        );
    }
}

fn note_failure(part: &'static str, outcome: Result<(), StoreError>) {
    if let Err(error) = outcome {
        tracing::error!(part, %error, cause = ?error, "housekeeping failed; it is tried again in an hour");
    }
}

fn every<F, Fut>(period: Duration, mut work: F) -> JoinHandle<()>
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
    task: JoinHandle<()>,
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
