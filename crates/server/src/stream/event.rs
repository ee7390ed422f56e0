//! Events on the wire.

use crate::api::errors::view::{ErrorView, Include};
use actix_web::web::Bytes;
use faultbook_domain::errors::ErrorDetail;
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

/// Says that changes are missing: the list is to be read again.
pub fn reset(id: &EventId) -> Bytes {
    written("reset", id, &serde_json::json!({}))
}

/// What a listener is told.
pub fn told(told: Told, now: OffsetDateTime) -> Bytes {
    let Told {
        id,
        kind,
        error,
        detail,
        merged_into,
    } = told;
    let name = kind.as_str();
    match (kind, detail) {
        (ChangeKind::Counts, Some(detail)) => written(name, &id, &Counts::of(&detail)),
        (ChangeKind::Deleted, _) | (_, None) => {
            let merged_into = merged_into.map(|error| error.0);
            let id_of_error = error.0;
            let data = Deleted {
                id: id_of_error,
                merged_into,
            };
            written(ChangeKind::Deleted.as_str(), &id, &data)
        }
        (_, Some(detail)) => written(
            name,
            &id,
            &ErrorView::listed(detail, Include::default(), now),
        ),
    }
}

/// JSON has no line breaks of its own, so that it is one line of data.
fn written(name: &str, id: &EventId, data: &impl Serialize) -> Bytes {
    // Views have text keys and finite numbers: they always have a JSON form.
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("event: {name}\nid: {id}\ndata: {data}\n\n"))
}
