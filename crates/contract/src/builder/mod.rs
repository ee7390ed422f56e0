//! Records with sensible values, to be varied where a test cares.

mod alerts;
mod channels;
mod occurrence;
mod tenancy;

pub use alerts::{a_delivery, a_firing, a_rule, an_incident};
pub use channels::{TestChannels, settings};
pub use occurrence::{OccurrenceBuilder, a_batch, an_occurrence, fingerprint};
pub use tenancy::{a_key, a_member, a_project, a_tenant, a_user, an_invitation};

use faultbook_domain::id_source::IdSource;
use faultbook_domain::testing::SequentialIds;
use std::sync::LazyLock;
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// When tests take place.
pub const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

static IDS: LazyLock<SequentialIds> = LazyLock::new(SequentialIds::default);

/// A new id, made at [`NOON`].
#[must_use]
pub fn new_id() -> Uuid {
    IDS.next_id(NOON)
}

/// A new id, made at this time.
#[must_use]
pub fn id_at(at: OffsetDateTime) -> Uuid {
    IDS.next_id(at)
}
