//! Contract of `RetentionStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence};
use crate::world::World;
use faultbook_domain::analytics::Window;
use faultbook_domain::id::ErrorId;
use faultbook_domain::retention::RetentionPolicy;
use faultbook_domain::tenancy::Scope;
use time::{Duration, OffsetDateTime};

const POLICY: RetentionPolicy = RetentionPolicy {
    occurrence_days: 90,
    count_days: 400,
    audit_days: 400,
    firing_days: 90,
    incident_days: 400,
    activity_days: 400,
    key_days: 90,
    invitation_days: 90,
};

/// After the retention period of every project (30 days, set by the builder).
const LATER: OffsetDateTime = NOON.saturating_add(Duration::days(31));

impl World {
    /// Records 2,500 occurrences of three errors, so that deleting them takes several transactions.
    async fn old_occurrences(&self) -> Vec<ErrorId> {
        let mut errors = Vec::new();
        for batch in 0..5_u32 {
            let number = u128::from(batch % 3);
            let one = |_| an_occurrence(self.project).of(number).build();
            let recorded = self.record((0..500).map(one).collect()).await;
            errors.push(recorded[0].error.id);
        }
        errors.truncate(3);
        errors
    }

    async fn counted(&self) -> u64 {
        let ever = Window {
            from: NOON - Duration::days(1_000),
            to: NOON + Duration::days(1_000),
        };
        let summary = self
            .stores
            .analytics
            .get_summary(&self.scope, &[ever])
            .await;
        summary.unwrap().in_windows[0]
    }

    pub(crate) async fn expire(&self, now: OffsetDateTime) {
        self.stores
            .retention
            .expire_occurrences(now, POLICY)
            .await
            .unwrap();
    }
}

pub async fn old_occurrences_go_and_counts_stay(stores: Stores) {
    let world = World::new(stores).await;
    let errors = world.old_occurrences().await;
    for _ in 0..2 {
        let found = world
            .stores
            .retention
            .list_expirable(LATER, POLICY)
            .await
            .unwrap();
        assert_eq!(found.len(), 1, "looking changes nothing");
        assert_eq!((found[0].project, found[0].days), (world.project, 30));
        assert_eq!((found[0].occurrences, found[0].counts), (2_500, 0));
    }
    let before = world.all().await;
    for _ in 0..2 {
        world.expire(LATER).await;
        assert_eq!(
            world
                .stores
                .retention
                .list_expirable(LATER, POLICY)
                .await
                .unwrap(),
            []
        );
    }
    assert_eq!(world.all().await, before, "errors stay as they are");
    assert_eq!(world.counted().await, 2_500);
    for id in errors {
        assert_eq!(world.occurrence_count(id).await, 0);
        let detail = world
            .stores
            .errors
            .get_error(&world.scope, id)
            .await
            .unwrap();
        assert!(detail.unwrap().latest.is_none());
    }
    let recorded = world
        .record_one(an_occurrence(world.project).of(0).build())
        .await;
    assert_eq!(recorded.error.count, 1_001, "counting goes on");
}

pub async fn a_projects_own_days_count(stores: Stores) {
    let world = World::new(stores).await;
    let patient = world.patient_project().await;
    let kept = world.record_one(an_occurrence(patient.id).build()).await;
    let gone = world.record_one(an_occurrence(world.project).build()).await;
    world.expire(LATER).await;
    assert_eq!(world.occurrence_count(gone.error.id).await, 0);
    let scope = Scope::new(world.scope.tenant_scope(), vec![patient.id]);
    let page = |id| world.stores.errors.list_occurrences(&scope, id, None, 10);
    assert_eq!(page(kept.error.id).await.unwrap().unwrap().items.len(), 1);
    world.expire(NOON + Duration::days(91)).await;
    assert_eq!(page(kept.error.id).await.unwrap().unwrap().items.len(), 0);
}

pub async fn old_counts_go_in_their_turn(stores: Stores) {
    let world = World::new(stores).await;
    world.old_occurrences().await;
    world.expire(LATER).await;
    let much_later = NOON + Duration::days(401);
    let found = world
        .stores
        .retention
        .list_expirable(much_later, POLICY)
        .await
        .unwrap();
    assert!(
        found[0].counts > 0 && found[0].occurrences == 0,
        "{found:?}"
    );
    world.expire(much_later).await;
    assert_eq!(
        world
            .stores
            .retention
            .list_expirable(much_later, POLICY)
            .await
            .unwrap(),
        []
    );
    assert_eq!(world.counted().await, 0);
    let counts: i64 = world
        .all()
        .await
        .iter()
        .map(|error| error.state.count)
        .sum();
    assert_eq!(counts, 2_500, "errors keep their own");
}

pub async fn nothing_young_goes(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    let almost = NOON + Duration::days(30) - Duration::HOUR;
    assert_eq!(
        world
            .stores
            .retention
            .list_expirable(almost, POLICY)
            .await
            .unwrap(),
        []
    );
    world.expire(almost).await;
    assert_eq!(world.occurrence_count(recorded.error.id).await, 1);
    assert_eq!(world.counted().await, 1);
}
