//! Prepared requests, of which only the ids differ each time they are sent.

use uuid::Uuid;

/// Stands where an event id goes in a text.
pub const NO_EVENT_ID: Uuid = Uuid::nil();

/// Stands where the bytes of a trace id go.
pub const NO_TRACE_ID: &[u8; 16] = b"\0FAULTBOOK-TRACE";

/// A prepared request.
pub struct Request {
    bytes: Vec<u8>,
    /// Where event ids are.
    event_ids: Vec<usize>,
    /// Where trace ids are.
    trace_ids: Vec<usize>,
}

impl Request {
    /// One of these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        let places = |id: &[u8]| {
            let windows = bytes.windows(id.len()).enumerate();
            windows
                .filter(|(_, window)| *window == id)
                .map(|(place, _)| place)
                .collect()
        };
        Self {
            event_ids: places(NO_EVENT_ID.to_string().as_bytes()),
            trace_ids: places(NO_TRACE_ID),
            bytes,
        }
    }

    /// Its bytes, with new ids where it has some.
    #[expect(
        clippy::disallowed_methods,
        reason = "SDKs send random ids, and an IdSource gives none"
    )]
    pub fn renewed(&mut self) -> &[u8] {
        for place in &self.event_ids {
            let place = &mut self.bytes[*place..];
            Uuid::new_v4().hyphenated().encode_lower(place);
        }
        for place in &self.trace_ids {
            self.bytes[*place..*place + 16].copy_from_slice(Uuid::new_v4().as_bytes());
        }
        &self.bytes
    }
}
