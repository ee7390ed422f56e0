//! Contract of `ReleaseStore`: figures of releases.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_announcement, an_occurrence, fingerprint};
use crate::releases::reported;
use crate::world::World;
use faultbook_domain::errors::{Actor, Merge, Split};
use faultbook_domain::id::ErrorId;
use time::Duration;

/// Two releases in three errors.
async fn three_errors(world: &World) -> [ErrorId; 3] {
    let of = |number, text: &str, seconds, user: Option<&str>| {
        let built = an_occurrence(world.project)
            .of(number)
            .release(text)
            .at(seconds);
        match user {
            Some(user) => built.user(user).build(),
            None => built.build(),
        }
    };
    let recorded = world
        .record(vec![
            of(1, "1", 10, Some(r#"{"id":"a"}"#)),
            of(1, "2", 20, Some(r#"{"id":"b"}"#)),
            of(2, "1", 6, Some(r#"{"id":"a"}"#)),
            of(2, "2", 5, Some(r#"{"id":"b"}"#)),
            of(3, "2", 1, None),
            an_occurrence(world.project)
                .of(3)
                .at(2)
                .user(r#"{"id":"c"}"#)
                .build(),
        ])
        .await;
    [0, 2, 4].map(|place: usize| recorded[place].error.id)
}

pub async fn figures_equal_a_recount(stores: Stores) {
    let world = World::new(stores).await;
    three_errors(&world).await;
    world.announce(&an_announcement(world.project, "3")).await;
    let figures = world.figures(&["2", "3", "1"]).await;
    assert_eq!(figures, [[3, 3, 2, 1], [0, 0, 0, 0], [2, 2, 1, 1]]);
    assert!(world.figures(&[]).await.is_empty());

    // Of occurrences of one time, the first is the one that was received first.
    let at_once = ["2", "1"].map(|text| world.of_release(4, text, 30));
    world.record(at_once.to_vec()).await;
    let figures = world.figures(&["1", "2"]).await;
    assert_eq!(figures, [[3, 3, 1, 1], [4, 4, 3, 1]]);
}

pub async fn figures_follow_merge_split_deletion_and_retention(stores: Stores) {
    let world = World::new(stores).await;
    let [first, second, third] = three_errors(&world).await;
    let groups = &world.stores.groups;
    let merged = groups.merge_errors(&world.scope, second, first, Actor::System, NOON);
    assert!(matches!(merged.await.unwrap(), Merge::Done(_)));
    assert_eq!(
        world.figures(&["1", "2"]).await,
        [[2, 1, 0, 1], [3, 2, 2, 1]]
    );
    let split = groups.split_error(&world.scope, first, fingerprint(1), Actor::System, NOON);
    assert!(matches!(split.await.unwrap(), Split::Done(_)));
    assert_eq!(
        world.figures(&["1", "2"]).await,
        [[2, 2, 1, 1], [3, 3, 2, 1]]
    );
    let deleted = world
        .stores
        .errors
        .delete_errors(&world.scope, &[third])
        .await;
    assert_eq!(deleted.unwrap(), [third]);
    assert_eq!(
        world.figures(&["1", "2"]).await,
        [[2, 2, 1, 1], [2, 2, 1, 1]]
    );
    let seen = [
        reported(world.project, "1", Some((6, 10))),
        reported(world.project, "2", Some((5, 20))),
    ];
    assert_eq!(world.releases().await, seen);
    world.expire(NOON + Duration::days(31)).await;
    assert_eq!(world.figures(&["1", "2"]).await, [[0; 4]; 2]);
    let stay = ["1", "2"].map(|text| reported(world.project, text, None));
    assert_eq!(world.releases().await, stay);
}
