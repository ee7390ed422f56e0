//! A tenant with errors and people who work on them.

use crate::parts;
use faultbook_contract::builder::{
    a_batch, a_member, a_project, a_tenant, a_user, an_occurrence, new_id,
};
use faultbook_domain::cache::{Cache, ReadCache};
use faultbook_domain::errors::{
    Activity, Actor, ActorNames, Bulk, BulkParts, Decisions, Discussion, DiscussionParts,
    ErrorGroup, ErrorStore,
};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStore, UserStore};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::store::Store;
use faultbook_domain::stream::Announcer;
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::{ProjectStore, Scope, TenantScope, TenantStore};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;

/// Comments that an error may have.
pub const COMMENTS: u32 = 3;

pub struct Desk {
    pub store: Arc<MemoryStore>,
    pub cache: Arc<MemoryCache>,
    pub reads: Arc<ReadCache>,
    pub clock: Arc<FixedClock>,
    pub ids: Arc<SystemIds>,
    pub scope: Scope,
    pub projects: [ProjectId; 2],
}

impl Desk {
    /// A tenant with two projects.
    pub async fn new() -> Self {
        let (store, clock, ids) = parts();
        let cache = Arc::new(MemoryCache::default());
        let tenant = a_tenant();
        let projects = [a_project(tenant.id), a_project(tenant.id)];
        TenantStore::create_tenant(&*store, &tenant, &projects[0], None)
            .await
            .unwrap();
        store.create_project(&projects[1]).await.unwrap();
        let projects = projects.map(|project| project.id);
        Self {
            store,
            reads: Arc::new(ReadCache::new(cache.clone())),
            cache,
            clock,
            ids,
            scope: Scope::new(TenantScope::for_tests(tenant.id), projects.to_vec()),
            projects,
        }
    }

    pub fn whole_store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    pub fn decisions(&self) -> Decisions {
        Decisions::new(
            (self.store.clone(), self.store.clone()),
            (self.store.clone(), self.store.clone()),
            self.reads.clone(),
            self.clock.clone(),
            3,
        )
    }

    pub fn discussion(&self) -> Discussion {
        Discussion::new(DiscussionParts {
            discussion: self.store.clone(),
            errors: self.store.clone(),
            members: self.store.clone(),
            users: self.store.clone(),
            names: ActorNames::new(&self.whole_store()),
            scrubber: Arc::new(DefaultScrubber::default()),
            cache: self.reads.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            max_comments: COMMENTS,
            announcer: Announcer::default(),
        })
    }

    pub fn bulk(&self) -> Bulk {
        Bulk::new(BulkParts {
            errors: self.store.clone(),
            groups: self.store.clone(),
            states: self.store.clone(),
            discussion: self.store.clone(),
            decisions: Arc::new(self.decisions()),
            cache: self.reads.clone(),
            clock: self.clock.clone(),
            announcer: Announcer::default(),
        })
    }

    /// A new error of a project.
    pub async fn error_of(&self, project: ProjectId, number: u128) -> ErrorId {
        let batch = a_batch(vec![an_occurrence(project).of(number).build()]);
        self.store.record(&batch).await.unwrap()[0].error.id
    }

    pub async fn error(&self, number: u128) -> ErrorId {
        self.error_of(self.projects[0], number).await
    }

    pub async fn found(&self, id: ErrorId) -> ErrorGroup {
        let found = self.store.get_error(&self.scope, id).await.unwrap();
        found.unwrap().error
    }

    pub async fn history(&self, id: ErrorId) -> Vec<Activity> {
        let page = self.store.list_activity(&self.scope, id, None, 100).await;
        page.unwrap().items
    }

    /// A member with an account of this name.
    pub async fn member(&self, name: &str, role: BuiltInRole) -> Member {
        let mut user = a_user();
        name.clone_into(&mut user.name);
        user.email = format!("{name}-{}@example.com", new_id().simple());
        self.store.create_user(&user).await.unwrap();
        let member = Member {
            role_id: role.id(),
            ..a_member(&user, self.scope.tenant())
        };
        self.store.add_member(&member).await.unwrap();
        member
    }

    pub async fn generation(&self) -> String {
        self.cache.generation(self.scope.tenant()).await.unwrap()
    }
}

pub fn user(member: &Member) -> Actor {
    Actor::User(member.user_id)
}
