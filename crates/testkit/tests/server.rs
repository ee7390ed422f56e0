//! The test servers: apart from one another, durable where they say so, gone when unused.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use faultbook_testkit::{postgres, redis};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn refuses(url: &str) -> bool {
    tokio_postgres::connect(url, NoTls).await.is_err()
}

fn ask_redis(url: &str, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(url.strip_prefix("redis://").unwrap())?;
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.strip_suffix("+OK\r\n").unwrap().to_owned())
}

#[tokio::test]
async fn each_database_is_empty_and_dropped_with_its_value() {
    let one = postgres::database().await;
    let other = postgres::database().await;
    let client = connect(&one.url).await;
    client.batch_execute("CREATE TABLE t ()").await.unwrap();
    let seen = connect(&other.url).await;
    let found = seen.query_one("SELECT to_regclass('t') IS NULL", &[]).await;
    assert!(found.unwrap().get::<_, bool>(0));

    let url = one.url.clone();
    drop(one);

    assert!(refuses(&url).await);
    assert!(!refuses(&other.url).await);
}

/// Names of templates outlive a run, so each run has its own.
fn template(name: &str) -> String {
    let mut id = [0; 16];
    getrandom::fill(&mut id).unwrap();
    let id = u128::from_ne_bytes(id);
    format!("{name}_{id:032x}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_template_is_migrated_once_and_its_clones_are_apart() {
    let name = template("once");
    let runs = AtomicUsize::new(0);
    let clone = || {
        postgres::database_from_template(&name, async |url| {
            runs.fetch_add(1, Ordering::Relaxed);
            let client = connect(&url).await;
            client
                .batch_execute("CREATE TABLE t (n int)")
                .await
                .unwrap();
        })
    };
    let (one, other) = tokio::join!(clone(), clone());
    assert_eq!(runs.load(Ordering::Relaxed), 1);

    let client = connect(&one.url).await;
    client
        .batch_execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap();

    let rows = connect(&other.url)
        .await
        .query("SELECT n FROM t", &[])
        .await;
    assert!(rows.unwrap().is_empty());
}

#[tokio::test]
async fn a_migration_that_panicked_is_tried_again() {
    let name = template("again");
    let failing = postgres::database_from_template(&name, async |url| {
        connect(&url)
            .await
            .batch_execute("CREATE TABLE half ()")
            .await
            .unwrap();
        panic!("this migration fails");
    });
    let outcome = futures_util::FutureExt::catch_unwind(AssertUnwindSafe(failing)).await;
    assert!(outcome.is_err());

    let database = postgres::database_from_template(&name, async |url| {
        connect(&url)
            .await
            .batch_execute("CREATE TABLE whole ()")
            .await
            .unwrap();
    })
    .await;

    let query = "SELECT to_regclass('half') IS NULL, to_regclass('whole') IS NULL";
    let row = connect(&database.url)
        .await
        .query_one(query, &[])
        .await
        .unwrap();
    assert_eq!((row.get(0), row.get(1)), (true, false));
}

#[tokio::test]
async fn a_postgres_instance_keeps_what_it_committed_when_killed_or_stopped() {
    let mut server = postgres::Instance::start().await;
    let client = connect(&server.url()).await;
    client
        .batch_execute("CREATE TABLE t (n int)")
        .await
        .unwrap();
    let setting = client.query_one("SHOW fsync", &[]).await.unwrap();
    assert_eq!(setting.get::<_, &str>(0), "on");

    for (round, end) in [postgres::Instance::kill, postgres::Instance::stop]
        .iter()
        .enumerate()
    {
        let client = connect(&server.url()).await;
        client
            .batch_execute("INSERT INTO t VALUES (1)")
            .await
            .unwrap();
        end(&mut server);
        assert!(refuses(&server.url()).await);
        assert!(client.batch_execute("SELECT 1").await.is_err());

        server.start_again().await;

        let rows = connect(&server.url())
            .await
            .query("SELECT n FROM t", &[])
            .await;
        assert_eq!(rows.unwrap().len(), round + 1);
    }
}

#[tokio::test]
async fn a_redis_instance_is_private_and_forgets_unless_it_is_durable() {
    let mut forgetful = redis::Instance::start().await;
    let mut durable = redis::Instance::start_durable().await;
    for server in [&forgetful, &durable] {
        assert_eq!(ask_redis(&server.url(), "GET k").unwrap(), "$-1\r\n");
        assert_eq!(ask_redis(&server.url(), "SET k v").unwrap(), "+OK\r\n");
    }
    for server in [&mut forgetful, &mut durable] {
        server.kill();
        assert!(ask_redis(&server.url(), "PING").is_err());
        server.start_again().await;
    }
    assert_eq!(ask_redis(&forgetful.url(), "GET k").unwrap(), "$-1\r\n");
    assert_eq!(ask_redis(&durable.url(), "GET k").unwrap(), "$1\r\nv\r\n");

    durable.stop();
    assert!(ask_redis(&durable.url(), "PING").is_err());
    durable.start_again().await;
    assert_eq!(ask_redis(&durable.url(), "GET k").unwrap(), "$1\r\nv\r\n");
}

#[tokio::test]
async fn an_instance_ends_when_its_test_panics() {
    let server = redis::Instance::start().await;
    let url = server.url();
    let panicking = tokio::spawn(async move {
        let _server = server;
        panic!("this test fails");
    });
    assert!(panicking.await.is_err());
    assert!(ask_redis(&url, "PING").is_err());
}

const HELD: &str = "FAULTBOOK_TEST_HOLDS_SERVERS";

/// Runs itself as the process that is killed.
#[tokio::test]
async fn instances_end_when_their_process_is_killed() {
    if let Some(file) = std::env::var_os(HELD) {
        let redis = redis::Instance::start().await;
        let postgres = postgres::Instance::start().await;
        let draft = format!("{}.draft", file.to_str().unwrap());
        fs::write(&draft, format!("{} {}", redis.url(), postgres.url())).unwrap();
        fs::rename(draft, file).unwrap();
        return std::future::pending().await;
    }
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("urls");
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "instances_end_when_their_process_is_killed"])
        .env(HELD, &file)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !file.exists() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let urls = fs::read_to_string(&file);
    holder.kill().unwrap();
    holder.wait().unwrap();

    let urls = urls.unwrap();
    let (redis, postgres) = urls.split_once(' ').unwrap();
    while ask_redis(redis, "PING").is_ok() || !refuses(postgres).await {
        assert!(Instant::now() < deadline, "a server outlived its test");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
