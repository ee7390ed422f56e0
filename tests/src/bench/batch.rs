//! `bench batch`: the batch endpoint, against raw inserts of the same rows without HTTP.

use crate::connection::{Connection, post};
use crate::ingest::client::{self, Measured};
use crate::limits;
use crate::server::Server;
use anyhow::{Context, ensure};
use clap::Args as Arguments;
use faultbook_testkit::server::{postgres, redis};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// Connections that send, each waiting for its answer.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Reports a request.
    #[arg(long, default_value_t = 100)]
    items: usize,
    /// Seconds per measurement, after a warm-up of a second.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Different errors among the reports.
    #[arg(long, default_value_t = 50)]
    errors: usize,
    /// Times each side is measured; the median is printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Measures both stores and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    let time = Duration::from_secs(args.seconds);
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let database = format!("sqlite://{}", folder.path().join("bench.db").display());
        let server = Server::start(&database, "").await?;
        let (mut http, mut raw) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            http.push(over_http(args, &server).await?);
            let (errors, items) = (args.errors, args.items);
            let inserted = move || limits::sqlite::inserted(errors, time, items);
            raw.push(tokio::task::spawn_blocking(inserted).await??);
        }
        print_row_heads(args);
        print_rows("SQLite, synchronous=FULL", args, http, raw);
        drop(server);

        let instance = postgres::Instance::start().await;
        let redis = redis::Instance::start().await;
        let server = Server::start(&instance.url(), &redis.url()).await?;
        let (mut http, mut raw) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            http.push(over_http(args, &server).await?);
            raw.push(limits::postgres_inserted(args.errors, time, 1, args.items).await?);
        }
        print_rows("PostgreSQL, durable", args, http, raw);
        Ok(())
    })
}

async fn over_http(args: &Args, server: &Server) -> anyhow::Result<Measured> {
    send_all(args, server.address(), Duration::from_secs(1)).await?;
    let before = server.stored().await?;
    let time = Duration::from_secs(args.seconds);
    let measured = send_all(args, server.address(), time).await?;
    let stored = server.stored().await? - before;
    let acknowledged = measured.acknowledged * args.items as u64;
    ensure!(
        stored == acknowledged,
        "{acknowledged} reports were acknowledged and {stored} are stored"
    );
    Ok(measured)
}

async fn send_all(args: &Args, to: SocketAddr, time: Duration) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for place in 0..args.connections {
        let items: Vec<String> = (0..args.items)
            .map(|item| client::body((place + item) % args.errors, place * 1_000 + item))
            .collect();
        let request = post("/api/errors/batch", &format!("[{}]", items.join(",")));
        senders.spawn(async move {
            let mut connection = Connection::open(to).await?;
            let mut latencies = Vec::new();
            while started.elapsed() < time {
                let sent = Instant::now();
                connection.exchange(&request, 201).await?;
                latencies.push(sent.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = senders.join_next().await {
        latencies.extend(done??);
    }
    Ok(Measured::new(started.elapsed(), latencies))
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_row_heads(args: &Args) {
    println!(
        "{} connections, {} reports a request, {} s a round, median of {}",
        args.connections, args.items, args.seconds, args.rounds
    );
    println!("| store | HTTP reports/s | p50 ms | p99 ms | raw inserts, rows/s | ratio |");
    println!("|---|---|---|---|---|---|");
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_rows(name: &str, args: &Args, mut http: Vec<Measured>, mut raw: Vec<f64>) {
    http.sort_by(|one, two| one.per_second().total_cmp(&two.per_second()));
    raw.sort_by(f64::total_cmp);
    let (http, raw) = (&http[http.len() / 2], raw[raw.len() / 2]);
    let rate = http.per_second() * args.items as f64;
    let [p50, p99] = [0.5, 0.99].map(|share| http.percentile(share).as_secs_f64() * 1e3);
    println!(
        "| {name} | {rate:.0} | {p50:.1} | {p99:.1} | {raw:.0} | {:.2} |",
        rate / raw
    );
}
