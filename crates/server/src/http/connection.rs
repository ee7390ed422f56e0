//! Connections of clients, with the error envelope for answers that the HTTP library writes by itself.
//!
//! actix-http answers a message that never becomes a request (a malformed request line or header, a head that is too
//! large or too slow) from its dispatcher, which has no hook: a head without a body, after which it closes the
//! connection. [`Connection`] recognizes that head on its way to the socket and writes a whole answer in its place.

use super::error::{ApiError, Code};
use super::error_format::{ErrorFormat, WrittenError};
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long what a client still sends is read and forgotten after such an answer. Closing a socket that has unread
/// bytes resets the connection, and the client would lose the answer.
const LINGER: Duration = Duration::from_secs(1);

/// How many bytes are read and forgotten at most.
const MAX_DISCARDED: usize = 1 << 20;

/// A connection of a client.
pub struct Connection {
    socket: TcpStream,
    state: Data<AppState>,
    completing: Option<Box<Completing>>,
}

/// An answer being written in place of the library's.
struct Completing {
    unwritten: Vec<u8>,
    linger: Option<Linger>,
}

struct Linger {
    until: Pin<Box<Sleep>>,
    has_shut_down: bool,
    discarded: usize,
}

impl Connection {
    /// Wraps an accepted socket.
    #[must_use]
    pub const fn new(socket: TcpStream, state: Data<AppState>) -> Self {
        Self {
            socket,
            state,
            completing: None,
        }
    }

    fn complete(&self, bare: &BareHead<'_>) -> Completing {
        let id = self.state.ids.next_id(self.state.clock.now()).to_string();
        let status = bare.status.as_u16();
        tracing::debug!(%id, status, "answered a malformed message");
        // A client that was too slow has nothing under way.
        let lingers = bare.status != StatusCode::REQUEST_TIMEOUT;
        Completing {
            unwritten: bare.with_envelope(&id),
            linger: lingers.then(|| Linger {
                until: Box::pin(sleep(LINGER)),
                has_shut_down: false,
                discarded: 0,
            }),
        }
    }
}

impl Completing {
    /// Writes the answer, tells the client that it was the last, and waits until the client has read it.
    fn poll(&mut self, socket: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unwritten.is_empty() {
            match ready!(Pin::new(&mut *socket).poll_write(cx, &self.unwritten))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => drop(self.unwritten.drain(..written)),
            }
        }
        let Some(linger) = &mut self.linger else {
            return Poll::Ready(Ok(()));
        };
        ready!(linger.poll(socket, cx));
        self.linger = None;
        Poll::Ready(Ok(()))
    }
}

impl Linger {
    fn poll(&mut self, socket: &mut TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_shut_down {
            if ready!(Pin::new(&mut *socket).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            self.has_shut_down = true;
        }
        while self.discarded < MAX_DISCARDED && self.until.as_mut().poll(cx).is_pending() {
            let mut room = [0; 8 << 10];
            let mut room = ReadBuf::new(&mut room);
            match ready!(Pin::new(&mut *socket).poll_read(cx, &mut room)) {
                Ok(()) if !room.filled().is_empty() => self.discarded += room.filled().len(),
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    /// The library's own answer is the last that it writes, so it ends a write, perhaps behind other answers. It
    /// counts as written once the whole answer in its place is.
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.completing.is_none() {
            match BareHead::ending(buf) {
                None => return Pin::new(&mut this.socket).poll_write(cx, buf),
                Some(bare) if bare.start > 0 => {
                    return Pin::new(&mut this.socket).poll_write(cx, &buf[..bare.start]);
                }
                Some(bare) => this.completing = Some(Box::new(this.complete(&bare))),
            }
        }
        if let Some(completing) = &mut this.completing {
            ready!(completing.poll(&mut this.socket, cx))?;
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// The head of an answer that the HTTP library wrote by itself.
#[derive(Debug, PartialEq, Eq)]
struct BareHead<'a> {
    start: usize,
    status: StatusCode,
    status_line: &'a str,
    date: &'a str,
}

impl<'a> BareHead<'a> {
    /// The longest that such a head is, with room to spare.
    const MAX_LENGTH: usize = 256;

    /// Finds the library's own answer at the end of what is about to be written. Every answer of the application has
    /// more headers than these three (`X-Request-Id` at least), and no body of it ends in an HTTP head: JSON escapes
    /// line breaks, the other texts are ours.
    fn ending(written: &'a [u8]) -> Option<Self> {
        let head = written.strip_suffix(b"\r\n\r\n")?;
        let tail = head.len().saturating_sub(Self::MAX_LENGTH);
        let start = tail + memchr::memmem::rfind(&head[tail..], b"HTTP/1.")?;
        let mut lines = std::str::from_utf8(&head[start..]).ok()?.split("\r\n");
        let status_line = lines.next()?;
        let status: StatusCode = status_line.split(' ').nth(1)?.parse().ok()?;
        let (mut is_empty, mut date) = (false, "");
        for line in lines {
            match line.split_once(": ")? {
                ("content-length", "0") => is_empty = true,
                ("connection", _) => {}
                ("date", given) => date = given,
                _ => return None,
            }
        }
        let is_error = status.is_client_error() || status.is_server_error();
        (is_error && is_empty).then_some(Self {
            start,
            status,
            status_line,
            date,
        })
    }

    /// The whole answer: the same status with the error envelope.
    fn with_envelope(&self, id: &str) -> Vec<u8> {
        let error = ApiError::new(Code::for_status(self.status));
        let WrittenError {
            content_type, body, ..
        } = ErrorFormat::Envelope.write(&error, id, &HeaderMap::new());
        let Self {
            status_line, date, ..
        } = self;
        let head = format!(
            "{status_line}\r\ncontent-length: {}\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-request-id: {id}\r\ndate: {date}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: Thu, 26 Nov 2026 19:00:00 GMT\r\n\r\n";

    #[test]
    fn the_librarys_answer_is_found_at_the_end_of_a_write() {
        let bare = BareHead::ending(BARE.as_bytes()).unwrap();
        assert_eq!((bare.start, bare.status.as_u16()), (0, 400));
        assert_eq!(bare.date, "Thu, 26 Nov 2026 19:00:00 GMT");
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let both = format!("{before}{BARE}");
        let bare = BareHead::ending(both.as_bytes()).unwrap();
        assert_eq!((bare.start, bare.status.as_u16()), (before.len(), 400));
        let closing = BARE.replace("date", "connection: close\r\ndate");
        assert!(BareHead::ending(closing.as_bytes()).is_some());
    }

    #[test]
    fn answers_of_the_application_are_not_the_librarys() {
        for answer in [
            "HTTP/1.1 204 No Content\r\ndate: x\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ndate: x\r\n\r\n".to_owned(),
            BARE.replace("date", "x-request-id: 1\r\ndate"),
            BARE.replace("content-length: 0", "content-length: 9"),
            BARE.replace("content-length: 0", "transfer-encoding: chunked"),
            format!("{BARE}{{}}"),
            format!("{BARE}5\r\nhello\r\n0\r\n\r\n"),
            "\r\n\r\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(BareHead::ending(answer.as_bytes()), None, "{answer:?}");
        }
    }

    #[test]
    fn the_envelope_is_as_long_as_told() {
        let bare = BareHead::ending(BARE.as_bytes()).unwrap();
        let whole = String::from_utf8(bare.with_envelope("some-id")).unwrap();
        let (head, body) = whole.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{head}"
        );
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "success": false, "status": "error", "error": "Bad request", "code": "bad_request",
                "request_id": "some-id"
            })
        );
    }
}
