//! Contract of `ProjectKeyStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_project, a_project_key, new_id};
use crate::world::{is_conflict, new_tenant};
use faultbook_domain::id::{ProjectId, ProjectKeyId};
use faultbook_domain::tenancy::{ActiveKey, Project, ProjectKey, Scope};
use time::Duration;

/// A tenant with one project, and that project.
async fn tenant_with_project(stores: &Stores) -> (Scope, Project) {
    let (scope, _) = new_tenant(stores).await;
    let projects = stores.projects.list_projects(scope.tenant_scope()).await;
    (scope, projects.unwrap().remove(0))
}

async fn add(stores: &Stores, key: &ProjectKey) {
    stores.project_keys.create_project_key(key).await.unwrap();
}

async fn find(stores: &Stores, key: &ProjectKey) -> Option<ActiveKey> {
    let found = stores.project_keys.find_project_key(&key.public_key).await;
    found.unwrap()
}

async fn listed(stores: &Stores, scope: &Scope, project: ProjectId) -> Vec<ProjectKey> {
    let scope = scope.tenant_scope();
    let listed = stores.project_keys.list_project_keys(scope, project).await;
    listed.unwrap()
}

pub async fn a_project_starts_with_one_key(stores: Stores) {
    let (scope, first) = tenant_with_project(&stores).await;
    let second = a_project(scope.tenant());
    stores.projects.create_project(&second).await.unwrap();
    for project in [first, second] {
        let keys = listed(&stores, &scope, project.id).await;
        assert_eq!(keys, [ProjectKey::first_of(&project)]);
    }
}

pub async fn a_key_is_found_with_its_project(stores: Stores) {
    let (_, project) = tenant_with_project(&stores).await;
    let key = a_project_key(&project);
    add(&stores, &key).await;
    let active = |key| ActiveKey {
        key,
        project_number: project.number,
        is_suspended: false,
    };
    assert_eq!(find(&stores, &key).await, Some(active(key)));
    let first = ProjectKey::first_of(&project);
    assert_eq!(find(&stores, &first).await, Some(active(first)));
    assert_eq!(find(&stores, &a_project_key(&project)).await, None);
}

pub async fn a_public_key_is_unique_in_the_installation(stores: Stores) {
    let (_, project) = tenant_with_project(&stores).await;
    let (other, elsewhere) = tenant_with_project(&stores).await;
    let twin = ProjectKey {
        public_key: project.first_key.clone(),
        ..a_project_key(&elsewhere)
    };
    let added = stores.project_keys.create_project_key(&twin).await;
    assert!(is_conflict(&added));
    let keys = listed(&stores, &other, elsewhere.id).await;
    assert_eq!(keys, [ProjectKey::first_of(&elsewhere)]);
}

pub async fn what_is_not_accepted_is_not_found(stores: Stores) {
    let (scope, project) = tenant_with_project(&stores).await;
    let side = a_project(scope.tenant());
    stores.projects.create_project(&side).await.unwrap();
    let of_side = ProjectKey::first_of(&side);
    let disabled = ProjectKey {
        enabled: false,
        ..a_project_key(&project)
    };
    add(&stores, &disabled).await;
    assert_eq!(find(&stores, &disabled).await, None, "disabled");
    assert!(find(&stores, &of_side).await.is_some());
    let tenant_scope = scope.tenant_scope();
    let deleted = stores.projects.delete_project(tenant_scope, side.id, NOON);
    assert!(deleted.await.unwrap());
    assert_eq!(find(&stores, &of_side).await, None, "a deleted project");

    let first = ProjectKey::first_of(&project);
    let mut tenant = stores.tenants.get_tenant(scope.tenant()).await;
    let mut tenant = tenant.as_mut().unwrap().take().unwrap();
    tenant.suspended = true;
    assert!(stores.tenants.update_tenant(&tenant).await.unwrap());
    let suspended = find(&stores, &first).await.unwrap();
    assert!(suspended.is_suspended);
    assert!(stores.tenants.delete_tenant(tenant.id, NOON).await.unwrap());
    assert_eq!(find(&stores, &first).await, None, "a deleted tenant");
}

pub async fn keys_are_listed_changed_and_removed(stores: Stores) {
    let (scope, project) = tenant_with_project(&stores).await;
    let (other, elsewhere) = tenant_with_project(&stores).await;
    let key = a_project_key(&project);
    add(&stores, &key).await;
    let first = ProjectKey::first_of(&project);
    let keys = listed(&stores, &scope, project.id).await;
    assert_eq!(keys, [first.clone(), key.clone()], "oldest first");
    assert!(listed(&stores, &other, project.id).await.is_empty());

    let changed = ProjectKey {
        name: "Renamed".to_owned(),
        enabled: false,
        allowed_origins: vec!["https://*.example.com".parse().unwrap()],
        source: None,
        rate_limit: None,
        ..key.clone()
    };
    let update = async |key: ProjectKey| {
        let updated = stores.project_keys.update_project_key(&key).await;
        updated.unwrap()
    };
    assert!(update(changed.clone()).await);
    let keys = listed(&stores, &scope, project.id).await;
    assert_eq!(keys, [first.clone(), changed.clone()]);
    for misplaced in [
        ProjectKey {
            tenant_id: other.tenant(),
            ..key.clone()
        },
        ProjectKey {
            project_id: elsewhere.id,
            ..key.clone()
        },
        a_project_key(&project),
    ] {
        assert!(!update(misplaced).await);
    }
    let remove = async |scope: &Scope, project: ProjectId, id: ProjectKeyId| {
        let scope = scope.tenant_scope();
        let removed = stores.project_keys.remove_project_key(scope, project, id);
        removed.await.unwrap()
    };
    assert!(!remove(&other, project.id, key.id).await, "not theirs");
    assert!(!remove(&scope, elsewhere.id, key.id).await);
    assert_eq!(listed(&stores, &scope, project.id).await.len(), 2);
    assert!(remove(&scope, project.id, key.id).await);
    assert!(!remove(&scope, project.id, key.id).await, "already removed");
    assert_eq!(listed(&stores, &scope, project.id).await, [first]);
    assert_eq!(find(&stores, &key).await, None);
}

pub async fn the_oldest_enabled_key_is_the_current_one(stores: Stores) {
    let (scope, project) = tenant_with_project(&stores).await;
    let (_, elsewhere) = tenant_with_project(&stores).await;
    let side = a_project(scope.tenant());
    stores.projects.create_project(&side).await.unwrap();
    let current = async |only: Option<ProjectId>| {
        let scope = scope.tenant_scope();
        let keys = stores.project_keys.list_current_keys(scope, only).await;
        let mut keys = keys.unwrap();
        keys.sort_unstable();
        keys
    };
    let of = |project: &Project, key: &ProjectKey| (project.id, key.public_key.clone());
    let second = a_project_key(&project);
    add(&stores, &second).await;
    let first = ProjectKey::first_of(&project);
    let of_side = of(&side, &ProjectKey::first_of(&side));
    let mut both = vec![of(&project, &first), of_side.clone()];
    both.sort_unstable();
    assert_eq!(current(None).await, both);
    assert_eq!(current(Some(side.id)).await, [of_side]);
    assert!(current(Some(elsewhere.id)).await.is_empty(), "not theirs");

    let set = async |key: &ProjectKey, enabled: bool| {
        let key = ProjectKey {
            enabled,
            ..key.clone()
        };
        assert!(stores.project_keys.update_project_key(&key).await.unwrap());
    };
    set(&first, false).await;
    let only = Some(project.id);
    assert_eq!(current(only).await, [of(&project, &second)]);
    set(&second, false).await;
    assert!(current(only).await.is_empty());
    set(&first, true).await;
    assert_eq!(current(only).await, [of(&project, &first)]);
}

pub async fn use_never_moves_back(stores: Stores) {
    let (scope, project) = tenant_with_project(&stores).await;
    let key = ProjectKey::first_of(&project);
    let late = NOON + Duration::HOUR;
    for used in [
        vec![(key.id, late), (ProjectKeyId(new_id()), late)],
        vec![(key.id, NOON)],
        vec![],
    ] {
        let touched = stores.project_keys.touch_project_keys(&used).await;
        touched.unwrap();
    }
    let keys = listed(&stores, &scope, project.id).await;
    assert_eq!(keys[0].last_used, Some(late));
    let changed = stores.project_keys.update_project_key(&key).await;
    assert!(changed.unwrap());
    let keys = listed(&stores, &scope, project.id).await;
    assert_eq!(keys[0].last_used, Some(late), "a change is no use");
}
