//! A load generator that costs little: prepared requests over kept connections.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    let mut stream = TcpStream::connect(address)
        .await
        .context("the server is away")?;
    stream.set_nodelay(true)?;
    let requests: Vec<Vec<u8>> = (0..load.errors)
        .map(|number| request(number, place * 1_000 + number))
        .collect();
    let mut answer = Vec::with_capacity(8 << 10);
    let mut latencies = Vec::new();
    for request in requests.iter().cycle().skip(place) {
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut answer).await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

fn request(number: usize, serial: usize) -> Vec<u8> {
    let body = body(number, serial);
    format!(
        "POST /api/errors HTTP/1.1\r\nHost: bench\r\nX-API-Key: test-api-key\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<()> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            bail!("the server closed the connection");
        }
        let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&answer[..head])?;
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("an answer without a length")?
            .parse::<usize>()?;
        if answer.len() < head + 4 + length {
            continue;
        }
        if !text.starts_with("HTTP/1.1 201") {
            bail!("{}", String::from_utf8_lossy(answer));
        }
        return Ok(());
    }
}
