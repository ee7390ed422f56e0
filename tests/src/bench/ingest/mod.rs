//! `bench ingest`: reports a second over HTTP, against other ways to write the same rows without HTTP.

pub mod naive;
mod usual;

use crate::limits::raw::{self, MANY, Way};
use crate::load::{self, Load, Measured};
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
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[command(flatten)]
    plan: Plan,
}

impl Args {
    const fn load(&self, duration: Duration) -> Load {
        Load {
            connections: self.connections,
            duration,
            errors: self.plan.errors,
        }
    }
}

/// Measures both stacks, or the given server, and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(args.plan.compare(
        &format!("{} connections", args.connections),
        1,
        async |server: &Server, duration| send(args, server, duration).await,
        async || Ok(vec![sqlite(args).await?, postgres(args).await?]),
    ))
}

async fn sqlite(args: &Args) -> anyhow::Result<Vec<Side>> {
    let plan = &args.plan;
    let stack = Stack::sqlite().await?;
    let folder = tempfile::tempdir()?;
    let store = naive::sqlite(&folder.path().join("naive.db")).await?;
    let mut grouped = Side::new("SQLite, synchronous=FULL: HTTP, group commit");
    let mut inserts = Side::new(format!("raw inserts, {MANY} rows a transaction"));
    let mut naive = Side::new("our one statement a report, a transaction each");
    let nobody = Watched::default();
    for _ in 0..plan.rounds {
        grouped.rounds.push(over_http(args, &stack).await?);
        let inserting = raw::sqlite(plan.errors, plan.duration(), MANY);
        let round = Round::of(nobody, MANY, inserting).await?;
        inserts.rounds.push(round);
        let writing = async |duration| naive::run(&store, args.load(duration)).await;
        let round = Round::warmed(nobody, plan.duration(), writing).await?;
        naive.rounds.push(round);
    }
    Ok(vec![grouped, inserts, naive])
}

async fn postgres(args: &Args) -> anyhow::Result<Vec<Side>> {
    let plan = &args.plan;
    let stack = Stack::postgres(&plan.places).await?;
    let other = Database::new(&plan.places).await?;
    let store = naive::postgres(other.url()).await?;
    raw::prepare(&other).await?;
    usual::prepare(&other).await?;
    let beside = other.watched()?;
    let mut grouped = Side::new("PostgreSQL + Redis, durable: HTTP, group commit");
    let mut inserts = Side::new(format!(
        "raw inserts, {MANY} rows a statement, 1 connection"
    ));
    let mut naive = Side::new("our one statement a report, 16 connections");
    let mut usual = Side::new("BEGIN, 3 statements, COMMIT a report, 16 connections");
    for _ in 0..plan.rounds {
        grouped.rounds.push(over_http(args, &stack).await?);
        let time = plan.duration();
        let inserting = raw::postgres(&other, plan.errors, time, 1, MANY, Way::Insert);
        inserts
            .rounds
            .push(Round::of(beside, MANY, inserting).await?);
        let writing = async |duration| naive::run(&store, args.load(duration)).await;
        naive
            .rounds
            .push(Round::warmed(beside, time, writing).await?);
        let writing = async |duration| usual::run(&other, args.load(duration)).await;
        usual
            .rounds
            .push(Round::warmed(beside, time, writing).await?);
    }
    drop(store);
    stack.close().await?;
    other.close().await?;
    Ok(vec![grouped, inserts, naive, usual])
}

async fn over_http(args: &Args, stack: &Stack) -> anyhow::Result<Round> {
    let sending = async |server: &Server, duration| send(args, server, duration).await;
    stack.round(1, args.plan.duration(), sending).await
}

async fn send(args: &Args, server: &Server, duration: Duration) -> anyhow::Result<Measured> {
    load::reports(server.target(), args.load(duration)).await
}
