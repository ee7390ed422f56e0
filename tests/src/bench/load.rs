//! Load: senders that each wait for an answer before they send again.

use crate::connection::{Connection, Target};
use crate::request::{NO_EVENT_ID, Request};
use std::time::{Duration, Instant};

/// What to send.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Senders at once.
    pub connections: usize,
    /// For how long.
    pub duration: Duration,
    /// Different errors among the reports.
    pub errors: usize,
    /// Whether each report carries an event id of its own, as those of SDKs do.
    pub event_ids: bool,
}

/// Sends, and waits for the answer.
pub trait Sender: Send + 'static {
    /// Sends the reports of this turn.
    ///
    /// # Errors
    /// When they are refused, or nobody answers.
    fn send(&mut self, turn: usize) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Turns that were answered.
    pub acknowledged: u64,
    /// From the first turn to the last answer.
    pub elapsed: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Measured {
    /// Turns a second.
    pub fn per_second(&self) -> f64 {
        self.acknowledged as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency, in milliseconds, that this share of the answers did not exceed.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.latencies.get(place).map_or(0.0, Duration::as_secs_f64) * 1e3
    }
}

/// Lets all of them send for a while, each beginning at a turn of its own.
///
/// # Errors
/// Those of the senders.
pub async fn drive<S: Sender>(
    senders: impl IntoIterator<Item = S>,
    duration: Duration,
) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (place, mut sender) in senders.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            for turn in place.. {
                let sent = Instant::now();
                if sent.duration_since(started) >= duration {
                    break;
                }
                sender.send(turn).await?;
                latencies.push(sent.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    latencies.sort_unstable();
    Ok(Measured {
        acknowledged: latencies.len() as u64,
        elapsed: started.elapsed(),
        latencies,
    })
}

/// Sends prepared requests over a kept connection.
struct Client {
    connection: Connection,
    requests: Vec<Request>,
    /// The status of an answer that acknowledges.
    status: u16,
}

impl Sender for Client {
    async fn send(&mut self, turn: usize) -> anyhow::Result<()> {
        let place = turn % self.requests.len();
        let request = self.requests[place].renewed();
        self.connection.exchange(request, self.status).await?;
        Ok(())
    }
}

/// Sends requests over this many connections, which are acknowledged by this status; `requests` makes those of one.
///
/// # Errors
/// When a connection breaks or an answer has another status.
pub async fn over_http(
    target: &Target,
    connections: usize,
    duration: Duration,
    status: u16,
    requests: impl Fn(usize) -> Vec<Vec<u8>>,
) -> anyhow::Result<Measured> {
    let mut clients = Vec::with_capacity(connections);
    for place in 0..connections {
        clients.push(Client {
            connection: Connection::open(target).await?,
            requests: requests(place).into_iter().map(Request::new).collect(),
            status,
        });
    }
    drive(clients, duration).await
}

/// Sends reports, one a request.
///
/// # Errors
/// As [`over_http`].
pub async fn reports(target: &Target, load: Load) -> anyhow::Result<Measured> {
    let requests = |place: usize| {
        let request = |number| {
            let body = body(number, place * 1_000 + number);
            let body = match load.event_ids {
                true => body.replacen('{', &format!(r#"{{"event_id":"{NO_EVENT_ID}","#), 1),
                false => body,
            };
            target.post("/api/errors", &body)
        };
        (0..load.errors).map(request).collect()
    };
    over_http(target, load.connections, load.duration, 201, requests).await
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
pub fn name(number: usize) -> String {
    let letters = [number / 26, number % 26].map(|digit| char::from(b'a' + (digit % 26) as u8));
    letters.iter().collect()
}
