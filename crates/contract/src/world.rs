//! Steps that several suites share.

use crate::Stores;
use crate::builder::{NOON, a_batch, a_decision, a_member, a_project, a_tenant, a_user, new_id};
use faultbook_domain::errors::{Actor, ErrorFilter, ErrorGroup, Occurrence};
use faultbook_domain::errors::{ErrorQuery, StateChange};
use faultbook_domain::id::{ErrorId, KeyId, ProjectId};
use faultbook_domain::identity::{BuiltInRole, KeyDigest, Member, User};
use faultbook_domain::ingest::Recorded;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Project, Scope, TenantScope};
use std::sync::Arc;
use time::Duration;

/// A tenant with one project in an adapter under test.
pub(crate) struct World {
    pub(crate) stores: Stores,
    pub(crate) project: ProjectId,
    pub(crate) scope: Scope,
}

impl World {
    pub(crate) async fn new(stores: Stores) -> Self {
        let (scope, project) = new_tenant(&stores).await;
        Self {
            stores,
            project,
            scope,
        }
    }

    /// Another project of the tenant, whose occurrences are kept as long as usual.
    pub(crate) async fn patient_project(&self) -> Project {
        let project = Project {
            retention_days: None,
            ..a_project(self.scope.tenant())
        };
        let created = self.stores.projects.create_project(&project).await;
        created.unwrap();
        project
    }

    pub(crate) async fn record(&self, occurrences: Vec<Arc<Occurrence>>) -> Vec<Recorded> {
        self.stores
            .events
            .record(&a_batch(occurrences))
            .await
            .unwrap()
    }

    pub(crate) async fn record_one(&self, occurrence: Arc<Occurrence>) -> Recorded {
        self.record(vec![occurrence]).await[0]
    }

    pub(crate) async fn error(&self, id: ErrorId) -> ErrorGroup {
        self.stores
            .errors
            .get_error(&self.scope, id)
            .await
            .unwrap()
            .expect("the error exists")
            .error
    }

    pub(crate) async fn all(&self) -> Vec<ErrorGroup> {
        let query = ErrorQuery {
            limit: 1_000,
            ..ErrorQuery::default()
        };
        let page = self
            .stores
            .errors
            .list_errors(&self.scope, &query)
            .await
            .unwrap();
        page.items.into_iter().map(|detail| detail.error).collect()
    }

    pub(crate) async fn occurrence_count(&self, id: ErrorId) -> usize {
        let page = self
            .stores
            .errors
            .list_occurrences(&self.scope, id, None, 10_000)
            .await
            .unwrap();
        page.map_or(0, |page| page.items.len())
    }

    pub(crate) async fn messages(&self, filter: ErrorFilter) -> Vec<String> {
        let query = ErrorQuery {
            filter,
            limit: 100,
            ..ErrorQuery::default()
        };
        self.index().await;
        let page = self
            .stores
            .errors
            .list_errors(&self.scope, &query)
            .await
            .unwrap();
        assert_eq!(
            page.total,
            page.items.len() as u64,
            "total counts what matches"
        );
        page.items
            .into_iter()
            .map(|detail| detail.error.summary.message)
            .collect()
    }

    pub(crate) async fn resolve(
        &self,
        ids: &[ErrorId],
        resolved: bool,
        seconds: i64,
    ) -> Vec<ErrorId> {
        let resolution = StateChange {
            actor: Actor::Key(KeyId(new_id())),
            ..a_decision(resolved, NOON + Duration::seconds(seconds))
        };
        let mut found = self
            .stores
            .triage
            .change_states(&self.scope, ids, &resolution)
            .await
            .unwrap();
        found.sort_unstable();
        found
    }
}

pub(crate) async fn new_tenant(stores: &Stores) -> (Scope, ProjectId) {
    let tenant = a_tenant();
    let project = a_project(tenant.id);
    stores
        .tenants
        .create_tenant(&tenant, &project, None)
        .await
        .unwrap();
    let scope = Scope::new(TenantScope::for_tests(tenant.id), vec![project.id]);
    (scope, project.id)
}

pub(crate) fn is_conflict<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict(_)))
}

pub(crate) fn digest() -> KeyDigest {
    KeyDigest::of(&new_id().to_string())
}

pub(crate) async fn new_user(stores: &Stores) -> User {
    let user = a_user();
    stores.users.create_user(&user).await.unwrap();
    user
}

pub(crate) async fn new_member(stores: &Stores, scope: &Scope, role: BuiltInRole) -> Member {
    let user = new_user(stores).await;
    let member = Member {
        role_id: role.id(),
        ..a_member(&user, scope.tenant())
    };
    stores.members.add_member(&member).await.unwrap();
    member
}

/// Builds a filter.
pub(crate) fn filter(change: impl FnOnce(&mut ErrorFilter)) -> ErrorFilter {
    let mut filter = ErrorFilter::default();
    change(&mut filter);
    filter
}
