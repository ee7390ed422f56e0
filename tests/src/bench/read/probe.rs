//! Asking, and noting how long answers take.

use crate::connection::Connection;
use crate::setup::{Database, Server};
use std::time::{Duration, Instant};
use tokio_postgres::SimpleQueryMessage;

/// Connections over which cached answers are asked for.
const CONNECTIONS: u32 = 8;

/// For how long.
const SECONDS: u32 = 8;

/// How long answers took, sorted.
pub struct Timed(Vec<Duration>);

impl Timed {
    fn new(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        Self(took)
    }

    /// The time that this share of the answers did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.0.get(place).copied().unwrap_or_default()
    }
}

/// How long one question may be asked for in all.
const PATIENCE: Duration = Duration::from_secs(40);

/// Asks over one connection, one after the other, each path in turn; fewer times where answers take seconds.
///
/// # Errors
/// When an answer is not 200.
pub async fn one_by_one(server: &Server, paths: &[String], times: usize) -> anyhow::Result<Timed> {
    let mut connection = Connection::open(server.target()).await?;
    let started = Instant::now();
    for path in paths {
        connection.get(path).await?;
    }
    let mut took = Vec::with_capacity(times);
    for path in paths.iter().cycle().take(times.max(paths.len())) {
        let asked = Instant::now();
        connection.get(path).await?;
        took.push(asked.elapsed());
        if started.elapsed() > PATIENCE {
            break;
        }
    }
    Ok(Timed::new(took))
}

/// Asks so many times a second. Latencies count from when a request was due, so that a stall is not
/// hidden by the requests that were not sent during it.
///
/// # Errors
/// When an answer is not 200.
pub async fn at_rate(server: &Server, path: &str, rate: u32) -> anyhow::Result<Timed> {
    let mut senders = Vec::new();
    for place in 0..CONNECTIONS {
        let mut connection = Connection::open(server.target()).await?;
        connection.get(path).await?;
        let path = path.to_owned();
        senders.push(tokio::spawn(async move {
            steadily(&mut connection, &path, rate, place).await
        }));
    }
    let mut took = Vec::new();
    for sender in senders {
        took.extend(sender.await??);
    }
    Ok(Timed::new(took))
}

async fn steadily(
    connection: &mut Connection,
    path: &str,
    rate: u32,
    place: u32,
) -> anyhow::Result<Vec<Duration>> {
    let started = tokio::time::Instant::now();
    let mut took = Vec::new();
    for turn in 0..rate * SECONDS / CONNECTIONS {
        let number = turn * CONNECTIONS + place;
        let due = started + Duration::from_secs_f64(f64::from(number) / f64::from(rate));
        tokio::time::sleep_until(due).await;
        connection.get(path).await?;
        took.push(due.elapsed());
    }
    Ok(took)
}

/// The hottest queries as the adapter asks them, on the one project that there is.
const HOTTEST: [(&str, &str); 5] = [
    (
        "list, page 1",
        "SELECT * FROM errors WHERE project_id = $P \
         ORDER BY last_seen_minute DESC, last_seen DESC, id DESC LIMIT 51",
    ),
    (
        "list, total",
        "SELECT count(*) FROM errors WHERE project_id = $P",
    ),
    (
        "stats",
        "SELECT count(*), count(*) FILTER (WHERE resolved), sum(count), \
         avg(resolved_at - first_seen) FILTER (WHERE resolved) FROM errors WHERE project_id = ANY (ARRAY[$P])",
    ),
    (
        "trend, year",
        "SELECT width_bucket(hour, ARRAY[now() - interval '1 year', now() - interval '1 month']), \
         sum(count), sum(count) FILTER (WHERE severity = 'critical') FROM project_hourly \
         WHERE project_id = ANY (ARRAY[$P]) AND hour >= now() - interval '1 year' GROUP BY 1",
    ),
    (
        "occurrences of an error",
        "SELECT * FROM occurrences WHERE project_id = $P AND fingerprint = \
         (SELECT fingerprint FROM errors WHERE project_id = $P ORDER BY count DESC LIMIT 1) \
         AND id < 'ffffffff-ffff-ffff-ffff-ffffffffffff' ORDER BY id DESC LIMIT 51",
    ),
];

/// Prints what PostgreSQL says of the hottest queries.
///
/// # Errors
/// When it cannot be asked.
#[expect(clippy::print_stdout, reason = "the plans are what was asked for")]
pub async fn explain(database: &Database) -> anyhow::Result<()> {
    let client = database.connect().await?;
    for (name, query) in HOTTEST {
        let project = "(SELECT id FROM projects LIMIT 1)";
        let statement = format!(
            "EXPLAIN (ANALYZE, BUFFERS) {}",
            query.replace("$P", project)
        );
        let rows = client.simple_query(&statement).await?;
        let lines: Vec<&str> = rows
            .iter()
            .filter_map(|row| match row {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        println!("### {name}\n```\n{}\n```", lines.join("\n"));
    }
    Ok(())
}
