//! A kept connection that costs little: whole requests in, whole answers out.

use anyhow::{Context, bail, ensure};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

/// Where requests go, and with which key.
#[derive(Debug, Clone)]
pub struct Target {
    address: SocketAddr,
    key: Arc<str>,
}

impl Target {
    /// A server at `host:port`.
    ///
    /// # Errors
    /// When the host is not known.
    pub async fn new(host: &str, key: &str) -> anyhow::Result<Self> {
        let mut addresses = lookup_host(host)
            .await
            .with_context(|| format!("'{host}' is not known"))?;
        Ok(Self {
            address: addresses.next().context("a host without an address")?,
            key: key.into(),
        })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A POST of JSON.
    pub fn post(&self, path: &str, body: &str) -> Vec<u8> {
        self.post_as(path, "application/json", body.as_bytes())
    }

    /// A POST of this type.
    pub fn post_as(&self, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
        let key = format!("X-API-Key: {}\r\nContent-Type: {content_type}", self.key);
        post_with(path, &key, body)
    }
}

/// A POST with these header lines.
pub fn post_with(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// One connection to the server under measurement.
pub struct Connection {
    target: Target,
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Opens it.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address)
            .await
            .context("the server is away")?;
        stream.set_nodelay(true)?;
        let answer = Vec::with_capacity(8 << 10);
        Ok(Self {
            target: target.clone(),
            stream,
            answer,
        })
    }

    /// GET; the body of the 200.
    ///
    /// # Errors
    /// Any other answer.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<&[u8]> {
        let key = &self.target.key;
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\n\r\n");
        self.exchange(request.as_bytes(), 200).await
    }

    /// Sends a request and reads the body of its answer.
    ///
    /// # Errors
    /// When the connection breaks, or the status is another.
    pub async fn exchange(&mut self, request: &[u8], status: u16) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        let (head, length) = loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the server closed the connection");
            }
            let ends = |window: &[u8]| window == b"\r\n\r\n";
            if let Some(head) = self.answer.windows(4).position(ends) {
                let text = std::str::from_utf8(&self.answer[..head])?;
                let header = |line: &str| line.strip_prefix("content-length: ").map(str::to_owned);
                let length = text.lines().find_map(header);
                let length: usize = length.context("an answer without a length")?.parse()?;
                break (head, length);
            }
        };
        while self.answer.len() < head + 4 + length {
            ensure!(
                self.stream.read_buf(&mut self.answer).await? > 0,
                "the server closed the connection"
            );
        }
        if !self
            .answer
            .starts_with(format!("HTTP/1.1 {status}").as_bytes())
        {
            bail!("{}", String::from_utf8_lossy(&self.answer));
        }
        Ok(&self.answer[head + 4..head + 4 + length])
    }
}
