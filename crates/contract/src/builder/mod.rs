//! Builders of records with sensible values, which tests vary where needed.

mod alerts;
mod channels;
mod occurrence;
mod releases;
mod tenancy;
mod triage;

pub use alerts::{a_delivery, a_firing, a_rule, an_incident};
pub use channels::{TestChannels, settings};
pub use occurrence::{OccurrenceBuilder, a_batch, a_feedback, an_occurrence, fingerprint};
pub use releases::{a_deploy, an_announcement};
pub use tenancy::{a_key, a_member, a_project, a_project_key, a_tenant, a_user, an_invitation};
pub use triage::a_decision;

use faultbook_domain::id_source::IdSource;
use faultbook_domain::testing::SequentialIds;
use std::sync::LazyLock;
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// The time at which tests take place.
pub const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

static IDS: LazyLock<SequentialIds> = LazyLock::new(SequentialIds::default);

/// Returns a new id with the time [`NOON`].
#[must_use]
pub fn new_id() -> Uuid {
    IDS.next_id(NOON)
}

/// Returns a new event id, as SDKs make them: UUIDv4, in no order.
#[must_use]
pub fn new_event_id() -> Uuid {
    let mut bytes = new_id().into_bytes();
    bytes.reverse();
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Returns a new id with this time.
#[must_use]
pub fn id_at(at: OffsetDateTime) -> Uuid {
    IDS.next_id(at)
}
