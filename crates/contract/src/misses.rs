//! Contract of `MissStore` and `RewriteStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, fingerprint};
use crate::world::World;
use faultbook_domain::artifacts::{MissKey, NewMisses};
use faultbook_domain::errors::{JsonText, Rewrite};
use faultbook_domain::fingerprint::FingerprintVersion;
use faultbook_domain::id::ProjectId;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

fn key(number: u128) -> MissKey {
    MissKey(Uuid::from_u128(number))
}

fn new_misses(
    project_id: ProjectId,
    number: u128,
    keys: &[MissKey],
    (seconds, is_due): (i64, bool),
) -> NewMisses {
    NewMisses {
        project_id,
        fingerprint: fingerprint(number),
        keys: keys.to_vec(),
        at: at(seconds),
        is_due,
    }
}

pub async fn what_was_missed_is_given_once_it_comes(stores: Stores) {
    let world = World::new(stores).await;
    let (misses, project) = (&world.stores.misses, world.project);
    let note = async |number, keys: &[MissKey], due| {
        let new = new_misses(project, number, keys, (0, due));
        misses.note_misses(&new, 100).await.unwrap();
    };
    note(1, &[key(1), key(2)], false).await;
    note(2, &[key(2)], false).await;
    let claim = async |seconds| {
        misses
            .claim_miss(at(seconds), at(seconds + 60))
            .await
            .unwrap()
    };
    assert_eq!(claim(1).await, None, "nothing came");
    misses
        .raise_misses(project, &[key(1), key(9)], at(1))
        .await
        .unwrap();
    let given = claim(1).await.unwrap();
    assert_eq!(
        (given.fingerprint, given.project_id),
        (fingerprint(1), project)
    );
    assert_eq!(given.scope().tenant(), world.scope.tenant());
    assert_eq!(claim(1).await, None, "it is given");
    let again = claim(70).await.unwrap();
    assert_eq!(again.fingerprint, fingerprint(1), "it was not finished");
    misses.finish_miss(&given).await.unwrap();
    misses
        .raise_misses(project, &[key(1)], at(71))
        .await
        .unwrap();
    misses.finish_miss(&again).await.unwrap();
    let meanwhile = claim(72).await.expect("it became due again meanwhile");
    misses.finish_miss(&meanwhile).await.unwrap();
    assert_eq!(claim(200).await, None);

    note(3, &[key(3)], true).await;
    assert_eq!(claim(201).await.unwrap().fingerprint, fingerprint(3));
}

pub async fn misses_are_bounded_and_forgotten(stores: Stores) {
    let world = World::new(stores).await;
    let (misses, project) = (&world.stores.misses, world.project);
    for number in 1..=5 {
        let keys = [key(number)];
        let new = new_misses(project, 1, &keys, (0, false));
        misses.note_misses(&new, 3).await.unwrap();
    }
    // A known one is renewed although there is no room.
    let new = new_misses(project, 1, &[key(2)], (50, false));
    misses.note_misses(&new, 3).await.unwrap();
    assert_eq!(misses.remove_old_misses(at(10), 100).await.unwrap(), 2);
    misses
        .raise_misses(project, &[key(2)], at(60))
        .await
        .unwrap();
    assert!(misses.claim_miss(at(60), at(70)).await.unwrap().is_some());
}

pub async fn an_occurrence_is_rewritten_and_counts_as_before(stores: Stores) {
    let world = World::new(stores).await;
    let occurrence = an_occurrence(world.project).of(1).build();
    let recorded = world.record_one(occurrence.clone()).await;
    let before = world.error(recorded.error.id).await;
    let rewrite = Rewrite {
        stack_trace: Some("at cart.js:16".to_owned()),
        context: JsonText::of(&json!({ "platform": "node" })),
    };
    let store = &world.stores.rewrites;
    assert!(
        store
            .rewrite_occurrence(world.project, occurrence.id, &rewrite)
            .await
            .unwrap()
    );
    let other = an_occurrence(world.project).build().id;
    assert!(
        !store
            .rewrite_occurrence(world.project, other, &rewrite)
            .await
            .unwrap()
    );
    let error = recorded.error.id;
    let page = world
        .stores
        .errors
        .list_occurrences(&world.scope, error, None, 10)
        .await
        .unwrap();
    let stored = page.unwrap().items.remove(0);
    assert_eq!(
        (stored.stack_trace, stored.context),
        (rewrite.stack_trace, Some(rewrite.context))
    );
    assert_eq!(
        (stored.fingerprint, stored.id),
        (fingerprint(1), occurrence.id)
    );
    assert_eq!(world.error(error).await, before);
}

pub async fn an_error_takes_up_a_fingerprint_that_none_has(stores: Stores) {
    let world = World::new(stores).await;
    let record = async |number| {
        let occurrence = an_occurrence(world.project).of(number).build();
        world.record_one(occurrence).await.error
    };
    let (one, two) = (record(1).await, record(2).await);
    let store = &world.stores.rewrites;
    let adopt = async |error, number| {
        let wanted = (fingerprint(number), FingerprintVersion(1));
        store
            .adopt_fingerprint(world.project, error, wanted)
            .await
            .unwrap()
    };
    assert_eq!(adopt(one.id, 3).await, Some(one.id));
    assert_eq!(adopt(two.id, 3).await, Some(one.id), "another has it");
    assert_eq!(adopt(one.id, 3).await, Some(one.id));
    let found = store
        .find_error_of(world.project, fingerprint(3))
        .await
        .unwrap();
    assert_eq!(found, Some(one.id));
    assert_eq!(
        store
            .find_error_of(world.project, fingerprint(9))
            .await
            .unwrap(),
        None
    );
    let next = record(3).await;
    assert_eq!(
        (next.id, next.count),
        (one.id, 2),
        "it counts for the error that took it up"
    );
    world
        .stores
        .errors
        .delete_errors(&world.scope, &[two.id])
        .await
        .unwrap();
    assert_eq!(adopt(two.id, 4).await, None, "there is no such error");
}
