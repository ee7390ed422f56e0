//! Contract of `AnalyticsStore`: the mean time to resolution.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_batch, a_decision, an_occurrence, fingerprint, id_at};
use crate::world::World;
use faultbook_domain::errors::{Actor, Occurrence};
use faultbook_domain::errors::{Merge, Split};
use faultbook_domain::id::{ErrorId, OccurrenceId};
use faultbook_domain::ingest::Batch;
use std::sync::Arc;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const YEAR_ONE: OffsetDateTime = datetime!(0001-01-01 00:00 UTC);

impl World {
    /// Records an occurrence that is received at one time and has another timestamp.
    async fn receive(
        &self,
        number: u128,
        received: OffsetDateTime,
        told: OffsetDateTime,
    ) -> ErrorId {
        let one = an_occurrence(self.project).of(number).build();
        let one = Occurrence {
            id: OccurrenceId(id_at(received)),
            received_at: received,
            timestamp: told,
            ..Occurrence::clone(&one)
        };
        let batch = Batch {
            at: received,
            ..a_batch(vec![Arc::new(one)])
        };
        self.stores.events.record(&batch).await.unwrap()[0].error.id
    }

    async fn resolve_at(&self, id: ErrorId, at: OffsetDateTime) {
        let resolution = a_decision(true, at);
        let ids = [id];
        let resolved = self
            .stores
            .triage
            .change_states(&self.scope, &ids, &resolution);
        assert_eq!(resolved.await.unwrap(), ids);
    }

    /// Asserts the mean, which stores may compute in floating point.
    async fn mean_is(&self, expected: Duration) {
        let summary = self
            .stores
            .analytics
            .get_summary(&self.scope, &[])
            .await
            .unwrap();
        let mean = summary.mean_resolution.unwrap();
        assert!(
            (mean - expected).abs() < Duration::MILLISECOND,
            "{mean} is not {expected}"
        );
    }
}

pub async fn a_wrong_clock_does_not_spoil_the_mean(stores: Stores) {
    let world = World::new(stores).await;
    let wrong = world.receive(1, NOON, YEAR_ONE).await;
    world.resolve_at(wrong, NOON + Duration::hours(2)).await;
    world.mean_is(Duration::hours(2)).await;
    let border = NOON - Duration::days(30);
    let late = world.receive(2, NOON, border).await;
    world.resolve_at(late, NOON).await;
    world
        .mean_is((Duration::days(30) + Duration::hours(2)) / 2)
        .await;
    let older = world.receive(3, NOON, border - Duration::MICROSECOND).await;
    world.resolve_at(older, NOON + Duration::HOUR).await;
    world
        .mean_is((Duration::days(30) + Duration::hours(3)) / 3)
        .await;
    let error = world.error(wrong).await;
    assert_eq!(error.state.first_seen, YEAR_ONE, "it is shown as reported");
}

pub async fn a_wrong_clock_among_right_ones_does_not_either(stores: Stores) {
    let world = World::new(stores).await;
    let first = NOON - Duration::days(90);
    let error = world.receive(1, first, first).await;
    assert_eq!(world.receive(1, NOON, YEAR_ONE).await, error);
    world.resolve_at(error, NOON).await;
    world.mean_is(Duration::days(90)).await;
}

pub async fn merged_and_split_errors_keep_their_first_receipt(stores: Stores) {
    let world = World::new(stores).await;
    let long_ago = NOON - Duration::days(100);
    let old = world.receive(1, long_ago, long_ago).await;
    let new = world.receive(2, NOON, NOON).await;
    let groups = &world.stores.groups;
    let merge = groups.merge_errors(&world.scope, old, new, Actor::System, NOON);
    assert!(matches!(merge.await.unwrap(), Merge::Done(_)));
    let later = NOON + Duration::HOUR;
    world.resolve_at(new, later).await;
    let whole = Duration::days(100) + Duration::HOUR;
    world.mean_is(whole).await;
    let split = groups.split_error(&world.scope, new, fingerprint(1), Actor::System, later);
    assert!(matches!(split.await.unwrap(), Split::Done(_)));
    world.mean_is((whole + Duration::HOUR) / 2).await;
}
