//! Starting, serving, stopping.

use crate::host::{Connections, Host};
use crate::http::edge::edge;
use crate::http::error::{ApiError, Code};
use crate::http::{cors, docs, metrics};
use crate::routes;
use crate::settings::{Environment, Settings};
use crate::state::AppState;
use crate::{openapi, telling, wire, worker};
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context;
use faultbook_domain::aggregate::HourlyAggregator;
use faultbook_domain::entity::Service;
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::port::{Clock, HealthProbe, IdSource, IngestQueue};
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::service::access::{Access, DEVELOPMENT_KEY};
use faultbook_domain::service::analytics::Analytics;
use faultbook_domain::service::api_keys::ApiKeys;
use faultbook_domain::service::bootstrap::Bootstrap;
use faultbook_domain::service::drain::Drain;
use faultbook_domain::service::ingest::Ingest;
use faultbook_domain::service::intake::Intake;
use faultbook_domain::service::lane::{LaneLimits, LaneWriter, lane};
use faultbook_domain::service::monitoring::Monitoring;
use faultbook_domain::service::queue_lane::queue_lane;
use faultbook_domain::service::read_cache::ReadCache;
use faultbook_domain::service::triage::Triage;
use faultbook_domain::system::{SystemClock, SystemIds};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// A server about to run.
struct Assembled {
    state: Data<AppState>,
    writer: LaneWriter,
    workers: worker::Workers,
    drainer: Option<worker::Drainer>,
    connections: Connections,
    announcement: Vec<String>,
}

/// Serves until told to stop (SIGTERM, SIGINT), then answers what has begun and writes what was accepted.
///
/// # Errors
/// When the store or the address cannot be used.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let listener = listen(&settings.host, settings.port)?;
    let Assembled {
        state,
        writer,
        workers,
        drainer,
        connections,
        announcement,
    } = assemble(&settings, listener.local_addr()?).await?;
    let writing = tokio::spawn(writer.run());
    let stopping = Arc::clone(&state.stopping);
    let monitoring = Arc::clone(&state.monitoring);
    let address = listener.local_addr()?;
    let figures = figures_server(&settings, &state);
    let server = http_server(&settings, state, listener, connections)?;
    announce(&settings, address, &announcement);
    let watch = tokio::spawn(stop_on_signal(server.handle(), stopping));
    server.await.context("the HTTP server failed")?;
    watch.abort();
    let stopped = Instant::now();
    if let Some(figures) = figures {
        figures.stop(false).await;
    }
    if let Some(drainer) = drainer {
        drainer.stop(settings.shutdown_timeout / 2).await;
    }
    // Everyone who could hand in a report is gone, so the lane ends when it is empty.
    if tokio::time::timeout(settings.shutdown_timeout, writing)
        .await
        .is_err()
    {
        tracing::error!("reports were still waiting to be written when the time to stop was over");
    }
    drop(workers);
    if let Err(error) = monitoring.store_traffic().await {
        tracing::warn!(%error, "the last requests are missing from the figures");
    }
    tracing::info!(elapsed_ms = stopped.elapsed().as_millis() as u64, "stopped");
    Ok(())
}

fn listen(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    use std::net::ToSocketAddrs;
    let bracketless = host.trim_matches(['[', ']']);
    let addresses: Vec<SocketAddr> = (bracketless, port)
        .to_socket_addrs()
        .with_context(|| format!("HOST={host} is no address to listen on"))?
        .collect();
    let bind = |address: &SocketAddr| {
        let socket = if address.is_ipv4() {
            tokio::net::TcpSocket::new_v4()
        } else {
            tokio::net::TcpSocket::new_v6()
        }?;
        socket.set_reuseaddr(true)?;
        socket.bind(*address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    let first = addresses
        .first()
        .with_context(|| format!("HOST={host} names no address"))?;
    bind(first)
        .with_context(|| format!("cannot listen on {first}; is another server running there?"))
}

async fn assemble(settings: &Settings, address: SocketAddr) -> anyhow::Result<Assembled> {
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
    let (lane, writer) = lane(
        lane_limits(settings),
        stores.events,
        Arc::new(HourlyAggregator),
        Arc::clone(&cache),
        Arc::clone(&clock),
    );
    let fingerprinter = Arc::new(FingerprinterV1);
    let scrubber = Arc::new(DefaultScrubber::new(&settings.scrub_keys));
    let ingest = Ingest::new(
        lane.clone(),
        fingerprinter.clone(),
        scrubber,
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let queue = wire::ingest_queue(settings, &ids, &clock)?;
    let waiting: Arc<dyn HealthProbe> = match &queue {
        Some(queue) => queue.clone(),
        None => Arc::new(lane.probe()),
    };
    let (to_queue, drainer) = match queue {
        Some(queue) => {
            let queue: Arc<dyn IngestQueue> = queue;
            let (to_queue, pusher) = queue_lane(lane_limits(settings), Arc::clone(&queue));
            tokio::spawn(pusher.run());
            let drain = Drain::new(queue, lane, settings.ingest.max_batch);
            (Some(to_queue), Some(worker::Drainer::start(drain)))
        }
        None => (None, None),
    };
    let intake = Intake::new(ingest, to_queue, Arc::clone(&clock));
    let triage = Triage::new(
        stores.errors,
        stores.groups,
        fingerprinter,
        Arc::clone(&cache),
        Arc::clone(&clock),
    );
    let analytics = Analytics::new(stores.analytics, Arc::clone(&clock));
    let keys = stores.keys;
    let access = Access::new(
        Arc::clone(&keys),
        stores.tenants,
        stores.projects,
        Arc::clone(&clock),
        development,
    );
    let access = Arc::new(access);
    let api_keys = ApiKeys::new(
        keys,
        Arc::clone(&access),
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let connections = Connections::default();
    let probes = vec![
        (Service::Database, Some(Arc::clone(&stores.health))),
        (Service::Cache, Some(shared.health)),
        (Service::IngestQueue, Some(waiting)),
        (Service::Notifications, None),
    ];
    let monitoring = Arc::new(Monitoring::new(
        stores.samples,
        Arc::new(Host::new(settings.data_directory(), connections.clone())),
        probes,
        Arc::clone(&clock),
        ids.next_id(clock.now()),
    ));
    let mut workers = worker::start(&worker::Work {
        access: Arc::clone(&access),
        cache: Arc::clone(&cache),
        upkeep: stores.upkeep,
        retention: (stores.retention, settings.retention),
        monitoring: Arc::clone(&monitoring),
        clock: Arc::clone(&clock),
        figures: prometheus.clone(),
    });
    workers.add(telling.workers);
    let rate_limits = wire::rate_limits(settings, &clock)?;
    let state = Data::new(AppState {
        intake,
        triage,
        analytics,
        monitoring,
        rules: telling.rules,
        alerting: telling.alerting,
        outbox: telling.outbox,
        incidents: telling.incidents,
        integrations: telling.integrations,
        messages: telling.messages,
        access,
        api_keys,
        rate_limits,
        cache,
        clock,
        ids,
        database: stores.health,
        prometheus,
        stopping: Arc::new(AtomicBool::new(false)),
        http: settings.http.clone(),
        limits: settings.limits,
        metrics: settings.metrics.clone(),
        development,
        cache_times: settings.cache_times,
    });
    Ok(Assembled {
        state,
        writer,
        workers,
        drainer,
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

fn lane_limits(settings: &Settings) -> LaneLimits {
    LaneLimits {
        waiting: settings.ingest.max_waiting,
        waiting_bytes: settings.ingest.max_waiting_bytes,
        batch: settings.ingest.max_batch,
        ..LaneLimits::default()
    }
}

fn http_server(
    settings: &Settings,
    state: Data<AppState>,
    listener: TcpListener,
    connections: Connections,
) -> anyhow::Result<Server> {
    let origins = settings.http.cors_origins.clone();
    let mut server = HttpServer::new(move || {
        // Otherwise the page has the document checked by validator.swagger.io.
        let config = Config::from("/openapi.json").validator_url("none");
        let page = SwaggerUi::new("/docs/{_:.*}").config(config);
        let app = App::new()
            .app_data(state.clone())
            .wrap(Compress::default())
            .wrap(from_fn(docs::readable))
            .wrap(cors::policy(&origins))
            .wrap(from_fn(edge))
            .service(web::redirect("/docs", "/docs/"))
            .service(page)
            .default_service(web::to(|| async {
                Err::<HttpResponse, ApiError>(ApiError::new(Code::RouteNotFound))
            }));
        routes::all()
            .into_iter()
            .fold(app, |app, path| app.service(path))
    })
    .on_connect(move |_, extensions| {
        extensions.insert(connections.opened());
    })
    .client_request_timeout(settings.http.header_timeout)
    .keep_alive(settings.http.keep_alive)
    .shutdown_timeout(settings.shutdown_timeout.as_secs())
    .disable_signals();
    if settings.workers > 0 {
        server = server.workers(settings.workers);
    }
    Ok(server
        .listen(listener)
        .context("the HTTP server cannot start")?
        .run())
}

/// The listener of `metrics.bind`, if it can be had.
fn figures_server(settings: &Settings, state: &Data<AppState>) -> Option<ServerHandle> {
    let address = settings.metrics.bind?;
    let state = state.clone();
    let bound = HttpServer::new(move || {
        App::new().app_data(state.clone()).route(
            "/metrics",
            web::get().to(routes::health::get_metrics_openly),
        )
    })
    .workers(1)
    .disable_signals()
    .bind(address);
    match bound {
        Ok(server) => {
            let server = server.run();
            let handle = server.handle();
            tokio::spawn(server);
            Some(handle)
        }
        Err(error) => {
            tracing::warn!(%address, %error, "metrics.bind is taken; /metrics is not served there");
            None
        }
    }
}

async fn stop_on_signal(server: ServerHandle, stopping: Arc<AtomicBool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "signals cannot be heard; only SIGKILL will stop the server");
            return;
        }
    };
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "stopping: answering what has begun");
    stopping.store(true, Ordering::Relaxed);
    server.stop(true).await;
}

/// The start is announced whatever the log level. Nobody need be listening.
fn announce(settings: &Settings, address: SocketAddr, lines: &[String]) {
    let mut text = format!(
        "Faultbook {} listens on http://{address}\n",
        env!("CARGO_PKG_VERSION")
    );
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&format!("  docs   http://{address}/docs\n"));
    if settings.environment == Environment::Development {
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "DEVELOPMENT MODE ON A PUBLIC ADDRESS: anyone who reaches it can use the key `{DEVELOPMENT_KEY}`. \
                 Set ENVIRONMENT=production."
            );
        }
        text.push_str(&format!(
            "Report a first error:\n  curl -X POST http://{address}/api/errors \\\n    \
             -H 'Content-Type: application/json' -H 'X-API-Key: {DEVELOPMENT_KEY}' \\\n    \
             -d '{{\"message\":\"It works\",\"source\":\"backend\"}}'\n"
        ));
    }
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads the announcement");
    }
}

/// The OpenAPI document as text.
///
/// # Errors
/// When it cannot be written down.
pub fn openapi_text() -> anyhow::Result<String> {
    serde_json::to_string_pretty(&openapi::document()).context("the document cannot be written")
}
