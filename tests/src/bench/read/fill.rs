//! Loading many occurrences through the batch endpoint.

use super::Args;
use crate::connection::{Connection, Target};
use crate::setup::Server;
use anyhow::ensure;
use faultbook_domain::clock::Clock;
use faultbook_domain::system::SystemClock;
use serde_json::{Value, json};
use std::ops::Range;
use std::time::{Duration, Instant};
use time::format_description::well_known::Rfc3339;

/// Connections that load.
const SENDERS: usize = 4;

/// Reports in one request.
const BATCH: usize = 500;

/// What was loaded.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    /// Occurrences.
    pub occurrences: u64,
    /// Errors they make.
    pub errors: u64,
    elapsed: Duration,
}

impl Loaded {
    /// Occurrences a second.
    pub fn per_second(&self) -> f64 {
        self.occurrences as f64 / self.elapsed.as_secs_f64()
    }
}

/// Loads them, spread over the last 30 days, and checks that all are counted.
///
/// # Errors
/// When the server does not answer as documented.
pub async fn load(args: &Args, server: &Server) -> anyhow::Result<Loaded> {
    let started = Instant::now();
    let errors = args.errors;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let first = sender * args.occurrences / SENDERS;
            let last = (sender + 1) * args.occurrences / SENDERS;
            tokio::spawn(send(server.target().clone(), first..last, errors))
        })
        .collect();
    for sender in senders {
        sender.await??;
    }
    let elapsed = started.elapsed();
    let stats = server.get("/api/stats").await?;
    let count = |field: &str| stats[field].as_u64().unwrap_or(0);
    let occurrences = count("total_occurrences");
    ensure!(
        occurrences == args.occurrences as u64,
        "{} were sent and {occurrences} are counted",
        args.occurrences
    );
    Ok(Loaded {
        occurrences,
        errors: count("total_errors"),
        elapsed,
    })
}

async fn send(target: Target, numbers: Range<usize>, errors: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(&target).await?;
    let last = numbers.end;
    for start in numbers.step_by(BATCH) {
        let batch = start..(start + BATCH).min(last);
        let reports: anyhow::Result<Vec<Value>> =
            batch.map(|number| report(number, errors)).collect();
        let request = target.post("/api/errors/batch", &Value::from(reports?).to_string());
        connection.exchange(&request, 201).await?;
    }
    Ok(())
}

/// About 600 bytes; which error it is depends on letters, since numbers do not tell errors apart.
fn report(number: usize, errors: usize) -> anyhow::Result<Value> {
    // A prime step visits every error in a mixed order.
    let error = number.wrapping_mul(7_919) % errors;
    let letters: String = [17_576, 676, 26, 1]
        .iter()
        .map(|place| char::from(b'a' + u8::try_from(error / place % 26).unwrap_or(0)))
        .collect();
    let back = time::Duration::seconds(i64::try_from(number * 997 % (30 * 86_400))?);
    let at = (SystemClock.now() - back).format(&Rfc3339)?;
    let level = ["error", "warning", "info"][error % 3];
    let source = ["backend", "frontend", "worker", "api"][error % 4];
    let environment = ["production", "staging"][error % 2];
    Ok(json!({
        "message": format!("Order {number} failed in step {letters}"),
        "source": source, "level": level, "timestamp": at,
        "environment": environment,
        "stack_trace": format!(
            "StepError: step failed\n    at run{letters} (/srv/app/src/{letters}.js:9:3)\n    \
             at handle (/srv/app/src/service.js:{}:17)\n    at main (/srv/app/src/main.js:5:1)",
            number % 90
        ),
        "context": { "user_id": number.to_string(), "region": "eu-west-1" },
        "url": format!("https://shop.example.com/orders/{number}"),
    }))
}
