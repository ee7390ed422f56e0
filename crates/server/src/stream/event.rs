//! Events on the wire.

use crate::api::errors::triage_view::TriageView;
use crate::api::errors::view::{ErrorView, Include};
use actix_web::web::Bytes;
use faultbook_domain::errors::{ErrorDetail, ErrorGroup, ErrorPeople};
use faultbook_domain::stream::{ChangeKind, EventId, Told};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// Data of `error.counts`.
#[derive(Debug, Serialize)]
struct Counts {
    id: Uuid,
    count: i64,
    total_count: i64,
    users: i64,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    last_seen: OffsetDateTime,
}

impl Counts {
    fn of(detail: &ErrorDetail) -> Self {
        let state = &detail.error.state;
        let figures = detail.figures.as_ref().map(|figures| figures.of);
        Self {
            id: state.id.0,
            count: figures.map_or(state.count, |figures| figures.count),
            total_count: state.count,
            users: figures.map_or(0, |figures| figures.users),
            last_seen: figures.map_or(state.last_seen, |figures| figures.last_seen),
        }
    }
}

/// Data of `error.deleted`.
#[derive(Debug, Serialize)]
struct Deleted {
    id: Uuid,
    merged_into: Option<Uuid>,
}

/// The first bytes of a stream: how long to wait before coming back, and a sign of life.
pub fn hello() -> Bytes {
    Bytes::from_static(b"retry: 1000\n\nevent: ping\ndata: {}\n\n")
}

/// A sign of life.
pub fn ping() -> Bytes {
    Bytes::from_static(b"event: ping\ndata: {}\n\n")
}

/// A comment, which clients pass over: what is sent to somebody who has gone shows that.
pub fn comment() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// Says that changes are missing: the list is to be read again.
pub fn reset(id: &EventId) -> Bytes {
    written("reset", id, &serde_json::json!({}))
}

/// The error of an event that shows one as lists do.
pub fn shown(told: &Told) -> Option<&ErrorGroup> {
    let is_shown = !matches!(told.kind, ChangeKind::Counts | ChangeKind::Deleted);
    let detail = told.detail.as_ref().filter(|_| is_shown);
    detail.map(|detail| &detail.error)
}

/// What a listener is told, with the people of the error that is shown.
pub fn told(told: &Told, people: ErrorPeople, now: OffsetDateTime) -> Bytes {
    let Told {
        id,
        kind,
        error,
        detail,
        merged_into,
    } = told;
    let name = kind.as_str();
    match (kind, detail) {
        (ChangeKind::Counts, Some(detail)) => written(name, id, &Counts::of(detail)),
        (ChangeKind::Deleted, _) | (_, None) => {
            let data = Deleted {
                id: error.0,
                merged_into: merged_into.map(|error| error.0),
            };
            written(ChangeKind::Deleted.as_str(), id, &data)
        }
        (_, Some(detail)) => {
            let triage = TriageView::of(&detail.error, people);
            let view = ErrorView::listed(detail.clone(), Include::default(), now);
            written(name, id, &view.with_triage(triage))
        }
    }
}

/// JSON has no line breaks of its own, so that it is one line of data.
fn written(name: &str, id: &EventId, data: &impl Serialize) -> Bytes {
    // Views have text keys and finite numbers: they always have a JSON form.
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("event: {name}\nid: {id}\ndata: {data}\n\n"))
}
