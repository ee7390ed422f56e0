//! A relay between a client and a server, which loses answers when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// How many bytes are passed on at once.
const CHUNK: usize = 64 << 10;

/// What a client is told in place of an answer that is refused.
const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\
    Connection: close\r\n\r\n";

/// A relay on a free port of this machine.
#[derive(Debug, Clone)]
pub struct Relay {
    address: String,
    target: String,
    marker: &'static [u8],
    to_lose: Arc<AtomicUsize>,
    to_refuse: Arc<AtomicUsize>,
    marked: Arc<AtomicUsize>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Relay {
    /// Starts one to `target` (`127.0.0.1:PORT`). It looks at requests that hold `marker`; the others pass.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start(target: &str, marker: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self {
            address: listener.local_addr().unwrap().to_string(),
            target: target.to_owned(),
            marker,
            to_lose: Arc::default(),
            to_refuse: Arc::default(),
            marked: Arc::default(),
            statuses: Arc::default(),
        };
        let own = relay.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let own = own.clone();
                // A client or server that has gone away is its own affair.
                tokio::spawn(async move { own.serve(client).await.ok() });
            }
        });
        relay
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Closes the connection in place of so many answers, whose requests the server did get.
    pub fn lose_answers(&self, count: usize) {
        self.to_lose.store(count, Ordering::SeqCst);
    }

    /// Answers 503 in place of so many answers, whose requests the server did get.
    pub fn refuse_answers(&self, count: usize) {
        self.to_refuse.store(count, Ordering::SeqCst);
    }

    /// How many requests were marked.
    #[must_use]
    pub fn marked(&self) -> usize {
        self.marked.load(Ordering::SeqCst)
    }

    /// What marked requests were answered by the server, in order.
    pub async fn statuses(&self) -> Vec<u16> {
        self.statuses.lock().await.clone()
    }

    async fn serve(self, mut client: TcpStream) -> std::io::Result<()> {
        let mut server = TcpStream::connect(&self.target).await?;
        let (mut sent, mut answer) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut request = Vec::new();
        loop {
            tokio::select! {
                length = client.read(&mut sent) => {
                    let bytes = &sent[..length?];
                    if bytes.is_empty() {
                        return Ok(());
                    }
                    request.extend_from_slice(bytes);
                    server.write_all(bytes).await?;
                }
                length = server.read(&mut answer) => {
                    let bytes = &answer[..length?];
                    if bytes.is_empty() {
                        return Ok(());
                    }
                    if !request.is_empty() && self.holds_back(&request, bytes).await {
                        if take_one(&self.to_refuse) {
                            client.write_all(REFUSAL).await?;
                        }
                        return Ok(());
                    }
                    request.clear();
                    client.write_all(bytes).await?;
                }
            }
        }
    }

    /// Whether an answer is not passed on.
    async fn holds_back(&self, request: &[u8], answer: &[u8]) -> bool {
        let mut windows = request.windows(self.marker.len());
        if !windows.any(|window| window == self.marker) {
            return false;
        }
        self.marked.fetch_add(1, Ordering::SeqCst);
        let status: Option<u16> = String::from_utf8_lossy(answer)
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        self.statuses.lock().await.extend(status);
        take_one(&self.to_lose) || self.to_refuse.load(Ordering::SeqCst) > 0
    }
}

fn take_one(count: &AtomicUsize) -> bool {
    let less = |count: usize| count.checked_sub(1);
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        .is_ok()
}
