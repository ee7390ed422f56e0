//! PostgreSQL going away and coming back.

use crate::fixture::{assert_sums_agree, node, project};
use faultbook_contract::builder::{a_batch, an_occurrence};
use faultbook_domain::errors::{ErrorQuery, ErrorStore};
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::EventStore;
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::TenantStore;
use faultbook_postgres::{ConnectError, PostgresSettings, PostgresStore};
use faultbook_testkit::postgres::Instance;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What an unreachable database may cost a caller.
const BOUND: Duration = Duration::from_millis(4_000);

fn a_list() -> ErrorQuery {
    ErrorQuery {
        limit: 5,
        ..ErrorQuery::default()
    }
}

async fn assert_unavailable<T: std::fmt::Debug>(
    what: &str,
    call: impl Future<Output = Result<T, StoreError>>,
) {
    let start = Instant::now();
    let outcome = call.await;
    let took = start.elapsed();
    assert!(
        matches!(outcome, Err(StoreError::Unavailable(_))),
        "{what}: {outcome:?}"
    );
    assert!(took < BOUND, "{what} took {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_server_is_unavailable_and_is_used_again_when_it_is_back() {
    let mut server = Instance::start().await;
    let store = node(&server.url()).await;
    store.migrate().await.unwrap();
    let (scope, project) = project(&store).await;
    let batch = || a_batch(vec![an_occurrence(project).build()]);
    store.record(&batch()).await.unwrap();

    server.stop();
    assert_unavailable("record", store.record(&batch())).await;
    assert_unavailable("list", store.list_errors(&scope, &a_list())).await;
    assert_unavailable(
        "get",
        ErrorStore::get_error(&store, &scope, ErrorId(project.0)),
    )
    .await;
    assert_unavailable("tenant", TenantStore::get_tenant(&store, scope.tenant())).await;
    assert_unavailable("ping", store.ping()).await;

    server.start_again().await;
    store.ping().await.unwrap();
    let recorded = store.record(&batch()).await.unwrap();
    assert_eq!(recorded[0].error.count, 2);
    assert_eq!(store.list_errors(&scope, &a_list()).await.unwrap().total, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_occurrence_dies_with_the_server_and_repeats_count_once() {
    let mut server = Instance::start().await;
    let store = node(&server.url()).await;
    store.migrate().await.unwrap();
    let (_, project) = project(&store).await;
    let (ready, mut some_recorded) = watch::channel(0);
    let recording = tokio::spawn({
        let store = store.clone();
        async move {
            let mut sent = Vec::new();
            for round in 1.. {
                let batch = a_batch(vec![an_occurrence(project).build()]);
                sent.push(batch.clone());
                if store.record(&batch).await.is_err() {
                    return sent;
                }
                ready.send(round).unwrap();
            }
            sent
        }
    });
    some_recorded.wait_for(|rounds| *rounds > 20).await.unwrap();
    server.kill();
    let sent = recording.await.unwrap();
    server.start_again().await;
    let acknowledged = i64::try_from(sent.len()).unwrap() - 1;
    assert!(assert_sums_agree(&server.url()).await >= acknowledged);
    for batch in &sent {
        store.record(batch).await.unwrap();
    }
    assert_eq!(assert_sums_agree(&server.url()).await, acknowledged + 1);
}

/// Carries bytes to the server until it is told to go silent.
async fn silent_proxy(server: u16) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (silence, silent) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let upstream = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = upstream.into_split();
            tokio::spawn(carry(from_client, to_server, silent.clone()));
            tokio::spawn(carry(from_server, to_client, silent.clone()));
        }
    });
    (port, silence)
}

async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut silent: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = from.read(&mut buffer).await {
        if silent.wait_for(|silent| !silent).await.is_err() || length == 0 {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_holds_nobody_up() {
    let server = Instance::start().await;
    let direct = server.url();
    let port: u16 = direct
        .rsplit_once(':')
        .and_then(|(_, rest)| rest.split('/').next())
        .unwrap()
        .parse()
        .unwrap();
    let (proxy, silence) = silent_proxy(port).await;
    let through = direct.replace(&format!(":{port}/"), &format!(":{proxy}/"));
    assert_ne!(through, direct);
    let store = node(&through).await;
    store.migrate().await.unwrap();
    let (scope, project) = project(&store).await;
    let batch = || a_batch(vec![an_occurrence(project).build()]);
    store.record(&batch()).await.unwrap();
    store.list_errors(&scope, &a_list()).await.unwrap();

    silence.send(true).unwrap();
    assert_unavailable("record", store.record(&batch())).await;
    assert_unavailable("list", store.list_errors(&scope, &a_list())).await;
    assert_unavailable("ping", store.ping()).await;

    silence.send(false).unwrap();
    store.record(&batch()).await.unwrap();
    assert_eq!(store.list_errors(&scope, &a_list()).await.unwrap().total, 1);
    assert_sums_agree(&direct).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_to_nobody_says_so_without_the_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let settings = PostgresSettings::new(format!("postgres://u:hunter2@127.0.0.1:{port}/x"));
    let error = PostgresStore::connect(
        &settings,
        Arc::new(SystemIds::default()),
        Arc::new(SystemClock),
    )
    .await
    .unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable(..)));
    let text = format!("{error} {error:?}");
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
