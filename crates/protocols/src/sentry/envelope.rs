//! Envelopes: a header and items, each on lines of its own.

use super::Malformed;
use super::auth::Auth;
use super::event_id;
use super::fields::{Object, object, take_text, text};
use super::timestamp;
use crate::bounded::{Bounded, Budget};
use crate::repair::parse_seed;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// Values that a header may hold; there are some twenty in real ones.
const MAX_HEADER_VALUES: usize = 1_000;

/// The header of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The id of the event that the envelope is about.
    pub event_id: Option<Uuid>,
    /// The DSN that the client was configured with.
    pub dsn: Option<String>,
    /// When the client sent it, by its own clock.
    pub sent_at: Option<OffsetDateTime>,
    /// The environment of the trace.
    pub environment: Option<String>,
    /// The release of the trace.
    pub release: Option<String>,
}

impl Header {
    fn read(line: &[u8]) -> Option<Self> {
        let mut header = object_of(line)?;
        let dsn = take_text(&mut header, "dsn");
        let trace = object(&header, "trace");
        let of_trace = |key| trace.and_then(|trace| text(trace, key)).map(str::to_owned);
        Some(Self {
            event_id: header.get("event_id").and_then(event_id::read),
            dsn,
            sent_at: header.get("sent_at").and_then(timestamp::read),
            environment: of_trace("environment"),
            release: of_trace("release"),
        })
    }
}

impl Header {
    /// Returns the public key of the DSN.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        Some(Auth::of_dsn(self.dsn.as_deref()?)?.key)
    }
}

/// Reads the header of an envelope alone: for authentication by the DSN in it.
///
/// `None` when the first line is no JSON object.
#[must_use]
pub fn envelope_header(body: &[u8]) -> Option<Header> {
    Header::read(line_of(body).0)
}

/// An item: its header, and its payload as sent.
pub(super) struct Item<'a> {
    /// The header.
    pub(super) header: Object,
    /// The bytes of the payload.
    pub(super) payload: &'a [u8],
}

impl Item<'_> {
    /// The type; empty when the item has none.
    pub(super) fn kind(&self) -> &str {
        text(&self.header, "type").unwrap_or_default()
    }
}

/// The items of an envelope.
pub(super) struct Items<'a> {
    rest: &'a [u8],
}

/// Splits an envelope into its header and its items.
///
/// # Errors
/// [`Malformed`] when the first line is no JSON object.
pub(super) fn split(body: &[u8]) -> Result<(Header, Items<'_>), Malformed> {
    if body.trim_ascii().is_empty() {
        return Err(Malformed::Unreadable("Envelope is empty"));
    }
    let (line, rest) = line_of(body);
    let header =
        Header::read(line).ok_or(Malformed::Unreadable("Envelope header is no JSON object"))?;
    Ok((header, Items { rest }))
}

/// An item, or the beginning of one whose header cannot be read.
impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, BadHeader>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (line, rest) = line_of(self.rest);
            self.rest = rest;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let Some(header) = object_of(line) else {
                self.skip_payload();
                return Some(Err(BadHeader));
            };
            let payload = self.take_payload(&header);
            return Some(Ok(Item { header, payload }));
        }
    }
}

/// The header of an item is no JSON object.
#[derive(Debug)]
pub(super) struct BadHeader;

impl<'a> Items<'a> {
    /// Takes as much as the header's `length` says, else the line. A length that ends within a line is wrong - it
    /// may count characters - and the line is taken in its stead; so is the rest where it says more than there is.
    fn take_payload(&mut self, header: &Object) -> &'a [u8] {
        let length = header.get("length").and_then(Value::as_u64);
        let length = length.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        match length {
            None => self.take_line(),
            Some(length) if length >= self.rest.len() => std::mem::take(&mut self.rest),
            Some(length) if self.rest[length] == b'\n' => {
                let payload = &self.rest[..length];
                self.rest = &self.rest[length + 1..];
                payload
            }
            Some(length) => {
                let whole = self.rest;
                let (tail, rest) = line_of(&whole[length..]);
                self.rest = rest;
                &whole[..length + tail.len()]
            }
        }
    }

    fn take_line(&mut self) -> &'a [u8] {
        let (line, rest) = line_of(self.rest);
        self.rest = rest;
        line
    }

    /// Skips the payload of an item whose header cannot be read, unless the next line is a header.
    fn skip_payload(&mut self) {
        let (line, rest) = line_of(self.rest);
        if !is_header(line) {
            self.rest = rest;
        }
    }
}

/// Whether a line is the header of an item rather than a payload: a flat object with a type.
fn is_header(line: &[u8]) -> bool {
    object_of(line).is_some_and(|header| {
        text(&header, "type").is_some() && !header.values().any(Value::is_object)
    })
}

/// The first line, without its newline, and what follows.
fn line_of(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', bytes) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

fn object_of(line: &[u8]) -> Option<Object> {
    let budget = Budget::new(MAX_HEADER_VALUES);
    match parse_seed(line, || Bounded::new(&budget)) {
        Ok(Value::Object(header)) => Some(header),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types and payloads; `!` for a header that cannot be read.
    fn items(body: &str) -> Vec<String> {
        let (_, items) = split(body.as_bytes()).unwrap();
        items
            .map(|item| match item {
                Ok(item) => format!("{}={}", item.kind(), String::from_utf8_lossy(item.payload)),
                Err(BadHeader) => "!".to_owned(),
            })
            .collect()
    }

    #[test]
    fn items_are_split() {
        let cases: [(&str, &[&str]); 18] = [
            ("{}", &[]),
            ("{}\n", &[]),
            ("{}\n\n", &[]),
            ("{}\n{\"type\":\"a\"}\nx", &["a=x"]),
            ("{}\n{\"type\":\"a\"}\nx\n", &["a=x"]),
            ("{}\n{\"type\":\"a\"}", &["a="]),
            ("{}\n{\"type\":\"a\"}\n", &["a="]),
            (
                "{}\n{\"type\":\"a\",\"length\":0}\n\n{\"type\":\"b\"}\ny",
                &["a=", "b=y"],
            ),
            (
                "{}\n{\"type\":\"a\",\"length\":3}\nx\ny\n{\"type\":\"b\",\"length\":1}\nz",
                &["a=x\ny", "b=z"],
            ),
            (
                "{}\n{\"type\":\"a\"}\nx\r\n{\"type\":\"b\"}\r\ny",
                &["a=x\r", "b=y"],
            ),
            ("{}\n{\"length\":1}\nx\n{\"type\":5}\ny", &["=x", "=y"]),
            // A length beyond the end, no number, and one that counts characters.
            ("{}\n{\"type\":\"a\",\"length\":99}\nx\ny", &["a=x\ny"]),
            (
                "{}\n{\"type\":\"a\",\"length\":\"one\"}\nx\n{\"type\":\"b\"}\ny",
                &["a=x", "b=y"],
            ),
            ("{}\n{\"type\":\"a\",\"length\":-1}\nx", &["a=x"]),
            (
                "{}\n{\"type\":\"a\",\"length\":4}\näöüx\n{\"type\":\"b\"}\ny",
                &["a=äöüx", "b=y"],
            ),
            // Headers that cannot be read, with and without a payload.
            (
                "{}\n{\"type\":\n{\"event_id\":1}\n{\"type\":\"b\"}\ny",
                &["!", "b=y"],
            ),
            ("{}\n[]\n{\"type\":\"b\"}\ny", &["!", "b=y"]),
            (
                "{}\n\n{\"type\":\"a\"}\nx\n\n\n{\"type\":\"b\"}\ny\n\n",
                &["a=x", "b=y"],
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(items(body), expected, "{body:?}");
        }
    }

    #[test]
    fn headers_are_read() {
        let body = "\u{FEFF}{\"event_id\":\"9EC79C33-EC99-42AB-8353-589FCB2E04DC\",\"dsn\":\"https://k@h/1\",\
            \"sent_at\":\"2026-11-20T12:00:00Z\",\"trace\":{\"environment\":\"staging\",\"release\":\"1.0\",\"x\":1}}\n";
        let header = envelope_header(body.as_bytes()).unwrap();
        assert_eq!(
            header.event_id,
            Some(Uuid::from_u128(0x9EC7_9C33_EC99_42AB_8353_589F_CB2E_04DC))
        );
        assert_eq!(header.dsn.as_deref(), Some("https://k@h/1"));
        assert_eq!(
            header.sent_at,
            Some(time::macros::datetime!(2026-11-20 12:00 UTC))
        );
        assert_eq!(
            (header.environment.as_deref(), header.release.as_deref()),
            (Some("staging"), Some("1.0"))
        );
        assert_eq!(header.key().as_deref(), Some("k"));
        let odd = br#"{"event_id":5,"dsn":[],"sent_at":{},"trace":"x"}"#;
        assert_eq!(envelope_header(odd), Some(Header::default()));
    }

    #[test]
    fn what_has_no_header_is_malformed() {
        for body in ["", "\n", "[]\n{}", "x", "\n{}\n"] {
            assert!(split(body.as_bytes()).is_err(), "{body:?}");
        }
    }
}
