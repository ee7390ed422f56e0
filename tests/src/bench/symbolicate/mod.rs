//! `bench symbolicate`: what source maps cost, and that events of other languages pay nothing for them.

mod built;
mod service;

use crate::connection::post_with;
use crate::ingest::{address, sentry_body};
use crate::load::{self, Measured};
use crate::plan::Plan;
use crate::request::NO_EVENT_ID;
use crate::round::{Side, print_table};
use crate::setup::{Database, Server, Stack};
use anyhow::{Context, ensure};
use built::Built;
use clap::Args as Arguments;
use e2e::Client;
use e2e::bundle::{Uploader, bundle_of};
use faultbook_domain::store::Store;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_postgres::{PostgresSettings, PostgresStore};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use serde_json::{Value, json};
use service::{Figures, Service};
use std::sync::Arc;
use std::time::Duration;

/// The debug id of the script over HTTP.
const ID: &str = "00000000-0000-4000-8000-000000000001";
/// Frames of an event over HTTP.
const FRAMES: usize = 50;

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// The size of a map, in MiB.
    #[arg(long, default_value_t = 10)]
    mib: usize,
    /// Times that events with maps in memory are measured.
    #[arg(long, default_value_t = 2_000)]
    times: usize,
    /// Connections that send over HTTP.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[command(flatten)]
    plan: Plan,
}

/// Measures in this process and over HTTP, and prints both tables.
///
/// # Errors
/// When a store or a server cannot be started, or a frame is not readable.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        in_process(args).await?;
        over_http(args).await
    })
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
async fn in_process(args: &Args) -> anyhow::Result<()> {
    println!("a map of {} MiB, a cache of 64 MiB", args.mib);
    println!(
        "| store | upload, ms | cold p50 / max, ms | 1 frame p50 / p99, ms | 50 frames p50 / p99, ms | memory before / one map / many, MiB | cached, MiB |"
    );
    println!("|---|---|---|---|---|---|---|");
    let folder = tempfile::tempdir()?;
    let settings = SqliteSettings::new(folder.path().join("maps.db"));
    let (ids, clock) = (Arc::new(SystemIds::default()), Arc::new(SystemClock));
    let sqlite = SqliteStore::open(settings, ids, clock)?;
    sqlite.migrate().await?;
    row("SQLite", Arc::new(sqlite), args).await?;
    let database = Database::new(&args.plan.places).await?;
    let settings = PostgresSettings::new(database.url());
    let (ids, clock) = (Arc::new(SystemIds::default()), Arc::new(SystemClock));
    let postgres = PostgresStore::connect(&settings, ids, clock).await?;
    postgres.migrate().await?;
    row("PostgreSQL", Arc::new(postgres), args).await?;
    database.close().await
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
async fn row(name: &str, store: Arc<dyn Store>, args: &Args) -> anyhow::Result<()> {
    let service = Service::new(store).await?;
    let Figures {
        upload,
        cold,
        one,
        fifty,
        memory: [before, with_one, many],
        cached,
    } = service.measure(args.mib, args.times).await?;
    let ms = |sorted: &[Duration], share: f64| {
        let place = (sorted.len() - 1) as f64 * share;
        sorted[place.round() as usize].as_secs_f64() * 1e3
    };
    println!(
        "| {name} | {:.0} | {:.0} / {:.0} | {:.3} / {:.3} | {:.2} / {:.2} | {before} / {with_one} / {many} | {cached} |",
        upload.as_secs_f64() * 1e3,
        ms(&cold, 0.5),
        ms(&cold, 1.0),
        ms(&one, 0.5),
        ms(&one, 0.99),
        ms(&fifty, 0.5),
        ms(&fifty, 0.99),
    );
    Ok(())
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Events {
    Python,
    JavaScript,
}

async fn over_http(args: &Args) -> anyhow::Result<()> {
    let sqlite = Stack::sqlite().await?;
    let embedded = sides(args, &sqlite, "SQLite").await?;
    sqlite.close().await?;
    let postgres = Stack::postgres(&args.plan.places).await?;
    let served = sides(args, &postgres, "PostgreSQL + Redis").await?;
    postgres.close().await?;
    print_table(&[embedded, served]);
    Ok(())
}

async fn sides(args: &Args, stack: &Stack, store: &str) -> anyhow::Result<Vec<Side>> {
    let built = Built::new(args.mib << 20, 0);
    let mut before = Side::new(format!("{store}: events of Python, nothing uploaded"));
    let mut after = Side::new("the same, maps uploaded and in memory");
    let mut scripts = Side::new(format!("events of JavaScript, {FRAMES} frames"));
    let round = async |events: Events| {
        let sending =
            async |server: &Server, duration| send(args, server, duration, (events, &built)).await;
        stack.round(1, args.plan.duration(), sending).await
    };
    for _ in 0..args.plan.rounds {
        before.rounds.push(round(Events::Python).await?);
    }
    upload(stack.server(), &built).await?;
    for _ in 0..args.plan.rounds {
        scripts.rounds.push(round(Events::JavaScript).await?);
        after.rounds.push(round(Events::Python).await?);
    }
    Ok(vec![before, after, scripts])
}

async fn upload(server: &Server, built: &Built) -> anyhow::Result<()> {
    let client = Client::new(server.target().url());
    let state = Uploader::new(&client, "default")
        .upload(&bundle_of(ID, &built.script, &built.map), &json!({}))
        .await;
    ensure!(state["state"] == "ok", "the bundle was not stored: {state}");
    Ok(())
}

async fn send(
    args: &Args,
    server: &Server,
    duration: Duration,
    (events, built): (Events, &Built),
) -> anyhow::Result<Measured> {
    let (path, headers) = address(server).await?;
    let errors = args.plan.errors;
    let requests = |place: usize| -> Vec<Vec<u8>> {
        let of = |number: usize| {
            let event: Value = match events {
                Events::Python => sentry_body::event(number, place * 1_000 + number),
                Events::JavaScript => built.event(ID, FRAMES),
            };
            let event = event.to_string();
            let (id, length) = (NO_EVENT_ID, event.len());
            let body = format!(
                "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\",\"length\":{length}}}\n{event}\n"
            );
            post_with(&path, &headers, body.as_bytes())
        };
        (0..errors).map(of).collect()
    };
    load::over_http(server.target(), args.connections, duration, 200, requests).await
}
