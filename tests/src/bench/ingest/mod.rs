//! `bench ingest`: reports a second over HTTP, against other ways to write the same rows without HTTP.

mod clients;
pub mod direct;
mod otlp_body;
pub mod sentry_body;
mod usual;

use crate::limits::raw::{self, MANY, Way};
use crate::load::{self, Load, Measured};
use crate::plan::Plan;
use crate::round::{Round, Side, Watched};
use crate::setup::{Database, Server, Stack};
use anyhow::Context;
use clap::Args as Arguments;
use clients::Protocol;
pub use clients::address;
use faultbook_domain::ingest::EventStore;
use std::sync::Arc;
use std::time::Duration;

/// The side whose reports carry event ids.
const NAMED: &str = "the same, each report with the caller's event id";

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// Connections that send, each waiting for its answer.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Measures over HTTP alone.
    #[arg(long)]
    http_only: bool,
    /// Measures what clients of others send, against the same content sent to our own routes.
    #[arg(long, value_enum)]
    protocol: Option<Protocol>,
    #[command(flatten)]
    plan: Plan,
}

impl Args {
    const fn load(&self, duration: Duration) -> Load {
        self.plan.load(self.connections, duration)
    }

    /// Of what records `many` a transaction from so many tasks.
    async fn direct(
        &self,
        store: &Arc<dyn EventStore>,
        (tasks, many): (usize, usize),
        watched: Watched,
    ) -> anyhow::Result<Round> {
        let plan = &self.plan;
        let writing = async |duration| direct::run(store, plan.load(tasks, duration), many).await;
        Round::warmed(watched, many, plan.duration(), writing).await
    }
}

/// Measures both stacks, or the given server, and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    if let Some(protocol) = args.protocol {
        return runtime.block_on(clients::compare(args, protocol));
    }
    runtime.block_on(args.plan.compare(
        &format!("{} connections", args.connections),
        1,
        async |server: &Server, duration| send(args, server, duration, false).await,
        async || Ok(vec![sqlite(args).await?, postgres(args).await?]),
    ))
}

async fn sqlite(args: &Args) -> anyhow::Result<Vec<Side>> {
    let plan = &args.plan;
    let stack = Stack::sqlite().await?;
    let folder = tempfile::tempdir()?;
    let store = direct::sqlite(&folder.path().join("direct.db")).await?;
    let mut grouped = Side::new("SQLite, synchronous=FULL: HTTP, group commit");
    let mut named = Side::new(NAMED);
    let mut inserts = Side::new(format!("raw inserts, {MANY} occurrences a transaction"));
    let mut whole = Side::new(format!("all rows of {MANY} reports a transaction"));
    let mut naive = Side::new("all rows of a report, a transaction each");
    let nobody = Watched::default();
    for _ in 0..plan.rounds {
        grouped.rounds.push(over_http(args, &stack, false).await?);
        named.rounds.push(over_http(args, &stack, true).await?);
        if args.http_only {
            continue;
        }
        let inserting = raw::sqlite(plan.errors, plan.duration(), MANY);
        let round = Round::of(nobody, MANY, inserting).await?;
        inserts.rounds.push(round);
        let round = args.direct(&store, (1, MANY), nobody).await?;
        whole.rounds.push(round);
        let round = args.direct(&store, (args.connections, 1), nobody).await?;
        naive.rounds.push(round);
    }
    Ok(vec![grouped, named, inserts, whole, naive])
}

async fn postgres(args: &Args) -> anyhow::Result<Vec<Side>> {
    let plan = &args.plan;
    let stack = Stack::postgres(&plan.places).await?;
    let other = Database::new(&plan.places).await?;
    let store = direct::postgres(other.url()).await?;
    raw::prepare(&other).await?;
    usual::prepare(&other).await?;
    let beside = other.watched()?;
    let mut grouped = Side::new("PostgreSQL + Redis, durable: HTTP, group commit");
    let mut named = Side::new(NAMED);
    let mut inserts = Side::new(format!(
        "raw inserts, {MANY} occurrences a statement, 1 connection"
    ));
    let mut whole = Side::new(format!(
        "all rows of {MANY} reports a statement, 1 connection"
    ));
    let mut naive = Side::new("all rows of a report, our statement, 16 connections");
    let mut usual = Side::new("BEGIN, 3 statements, COMMIT a report, 16 connections");
    for _ in 0..plan.rounds {
        grouped.rounds.push(over_http(args, &stack, false).await?);
        named.rounds.push(over_http(args, &stack, true).await?);
        if args.http_only {
            continue;
        }
        let time = plan.duration();
        let inserting = raw::postgres(&other, plan.errors, time, 1, MANY, Way::Insert);
        let round = Round::of(beside, MANY, inserting).await?;
        inserts.rounds.push(round);
        let round = args.direct(&store, (1, MANY), beside).await?;
        whole.rounds.push(round);
        let round = args.direct(&store, (args.connections, 1), beside).await?;
        naive.rounds.push(round);
        let writing = async |duration| usual::run(&other, args.load(duration)).await;
        let round = Round::warmed(beside, 1, time, writing).await?;
        usual.rounds.push(round);
    }
    drop(store);
    stack.close().await?;
    other.close().await?;
    Ok(vec![grouped, named, inserts, whole, naive, usual])
}

async fn over_http(args: &Args, stack: &Stack, event_ids: bool) -> anyhow::Result<Round> {
    let sending = async |server: &Server, duration| send(args, server, duration, event_ids).await;
    stack.round(1, args.plan.duration(), sending).await
}

async fn send(
    args: &Args,
    server: &Server,
    duration: Duration,
    event_ids: bool,
) -> anyhow::Result<Measured> {
    let load = Load {
        event_ids,
        ..args.load(duration)
    };
    load::reports(server.target(), load).await
}
