//! `Triage`.

use crate::parts;
use faultbook_contract::builder::{
    a_batch, a_project, a_tenant, an_occurrence, fingerprint, new_id,
};
use faultbook_domain::cache::{Cache, ReadCache};
use faultbook_domain::errors::{Actor, BulkAction, ErrorQuery, Merge, Split, Triage};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id::{ErrorId, ProjectId, TenantId};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::tenancy::{Scope, TenantScope, TenantStore};
use std::sync::Arc;

struct World {
    store: Arc<MemoryStore>,
    cache: Arc<MemoryCache>,
    triage: Triage,
    tenant: TenantId,
    project: ProjectId,
    scope: Scope,
}

impl World {
    async fn new() -> Self {
        let (store, clock, _) = parts();
        let cache = Arc::new(MemoryCache::default());
        let tenant = a_tenant();
        let project = a_project(tenant.id);
        TenantStore::create_tenant(&*store, &tenant, &project, None)
            .await
            .unwrap();
        let triage = Triage::new(
            (store.clone(), store.clone()),
            store.clone(),
            store.clone(),
            Arc::new(FingerprinterV1),
            Arc::new(ReadCache::new(cache.clone())),
            clock,
        );
        Self {
            store,
            cache,
            triage,
            tenant: tenant.id,
            project: project.id,
            scope: Scope::new(TenantScope::for_tests(tenant.id), vec![project.id]),
        }
    }

    async fn error(&self, number: u128) -> ErrorId {
        let batch = a_batch(vec![an_occurrence(self.project).of(number).build()]);
        self.store.record(&batch).await.unwrap()[0].error.id
    }

    async fn apply(&self, ids: &[ErrorId], action: BulkAction) -> Vec<ErrorId> {
        let applied = self.triage.apply(&self.scope, ids, action, Actor::System);
        let mut found = applied.await.unwrap();
        found.sort_unstable();
        found
    }

    async fn is_resolved(&self, id: ErrorId) -> bool {
        let detail = self.triage.get(&self.scope, id).await.unwrap().unwrap();
        detail.error.state.resolved
    }

    async fn generation(&self) -> String {
        self.cache.generation(self.tenant).await.unwrap()
    }

    async fn total(&self) -> u64 {
        let query = ErrorQuery {
            limit: 10,
            ..ErrorQuery::default()
        };
        self.triage.list(&self.scope, &query).await.unwrap().total
    }
}

#[tokio::test]
async fn an_action_names_what_it_found_and_repeating_it_changes_nothing() {
    let world = World::new().await;
    let mut ids = [world.error(1).await, world.error(2).await];
    ids.sort_unstable();
    let asked = [ids[0], ErrorId(new_id()), ids[1]];
    for (action, resolved) in [
        (BulkAction::Resolve, true),
        (BulkAction::Resolve, true),
        (BulkAction::Unresolve, false),
    ] {
        assert_eq!(world.apply(&asked, action).await, ids);
        assert_eq!(world.is_resolved(ids[0]).await, resolved);
    }
    assert_eq!(world.apply(&asked, BulkAction::Delete).await, ids);
    assert_eq!(world.apply(&asked, BulkAction::Delete).await, []);
    assert_eq!(world.total().await, 0);
}

#[tokio::test]
async fn every_change_ends_what_the_tenants_cache_holds() {
    let world = World::new().await;
    let (one, other) = (world.error(1).await, world.error(2).await);
    let mut seen = vec![world.generation().await];
    world.apply(&[one], BulkAction::Resolve).await;
    seen.push(world.generation().await);
    let merged = world
        .triage
        .merge(&world.scope, one, other, Actor::System)
        .await;
    assert!(matches!(merged, Ok(Merge::Done(_))), "{merged:?}");
    seen.push(world.generation().await);
    let split = world
        .triage
        .split(&world.scope, other, fingerprint(1), Actor::System)
        .await;
    assert!(matches!(split, Ok(Split::Done(_))), "{split:?}");
    seen.push(world.generation().await);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    assert_eq!(world.total().await, 2);
}

#[tokio::test]
async fn nothing_outside_the_scope_exists() {
    let world = World::new().await;
    let id = world.error(1).await;
    let foreign = Scope::new(TenantScope::for_tests(a_tenant().id), vec![]);
    let triage = &world.triage;
    assert!(triage.get(&foreign, id).await.unwrap().is_none());
    let occurrences = triage.occurrences(&foreign, id, None, 10).await;
    assert!(occurrences.unwrap().is_none());
    let deleted = triage
        .apply(&foreign, &[id], BulkAction::Delete, Actor::System)
        .await;
    assert_eq!(deleted.unwrap(), []);
    assert!(triage.explain(&foreign, id).await.unwrap().is_none());
    assert_eq!(world.total().await, 1);
}
