//! Composition: opens adapters, wires services and starts workers.

use crate::adapters::{self, OpenStore};
use crate::api::health::Metrics;
use crate::host::{Connections, Host};
use crate::http::body::BodyBudget;
use crate::http::metrics;
use crate::services::Services;
use crate::settings::{Environment, Settings};
use crate::state::AppState;
use crate::stopping::{BODY_GRACE, Stopping};
use crate::{identity, notifications, worker};
use actix_web::web::Data;
use anyhow::Context;
use faultbook_domain::analytics::Analytics;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::coordination::Singleton;
use faultbook_domain::errors::Triage;
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::AuditLog;
use faultbook_domain::ingest::{GroupCommitLimits, Ingest, IngestWriter};
use faultbook_domain::monitoring::{HealthProbe, Monitoring, Service};
use faultbook_domain::retention::Retention;
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::store::Store;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::Bootstrap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Notify;

/// A server that is ready to listen.
pub struct WiredApp {
    /// What middlewares and extractors reach.
    pub state: Data<AppState>,
    /// What handlers take.
    pub services: Services,
    /// Writes what is handed in.
    pub writer: IngestWriter,
    /// What runs beside the requests.
    pub workers: worker::Workers,
    /// Stores what is queued.
    pub drainer: Option<worker::Drainer>,
    /// Counts open connections.
    pub connections: Connections,
    /// Lines for the start's announcement.
    pub announcement: Vec<String>,
}

/// Wires settings, adapters, services and workers.
///
/// # Errors
/// When the store cannot be used, or the settings can never work.
pub async fn wire(settings: &Settings, address: SocketAddr) -> anyhow::Result<WiredApp> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds::default());
    let prometheus = metrics::install().context("figures cannot be collected")?;
    let OpenStore { store, name } = adapters::open_store(settings, &ids, &clock).await?;
    let shared = adapters::cache(settings, &ids, &clock)?;
    let mut announcement = vec![format!("store  {name}"), format!("cache  {}", shared.name)];
    store
        .run_maintenance(clock.now())
        .await
        .context("the store's maintenance failed")?;
    let development = settings.environment == Environment::Development;
    announcement.extend(first_key(development, &store, &clock, &ids).await?);

    let cache = Arc::new(ReadCache::new(shared.cache));
    let base = format!("http://{address}");
    let committed = Arc::new(Notify::new());
    let sources = (&clock, &ids);
    let notifications = notifications::start(settings, &store, &committed, sources, &base)?;
    let fingerprinter = Arc::new(FingerprinterV1);
    let mut ingest = Ingest::builder(store.clone())
        .fingerprinter(fingerprinter.clone())
        .scrubber(Arc::new(DefaultScrubber::new(&settings.scrub_keys)))
        .clock(Arc::clone(&clock))
        .ids(Arc::clone(&ids))
        .limits(group_commit_limits(settings))
        .cache(Arc::clone(&cache))
        .committed(Arc::clone(&committed));
    let queue = adapters::ingest_queue(settings, &ids, &clock)?;
    if let Some(queue) = &queue {
        ingest = ingest.queue(queue.clone());
    }
    let (ingest, writer) = ingest.build();
    let drainer = ingest
        .drain(settings.ingest.max_batch)
        .map(worker::Drainer::start);
    let waiting: Arc<dyn HealthProbe> = match queue {
        Some(queue) => queue,
        None => Arc::new(ingest.probe()),
    };
    let triage = Triage::new(
        store.clone(),
        store.clone(),
        fingerprinter,
        Arc::clone(&cache),
        Arc::clone(&clock),
    );
    let analytics = Analytics::new(store.clone(), Arc::clone(&clock));
    let identity = identity::wire(settings, &store, &notifications, sources, development);
    if let Err(error) = identity.platform.refresh().await {
        tracing::warn!(%error, "it is not known yet whether the installation is closed");
    }
    let connections = Connections::default();
    let monitoring = Arc::new(Monitoring::new(
        store.clone(),
        Arc::new(Host::new(settings.data_directory(), connections.clone())),
        vec![
            (Service::Database, Some(store.clone())),
            (Service::Cache, Some(shared.health)),
            (Service::IngestQueue, Some(waiting)),
            (Service::Notifications, None),
        ],
        Arc::clone(&clock),
        ids.next_id(clock.now()),
    ));
    let mut workers = worker::start(&worker::Work {
        access: Arc::clone(&identity.access),
        sessions: Arc::clone(&identity.sessions),
        platform: Arc::clone(&identity.platform),
        cache: Arc::clone(&cache),
        upkeep: store.clone(),
        retention: Arc::new(Retention::new(
            store.clone(),
            settings.retention,
            Arc::clone(&clock),
        )),
        housekeeping: Arc::new(Singleton::new(
            adapters::lease(settings, &clock)?,
            "housekeeping",
            ids.next_id(clock.now()),
            Arc::clone(&clock),
            worker::UPKEEP,
        )),
        monitoring: Arc::clone(&monitoring),
        clock: Arc::clone(&clock),
        figures: prometheus.clone(),
    });
    workers.add(notifications.workers);
    let rate_limits = adapters::rate_limits(settings, &clock)?;
    let services = Services::default()
        .with(ingest)
        .with(triage)
        .with(analytics)
        .with_shared(Arc::clone(&monitoring))
        .with(notifications.rules)
        .with_shared(notifications.alerting)
        .with_shared(notifications.outbox)
        .with(notifications.incidents)
        .with_shared(notifications.integrations)
        .with_shared(Arc::clone(&identity.access))
        .with(identity.api_keys)
        .with_shared(identity.sessions)
        .with(identity.tenants)
        .with(identity.projects)
        .with(identity.members)
        .with(identity.invitations)
        .with(identity.system_users)
        .with_shared(identity.roles)
        .with_shared(Arc::clone(&identity.platform))
        .with_shared::<dyn AuditLog>(store.clone())
        .with_shared::<dyn HealthProbe>(store.clone())
        .with(Metrics {
            prometheus,
            token: settings.metrics.token.clone(),
            open_locally: development,
        });
    let state = Data::new(AppState {
        access: identity.access,
        audit: store,
        platform: identity.platform,
        rate_limits,
        committed,
        monitoring,
        cache,
        messages: notifications.messages,
        clock,
        ids,
        stopping: Stopping::new(BODY_GRACE.min(settings.shutdown_timeout / 3)),
        http: settings.http.clone(),
        limits: settings.limits,
        bodies: Arc::new(BodyBudget::new(
            settings.limits.body_memory,
            settings.limits.max_body.max(settings.limits.max_batch_body),
        )),
        development,
        cache_times: settings.cache_times,
    });
    Ok(WiredApp {
        state,
        services,
        writer,
        workers,
        drainer,
        connections,
        announcement,
    })
}

fn group_commit_limits(settings: &Settings) -> GroupCommitLimits {
    GroupCommitLimits {
        waiting: settings.ingest.max_waiting,
        waiting_bytes: settings.ingest.max_waiting_bytes,
        batch: settings.ingest.max_batch,
        ..GroupCommitLimits::default()
    }
}

/// Makes what a new installation starts with; the line that shows an owner key, if one was made.
async fn first_key(
    development: bool,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdSource>,
) -> anyhow::Result<Option<String>> {
    let bootstrap = Bootstrap {
        store: store.clone(),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
    };
    if development {
        bootstrap
            .development()
            .await
            .context("the development key cannot be stored")?;
        return Ok(None);
    }
    let key = bootstrap
        .production()
        .await
        .context("no owner key can be made")?;
    Ok(key.map(|key| {
        format!(
            "key    {} (the owner's first key: shown this once and stored nowhere)",
            key.reveal()
        )
    }))
}
