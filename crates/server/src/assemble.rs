//! Joining everything: settings in, a server about to run out.

use crate::host::{Connections, Host};
use crate::http::body::BodyBudget;
use crate::http::metrics;
use crate::settings::{Environment, Settings};
use crate::state::AppState;
use crate::stopping::Stopping;
use crate::{intake, people, serve, telling, wire, worker};
use actix_web::web::Data;
use anyhow::Context;
use faultbook_domain::analytics::Analytics;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::coordination::Singleton;
use faultbook_domain::errors::Triage;
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::GroupCommitWriter;
use faultbook_domain::monitoring::Monitoring;
use faultbook_domain::monitoring::Service;
use faultbook_domain::retention::Retention;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::Bootstrap;
use std::net::SocketAddr;
use std::sync::Arc;

/// A server about to run.
pub struct Assembled {
    /// What handlers reach.
    pub state: Data<AppState>,
    /// Writes what is handed in.
    pub writer: GroupCommitWriter,
    /// What runs beside the requests.
    pub workers: worker::Workers,
    /// Stores what is queued.
    pub drainer: Option<worker::Drainer>,
    /// Counts open connections.
    pub connections: Connections,
    /// Lines for the start's announcement.
    pub announcement: Vec<String>,
}

/// Joins settings, stores, services and workers.
///
/// # Errors
/// When the store cannot be used, or the settings can never work.
pub async fn assemble(settings: &Settings, address: SocketAddr) -> anyhow::Result<Assembled> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds::default());
    let prometheus = metrics::install().context("figures cannot be collected")?;
    let stores = wire::open_stores(settings, &ids, &clock).await?;
    let shared = wire::cache(settings, &ids, &clock)?;
    let mut announcement = vec![
        format!("store  {}", stores.name),
        format!("cache  {}", shared.name),
    ];
    stores
        .upkeep
        .maintain(clock.now())
        .await
        .context("the store's upkeep failed")?;
    let development = settings.environment == Environment::Development;
    announcement.extend(first_key(development, &stores, &clock, &ids).await?);

    let cache = Arc::new(ReadCache::new(shared.cache));
    let base = format!("http://{address}");
    let telling = telling::start(settings, &stores, &cache, (&clock, &ids), &base)?;
    let fingerprinter = Arc::new(FingerprinterV1);
    let sources = (&clock, &ids);
    let reception = intake::receive(
        settings,
        Arc::clone(&stores.events),
        &cache,
        fingerprinter.clone(),
        sources,
    )?;
    let triage = Triage::new(
        Arc::clone(&stores.errors),
        Arc::clone(&stores.groups),
        fingerprinter,
        Arc::clone(&cache),
        Arc::clone(&clock),
    );
    let analytics = Analytics::new(Arc::clone(&stores.analytics), Arc::clone(&clock));
    let people = people::gather(settings, &stores, &telling, sources, development);
    if let Err(error) = people.platform.refresh().await {
        tracing::warn!(%error, "it is not known yet whether the installation is closed");
    }
    let connections = Connections::default();
    let monitoring = Arc::new(Monitoring::new(
        stores.samples,
        Arc::new(Host::new(settings.data_directory(), connections.clone())),
        vec![
            (Service::Database, Some(Arc::clone(&stores.health))),
            (Service::Cache, Some(shared.health)),
            (Service::IngestQueue, Some(reception.waiting)),
            (Service::Notifications, None),
        ],
        Arc::clone(&clock),
        ids.next_id(clock.now()),
    ));
    let mut workers = worker::start(&worker::Work {
        access: Arc::clone(&people.access),
        sessions: Arc::clone(&people.sessions),
        platform: Arc::clone(&people.platform),
        cache: Arc::clone(&cache),
        upkeep: stores.upkeep,
        retention: Arc::new(Retention::new(
            stores.retention,
            settings.retention,
            Arc::clone(&clock),
        )),
        housekeeping: Arc::new(Singleton::new(
            wire::lease(settings, &clock)?,
            "housekeeping",
            ids.next_id(clock.now()),
            Arc::clone(&clock),
            worker::UPKEEP,
        )),
        monitoring: Arc::clone(&monitoring),
        clock: Arc::clone(&clock),
        figures: prometheus.clone(),
    });
    workers.add(telling.workers);
    let rate_limits = wire::rate_limits(settings, &clock)?;
    let state = Data::new(AppState {
        intake: reception.intake,
        triage,
        analytics,
        monitoring,
        rules: telling.rules,
        alerting: telling.alerting,
        outbox: telling.outbox,
        incidents: telling.incidents,
        integrations: telling.integrations,
        messages: telling.messages,
        access: people.access,
        api_keys: people.api_keys,
        sessions: people.sessions,
        tenants: people.tenants,
        projects: people.projects,
        members: people.members,
        invitations: people.invitations,
        system_users: people.system_users,
        roles: people.roles,
        audit: stores.audit,
        platform: people.platform,
        rate_limits,
        cache,
        clock,
        ids,
        database: stores.health,
        prometheus,
        stopping: Stopping::new(serve::BODY_GRACE.min(settings.shutdown_timeout / 3)),
        http: settings.http.clone(),
        limits: settings.limits,
        bodies: Arc::new(BodyBudget::new(
            settings.limits.body_memory,
            settings.limits.max_body.max(settings.limits.max_batch_body),
        )),
        metrics: settings.metrics.clone(),
        development,
        cache_times: settings.cache_times,
    });
    Ok(Assembled {
        state,
        writer: reception.writer,
        workers,
        drainer: reception.drainer,
        connections,
        announcement,
    })
}

/// Makes what a new installation starts with; the line that shows an owner key, if one was made.
async fn first_key(
    development: bool,
    stores: &wire::Stores,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdSource>,
) -> anyhow::Result<Option<String>> {
    let bootstrap = Bootstrap {
        tenants: Arc::clone(&stores.tenants),
        keys: Arc::clone(&stores.keys),
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
