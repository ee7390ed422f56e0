//! `bench ingest`: reports a second over HTTP, against a transaction for each report.

pub mod client;
pub mod naive;
mod usual;

use crate::server::Server;
use anyhow::{Context, ensure};
use clap::Args as Arguments;
use client::{Load, Measured};
use faultbook_testkit::server::{postgres, redis};

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
}

impl Args {
    fn load(&self, seconds: u64) -> Load {
        Load {
            connections: self.connections,
            duration: Duration::from_secs(seconds),
            errors: self.errors,
        }
    }
}

/// One side's rounds.
struct Row {
    name: &'static str,
    rounds: Vec<Measured>,
}

/// Measures both stacks and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        let sqlite = sqlite(args).await?;
        let postgres = postgres(args).await?;
        print_table(args, &[sqlite, postgres]);
        Ok(())
    })
}

async fn sqlite(args: &Args) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("bench.db");
    let server = Server::start(&format!("sqlite://{}", database.display()), "").await?;
    let mut grouped = Vec::new();
    let mut naive = Vec::new();
    let other = tempfile::tempdir()?;
    let store = naive::sqlite(&other.path().join("naive.db")).await?;
    for _ in 0..args.rounds {
        grouped.push(over_http(args, &server).await?);
        naive.push(naive::run(store.clone(), args.load(args.seconds)).await?);
    }
    Ok(vec![
        Row {
            name: "SQLite, synchronous=FULL: HTTP, group commit",
            rounds: grouped,
        },
        Row {
            name: "SQLite: a transaction per report, no HTTP",
            rounds: naive,
        },
    ])
}

async fn postgres(args: &Args) -> anyhow::Result<Vec<Row>> {
    let instance = postgres::Instance::start().await;
    let redis = redis::Instance::start().await;
    let server = Server::start(&instance.url(), &redis.url()).await?;
    let other = postgres::Instance::start().await;
    let store = naive::postgres(&other.url()).await?;
    usual::prepare(&other.url()).await?;
    let mut grouped = Vec::new();
    let mut naive = Vec::new();
    let mut usual = Vec::new();
    for _ in 0..args.rounds {
        grouped.push(over_http(args, &server).await?);
        naive.push(naive::run(store.clone(), args.load(args.seconds)).await?);
        usual.push(usual::run(&other.url(), args.load(args.seconds)).await?);
    }
    Ok(vec![
        Row {
            name: "PostgreSQL + Redis, durable: HTTP, group commit",
            rounds: grouped,
        },
        Row {
            name: "PostgreSQL: our one statement a report, 16 connections, no HTTP",
            rounds: naive,
        },
        Row {
            name: "PostgreSQL: BEGIN, 3 statements, COMMIT a report, 16 connections, no HTTP",
            rounds: usual,
        },
    ])
}

/// Warms up, measures, and compares what is stored with what was acknowledged.
async fn over_http(args: &Args, server: &Server) -> anyhow::Result<Measured> {
    let warmed = client::run(server.address(), args.load(1)).await?;
    let before = server.stored().await?;
    ensure!(before >= warmed.acknowledged, "the warm-up is not stored");
    let measured = client::run(server.address(), args.load(args.seconds)).await?;
    let stored = server.stored().await? - before;
    ensure!(
        stored == measured.acknowledged,
        "{} reports were acknowledged and {stored} are stored",
        measured.acknowledged
    );
    Ok(measured)
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_table(args: &Args, sides: &[Vec<Row>]) {
    println!(
        "{} connections, {} errors, {} s a round, median of {}",
        args.connections, args.errors, args.seconds, args.rounds
    );
    println!("| side | reports/s | p50 ms | p90 ms | p99 ms | ratio |");
    println!("|---|---|---|---|---|---|");
    for rows in sides {
        // The last one is what the others are compared with.
        let slow = rows.last().map_or(1.0, |row| median(row).per_second());
        for row in rows {
            let middle = median(row);
            let [p50, p90, p99] =
                [0.5, 0.9, 0.99].map(|share| middle.percentile(share).as_secs_f64() * 1e3);
            let rate = middle.per_second();
            println!(
                "| {} | {rate:.0} | {p50:.2} | {p90:.2} | {p99:.2} | {:.1} |",
                row.name,
                rate / slow
            );
        }
    }
    println!("stored counts equalled acknowledged ones after every round");
}

fn median(row: &Row) -> &Measured {
    let mut rounds: Vec<&Measured> = row.rounds.iter().collect();
    rounds.sort_by(|one, two| one.per_second().total_cmp(&two.per_second()));
    rounds[rounds.len() / 2]
}
