//! A receiver of webhooks: takes requests, keeps them, answers as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// Request line and headers, as sent.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Received {
    /// A header's value; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut named = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value.trim())
    }
}

/// A receiver on a free port of this machine.
#[derive(Debug, Clone)]
pub struct Receiver {
    address: String,
    status: Arc<AtomicU16>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Starts one that answers 200.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            status: Arc::new(AtomicU16::new(200)),
            received: Arc::default(),
        };
        let own = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().serve(stream));
            }
        });
        receiver
    }

    /// The address of a path there.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Answers with this status from now on; 0 means never.
    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What arrived so far.
    pub async fn received(&self) -> Vec<Received> {
        self.received.lock().await.clone()
    }

    /// Waits until so many have arrived, for up to 20 seconds.
    ///
    /// # Panics
    /// When they do not.
    pub async fn wait_for(&self, many: usize) -> Vec<Received> {
        for _ in 0..2_000 {
            let received = self.received().await;
            if received.len() >= many {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{many} never arrived, but {:?}", self.received().await);
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        while let Ok(1..) = stream.read_buf(&mut bytes).await {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() < length.unwrap_or(0) {
                continue;
            }
            let request = Received {
                at: Instant::now(),
                head: head.to_owned(),
                body: body.to_owned(),
            };
            self.received.lock().await.push(request);
            let status = self.status.load(Ordering::SeqCst);
            if status == 0 {
                std::future::pending::<()>().await;
            }
            let answer = format!(
                "HTTP/1.1 {status} Told\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
            );
            // A client that has gone away is its own affair.
            let _ = stream.write_all(answer.as_bytes()).await;
            return;
        }
    }
}
