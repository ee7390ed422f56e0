//! `bench batch`: the batch endpoint, against raw inserts of the same rows without HTTP.

use crate::limits::raw::{self, Way};
use crate::load::{self, Measured};
use crate::plan::Plan;
use crate::round::{Round, Side, Watched};
use crate::setup::{Database, Server, Stack};
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
    #[command(flatten)]
    plan: Plan,
}

/// Measures both stores, or the given server, and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    let (connections, items) = (args.connections, args.items);
    let title =
        format!("{connections} connections, {items} reports a request, latencies of requests");
    runtime.block_on(args.plan.compare(
        &title,
        args.items,
        async |server: &Server, duration| send(args, server, duration).await,
        async || Ok(vec![sqlite(args).await?, postgres(args).await?]),
    ))
}

async fn sqlite(args: &Args) -> anyhow::Result<Vec<Side>> {
    let (plan, items) = (&args.plan, args.items);
    let stack = Stack::sqlite().await?;
    let mut batches = Side::new("SQLite, synchronous=FULL: HTTP, batches");
    let mut inserts = Side::new(format!("raw inserts, {items} occurrences a transaction"));
    for _ in 0..plan.rounds {
        batches.rounds.push(over_http(args, &stack).await?);
        let inserting = raw::sqlite(plan.errors, plan.duration(), items);
        let round = Round::of(Watched::default(), items, inserting).await?;
        inserts.rounds.push(round);
    }
    Ok(vec![batches, inserts])
}

async fn postgres(args: &Args) -> anyhow::Result<Vec<Side>> {
    let (plan, items) = (&args.plan, args.items);
    let stack = Stack::postgres(&plan.places).await?;
    let other = Database::new(&plan.places).await?;
    raw::prepare(&other).await?;
    let beside = other.watched()?;
    let mut batches = Side::new("PostgreSQL + Redis, durable: HTTP, batches");
    let mut inserts = Side::new(format!(
        "raw inserts, {items} occurrences a statement, 1 connection"
    ));
    for _ in 0..plan.rounds {
        batches.rounds.push(over_http(args, &stack).await?);
        let time = plan.duration();
        let inserting = raw::postgres(&other, plan.errors, time, 1, items, Way::Insert);
        inserts
            .rounds
            .push(Round::of(beside, items, inserting).await?);
    }
    stack.close().await?;
    other.close().await?;
    Ok(vec![batches, inserts])
}

async fn over_http(args: &Args, stack: &Stack) -> anyhow::Result<Round> {
    let sending = async |server: &Server, duration| send(args, server, duration).await;
    stack.round(args.items, args.plan.duration(), sending).await
}

async fn send(args: &Args, server: &Server, duration: Duration) -> anyhow::Result<Measured> {
    let target = server.target();
    let requests = |place: usize| {
        let items: Vec<String> = (0..args.items)
            .map(|item| load::body((place + item) % args.plan.errors, place * 1_000 + item))
            .collect();
        vec![target.post("/api/errors/batch", &format!("[{}]", items.join(",")))]
    };
    load::over_http(target, args.connections, duration, 201, requests).await
}
