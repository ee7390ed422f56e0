//! `bench batch`: the batch endpoint, against raw inserts of the same rows without HTTP.

use crate::limits::raw::{self, Way};
use crate::load::{self, Measured};
use crate::round::{Round, Side, Watched, print_table};
use crate::setup::{Database, Places, Redis, Running, Server};
use anyhow::Context;
use clap::Args as Arguments;
use std::time::Duration;

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
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    running: Running,
}

impl Args {
    const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Measures both stores and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        let sides = if let Some(server) = args.running.server().await? {
            let mut side = Side::new("the given server");
            for _ in 0..args.rounds {
                let watched = Watched::default();
                side.rounds.push(over_http(args, &server, watched).await?);
            }
            vec![vec![side]]
        } else {
            vec![sqlite(args).await?, postgres(args).await?]
        };
        println!(
            "{} connections, {} reports a request, {} s a round, median of {}; latencies are a request's",
            args.connections, args.items, args.seconds, args.rounds
        );
        print_table(&sides);
        println!("stored counts equalled acknowledged ones after every round");
        Ok(())
    })
}

async fn sqlite(args: &Args) -> anyhow::Result<Vec<Side>> {
    let folder = tempfile::tempdir()?;
    let database = format!("sqlite://{}", folder.path().join("bench.db").display());
    let server = Server::start(&database, "").await?;
    let watched = Watched {
        server: server.cpu()?,
        database: None,
    };
    let mut batches = Side::new("SQLite, synchronous=FULL: HTTP, batches");
    let mut inserts = Side::new(format!("raw inserts, {} rows a transaction", args.items));
    for _ in 0..args.rounds {
        batches
            .rounds
            .push(over_http(args, &server, watched).await?);
        let inserting = raw::sqlite(args.errors, args.duration(), args.items);
        let round = Round::of(Watched::default(), args.items, inserting).await?;
        inserts.rounds.push(round);
    }
    Ok(vec![batches, inserts])
}

async fn postgres(args: &Args) -> anyhow::Result<Vec<Side>> {
    let (database, other) = (
        Database::new(&args.places).await?,
        Database::new(&args.places).await?,
    );
    let redis = Redis::new(&args.places).await;
    let server = Server::start(database.url(), redis.url()).await?;
    raw::prepare(&other).await?;
    let watched = Watched {
        server: server.cpu()?,
        database: database.cpu()?,
    };
    let beside = Watched {
        server: None,
        database: other.cpu()?,
    };
    let mut batches = Side::new("PostgreSQL + Redis, durable: HTTP, batches");
    let mut inserts = Side::new(format!(
        "raw inserts, {} rows a statement, 1 connection",
        args.items
    ));
    for _ in 0..args.rounds {
        batches
            .rounds
            .push(over_http(args, &server, watched).await?);
        let (errors, items) = (args.errors, args.items);
        let inserting = raw::postgres(&other, errors, args.duration(), 1, items, Way::Insert);
        inserts
            .rounds
            .push(Round::of(beside, items, inserting).await?);
    }
    drop(server);
    database.close().await?;
    other.close().await?;
    Ok(vec![batches, inserts])
}

async fn over_http(args: &Args, server: &Server, watched: Watched) -> anyhow::Result<Round> {
    send(args, server, Duration::from_secs(1)).await?;
    let before = server.stored().await?;
    let round = Round::of(watched, args.items, send(args, server, args.duration())).await?;
    server.ensure_stored(before, round.reports()).await?;
    Ok(round)
}

async fn send(args: &Args, server: &Server, duration: Duration) -> anyhow::Result<Measured> {
    let target = server.target();
    let requests = |place: usize| {
        let items: Vec<String> = (0..args.items)
            .map(|item| load::body((place + item) % args.errors, place * 1_000 + item))
            .collect();
        vec![target.post("/api/errors/batch", &format!("[{}]", items.join(",")))]
    };
    load::over_http(target, args.connections, duration, requests).await
}
