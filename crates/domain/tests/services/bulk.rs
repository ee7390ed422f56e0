//! `Bulk`.

use crate::desk::Desk;
use faultbook_contract::builder::{a_batch, an_announcement, an_occurrence, new_id};
use faultbook_domain::errors::{
    Actor, Assignee, BulkChange, IgnoreTerms, MergeError, ResolveIn, Status,
};
use faultbook_domain::id::{ErrorId, KeyId};
use faultbook_domain::identity::BuiltInRole;
use faultbook_domain::ingest::EventStore;
use faultbook_domain::releases::ReleaseStore;

fn key() -> Actor {
    Actor::Key(KeyId(new_id()))
}

fn sorted(mut ids: Vec<ErrorId>) -> Vec<ErrorId> {
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_change_says_what_it_found_and_changes_nothing_again() {
    let desk = Desk::new().await;
    let bulk = desk.bulk();
    let ada = desk.member("ada", BuiltInRole::Owner).await;
    let assignee = Assignee {
        id: ada.id,
        name: ada.name.clone(),
        email: ada.email.clone(),
    };
    // More than one transaction changes.
    let mut occurrences = Vec::new();
    for number in 0..1_001 {
        occurrences.push(an_occurrence(desk.projects[0]).of(number).build());
    }
    let recorded = desk.store.record(&a_batch(occurrences)).await.unwrap();
    let ids = sorted(recorded.iter().map(|one| one.error.id).collect());
    let absent = ErrorId(new_id());
    let asked: Vec<ErrorId> = ids.iter().copied().chain([absent]).collect();
    for (change, entries) in [
        (BulkChange::Resolve(ResolveIn::Now), 1),
        (BulkChange::Ignore(IgnoreTerms::default()), 2),
        (BulkChange::Assign(Some(assignee)), 3),
        (BulkChange::Bookmark(true), 3),
        (BulkChange::Reopen, 4),
    ] {
        for _ in 0..2 {
            let before = desk.generation().await;
            let done = bulk
                .apply(&desk.scope, &asked, &change, key())
                .await
                .unwrap();
            assert_eq!(sorted(done.affected), ids);
            assert_eq!((done.not_found, done.failed), (vec![absent], Vec::new()));
            assert_ne!(desk.generation().await, before);
        }
        assert_eq!(desk.history(ids[1_000]).await.len(), entries, "{change:?}");
    }
    let found = desk.found(ids[7]).await.triage;
    assert_eq!(
        (found.status(), found.assigned_to),
        (Status::Open, Some(ada.id))
    );
    let done = bulk
        .apply(&desk.scope, &asked, &BulkChange::Delete, key())
        .await;
    assert_eq!(done.unwrap().affected.len(), ids.len());
    let done = bulk
        .apply(&desk.scope, &asked, &BulkChange::Delete, key())
        .await;
    assert_eq!(done.unwrap().not_found.len(), asked.len());
}

#[tokio::test]
async fn errors_are_resolved_each_in_its_projects_release() {
    let desk = Desk::new().await;
    let bulk = desk.bulk();
    let announced = an_announcement(desk.projects[0], "1.0");
    desk.store.announce_release(&announced, 3).await.unwrap();
    let one = desk.error_of(desk.projects[0], 1).await;
    let other = desk.error_of(desk.projects[1], 1).await;
    let change = BulkChange::Resolve(ResolveIn::CurrentRelease);
    let done = bulk.apply(&desk.scope, &[one, other], &change, key()).await;
    let done = done.unwrap();
    assert_eq!((done.affected, done.not_found), (vec![one], Vec::new()));
    assert_eq!(done.failed[0].0, other);
    assert_eq!(desk.found(other).await.triage.status(), Status::Open);
}

#[tokio::test]
async fn errors_are_merged_into_the_one_first_seen() {
    let desk = Desk::new().await;
    let bulk = desk.bulk();
    let mut ids = Vec::new();
    for (number, at) in [(1, 30), (2, 10), (3, 20)] {
        let occurrence = an_occurrence(desk.projects[0]).of(number).at(at).build();
        let recorded = desk.store.record(&a_batch(vec![occurrence])).await.unwrap();
        ids.push(recorded[0].error.id);
    }
    let side = desk.error_of(desk.projects[1], 1).await;
    let with_side = [ids[0], side];
    let refused = bulk.merge(&desk.scope, &with_side, None, key()).await;
    assert!(matches!(refused, Err(MergeError::OtherProject)));
    let refused = bulk
        .merge(&desk.scope, &ids[..2], Some(ids[2]), key())
        .await;
    assert!(matches!(refused, Err(MergeError::NotAmong)));
    let absent = ErrorId(new_id());
    let asked = [ids[0], ids[1], ids[2], absent];
    let done = bulk.merge(&desk.scope, &asked, None, key()).await.unwrap();
    assert_eq!(sorted(done.affected), sorted(ids.clone()));
    assert_eq!(done.not_found, [absent]);
    assert_eq!(desk.found(ids[1]).await.state.count, 3);
    let again = bulk.merge(&desk.scope, &asked, None, key()).await.unwrap();
    assert_eq!((again.affected, again.not_found.len()), (vec![ids[1]], 3));
}
