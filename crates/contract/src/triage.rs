//! Contract of `TriageStore`, and of what recording decides about errors.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, an_announcement, an_occurrence, new_event_id, new_id};
use crate::world::{World, new_member, new_tenant};
use faultbook_domain::alerts::{AlertMetric, MetricDimensions, MetricFilter};
use faultbook_domain::errors::{
    Actor, Assignee, Assignment, Change, IgnoreTerms, Merge, Occurrence, ReopenedBy, ResolvedIn,
    Split, StateAction, StateChange, Status,
};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::{ErrorId, KeyId};
use faultbook_domain::identity::{BuiltInRole, Member};
use faultbook_domain::ingest::{Batch, Recorded};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

/// The time at which errors are ignored and resolved.
const CALL: OffsetDateTime = NOON.saturating_add(Duration::MINUTE);

impl World {
    async fn decide(&self, id: ErrorId, action: StateAction, at: OffsetDateTime) {
        let change = StateChange {
            action,
            actor: Actor::Key(KeyId(new_id())),
            at,
        };
        let triage = &self.stores.triage;
        let found = triage.change_states(&self.scope, &[id], &change).await;
        assert_eq!(found.unwrap(), [id]);
    }

    async fn ignore(&self, id: ErrorId, terms: IgnoreTerms) {
        self.decide(id, StateAction::Ignore(terms), CALL).await;
    }

    /// Records occurrences at a time after the call.
    async fn record_later(&self, occurrences: Vec<Arc<Occurrence>>) -> Vec<Recorded> {
        let batch = Batch {
            at: CALL + Duration::MINUTE,
            ..crate::builder::a_batch(occurrences)
        };
        self.stores.events.record(&batch).await.unwrap()
    }

    async fn status(&self, id: ErrorId) -> Status {
        let error = self.error(id).await;
        assert_eq!(error.state.status(), error.triage.status());
        error.triage.status()
    }

    async fn changes(&self, id: ErrorId) -> Vec<Change> {
        let errors = &self.stores.errors;
        let page = errors.list_activity(&self.scope, id, None, 100).await;
        page.unwrap()
            .items
            .into_iter()
            .map(|one| one.change)
            .collect()
    }

    /// Records one error of fingerprint 1.
    async fn new_error(&self) -> ErrorId {
        self.record_one(an_occurrence(self.project).build())
            .await
            .error
            .id
    }

    fn of_user(&self, id: u32) -> Arc<Occurrence> {
        an_occurrence(self.project)
            .user(&format!(r#"{{"id":{id}}}"#))
            .build()
    }

    fn released(&self, release: &str) -> Arc<Occurrence> {
        an_occurrence(self.project).at(120).release(release).build()
    }
}

fn count(count: i64) -> IgnoreTerms {
    IgnoreTerms {
        count: Some(count),
        ..IgnoreTerms::default()
    }
}

fn users(users: i64) -> IgnoreTerms {
    IgnoreTerms {
        users: Some(users),
        ..IgnoreTerms::default()
    }
}

pub async fn the_same_decision_again_changes_nothing(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error().await;
    world.ignore(id, count(3)).await;
    world
        .record_later(vec![an_occurrence(world.project).build()])
        .await;
    let before = world.error(id).await;
    assert_eq!(before.triage.ignored().unwrap().count_left, Some(2));
    world
        .decide(id, StateAction::Ignore(count(3)), CALL + Duration::HOUR)
        .await;
    assert_eq!(world.error(id).await, before);
    world
        .decide(id, StateAction::Ignore(count(4)), CALL + Duration::HOUR)
        .await;
    let ignored = *world.error(id).await.triage.ignored().unwrap();
    assert_eq!(
        (ignored.since, ignored.count_left),
        (CALL + Duration::HOUR, Some(4))
    );
    let next = StateAction::Resolve(ResolvedIn::NextRelease("1.0".to_owned()));
    let later = CALL + Duration::hours(2);
    for more in 0..2 {
        world
            .decide(id, next.clone(), later + Duration::minutes(more))
            .await;
    }
    let error = world.error(id).await;
    assert_eq!(error.state.resolved_at, Some(later));
    assert!(error.triage.ignored().is_none() && error.state.resolved);
    for _ in 0..2 {
        world
            .decide(id, StateAction::Reopen, later + Duration::HOUR)
            .await;
    }
    let changes = world.changes(id).await;
    assert_eq!(
        changes,
        [
            Change::Reopened(ReopenedBy::Call),
            Change::Resolved(ResolvedIn::NextRelease("1.0".to_owned())),
            Change::Ignored(count(4)),
            Change::Ignored(count(3)),
        ]
    );
}

pub async fn the_nth_occurrence_reopens_exactly_however_many_come_at_once(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let id = world.new_error().await;
    world.ignore(id, count(40)).await;
    let mut writers = JoinSet::new();
    for _ in 0..13 {
        let world = Arc::clone(&world);
        writers.spawn(async move {
            let one = || an_occurrence(world.project).at(-600).build();
            world.record_later(vec![one(), one(), one()]).await;
        });
    }
    writers.join_all().await;
    let error = world.error(id).await;
    assert_eq!(error.triage.ignored().unwrap().count_left, Some(1));
    let repeated = new_event_id();
    let named = || an_occurrence(world.project).named(repeated).build();
    let recorded = world.record_later(vec![named(), named()]).await;
    assert!(!recorded[0].error.ignored && !recorded[0].error.regressed);
    assert_eq!(world.status(id).await, Status::Open);
    let changes = world.changes(id).await;
    let expected = [
        Change::Reopened(ReopenedBy::Count),
        Change::Ignored(count(40)),
    ];
    assert_eq!(changes, expected);
}

pub async fn a_repeat_counts_nothing_towards_terms(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error().await;
    let event = new_event_id();
    let named = || an_occurrence(world.project).named(event).build();
    world.record(vec![named()]).await;
    world.ignore(id, count(2)).await;
    for _ in 0..3 {
        world.record_later(vec![named()]).await;
    }
    let error = world.error(id).await;
    assert_eq!(error.triage.ignored().unwrap().count_left, Some(2));
}

pub async fn the_nth_new_user_reopens(stores: Stores) {
    let world = World::new(stores).await;
    let first = world.record(vec![world.of_user(1), world.of_user(2)]).await;
    let id = first[0].error.id;
    world.ignore(id, users(2)).await;
    let known = [1, 2, 1].map(|user| world.of_user(user));
    world.record_later(known.to_vec()).await;
    let anonymous = an_occurrence(world.project).build();
    world
        .record_later(vec![anonymous, world.of_user(3), world.of_user(3)])
        .await;
    world
        .record_later(vec![world.of_user(3), world.of_user(1)])
        .await;
    let error = world.error(id).await;
    assert_eq!(error.triage.ignored().unwrap().users_left, Some(1));
    world.record_later(vec![world.of_user(4)]).await;
    assert_eq!(world.status(id).await, Status::Open);
    let changes = world.changes(id).await;
    assert_eq!(changes[0], Change::Reopened(ReopenedBy::Users));
}

pub async fn each_occurrence_says_whether_its_batch_reopened_the_error(stores: Stores) {
    let world = World::new(stores).await;
    let of = |number| an_occurrence(world.project).of(number).at(120).build();
    let recorded = world.record(vec![of(1), of(2), of(3), of(4)]).await;
    assert!(recorded.iter().all(|one| !one.reopened), "they are new");
    let ids: Vec<ErrorId> = recorded.iter().map(|one| one.error.id).collect();
    let resolve = StateAction::Resolve(ResolvedIn::Now);
    world.decide(ids[0], resolve, CALL).await;
    world.ignore(ids[1], count(2)).await;
    world.ignore(ids[2], count(9)).await;
    let batch = || [1, 2, 3, 4, 1, 2, 3, 4].map(of).to_vec();
    let recorded = world.record_later(batch()).await;
    let reopened: Vec<bool> = recorded.iter().map(|one| one.reopened).collect();
    let expected = [true, true, false, false].repeat(2);
    assert_eq!(reopened, expected, "all of the batch say so");
    let again = world.record_later(batch()).await;
    assert!(again.iter().all(|one| !one.reopened), "they are open");
}

pub async fn a_release_newer_than_all_known_reopens(stores: Stores) {
    let world = World::new(stores).await;
    let first = an_occurrence(world.project).release("2.0").build();
    let id = world.record_one(first).await.error.id;
    let next = IgnoreTerms {
        next_release: true,
        ..IgnoreTerms::default()
    };
    world.ignore(id, next).await;
    let plain = an_occurrence(world.project).at(120).build();
    world
        .record_later(vec![world.released("2.0"), world.released("1.9.9"), plain])
        .await;
    assert_eq!(world.status(id).await, Status::Ignored);
    world.record_later(vec![world.released("2.0.1")]).await;
    assert_eq!(world.status(id).await, Status::Open);
    assert!(!world.error(id).await.state.regressed);
    let changes = world.changes(id).await;
    assert_eq!(changes[0], Change::Reopened(ReopenedBy::Release));
}

pub async fn a_resolved_error_regresses_by_its_release(stores: Stores) {
    let world = World::new(stores).await;
    let first = an_occurrence(world.project).release("2.0").build();
    let id = world.record_one(first).await.error.id;
    let announced = an_announcement(world.project, "2.5");
    world
        .stores
        .releases
        .announce_release(&announced, 100)
        .await
        .unwrap();
    for (how, stays, regresses) in [
        (ResolvedIn::NextRelease("2.5".to_owned()), "2.4", "3.0"),
        (ResolvedIn::CurrentRelease("3.0".to_owned()), "2.9", "3.0"),
        (ResolvedIn::Release("4.0".to_owned()), "3.9", "4.0"),
        (ResolvedIn::Release("4.0".to_owned()), "3.9", "4.1"),
        (ResolvedIn::Release("5.0".to_owned()), "4.9", "v5.0.0"),
    ] {
        world
            .decide(id, StateAction::Resolve(how.clone()), CALL)
            .await;
        let plain = an_occurrence(world.project).at(120).build();
        world.record_later(vec![world.released(stays), plain]).await;
        assert_eq!(world.status(id).await, Status::Resolved, "{how:?}");
        world.record_later(vec![world.released(regresses)]).await;
        assert!(world.error(id).await.state.regressed, "{how:?}");
        let expected = Change::Regressed {
            release: Some(regresses.to_owned()),
        };
        assert_eq!(world.changes(id).await[0], expected);
    }
}

pub async fn due_errors_are_reopened_once(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let id = world.new_error().await;
    let until = CALL + Duration::HOUR;
    let terms = IgnoreTerms {
        until: Some(until),
        ..IgnoreTerms::default()
    };
    world.ignore(id, terms).await;
    let due = |at| world.stores.triage.reopen_due_errors(at, 1_000);
    let early = due(until - Duration::SECOND).await.unwrap();
    assert!(early.iter().all(|(.., own)| *own != id));
    let mut nodes = JoinSet::new();
    for _ in 0..4 {
        let world = Arc::clone(&world);
        nodes.spawn(async move {
            let reopened = world.stores.triage.reopen_due_errors(until, 1_000).await;
            let own = reopened.unwrap();
            own.iter()
                .filter(|(tenant, .., own)| *own == id && *tenant == world.scope.tenant())
                .count()
        });
    }
    assert_eq!(nodes.join_all().await.into_iter().sum::<usize>(), 1);
    assert_eq!(world.status(id).await, Status::Open);
    assert_eq!(
        world.changes(id).await[0],
        Change::Reopened(ReopenedBy::Until)
    );
}

fn assignment(to: Option<&Member>) -> Assignment {
    Assignment {
        to: to.map(|member| Assignee {
            id: member.id,
            name: member.name.clone(),
            email: member.email.clone(),
        }),
        actor: Actor::System,
        at: CALL,
    }
}

pub async fn errors_are_assigned_until_the_member_leaves(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error().await;
    let keeper = new_member(&world.stores, &world.scope, BuiltInRole::Owner).await;
    let member = new_member(&world.stores, &world.scope, BuiltInRole::Developer).await;
    let triage = &world.stores.triage;
    for to in [Some(&member), Some(&member), None, Some(&member)] {
        let assignment = assignment(to);
        let assigned = triage.assign_errors(&world.scope, &[id], &assignment).await;
        assert_eq!(assigned.unwrap(), [id]);
        let error = world.error(id).await;
        assert_eq!(error.triage.assigned_to, to.map(|member| member.id));
    }
    let (foreign, _) = new_tenant(&world.stores).await;
    let outside = assignment(Some(&keeper));
    let none = triage.assign_errors(&foreign, &[id], &outside).await;
    assert_eq!(none.unwrap(), []);
    let tenant = world.scope.tenant_scope();
    let removed = world.stores.members.remove_member(tenant, member.id, CALL);
    removed.await.unwrap();
    assert_eq!(world.error(id).await.triage.assigned_to, None);
    let to = assignment(Some(&member)).to;
    let expected = [None, to.clone(), None, to].map(Change::Assigned);
    assert_eq!(world.changes(id).await, expected);
}

pub async fn merging_and_splitting_keep_what_was_decided(stores: Stores) {
    let world = World::new(stores).await;
    let of = |number| an_occurrence(world.project).of(number).build();
    let recorded = world.record(vec![of(1), of(2)]).await;
    let (one, two) = (recorded[0].error.id, recorded[1].error.id);
    world.ignore(one, count(5)).await;
    world
        .decide(two, StateAction::Resolve(ResolvedIn::Now), CALL)
        .await;
    let by = Actor::Key(KeyId(new_id()));
    let groups = &world.stores.groups;
    let merged = groups.merge_errors(&world.scope, two, one, by, CALL).await;
    let Merge::Done(merged) = merged.unwrap() else {
        panic!("not merged")
    };
    let left = |error: &faultbook_domain::errors::ErrorGroup| {
        error
            .triage
            .ignored()
            .and_then(|ignored| ignored.count_left)
    };
    assert_eq!(left(&merged), Some(5), "what moved uses up nothing");
    world.record_later(vec![of(2)]).await;
    let print: Fingerprint = crate::builder::fingerprint(2);
    let split = groups.split_error(&world.scope, one, print, by, CALL).await;
    let Split::Done(new) = split.unwrap() else {
        panic!("not split")
    };
    assert_eq!(
        (left(&new), left(&world.error(one).await)),
        (Some(4), Some(4))
    );
    world.decide(one, StateAction::Reopen, CALL).await;
    let merged = groups
        .merge_errors(&world.scope, one, new.state.id, by, CALL)
        .await;
    let Merge::Done(merged) = merged.unwrap() else {
        panic!("not merged")
    };
    assert_eq!(merged.triage.status(), Status::Open);
}

pub async fn a_system_merge_keeps_the_state_of_the_one_that_stays(stores: Stores) {
    let world = World::new(stores).await;
    let of = |number| an_occurrence(world.project).of(number).build();
    let recorded = world.record(vec![of(1), of(2)]).await;
    let (one, two) = (recorded[0].error.id, recorded[1].error.id);
    let resolved = a_decision(true, CALL);
    let triage = &world.stores.triage;
    triage
        .change_states(&world.scope, &[one], &resolved)
        .await
        .unwrap();
    let groups = &world.stores.groups;
    let merged = groups
        .merge_errors(&world.scope, two, one, Actor::System, CALL)
        .await;
    let Merge::Done(merged) = merged.unwrap() else {
        panic!("not merged")
    };
    assert_eq!(merged.triage.status(), Status::Resolved);
}

pub async fn what_is_recorded_while_ignored_counts_for_no_alert(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error().await;
    world.ignore(id, count(3)).await;
    let one = || an_occurrence(world.project).user(r#"{"id":7}"#).build();
    for _ in 0..3 {
        world.record_later(vec![one()]).await;
    }
    assert_eq!(world.status(id).await, Status::Open);
    let metrics = &world.stores.alert_metrics;
    let (projects, since) = ([world.project], [NOON - Duration::HOUR]);
    for metric in [AlertMetric::Occurrences, AlertMetric::OccurrencesByHour] {
        let all = MetricDimensions::default();
        let cells = metrics.count_by_cell(metric, &projects, &since, &all).await;
        let sum: u64 = cells.unwrap().iter().map(|(_, cell)| cell.count).sum();
        assert_eq!(sum, 2, "the first one, and the one that reopened");
        let filter = MetricFilter::default();
        let top = metrics
            .list_top_errors(metric, &projects, since[0], &filter)
            .await;
        assert_eq!(top.unwrap()[0].count, 2);
    }
    world.ignore(id, IgnoreTerms::default()).await;
    let other = an_occurrence(world.project).user(r#"{"id":8}"#).build();
    world.record_later(vec![other]).await;
    let filter = MetricFilter::default();
    for (include_ignored, affected) in [(false, 1), (true, 2)] {
        let users = metrics
            .count_users(&projects, &since, &filter, include_ignored)
            .await;
        assert_eq!(users.unwrap(), [affected]);
    }
}

pub async fn all_occurrences_are_counted_where_asked_for(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error().await;
    world.ignore(id, IgnoreTerms::default()).await;
    for _ in 0..3 {
        world
            .record_later(vec![an_occurrence(world.project).build()])
            .await;
    }
    let metrics = &world.stores.alert_metrics;
    let (projects, since) = ([world.project], [NOON - Duration::HOUR]);
    for metric in [
        AlertMetric::AllOccurrences,
        AlertMetric::AllOccurrencesByHour,
    ] {
        let all = MetricDimensions::default();
        let cells = metrics.count_by_cell(metric, &projects, &since, &all).await;
        let sum: u64 = cells.unwrap().iter().map(|(_, cell)| cell.count).sum();
        assert_eq!(sum, 4, "{metric:?}");
        let filter = MetricFilter::default();
        let top = metrics
            .list_top_errors(metric, &projects, since[0], &filter)
            .await;
        assert_eq!(top.unwrap()[0].count, 4);
    }
}
