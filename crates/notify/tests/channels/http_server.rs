//! A receiver that notes what it gets and answers what it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// What a receiver got.
#[derive(Debug, Clone)]
pub struct Request {
    /// The request line.
    pub line: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        &found.unwrap_or_else(|| panic!("{name} in {self:?}")).1
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How a receiver answers a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With these bytes.
    Text(String),
    /// Not at all.
    Silence,
    /// By closing the connection.
    HangUp,
}

/// An answer with this status, headers (each ending in CRLF) and body.
pub fn reply(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Text(format!(
        "HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// A running receiver.
pub struct HttpServer {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Request>,
}

impl HttpServer {
    /// Answers the requests in turn with these; the last one stays.
    pub async fn answering(replies: Vec<Reply>) -> Self {
        Self::deciding(move |number, _| replies[number.min(replies.len() - 1)].clone()).await
    }

    /// Answers request number n (from 0) as decided.
    pub async fn deciding(
        decide: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(decide, None).await
    }

    /// Answers every request with this, over TLS.
    pub async fn over_tls(reply: Reply, acceptor: TlsAcceptor) -> Self {
        Self::start(move |_, _| reply.clone(), Some(acceptor)).await
    }

    async fn start(
        decide: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
        acceptor: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        let receiver = Arc::new(Receiver {
            decide: Box::new(decide),
            count: AtomicUsize::new(0),
            sender,
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (receiver, acceptor) = (receiver.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => receiver.serve(stream).await,
                        // A client that does not believe us breaks the handshake off.
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                receiver.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, requests }
    }

    /// A URL of this receiver.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What came in, in order. To be called after the sender has its answers.
    pub fn taken(&mut self) -> Vec<Request> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }

    /// The one request that came in.
    pub fn only(&mut self) -> Request {
        let mut taken = self.taken();
        assert_eq!(taken.len(), 1, "{taken:?}");
        taken.remove(0)
    }
}

type Decide = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// What the connections of a receiver share.
struct Receiver {
    decide: Box<Decide>,
    count: AtomicUsize,
    sender: mpsc::UnboundedSender<Request>,
}

impl Receiver {
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        while let Some(request) = read_request(&mut stream).await {
            let number = self.count.fetch_add(1, Ordering::SeqCst);
            let reply = (self.decide)(number, &request);
            self.sender.send(request).unwrap();
            match reply {
                Reply::Text(text) => {
                    stream.write_all(text.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                }
                Reply::Silence => std::future::pending().await,
                Reply::HangUp => return,
            }
        }
    }
}

/// Reads a request with a `content-length`; none at the end of the connection.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        })
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        line,
        headers,
        body,
    })
}
