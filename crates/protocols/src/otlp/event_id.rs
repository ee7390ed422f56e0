//! The id by which an event is counted once, however often and in whatever form it arrives.

use super::event::{EXCEPTION_MESSAGE, EXCEPTION_TYPE, Event};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::{Builder, Uuid};

/// Gives events of one request their ids.
#[derive(Debug, Default)]
pub(super) struct EventIds {
    /// How many events without an exception had an id before.
    seen: HashMap<Uuid, u64>,
}

impl EventIds {
    /// Derives the id of an event at a service; `nanoseconds` is the time that its report has.
    ///
    /// An exception within a trace is one however many spans and logs tell of it. Any other event is told by all that
    /// it says and when, so that a request that is sent again counts nothing; equal events without an exception in one
    /// request are told apart by their order.
    pub(super) fn id_of(&mut self, event: &Event, service: &str, nanoseconds: i128) -> Uuid {
        let exception_type = event.text(&[EXCEPTION_TYPE]);
        let message = event.text(&[EXCEPTION_MESSAGE]);
        let (exception_type, message) = (exception_type.as_deref(), message.as_deref());
        let is_exception = exception_type.is_some() || message.is_some();
        if is_exception && let Some(trace_id) = &event.trace_id {
            return exception_id(
                trace_id,
                exception_type.unwrap_or_default(),
                message.unwrap_or_default(),
            );
        }
        let mut hash = Hash::new("event");
        hash.part(event.trace_id.as_deref().unwrap_or_default());
        hash.part(service);
        hash.part(&nanoseconds.to_string());
        hash.part(&event.settled_severity().number().to_string());
        hash.part(&event.body.to_string());
        hash.part(exception_type.unwrap_or_default());
        hash.part(message.unwrap_or_default());
        if is_exception {
            return hash.id();
        }
        let first = hash.clone().id();
        let seen = self.seen.entry(first).or_default();
        *seen += 1;
        if *seen == 1 {
            return first;
        }
        hash.part(&seen.to_string());
        hash.id()
    }
}

fn exception_id(trace_id: &str, exception_type: &str, message: &str) -> Uuid {
    let mut hash = Hash::new("exception");
    hash.part(trace_id);
    hash.part(unqualified(exception_type));
    let characters: String = message.chars().filter(|c| c.is_alphanumeric()).collect();
    hash.part(&characters);
    hash.id()
}

/// The name of a type without what it lies in: the SDK for Python names a type with its module in spans, and without it
/// in logs.
fn unqualified(name: &str) -> &str {
    name.rsplit(['.', ':', '/', '\\', '$'])
        .find(|part| !part.is_empty())
        .unwrap_or(name)
}

/// A hash of texts.
#[derive(Clone)]
struct Hash(Sha256);

impl Hash {
    fn new(kind: &str) -> Self {
        let mut hash = Self(Sha256::new());
        hash.part(kind);
        hash
    }

    fn part(&mut self, text: &str) {
        self.0.update(text);
        // No text holds this byte.
        self.0.update([0xFF]);
    }

    fn id(self) -> Uuid {
        let digest = self.0.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}
