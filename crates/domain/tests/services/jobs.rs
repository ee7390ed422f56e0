//! `Jobs`.

use crate::desk::Desk;
use faultbook_contract::builder::new_id;
use faultbook_domain::errors::{Actor, BulkChange, ResolveIn, Status};
use faultbook_domain::id::{ErrorId, KeyId, ProjectId};
use faultbook_domain::identity::{Permissions, Principal};
use faultbook_domain::jobs::{Job, JobState, Jobs, MockJobWork, StartError};
use faultbook_domain::store_error::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use time::Duration;

const MOST: u64 = 2;

/// A node's service, whose work is this.
fn jobs(desk: &Desk, work: MockJobWork) -> Jobs {
    let sources = (desk.clock.clone() as _, desk.ids.clone() as _);
    Jobs::new(
        desk.store.clone(),
        desk.store.clone(),
        Arc::new(work),
        sources,
        MOST,
    )
}

fn caller(desk: &Desk, bound: Option<ProjectId>) -> Principal {
    let mut caller = Principal::for_tests(Actor::Key(KeyId(new_id())), desk.scope.clone());
    caller.permissions = Permissions::all();
    if let Some(project) = bound {
        caller.project_bound = true;
        caller.default_project = project;
    }
    caller
}

fn errors(count: usize) -> Vec<ErrorId> {
    (0..count).map(|_| ErrorId(new_id())).collect()
}

async fn started(jobs: &Jobs, caller: &Principal, count: usize) -> Result<Job, StartError> {
    let detail = ("reopen", "{}".to_owned());
    jobs.start(caller, detail, &errors(count)).await
}

/// Work that succeeds, and how often it was done.
fn working() -> (MockJobWork, Arc<AtomicUsize>) {
    let (mut work, done) = (MockJobWork::new(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&done);
    work.expect_take_step().returning(move |_, _, errors| {
        counted.fetch_add(errors.len(), Ordering::SeqCst);
        Ok(())
    });
    (work, done)
}

#[tokio::test]
async fn a_job_ends_though_the_node_that_began_it_dies() {
    let desk = Desk::new().await;
    let mut dying = MockJobWork::new();
    let away = || Err(StoreError::unavailable("no route to host"));
    dying.expect_take_step().returning(move |_, _, _| away());
    let (first, (work, done)) = (jobs(&desk, dying), working());
    let second = jobs(&desk, work);
    let caller = caller(&desk, None);
    let job = started(&first, &caller, Job::STEP + 1).await.unwrap();
    assert_eq!((job.total, job.state), (501, JobState::Queued));
    assert!(first.take_step().await.is_err(), "it dies with this step");
    // The other step is free; the first one is after half a minute.
    assert!(second.take_step().await.unwrap());
    assert!(!second.take_step().await.unwrap());
    let seen = second.get(&caller, job.id).await.unwrap().unwrap();
    assert_eq!((seen.done, seen.state), (1, JobState::Running));
    desk.clock.advance(Duration::seconds(30));
    assert!(second.take_step().await.unwrap());
    let seen = first.get(&caller, job.id).await.unwrap().unwrap();
    assert_eq!((seen.done, seen.state), (501, JobState::Done));
    assert_eq!(done.load(Ordering::SeqCst), 501);
}

#[tokio::test]
async fn a_job_that_cannot_go_on_fails_and_says_why() {
    let desk = Desk::new().await;
    let mut work = MockJobWork::new();
    let away = || Err(StoreError::unavailable("no route to host"));
    work.expect_take_step()
        .times(10)
        .returning(move |_, _, _| away());
    let (jobs, caller) = (jobs(&desk, work), caller(&desk, None));
    let job = started(&jobs, &caller, 1).await.unwrap();
    for attempt in 1..=10 {
        let taken = jobs.take_step().await;
        assert_eq!(
            taken.is_err(),
            attempt < 10,
            "the last one is no failure of the worker"
        );
        desk.clock.advance(Duration::seconds(30));
    }
    let failed = jobs.get(&caller, job.id).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.done), (JobState::Failed, 0));
    assert!(failed.error.unwrap().contains("was not changed"));
    assert!(!jobs.take_step().await.unwrap());
}

#[tokio::test]
async fn jobs_are_bounded_and_seen_for_a_day_by_those_who_may() {
    let desk = Desk::new().await;
    let (work, _) = working();
    let jobs = jobs(&desk, work);
    let [project, other] = desk.projects;
    let bound = caller(&desk, Some(project));
    let job = started(&jobs, &bound, 1).await.unwrap();
    let whole = started(&jobs, &caller(&desk, None), 1).await.unwrap();
    let full = started(&jobs, &bound, 1).await;
    assert!(matches!(full, Err(StartError::Full(MOST))));
    for (caller, sees) in [
        (caller(&desk, None), [true, true]),
        (bound, [true, false]),
        (caller(&desk, Some(other)), [false, false]),
        (caller(&Desk::new().await, None), [false, false]),
    ] {
        for (id, sees) in [job.id, whole.id].into_iter().zip(sees) {
            let found = jobs.get(&caller, id).await.unwrap();
            assert_eq!(found.is_some(), sees);
        }
    }
    while jobs.take_step().await.unwrap() {}
    let caller = caller(&desk, None);
    desk.clock.advance(Job::KEPT);
    jobs.forget().await.unwrap();
    assert!(jobs.get(&caller, job.id).await.unwrap().is_some());
    desk.clock.advance(Duration::SECOND);
    assert!(jobs.get(&caller, job.id).await.unwrap().is_none());
    jobs.forget().await.unwrap();
}

#[tokio::test]
async fn a_bulk_change_is_the_work_of_a_job() {
    let desk = Desk::new().await;
    let id = desk.error(1).await;
    let sources = (desk.clock.clone() as _, desk.ids.clone() as _);
    let bulk = Arc::new(desk.bulk());
    let jobs = Jobs::new(desk.store.clone(), desk.store.clone(), bulk, sources, MOST);
    let (caller, gone) = (caller(&desk, None), ErrorId(new_id()));
    let change = BulkChange::Resolve(ResolveIn::Now);
    let detail = (change.name(), change.to_stored());
    let job = jobs.start(&caller, detail, &[id, gone]).await.unwrap();
    assert!(jobs.take_step().await.unwrap());
    assert_eq!(desk.found(id).await.triage.status(), Status::Resolved);
    assert_eq!(desk.history(id).await[0].actor, caller.actor);
    let done = jobs.get(&caller, job.id).await.unwrap().unwrap();
    assert_eq!((done.state, done.done), (JobState::Done, 2));
}
