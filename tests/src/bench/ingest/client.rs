//! A load generator: prepared requests over kept connections.

use crate::connection::{Connection, post};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What to send.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Connections, each waiting for its answer before it sends again.
    pub connections: usize,
    /// For how long.
    pub duration: Duration,
    /// Different errors among the reports.
    pub errors: usize,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Reports answered with 201.
    pub acknowledged: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Measured {
    /// Out of the latencies of all answers.
    pub fn new(elapsed: Duration, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self {
            acknowledged: latencies.len() as u64,
            elapsed,
            latencies,
        }
    }

    /// Reports a second.
    pub fn per_second(&self) -> f64 {
        self.acknowledged as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of the answers did not exceed.
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.latencies.get(place).copied().unwrap_or_default()
    }
}

/// A report of about 2 KB with a stack trace; `number` says which error it is, `serial` varies in it.
pub fn body(number: usize, serial: usize) -> String {
    let frames: String = (0..24)
        .map(|depth| {
            format!(
                "\\n    at Service{depth}.handle (/srv/app/src/service{depth}.js:{}:17)",
                depth + 10
            )
        })
        .collect();
    format!(
        r#"{{"level":"error","message":"Order {serial} failed in step {}","source":"backend","stack_trace":"StepError: step failed\n    at run{number} (/srv/app/src/run.js:9:3){frames}","context":{{"user_id":"{serial}","cart":[1,2,3],"region":"eu-west-1","attempt":{}}},"environment":"production","url":"https://shop.example.com/orders/{serial}"}}"#,
        name(number),
        serial % 5,
    )
}

/// Letters, because numbers do not tell errors apart.
fn name(number: usize) -> String {
    let letters = [number / 26, number % 26].map(|digit| char::from(b'a' + (digit % 26) as u8));
    letters.iter().collect()
}

/// Sends for a while.
///
/// # Errors
/// When a connection breaks or an answer is not 201.
pub async fn run(address: SocketAddr, load: Load) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let senders: Vec<_> = (0..load.connections)
        .map(|place| tokio::spawn(send(address, load, place, started + load.duration)))
        .collect();
    let mut latencies = Vec::new();
    for sender in senders {
        latencies.extend(sender.await??);
    }
    Ok(Measured::new(started.elapsed(), latencies))
}

async fn send(
    address: SocketAddr,
    load: Load,
    place: usize,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let requests: Vec<Vec<u8>> = (0..load.errors)
        .map(|number| post("/api/errors", &body(number, place * 1_000 + number)))
        .collect();
    let mut latencies = Vec::new();
    for request in requests.iter().cycle().skip(place) {
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        connection.exchange(request, 201).await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}
