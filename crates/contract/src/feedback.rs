//! Contract of `FeedbackStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_feedback, a_project, an_occurrence, fingerprint, new_id};
use crate::world::World;
use faultbook_domain::errors::{Actor, Feedback, Merge, Split};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::retention::RetentionPolicy;
use faultbook_domain::tenancy::Scope;
use time::Duration;
use uuid::Uuid;

impl World {
    /// Records an event of a fingerprint under an id that its client gave it.
    async fn event(&self, number: u128) -> (ErrorId, Uuid) {
        let id = Uuid::from_u128(new_id().as_u128().rotate_left(64));
        let occurrence = an_occurrence(self.project).of(number).named(id).build();
        (self.record_one(occurrence).await.error.id, id)
    }

    async fn say(&self, event: Uuid, message: &str) -> bool {
        self.say_all(vec![(self.project, a_feedback(event, message))])
            .await[0]
    }

    async fn say_all(&self, feedback: Vec<(ProjectId, Feedback)>) -> Vec<bool> {
        self.stores.feedback.add_feedback(&feedback).await.unwrap()
    }

    /// What was said about events, in order.
    async fn said(&self, events: &[Uuid]) -> Vec<String> {
        let listed = self.stores.feedback.list_feedback(&self.scope, events);
        let listed = listed.await.unwrap().into_iter();
        listed.map(|one| one.message.unwrap()).collect()
    }
}

pub async fn feedback_is_kept_of_known_events_alone(stores: Stores) {
    let world = World::new(stores).await;
    let (_, named) = world.event(1).await;
    let unnamed = an_occurrence(world.project).of(2).build();
    let own = unnamed.event_id;
    world.record_one(unnamed).await;
    let side = a_project(world.scope.tenant());
    world.stores.projects.create_project(&side).await.unwrap();

    let full = a_feedback(named, "first");
    let mut later = a_feedback(named, "second");
    later.received_at = NOON + Duration::SECOND;
    let empty = Feedback {
        name: None,
        email: None,
        message: None,
        url: None,
        ..a_feedback(own, "")
    };
    let known = world
        .say_all(vec![
            (world.project, later.clone()),
            (world.project, a_feedback(new_id(), "of no event")),
            (side.id, a_feedback(named, "of another project's event")),
            (world.project, empty.clone()),
            (world.project, full.clone()),
        ])
        .await;
    assert_eq!(known, [true, false, false, true, true], "in order");
    assert!(world.say_all(Vec::new()).await.is_empty());
    let list = async |scope: &Scope, events: &[Uuid]| {
        let listed = world.stores.feedback.list_feedback(scope, events).await;
        listed.unwrap()
    };
    assert_eq!(
        list(&world.scope, &[named]).await,
        [full, later],
        "oldest first"
    );
    assert_eq!(list(&world.scope, &[own]).await, [empty]);
    assert_eq!(list(&world.scope, &[named, own]).await.len(), 3);
    assert!(list(&world.scope, &[]).await.is_empty());
    let elsewhere = Scope::new(world.scope.tenant_scope(), vec![side.id]);
    assert!(list(&elsewhere, &[named, own]).await.is_empty());
}

pub async fn feedback_is_kept_once_and_not_without_end(stores: Stores) {
    let world = World::new(stores).await;
    let (_, event) = world.event(1).await;
    for _ in 0..3 {
        assert!(world.say(event, "same").await);
    }
    assert_eq!(world.said(&[event]).await, ["same"]);
    let others = (0..30).map(|n| (world.project, a_feedback(event, &format!("other {n}"))));
    let known = world.say_all(others.collect()).await;
    assert!(known.into_iter().all(|known| known));
    let said = world.said(&[event]).await;
    assert_eq!(said.len(), Feedback::MAX_PER_EVENT);
    assert!(said.contains(&"same".to_owned()), "the first ones stay");
    let (_, other) = world.event(1).await;
    assert!(world.say(other, "same").await);
    assert_eq!(world.said(&[other]).await, ["same"]);
}

pub async fn feedback_stays_with_its_event_when_errors_are_merged_and_split(stores: Stores) {
    let world = World::new(stores).await;
    let ((one, first), (two, second)) = (world.event(1).await, world.event(2).await);
    assert!(world.say(first, "first").await && world.say(second, "second").await);
    let groups = &world.stores.groups;
    let merged = groups.merge_errors(&world.scope, two, one, Actor::System, NOON);
    assert!(matches!(merged.await.unwrap(), Merge::Done(_)));
    assert_eq!(world.said(&[first]).await, ["first"]);
    assert_eq!(world.said(&[second]).await, ["second"]);
    let split = groups.split_error(&world.scope, one, fingerprint(2), Actor::System, NOON);
    assert!(matches!(split.await.unwrap(), Split::Done(_)));
    world
        .stores
        .errors
        .delete_errors(&world.scope, &[one])
        .await
        .unwrap();
    assert!(world.said(&[first]).await.is_empty());
    assert_eq!(world.said(&[second]).await, ["second"]);
}

pub async fn feedback_goes_with_its_error(stores: Stores) {
    let world = World::new(stores).await;
    let ((error, event), (_, other)) = (world.event(1).await, world.event(2).await);
    assert!(world.say(event, "gone").await && world.say(other, "kept").await);
    let ids = [error];
    let deleted = world.stores.errors.delete_errors(&world.scope, &ids);
    assert_eq!(deleted.await.unwrap(), ids);
    assert_eq!(world.said(&[event, other]).await, ["kept"]);
    assert!(!world.say(event, "too late").await);
    let again = an_occurrence(world.project).of(1).named(event).build();
    world.record_one(again).await;
    assert!(world.said(&[event]).await.is_empty(), "it is another event");
}

pub async fn feedback_goes_with_its_occurrence(stores: Stores) {
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
    let world = World::new(stores).await;
    let (_, event) = world.event(1).await;
    assert!(world.say(event, "old").await);
    let patient = world.patient_project().await;
    let kept = an_occurrence(patient.id).named(event).build();
    world.record_one(kept).await;
    let known = world.say_all(vec![(patient.id, a_feedback(event, "kept"))]);
    assert_eq!(known.await, [true]);
    let retention = &world.stores.retention;
    let expire = async |days: i64| {
        let at = NOON + Duration::days(days);
        retention.expire_occurrences(at, POLICY).await.unwrap();
    };
    expire(29).await;
    assert_eq!(world.said(&[event]).await, ["old"]);
    expire(31).await;
    assert!(world.said(&[event]).await.is_empty());
    let theirs = Scope::new(world.scope.tenant_scope(), vec![patient.id]);
    let listed = async || {
        let events = [event];
        let listed = world.stores.feedback.list_feedback(&theirs, &events);
        listed.await.unwrap().len()
    };
    assert_eq!(listed().await, 1, "that project keeps longer");
    expire(91).await;
    assert_eq!(listed().await, 0);
}
