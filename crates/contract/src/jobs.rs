//! Contract of `JobStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, id_at, new_id};
use crate::world::{World, new_tenant};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{ErrorId, JobId, KeyId, ProjectId};
use faultbook_domain::jobs::{Job, JobState, JobStep};
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NODE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

impl World {
    /// Begins a job with so many errors.
    async fn job(&self, errors: usize, created_at: OffsetDateTime) -> (Job, Vec<ErrorId>) {
        let errors: Vec<ErrorId> = (0..errors).map(|_| ErrorId(new_id())).collect();
        let job = Job {
            id: JobId(id_at(created_at)),
            tenant_id: self.scope.tenant(),
            bound_project: Some(ProjectId(new_id())),
            action: "resolve".to_owned(),
            detail: r#"{"in":"now"}"#.to_owned(),
            actor: Actor::Key(KeyId(new_id())),
            total: errors.len() as u64,
            done: 0,
            state: JobState::Queued,
            error: None,
            created_at,
        };
        self.stores.jobs.create_job(&job, &errors).await.unwrap();
        (job, errors)
    }

    async fn found(&self, id: JobId) -> Option<Job> {
        let found = self.stores.jobs.get_job(self.scope.tenant_scope(), id);
        found.await.unwrap()
    }

    async fn claim(&self, node: Uuid, now: i64) -> Option<JobStep> {
        let claimed = self.stores.jobs.claim_job_step(node, at(now), at(now + 30));
        claimed.await.unwrap()
    }

    async fn finish(&self, step: &JobStep, node: Uuid) -> bool {
        self.stores.jobs.finish_job_step(step, node).await.unwrap()
    }

    async fn open_jobs(&self) -> u64 {
        let open = self.stores.jobs.count_open_jobs(self.scope.tenant_scope());
        open.await.unwrap()
    }
}

pub async fn a_job_goes_on_step_by_step_to_its_end(stores: Stores) {
    let world = World::new(stores).await;
    assert_eq!(world.claim(NODE, 0).await, None);
    let (job, errors) = world.job(2 * Job::STEP + 1, NOON).await;
    let (later, _) = world.job(1, at(1)).await;
    assert_eq!(world.found(job.id).await, Some(job.clone()));
    assert_eq!(world.open_jobs().await, 2);
    let mut taken = Vec::new();
    for place in 0..3 {
        let step = world.claim(NODE, place).await.unwrap();
        let running = Job {
            done: taken.len() as u64,
            state: JobState::Running,
            ..job.clone()
        };
        assert_eq!((step.place, step.attempts), (place, 1));
        assert_eq!(step.job, running);
        assert_eq!(world.found(job.id).await, Some(running));
        assert!(world.finish(&step, NODE).await);
        taken.extend(step.errors);
    }
    assert_eq!(taken, errors);
    let done = Job {
        done: job.total,
        state: JobState::Done,
        ..job
    };
    assert_eq!(world.found(done.id).await, Some(done));
    assert_eq!(world.open_jobs().await, 1);
    assert_eq!(world.claim(NODE, 3).await.unwrap().job.id, later.id);

    let (stranger, _) = new_tenant(&world.stores).await;
    let foreign = world.stores.jobs.get_job(stranger.tenant_scope(), later.id);
    assert_eq!(foreign.await.unwrap(), None);
    let open = world.stores.jobs.count_open_jobs(stranger.tenant_scope());
    assert_eq!(open.await.unwrap(), 0);
    assert_eq!(world.found(JobId(new_id())).await, None);
}

pub async fn a_step_is_given_to_one_node_at_a_time(stores: Stores) {
    let world = World::new(stores).await;
    let (job, errors) = world.job(3, NOON).await;
    let step = world.claim(NODE, 0).await.unwrap();
    assert_eq!(world.claim(OTHER, 29).await, None);
    let again = world.claim(OTHER, 30).await.unwrap();
    assert_eq!(
        (again.place, again.attempts, &again.errors),
        (0, 2, &errors)
    );
    assert!(!world.finish(&step, NODE).await, "it is another's now");
    assert_eq!(world.found(job.id).await.unwrap().done, 0);
    assert!(world.finish(&again, OTHER).await);
    assert!(!world.finish(&again, OTHER).await, "a step counts once");
    assert_eq!(world.found(job.id).await.unwrap().done, 3);
    assert_eq!(world.claim(NODE, 90).await, None);
}

pub async fn many_nodes_take_each_step_once(stores: Stores) {
    const STEPS: usize = 12;
    let world = World::new(stores).await;
    let (job, errors) = world.job(STEPS * Job::STEP, NOON).await;
    let mut tasks = tokio::task::JoinSet::new();
    for node in 1..=4_u128 {
        let jobs = world.stores.jobs.clone();
        tasks.spawn(async move {
            let node = Uuid::from_u128(node);
            let mut taken = Vec::new();
            let mut idle = 0;
            while idle < 20 {
                match jobs.claim_job_step(node, NOON, at(30)).await.unwrap() {
                    Some(step) => {
                        assert!(jobs.finish_job_step(&step, node).await.unwrap());
                        taken.extend(step.errors);
                    }
                    None => idle += 1,
                }
            }
            taken
        });
    }
    let taken = tasks.join_all().await.concat();
    assert_eq!(taken.len(), errors.len());
    assert_eq!(
        taken.into_iter().collect::<HashSet<_>>().len(),
        errors.len()
    );
    let done = world.found(job.id).await.unwrap();
    assert_eq!((done.done, done.state), (job.total, JobState::Done));
}

pub async fn a_job_that_failed_has_no_steps_left(stores: Stores) {
    let world = World::new(stores).await;
    let (job, _) = world.job(Job::STEP + 1, NOON).await;
    let step = world.claim(NODE, 0).await.unwrap();
    world.finish(&step, NODE).await;
    world.stores.jobs.fail_job(job.id, "why").await.unwrap();
    let failed = world.found(job.id).await.unwrap();
    assert_eq!(failed.state, JobState::Failed);
    assert_eq!((failed.done, failed.error.as_deref()), (500, Some("why")));
    assert_eq!(world.claim(NODE, 90).await, None);
    assert_eq!(world.open_jobs().await, 0);
}

pub async fn old_jobs_are_removed_once_they_ended(stores: Stores) {
    let world = World::new(stores).await;
    let (ended, _) = world.job(1, at(0)).await;
    let step = world.claim(NODE, 0).await.unwrap();
    world.finish(&step, NODE).await;
    let (open, _) = world.job(1, at(1)).await;
    let (young, _) = world.job(1, at(10)).await;
    world.stores.jobs.fail_job(young.id, "why").await.unwrap();
    for removed in [1, 0] {
        let done = world.stores.jobs.remove_old_jobs(at(10)).await;
        assert_eq!(done.unwrap(), removed);
    }
    assert_eq!(world.found(ended.id).await, None);
    assert!(world.found(open.id).await.is_some());
    assert!(world.found(young.id).await.is_some());
}
