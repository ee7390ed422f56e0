//! Starts the server, serves, and stops it in order.

use crate::api::health;
use crate::app::{self, WiredApp};
use crate::host::Connections;
use crate::http::connection::Connection;
use crate::http::error::{ApiError, Code};
use crate::http::policy::{Policies, Policy};
use crate::http::request_context::request_context;
use crate::http::{cors, docs};
use crate::routes;
use crate::services::Services;
use crate::settings::{Environment, Settings};
use crate::state::AppState;
use crate::stopping::Stopping;
use actix_http::{HttpService, Protocol};
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, apply, fn_service, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{
    AppConfig, HttpServiceFactory, ServiceFactory, ServiceRequest, ServiceResponse,
};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, Redirect};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context;
use faultbook_domain::identity::DEVELOPMENT_KEY;
use std::future::ready;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the kernel keeps of a request before it is read, in bytes (Linux doubles it). actix-http reads all of it at
/// once into a buffer that the connection keeps, so this bounds what hundreds of unread bodies take.
const RECEIVE_BUFFER: u32 = 32 << 10;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// How long a client may take to notice that its connection is closed.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long requests are still taken after the signal, for those who do not know of it yet.
const LINGER: Duration = Duration::from_millis(500);

/// How long the figures of the last requests may take to be stored.
const LAST_FIGURES: Duration = Duration::from_secs(2);

/// Serves until told to stop (SIGTERM, SIGINT), then answers what has begun and writes what was accepted.
///
/// # Errors
/// When the store or the address cannot be used.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let listener = listen(&settings.host, settings.port)?;
    let WiredApp {
        state,
        services,
        writer,
        workers,
        drainer,
        connections,
        announcement,
    } = app::wire(&settings, listener.local_addr()?).await?;
    let writing = tokio::spawn(writer.run());
    let stopping = state.stopping.clone();
    let monitoring = Arc::clone(&state.monitoring);
    let address = listener.local_addr()?;
    let figures = figures_server(&settings, &services);
    let server = http_server(&settings, (state, services), listener, connections)?;
    announce(&settings, address, &announcement);
    let watch = tokio::spawn(stop_on_signal(server.handle(), stopping.clone()));
    server.await.context("the HTTP server failed")?;
    watch.abort();
    let left = || stopping.left_of(settings.shutdown_timeout);
    if let Some(figures) = figures {
        figures.stop(false).await;
    }
    if let Some(drainer) = drainer {
        drainer.stop(left() / 2).await;
    }
    // Nothing can submit a report any more, so the writer ends when nothing waits.
    if timeout(left(), writing).await.is_err() {
        tracing::error!("reports were still waiting to be written when the time to stop was over");
    }
    workers.stop().await;
    match timeout(LAST_FIGURES, monitoring.store_traffic()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last requests are missing from the figures"),
        Err(_) => tracing::warn!("the last requests are missing from the figures"),
    }
    let took = settings.shutdown_timeout.saturating_sub(left());
    tracing::info!(elapsed_ms = took.as_millis() as u64, "stopped");
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
        // Connections inherit it.
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.bind(*address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    let first = addresses
        .first()
        .with_context(|| format!("HOST={host} names no address"))?;
    bind(first)
        .with_context(|| format!("cannot listen on {first}; is another server running there?"))
}

/// Builds what [`HttpServer`] would, over connections of our own. Defaults are those of `HttpServer` where they differ.
fn http_server(
    settings: &Settings,
    (state, services): (Data<AppState>, Services),
    listener: TcpListener,
    connections: Connections,
) -> anyhow::Result<Server> {
    let mut builder = Server::build()
        .shutdown_timeout(http_share(settings.shutdown_timeout).as_secs().max(1))
        .disable_signals();
    if settings.workers > 0 {
        builder = builder.workers(settings.workers);
    }
    let (http, address) = (settings.http.clone(), listener.local_addr()?);
    let stop = builder.graceful_shutdown_signal();
    let builder = builder.listen("http", listener, move || {
        let (stop, connections) = (stop.clone(), connections.clone());
        let app = application(&state, &services, &http.cors_origins)
            .into_factory()
            .map_err(|error| error.error_response());
        let service = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stop = stop.clone();
                async move { stop.notified().await }
            })
            .keep_alive(http.keep_alive)
            .client_request_timeout(http.header_timeout)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .local_addr(address)
            .on_connect_ext(move |_, extensions| {
                extensions.insert(connections.opened());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let state = state.clone();
        fn_service(move |socket: TcpStream| {
            let peer = socket.peer_addr().ok();
            let connection = Connection::new(socket, state.clone());
            ready(Ok((connection, Protocol::Http1, peer)))
        })
        .and_then(service)
    });
    Ok(builder.context("the HTTP server cannot start")?.run())
}

fn application(
    state: &Data<AppState>,
    services: &Services,
    origins: &[String],
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let not_found =
        || web::to(|| async { Err::<HttpResponse, ApiError>(ApiError::new(Code::RouteNotFound)) });
    // Build tools are answered in their own form where there is no route, too.
    let of_build_tools = web::resource("/api/0/{_:.*}")
        .app_data(Policies {
            path: Policy::BUILD_TOOLS,
            methods: Vec::new(),
        })
        .default_service(not_found());
    let not_found =
        apply(cors::configured(origins), not_found()).map(ServiceResponse::map_into_boxed_body);
    let app = App::new()
        .app_data(state.clone())
        .configure(|config| services.register(config))
        .wrap(Compress::default())
        .wrap(from_fn(request_context))
        .service(documentation(origins))
        .default_service(not_found);
    let pages = crate::web::routes::all();
    routes::all()
        .into_iter()
        .chain(pages)
        .fold(app, |app, route| app.service(route.service(origins)))
        .service(of_build_tools)
}

/// The page that shows the OpenAPI document.
fn documentation(origins: &[String]) -> impl HttpServiceFactory + use<> {
    // Otherwise the page has the document checked by validator.swagger.io.
    let config = Config::from("/openapi.json").validator_url("none");
    let cors = || cors::configured(origins);
    let entrance = web::resource("/docs")
        .wrap(cors())
        .to(async || Redirect::to("/docs/"));
    let page = web::scope("/docs")
        .wrap(from_fn(docs::readable))
        .wrap(cors())
        .service(SwaggerUi::new("/{_:.*}").config(config));
    (entrance, page)
}

/// Answering gets two thirds of the time that a stop may take, and writing what was accepted the rest.
fn http_share(whole: Duration) -> Duration {
    (whole * 2 / 3).saturating_sub(LINGER)
}

/// The listener of `metrics.bind`, if it can be had.
fn figures_server(settings: &Settings, services: &Services) -> Option<ServerHandle> {
    let address = settings.metrics.bind?;
    let services = services.clone();
    let bound = HttpServer::new(move || {
        App::new()
            .configure(|config| services.register(config))
            .route("/metrics", web::get().to(health::get_metrics_openly))
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

async fn stop_on_signal(server: ServerHandle, stopping: Stopping) {
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
    stopping.begin();
    sleep(LINGER).await;
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
    text.push_str(&format!("  pages  http://{address}/\n"));
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
