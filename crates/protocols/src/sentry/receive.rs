//! From the body of a request to everything in it.

use super::client_report::{self, ClientDiscard};
use super::envelope::{self, Header, Item};
use super::event::{self, Event};
use super::event_id::derived;
use super::feedback;
use super::security::{self, SecurityQuery};
use super::{item_type, store_body};
use crate::origin::Origin;
use faultbook_domain::errors::Feedback;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::Report;
use serde_json::Value;
use uuid::Uuid;

/// The most attachments that are listed with an event.
const MAX_ATTACHMENTS: usize = 100;

/// Why nothing of a body could be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It cannot be read: a sentence says what is wrong.
    #[error("{0}")]
    Unreadable(&'static str),
    /// An event is larger than [`Origin::max_event`], and there is nothing else.
    #[error("Event is too large")]
    TooLarge,
}

/// What a body holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Received {
    /// The id of the event, which the client is answered; `None` when there was none.
    pub event_id: Option<Uuid>,
    /// The events as reports, each with its event id.
    pub reports: Vec<Report>,
    /// What users say about events.
    pub feedback: Vec<Feedback>,
    /// What the client says that it did not send.
    pub client_discards: Vec<ClientDiscard>,
    /// How many items of which type were dropped; `other` for types that are not known.
    pub dropped: Vec<(&'static str, u64)>,
    /// How many items could not be read.
    pub bad_items: usize,
}

impl Received {
    fn drop_items(&mut self, kind: &'static str, count: u64) {
        match self.dropped.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, total)) => *total += count,
            None if count > 0 => self.dropped.push((kind, count)),
            None => {}
        }
    }
}

/// Reads an envelope. `ids` gives one to events that have none.
///
/// # Errors
/// [`Malformed`] when the body has no header, or when events were sent and nothing could be kept.
pub fn read_envelope(
    body: &[u8],
    origin: &Origin<'_>,
    ids: &dyn IdSource,
) -> Result<Received, Malformed> {
    let (header, items) = envelope::split(body)?;
    let mut envelope = Envelope {
        header,
        origin,
        ids,
        received: Received::default(),
        events: Vec::new(),
        attachments: Vec::new(),
        too_large: false,
    };
    for item in items {
        match item {
            Ok(item) => envelope.take(&item),
            Err(_) => envelope.received.bad_items += 1,
        }
    }
    envelope.finish()
}

/// Reads the body of `/store/`: one event as JSON, base64 of JSON, or base64 of zlib of JSON, of at most
/// `limit_decoded` bytes. An envelope, which some clients send there, is read as such.
///
/// # Errors
/// [`Malformed`] when nothing of it can be kept.
pub fn read_store(
    body: &[u8],
    origin: &Origin<'_>,
    limit_decoded: usize,
    ids: &dyn IdSource,
) -> Result<Received, Malformed> {
    let decoded = store_body::decode(body, limit_decoded, origin.max_event)?;
    let too_large = decoded.len() > origin.max_event;
    let event = if too_large {
        None
    } else {
        Event::read(&decoded).ok()
    };
    let Some(event) = event else {
        let is_envelope = memchr::memchr(b'\n', &decoded).is_some()
            && envelope::envelope_header(&decoded).is_some();
        return match (is_envelope, too_large) {
            (true, _) => read_envelope(&decoded, origin, ids),
            (false, true) => Err(Malformed::TooLarge),
            (false, false) => Err(Malformed::Unreadable("Event is no JSON object")),
        };
    };
    let mut received = Received::default();
    if event.is_transaction() {
        received.drop_items("transaction", 1);
        return Ok(received);
    }
    let id = event
        .id()
        .unwrap_or_else(|| ids.next_id(origin.received_at));
    received.event_id = Some(id);
    received
        .reports
        .push(event.into_report(id, &Header::default(), Vec::new(), origin));
    Ok(received)
}

/// Reads reports about a content security policy.
///
/// # Errors
/// [`Malformed`] when the body is no such report.
pub fn read_security(
    body: &[u8],
    query: &SecurityQuery,
    origin: &Origin<'_>,
    ids: &dyn IdSource,
) -> Result<Received, Malformed> {
    let read = security::read(body, query, origin, ids)?;
    let mut received = Received {
        reports: read.reports,
        ..Received::default()
    };
    received.drop_items("security", read.dropped);
    Ok(received)
}

/// An envelope that is being read.
struct Envelope<'a> {
    header: Header,
    origin: &'a Origin<'a>,
    ids: &'a dyn IdSource,
    received: Received,
    /// Payloads of events, which are read when all attachments are known.
    events: Vec<&'a [u8]>,
    attachments: Vec<Value>,
    too_large: bool,
}

impl<'a> Envelope<'a> {
    fn take(&mut self, item: &Item<'a>) {
        let (payload, at) = (item.payload, self.origin.received_at);
        let received = &mut self.received;
        match item.kind() {
            "event" | "error" if payload.len() > self.origin.max_event => self.reject_large(),
            "event" | "error" => self.events.push(payload),
            "attachment" if self.attachments.len() < MAX_ATTACHMENTS => {
                self.attachments
                    .push(event::attachment(&item.header, payload));
            }
            "attachment" => received.drop_items("attachment", 1),
            "feedback" => match feedback::of_feedback(payload, at) {
                Some(feedback) => received.feedback.push(feedback),
                None => received.drop_items("feedback", 1),
            },
            "user_report" => match feedback::of_user_report(payload, self.header.event_id, at) {
                Some(feedback) => received.feedback.push(feedback),
                None => received.drop_items("user_report", 1),
            },
            "client_report" => received
                .client_discards
                .extend(client_report::read(payload)),
            "raw_security" => self.take_security(payload),
            "" => {}
            kind => received.drop_items(item_type::counted(kind), 1),
        }
    }

    fn reject_large(&mut self) {
        self.too_large = true;
        self.received.bad_items += 1;
    }

    fn take_security(&mut self, payload: &[u8]) {
        let query = SecurityQuery {
            environment: self.header.environment.clone(),
            release: self.header.release.clone(),
        };
        match security::read(payload, &query, self.origin, self.ids) {
            Ok(read) => {
                self.received.reports.extend(read.reports);
                self.received.drop_items("security", read.dropped);
            }
            Err(Malformed::TooLarge) => self.reject_large(),
            Err(Malformed::Unreadable(_)) => self.received.bad_items += 1,
        }
    }

    fn finish(mut self) -> Result<Received, Malformed> {
        let events = std::mem::take(&mut self.events);
        for (place, payload) in events.into_iter().enumerate() {
            match Event::read(payload) {
                Err(_) => self.received.bad_items += 1,
                Ok(event) if event.is_transaction() => self.received.drop_items("transaction", 1),
                Ok(event) => self.keep(event, place),
            }
        }
        let unused = u64::try_from(self.attachments.len()).unwrap_or(u64::MAX);
        self.received.drop_items("attachment", unused);
        let nothing = self.received.reports.is_empty() && self.received.feedback.is_empty();
        match (nothing && self.received.bad_items > 0, self.too_large) {
            (false, _) => Ok(self.received),
            (true, true) => Err(Malformed::TooLarge),
            (true, false) => Err(Malformed::Unreadable(
                "No item of the envelope could be read",
            )),
        }
    }

    fn keep(&mut self, event: Event, place: usize) {
        let id = self.id_of(&event, place);
        self.received.event_id.get_or_insert(id);
        let attachments = std::mem::take(&mut self.attachments);
        self.received
            .reports
            .push(event.into_report(id, &self.header, attachments, self.origin));
    }

    /// The envelope's id for the first event, else the event's own. Ids within an envelope differ, and are the same
    /// when it is sent again.
    fn id_of(&self, event: &Event, place: usize) -> Uuid {
        let taken = |id: &Uuid| {
            self.received
                .reports
                .iter()
                .any(|report| report.event_id == Some(*id))
        };
        let of_envelope = self.header.event_id;
        of_envelope
            .filter(|id| !taken(id))
            .or_else(|| event.id().filter(|id| !taken(id)))
            .or_else(|| of_envelope.map(|id| derived(id, place)))
            .unwrap_or_else(|| self.ids.next_id(self.origin.received_at))
    }
}
