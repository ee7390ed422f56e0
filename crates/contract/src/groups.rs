//! Contract of `GroupStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, a_project, an_occurrence, fingerprint, new_id};
use crate::world::World;
use faultbook_domain::errors::{Actor, Change, ErrorGroup};
use faultbook_domain::errors::{Merge, Split};
use faultbook_domain::id::{ErrorId, KeyId};
use faultbook_domain::tenancy::Scope;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use time::{Duration, OffsetDateTime};

const LATER: OffsetDateTime = NOON.saturating_add(Duration::HOUR);

impl World {
    async fn merge(&self, from: ErrorId, into: ErrorId) -> Merge {
        let groups = &self.stores.groups;
        groups
            .merge_errors(&self.scope, from, into, by_somebody(), LATER)
            .await
            .unwrap()
    }

    async fn split(&self, id: ErrorId, number: u128) -> Split {
        let groups = &self.stores.groups;
        groups
            .split_error(&self.scope, id, fingerprint(number), Actor::System, LATER)
            .await
            .unwrap()
    }

    async fn newest_activity(&self, id: ErrorId) -> Change {
        let history = self
            .stores
            .errors
            .list_activity(&self.scope, id, None, 1)
            .await
            .unwrap();
        history.items[0].change.clone()
    }

    /// Records two errors: three occurrences of fingerprint 1 and two later ones of fingerprint 2.
    async fn pair(&self) -> (ErrorId, ErrorId) {
        let batch = [(1, 0), (1, 1), (1, 2), (2, 10), (2, 20)].map(|(number, seconds)| {
            let message = format!("message {number}");
            an_occurrence(self.project)
                .of(number)
                .at(seconds)
                .message(&message)
                .build()
        });
        let outcomes = self.record(batch.to_vec()).await;
        (outcomes[0].error.id, outcomes[4].error.id)
    }
}

fn by_somebody() -> Actor {
    Actor::Key(KeyId(new_id()))
}

fn done(merge: Merge) -> ErrorGroup {
    match merge {
        Merge::Done(error) => *error,
        other => panic!("not merged: {other:?}"),
    }
}

pub async fn merging_adds_up(stores: Stores) {
    let world = World::new(stores).await;
    let (one, two) = world.pair().await;
    let merged = done(world.merge(two, one).await);
    assert_eq!(merged, world.error(one).await);
    assert_eq!((merged.state.id, merged.state.count), (one, 5));
    assert_eq!(merged.state.first_seen, NOON);
    assert_eq!(merged.state.last_seen, NOON + Duration::seconds(20));
    assert_eq!(merged.summary.message, "message 2", "the later summary");
    assert!(
        world
            .stores
            .errors
            .get_error(&world.scope, two)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(world.occurrence_count(one).await, 5);
    assert_eq!(
        world.newest_activity(one).await,
        Change::Merged { from: two }
    );
    let owned = world
        .stores
        .groups
        .list_fingerprints(&world.scope, one)
        .await
        .unwrap();
    let owned: Vec<_> = owned
        .into_iter()
        .map(|(fingerprint, _)| fingerprint)
        .collect();
    assert_eq!(owned, [fingerprint(1), fingerprint(2)]);
    assert_eq!(
        done(world.merge(one, one).await).state.count,
        5,
        "into itself: nothing changes"
    );
}

pub async fn merged_fingerprints_count_together(stores: Stores) {
    let world = World::new(stores).await;
    let (one, two) = world.pair().await;
    world.merge(two, one).await;
    let batch = [2, 1, 2, 1].map(|number| an_occurrence(world.project).of(number).at(30).build());
    let mut counts: Vec<i64> = Vec::new();
    for recorded in world.record(batch.to_vec()).await {
        assert_eq!(recorded.error.id, one);
        counts.push(recorded.error.count);
    }
    counts.sort_unstable();
    assert_eq!(counts, [6, 7, 8, 9]);
    assert_eq!(world.error(one).await.state.count, 9);
}

pub async fn merging_stays_open_if_either_was(stores: Stores) {
    let world = World::new(stores).await;
    let (one, two) = world.pair().await;
    let resolution = |resolved| a_decision(resolved, LATER);
    world
        .stores
        .triage
        .change_states(&world.scope, &[one], &resolution(true))
        .await
        .unwrap();
    let merged = done(world.merge(two, one).await);
    assert!(!merged.state.resolved && merged.state.resolved_at.is_none());
}

pub async fn a_merged_errors_history_moves_over(stores: Stores) {
    let world = World::new(stores).await;
    let (one, two) = world.pair().await;
    let resolution = a_decision(true, LATER);
    world
        .stores
        .triage
        .change_states(&world.scope, &[two], &resolution)
        .await
        .unwrap();
    world.merge(two, one).await;
    let history = world
        .stores
        .errors
        .list_activity(&world.scope, one, None, 10)
        .await
        .unwrap();
    let entries = history.items.iter();
    let mut kinds: Vec<&str> = entries.map(|entry| entry.kind().as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["created", "merged", "resolved"]);
}

pub async fn splitting_undoes_a_merge_exactly(stores: Stores) {
    let world = World::new(stores).await;
    let (one, two) = world.pair().await;
    world.merge(two, one).await;
    world
        .record_one(
            an_occurrence(world.project)
                .of(2)
                .at(5)
                .message("message 2")
                .build(),
        )
        .await;
    let Split::Done(new) = world.split(one, 2).await else {
        panic!("not split")
    };
    assert_eq!(*new, world.error(new.state.id).await);
    assert_eq!(
        (new.state.count, new.summary.message.as_str()),
        (3, "message 2")
    );
    assert_eq!(new.state.first_seen, NOON + Duration::seconds(5));
    assert_eq!(new.state.last_seen, NOON + Duration::seconds(20));
    let old = world.error(one).await;
    assert_eq!(
        (old.state.count, old.summary.message.as_str()),
        (3, "message 1")
    );
    assert_eq!(old.state.last_seen, NOON + Duration::seconds(2));
    assert_eq!(world.occurrence_count(one).await, 3);
    assert_eq!(world.occurrence_count(new.state.id).await, 3);
    let split = |other| Change::Split {
        fingerprint: fingerprint(2).to_string(),
        error: Some(other),
    };
    assert_eq!(world.newest_activity(one).await, split(new.state.id));
    assert_eq!(world.newest_activity(new.state.id).await, split(one));
    let next = world
        .record_one(an_occurrence(world.project).of(2).at(40).build())
        .await;
    assert_eq!((next.error.id, next.error.count), (new.state.id, 4));
}

pub async fn what_cannot_be_split_is_said(stores: Stores) {
    let world = World::new(stores).await;
    let (one, _) = world.pair().await;
    assert_eq!(world.split(one, 1).await, Split::OnlyOne);
    assert_eq!(world.split(one, 2).await, Split::NotOwned);
    assert_eq!(world.split(ErrorId(new_id()), 1).await, Split::NotFound);
}

pub async fn what_cannot_be_merged_is_said(stores: Stores) {
    let world = World::new(stores).await;
    let (one, _) = world.pair().await;
    assert_eq!(world.merge(one, ErrorId(new_id())).await, Merge::NotFound);
    assert_eq!(world.merge(ErrorId(new_id()), one).await, Merge::NotFound);
    let second = a_project(world.scope.tenant());
    world.stores.projects.create_project(&second).await.unwrap();
    let other = world
        .record_one(an_occurrence(second.id).build())
        .await
        .error
        .id;
    let both = Scope::new(world.scope.tenant_scope(), vec![world.project, second.id]);
    let merge = world
        .stores
        .groups
        .merge_errors(&both, other, one, Actor::System, LATER)
        .await
        .unwrap();
    assert_eq!(merge, Merge::OtherProject);
}

/// Records fingerprints 1 and 2 until `stop` is set; returns the number of occurrences.
fn ingest(world: &Arc<World>, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<i64> {
    let (world, stop) = (Arc::clone(world), Arc::clone(stop));
    tokio::spawn(async move {
        let mut sent = 0;
        while !stop.load(Ordering::Relaxed) {
            let batch = [1, 2, 1].map(|number| an_occurrence(world.project).of(number).build());
            sent += world.record(batch.to_vec()).await.len() as i64;
        }
        sent
    })
}

pub async fn merging_during_ingestion_loses_nothing(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let stop = Arc::new(AtomicBool::new(false));
    let (one, two) = world.pair().await;
    let writers = [ingest(&world, &stop), ingest(&world, &stop)];
    let mut other = two;
    for _ in 0..5 {
        done(world.merge(other, one).await);
        let Split::Done(new) = world.split(one, 2).await else {
            panic!("not split")
        };
        other = new.state.id;
    }
    stop.store(true, Ordering::Relaxed);
    let mut sent = 5;
    for writer in writers {
        sent += writer.await.unwrap();
    }
    let (kept, split) = (
        world.error(one).await.state.count,
        world.error(other).await.state.count,
    );
    assert_eq!(kept + split, sent);
    assert_eq!(world.occurrence_count(one).await as i64, kept);
    assert_eq!(world.occurrence_count(other).await as i64, split);
}

pub async fn deleting_during_ingestion_keeps_counts_exact(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers = [ingest(&world, &stop), ingest(&world, &stop)];
    for _ in 0..5 {
        let ids: Vec<ErrorId> = world
            .all()
            .await
            .iter()
            .map(|error| error.state.id)
            .collect();
        world
            .stores
            .errors
            .delete_errors(&world.scope, &ids)
            .await
            .unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    for error in world.all().await {
        assert_eq!(
            world.occurrence_count(error.state.id).await as i64,
            error.state.count
        );
    }
}
