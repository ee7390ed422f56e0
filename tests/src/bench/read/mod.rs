//! `bench read`: lists, searches, facets, tags, stats and trends over many errors.

mod dataset;
mod probe;
mod questions;

use crate::setup::{Database, Places, Redis, Server};
use anyhow::Context;
use clap::Args as Arguments;
use dataset::Plan;
use probe::Timed;
use questions::{CACHED, Question, questions};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// Different errors.
    #[arg(long, default_value_t = 100_000)]
    errors: u64,
    /// Their occurrences; ten for each error if not given.
    #[arg(long)]
    occurrences: Option<u64>,
    /// A folder in which the data are kept, and taken from the next time.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// How often each answer is asked for.
    #[arg(long, default_value_t = 200)]
    times: usize,
    /// Only what has this in its name.
    #[arg(long)]
    only: Option<String>,
    /// Requests a second while cached answers are measured.
    #[arg(long, default_value_t = 2_000)]
    rate: u32,
    /// Which store: sqlite, postgres or both.
    #[arg(long, default_value = "both", value_parser = ["sqlite", "postgres", "both"])]
    store: String,
    /// Print what PostgreSQL says of the hottest queries.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    places: Places,
}

/// Measures and prints a table a store.
///
/// # Errors
/// When a server cannot be started, or answers otherwise than documented.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        let temporary = tempfile::tempdir()?;
        let folder = args.data.as_deref().unwrap_or(temporary.path());
        std::fs::create_dir_all(folder)?;
        if args.store != "postgres" {
            sqlite(args, &folder.join("bench.db")).await?;
        }
        if args.store != "sqlite" {
            postgres(args, args.data.as_deref()).await?;
        }
        Ok(())
    })
}

impl Args {
    fn plan(&self) -> Plan {
        Plan::new(self.errors, self.occurrences.unwrap_or(self.errors * 10))
    }
}

async fn sqlite(args: &Args, file: &Path) -> anyhow::Result<()> {
    let url = format!("sqlite://{}", file.display());
    if !file.exists() {
        // The server makes the tables.
        drop(Server::start(&url, "").await?);
        let (file, plan) = (file.to_owned(), args.plan());
        let started = Instant::now();
        tokio::task::spawn_blocking(move || dataset::fill_sqlite(&file, plan)).await??;
        note_filled(started);
    }
    measure(args, "SQLite", &url, "").await
}

async fn postgres(args: &Args, folder: Option<&Path>) -> anyhow::Result<()> {
    let database = match (folder, args.places.has_postgres()) {
        (Some(folder), false) => Database::kept_in(&folder.join("postgres")).await,
        _ => Database::new(&args.places).await?,
    };
    let redis = Redis::new(&args.places).await;
    let client = database.connect().await?;
    let exists = "SELECT to_regclass('errors') IS NOT NULL";
    if !client.query_one(exists, &[]).await?.get::<_, bool>(0) {
        drop(Server::start(database.url(), redis.url()).await?);
        let started = Instant::now();
        dataset::fill_postgres(&client, args.plan()).await?;
        note_filled(started);
    }
    measure(args, "PostgreSQL + Redis", database.url(), redis.url()).await?;
    if args.explain {
        probe::explain(&database).await?;
    }
    database.close().await
}

#[expect(clippy::print_stdout, reason = "what takes minutes says so")]
fn note_filled(started: Instant) {
    println!("filled in {:.0} s", started.elapsed().as_secs_f64());
}

async fn measure(args: &Args, store: &str, database: &str, redis: &str) -> anyhow::Result<()> {
    let times = ["LISTS", "ANALYTICS"].map(|part| format!("FAULTBOOK__CACHE__{part}"));
    let uncached = [(times[0].as_str(), "0s"), (times[1].as_str(), "0s")];
    let server = Server::start_with(database, redis, &uncached).await?;
    let stats = server.get("/api/stats").await?;
    print_heading(args, store, &stats);
    let mut questions = questions(&server).await?;
    if let Some(only) = &args.only {
        questions.retain(|question| question.name.contains(only.as_str()));
    }
    for question in &questions {
        let timed = probe::one_by_one(&server, &question.paths, args.times).await;
        print_row(question, &timed);
    }
    drop(server);
    let server = Server::start(database, redis).await?;
    let cached = questions.iter().filter(|one| CACHED.contains(&one.name));
    for question in cached {
        let path = question.paths.first().context("a question has a path")?;
        let timed = probe::at_rate(&server, path, args.rate).await?;
        print_cached(args, question.name, &timed);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_heading(_: &Args, store: &str, stats: &serde_json::Value) {
    println!(
        "## {store}: {} occurrences in {} errors",
        stats["total_occurrences"], stats["total_errors"],
    );
    println!("| uncached | p50 ms | p99 ms | bar ms |");
    println!("|---|---|---|---|");
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_row(question: &Question, timed: &anyhow::Result<Timed>) {
    let name = question.name;
    let bar = question
        .bar
        .map_or(String::new(), |bar| format!("{}", bar.as_millis()));
    match timed {
        Ok(timed) => {
            let [p50, p99] = [0.5, 0.99].map(|share| timed.quantile(share).as_secs_f64() * 1e3);
            let over = question.bar.is_some_and(|bar| timed.quantile(0.99) > bar);
            let over = if over { " over" } else { "" };
            println!("| {name} | {p50:.2} | {p99:.2} | {bar}{over} |");
        }
        Err(error) => println!("| {name} | {error:#} | | {bar} |"),
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_cached(args: &Args, name: &str, timed: &Timed) {
    let [p50, p99] = [0.5, 0.99].map(|share| timed.quantile(share).as_secs_f64() * 1e3);
    println!(
        "| {name}, cached, {} requests/s | {p50:.2} | {p99:.2} | 5 |",
        args.rate
    );
}
