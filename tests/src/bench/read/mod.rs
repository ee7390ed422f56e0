//! `bench read`: lists, single errors, stats and trends over many occurrences.

mod fill;
mod probe;

use crate::setup::{Database, Places, Redis, Server};
use anyhow::Context;
use clap::Args as Arguments;
use probe::Timed;
use std::time::Duration;

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// Occurrences to load through the batch endpoint.
    #[arg(long, default_value_t = 1_000_000)]
    occurrences: usize,
    /// Different errors among them.
    #[arg(long, default_value_t = 10_000)]
    errors: usize,
    /// How often each answer is asked for.
    #[arg(long, default_value_t = 200)]
    times: usize,
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

/// The questions that are asked of the cache too.
const CACHED: [&str; 2] = ["list, page 1", "stats"];

/// A question, and the bar for its uncached answer.
struct Question {
    name: &'static str,
    path: String,
    bar: Option<Duration>,
}

/// Measures and prints a table a store.
///
/// # Errors
/// When a server cannot be started, or answers otherwise than documented.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        if args.store != "postgres" {
            let folder = tempfile::tempdir()?;
            let url = format!("sqlite://{}", folder.path().join("bench.db").display());
            measure(args, "SQLite", &url, "").await?;
        }
        if args.store != "sqlite" {
            let database = Database::new(&args.places).await?;
            let redis = Redis::new(&args.places).await;
            measure(args, "PostgreSQL + Redis", database.url(), redis.url()).await?;
            if args.explain {
                probe::explain(&database).await?;
            }
            database.close().await?;
        }
        Ok(())
    })
}

async fn measure(args: &Args, store: &str, database: &str, redis: &str) -> anyhow::Result<()> {
    let times = ["LISTS", "ANALYTICS"].map(|part| format!("FAULTBOOK__CACHE__{part}"));
    let uncached = [(times[0].as_str(), "0s"), (times[1].as_str(), "0s")];
    let server = Server::start_with(database, redis, &uncached).await?;
    let loaded = fill::load(args, &server).await?;
    let questions = questions(&server).await?;
    let mut rows = Vec::new();
    for question in &questions {
        let timed = probe::one_by_one(&server, &question.path, args.times).await?;
        rows.push((question, timed));
    }
    drop(server);
    let server = Server::start(database, redis).await?;
    let mut cached = Vec::new();
    for question in questions.iter().filter(|one| CACHED.contains(&one.name)) {
        let timed = probe::at_rate(&server, &question.path, args.rate).await?;
        cached.push((question.name, timed));
    }
    print_tables(args, store, loaded, &rows, &cached);
    Ok(())
}

/// What is asked, with the bars of the architecture.
async fn questions(server: &Server) -> anyhow::Result<Vec<Question>> {
    let list = server.get("/api/errors?limit=100").await?;
    let id = list["errors"][50]["id"].as_str().context("no error")?;
    let mut deep = "/api/errors?limit=100".to_owned();
    for _ in 0..60 {
        let page = server.get(&deep).await?;
        let cursor = page["next_cursor"].as_str().context("too few errors")?;
        deep = format!("/api/errors?limit=100&cursor={cursor}");
    }
    let question = |name, path: &str, millis: Option<u64>| Question {
        name,
        path: path.to_owned(),
        bar: millis.map(Duration::from_millis),
    };
    Ok(vec![
        question("list, page 1", "/api/errors?limit=50", Some(10)),
        question(
            "list, filtered",
            "/api/errors?limit=50&level=warning&source=frontend",
            Some(10),
        ),
        question("list, 60 pages deep by cursor", &deep, Some(10)),
        question(
            "list, a word in the message",
            "/api/errors?limit=50&q=failed",
            None,
        ),
        question("get one error", &format!("/api/errors/{id}"), Some(5)),
        question(
            "its occurrences",
            &format!("/api/errors/{id}/occurrences?limit=50"),
            Some(10),
        ),
        question("stats", "/api/stats", Some(10)),
        question("trend, week by day", "/api/analytics/trends", Some(20)),
        question(
            "trend, year by month",
            "/api/analytics/trends?period=year&group_by=month",
            Some(20),
        ),
        question(
            "trend of one error",
            &format!("/api/analytics/trends?period=month&error_id={id}"),
            Some(20),
        ),
        question(
            "organization's events",
            "/orgs/default/errors?limit=100",
            Some(10),
        ),
    ])
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_tables(
    args: &Args,
    store: &str,
    loaded: fill::Loaded,
    rows: &[(&Question, Timed)],
    cached: &[(&'static str, Timed)],
) {
    println!(
        "## {store}: {} occurrences in {} errors, loaded through the batch endpoint at {:.0}/s",
        loaded.occurrences,
        loaded.errors,
        loaded.per_second()
    );
    println!("| uncached | p50 ms | p99 ms | bar ms |");
    println!("|---|---|---|---|");
    for (question, timed) in rows {
        let [p50, p99] = [0.5, 0.99].map(|share| timed.quantile(share).as_secs_f64() * 1e3);
        let bar = question
            .bar
            .map_or(String::new(), |bar| format!("{}", bar.as_millis()));
        println!("| {} | {p50:.2} | {p99:.2} | {bar} |", question.name);
    }
    println!(
        "| cached, {} requests/s | p50 ms | p99 ms | bar ms |",
        args.rate
    );
    println!("|---|---|---|---|");
    for (name, timed) in cached {
        let [p50, p99] = [0.5, 0.99].map(|share| timed.quantile(share).as_secs_f64() * 1e3);
        println!("| {name} | {p50:.2} | {p99:.2} | 5 |");
    }
}
