//! A connection that reads a bounded number of bytes.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};

/// What lettre writes before it upgrades a connection.
const UPGRADE: &[u8] = b"STARTTLS\r\n";

/// A stream that ends after so many bytes: a server that answers without end (or without the end of
/// a line) fills no memory.
///
/// The answer to `STARTTLS` is handed out up to the end of its line and no further. Whatever
/// somebody in between has put behind it then meets the TLS handshake, which fails, instead of
/// waiting in a buffer to be taken for what the server said under encryption (response injection;
/// Poddebniak et al., "Why TLS Is Better Without STARTTLS", USENIX Security 2021).
#[derive(Debug)]
pub struct Bounded<S> {
    stream: Take<S>,
    peer: SocketAddr,
    upgrading: bool,
}

impl<S: AsyncRead> Bounded<S> {
    /// Reads at most `limit` bytes from a stream to this peer.
    pub fn new(stream: S, peer: SocketAddr, limit: u64) -> Self {
        Self {
            stream: stream.take(limit),
            peer,
            upgrading: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.upgrading {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
        buffer.put_slice(one.filled());
        self.upgrading = one.filled() != b"\n";
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.upgrading |= bytes == UPGRADE;
        Pin::new(self.stream.get_mut()).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_shutdown(context)
    }
}

impl<S> AsyncTokioStream for Bounded<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
