//! `bench ingest`: reports a second over HTTP, against other ways to write the same rows without HTTP.

pub mod naive;
mod usual;

use crate::limits::raw::{self, Way};
use crate::load::{self, Load};
use crate::round::{Round, Side, Watched, print_table};
use crate::setup::{Database, Places, Redis, Running, Server};
use anyhow::Context;
use clap::Args as Arguments;
use std::time::Duration;

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// Connections that send, each waiting for its answer.
    #[arg(long, default_value_t = 64)]
    connections: usize,
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

/// Before each measurement.
const WARM_UP: Duration = Duration::from_secs(1);

impl Args {
    const fn load(&self, duration: Duration) -> Load {
        Load {
            connections: self.connections,
            duration,
            errors: self.errors,
        }
    }

    const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Measures both stacks, or the given server, and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        let sides = if let Some(server) = args.running.server().await? {
            vec![vec![given(args, &server).await?]]
        } else {
            vec![sqlite(args).await?, postgres(args).await?]
        };
        println!(
            "{} connections, {} errors, {} s a round, median of {}",
            args.connections, args.errors, args.seconds, args.rounds
        );
        print_table(&sides);
        println!("stored counts equalled acknowledged ones after every round");
        Ok(())
    })
}

async fn given(args: &Args, server: &Server) -> anyhow::Result<Side> {
    let mut side = Side::new("the given server");
    for _ in 0..args.rounds {
        let watched = Watched::default();
        side.rounds.push(over_http(args, server, watched).await?);
    }
    Ok(side)
}

async fn sqlite(args: &Args) -> anyhow::Result<Vec<Side>> {
    let folder = tempfile::tempdir()?;
    let file = |name| folder.path().join(name);
    let server = Server::start(&format!("sqlite://{}", file("bench.db").display()), "").await?;
    let watched = Watched {
        server: server.cpu()?,
        database: None,
    };
    let store = naive::sqlite(&file("naive.db")).await?;
    let mut grouped = Side::new("SQLite, synchronous=FULL: HTTP, group commit");
    let mut raw = Side::new(format!("raw inserts, {} rows a transaction", raw::MANY));
    let mut naive = Side::new("our one statement a report, a transaction each");
    for _ in 0..args.rounds {
        grouped
            .rounds
            .push(over_http(args, &server, watched).await?);
        let none = Watched::default();
        let inserting = raw::sqlite(args.errors, args.duration(), raw::MANY);
        raw.rounds
            .push(Round::of(none, raw::MANY, inserting).await?);
        naive::run(&store, args.load(WARM_UP)).await?;
        let writing = naive::run(&store, args.load(args.duration()));
        naive.rounds.push(Round::of(none, 1, writing).await?);
    }
    Ok(vec![grouped, raw, naive])
}

async fn postgres(args: &Args) -> anyhow::Result<Vec<Side>> {
    let (database, other) = (
        Database::new(&args.places).await?,
        Database::new(&args.places).await?,
    );
    let redis = Redis::new(&args.places).await;
    let server = Server::start(database.url(), redis.url()).await?;
    let watched = Watched {
        server: server.cpu()?,
        database: database.cpu()?,
    };
    let beside = Watched {
        server: None,
        database: other.cpu()?,
    };
    let store = naive::postgres(other.url()).await?;
    raw::prepare(&other).await?;
    usual::prepare(&other).await?;
    let mut grouped = Side::new("PostgreSQL + Redis, durable: HTTP, group commit");
    let mut raw = Side::new(format!(
        "raw inserts, {} rows a statement, 1 connection",
        raw::MANY
    ));
    let mut naive = Side::new("our one statement a report, 16 connections");
    let mut usual = Side::new("BEGIN, 3 statements, COMMIT a report, 16 connections");
    for _ in 0..args.rounds {
        grouped
            .rounds
            .push(over_http(args, &server, watched).await?);
        let inserting = raw::postgres(
            &other,
            args.errors,
            args.duration(),
            1,
            raw::MANY,
            Way::Insert,
        );
        raw.rounds
            .push(Round::of(beside, raw::MANY, inserting).await?);
        naive::run(&store, args.load(WARM_UP)).await?;
        let writing = naive::run(&store, args.load(args.duration()));
        naive.rounds.push(Round::of(beside, 1, writing).await?);
        usual::run(&other, args.load(WARM_UP)).await?;
        let writing = usual::run(&other, args.load(args.duration()));
        usual.rounds.push(Round::of(beside, 1, writing).await?);
    }
    drop((server, store));
    database.close().await?;
    other.close().await?;
    Ok(vec![grouped, raw, naive, usual])
}

/// Warms up, measures, and compares what is stored with what was acknowledged.
async fn over_http(args: &Args, server: &Server, watched: Watched) -> anyhow::Result<Round> {
    load::reports(server.target(), args.load(WARM_UP)).await?;
    let before = server.stored().await?;
    let sending = load::reports(server.target(), args.load(args.duration()));
    let round = Round::of(watched, 1, sending).await?;
    server.ensure_stored(before, round.reports()).await?;
    Ok(round)
}
