//! Promises of the stores of tenants, projects, keys and people.
#![allow(missing_docs, reason = "the name of a promise is the promise")]

use super::{Stores, new_tenant};
use crate::builder::{NOON, a_key, a_member, a_project, a_tenant, a_user, new_id};
use faultbook_domain::id::{KeyId, TenantId, UserId};
use faultbook_domain::identity::{KeyDigest, User};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Project, Tenant, TenantScope};
use time::Duration;

fn is_conflict<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict(_)))
}

pub async fn a_tenant_comes_with_its_project(stores: Stores) {
    let tenant = a_tenant();
    let project = a_project(tenant.id);
    stores
        .tenants
        .create_tenant(&tenant, &project, None)
        .await
        .unwrap();
    assert_eq!(
        stores.tenants.get_tenant(tenant.id).await.unwrap(),
        Some(tenant.clone())
    );
    assert_eq!(
        stores.tenants.find_tenant(&tenant.slug).await.unwrap(),
        Some(tenant.clone())
    );
    let projects = stores
        .projects
        .list_projects(TenantScope::for_tests(tenant.id))
        .await
        .unwrap();
    assert_eq!(
        projects,
        [Project {
            number: projects[0].number,
            ..project
        }]
    );
    let unknown = a_tenant();
    assert_eq!(stores.tenants.get_tenant(unknown.id).await.unwrap(), None);
    assert_eq!(
        stores.tenants.find_tenant(&unknown.slug).await.unwrap(),
        None
    );
}

pub async fn a_slug_is_taken_for_ever(stores: Stores) {
    let first = a_tenant();
    stores
        .tenants
        .create_tenant(&first, &a_project(first.id), None)
        .await
        .unwrap();
    let mut second = a_tenant();
    second.slug = first.slug;
    assert!(is_conflict(
        &stores
            .tenants
            .create_tenant(&second, &a_project(second.id), None)
            .await
    ));
    assert_eq!(
        stores.tenants.get_tenant(second.id).await.unwrap(),
        None,
        "all or nothing"
    );
    assert!(
        stores
            .projects
            .list_projects(TenantScope::for_tests(second.id))
            .await
            .unwrap()
            .is_empty()
    );
}

pub async fn project_numbers_are_unique(stores: Stores) {
    let (scope, first) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let mut numbers = vec![
        stores
            .projects
            .list_projects(other.tenant_scope())
            .await
            .unwrap()[0]
            .number,
    ];
    for _ in 0..3 {
        stores
            .projects
            .create_project(&a_project(scope.tenant()))
            .await
            .unwrap();
    }
    let projects = stores
        .projects
        .list_projects(scope.tenant_scope())
        .await
        .unwrap();
    assert_eq!(
        (projects.len(), projects[0].id),
        (4, first),
        "by number, the first one leads"
    );
    numbers.extend(projects.iter().map(|project| project.number));
    numbers.sort_unstable();
    assert!(numbers[0] > 0);
    numbers.dedup();
    assert_eq!(numbers.len(), 5);
    let again = Project {
        slug: projects[1].slug.clone(),
        ..a_project(scope.tenant())
    };
    assert!(is_conflict(&stores.projects.create_project(&again).await));
    let elsewhere = Project {
        slug: projects[1].slug.clone(),
        ..a_project(other.tenant())
    };
    stores.projects.create_project(&elsewhere).await.unwrap();
}

pub async fn a_key_is_found_by_its_digest(stores: Stores) {
    let (scope, project) = new_tenant(&stores).await;
    let mut key = a_key(scope.tenant());
    key.project_id = Some(project);
    stores.keys.create_key(&key).await.unwrap();
    assert_eq!(
        stores.keys.find_key(&key.digest).await.unwrap(),
        Some(key.clone())
    );
    assert_eq!(
        stores
            .keys
            .find_key(&KeyDigest::of("another"))
            .await
            .unwrap(),
        None
    );
    let mut twin = a_key(scope.tenant());
    twin.digest = key.digest;
    assert!(is_conflict(&stores.keys.create_key(&twin).await));
}

pub async fn a_revoked_key_is_listed_no_more(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let mut keys = vec![a_key(scope.tenant()), a_key(scope.tenant())];
    keys[1].created_at = NOON + Duration::SECOND;
    for key in &keys {
        stores.keys.create_key(key).await.unwrap();
    }
    let listed = stores.keys.list_keys(scope.tenant_scope()).await.unwrap();
    assert_eq!(listed, [keys[1].clone(), keys[0].clone()], "newest first");
    let (id, at) = (keys[0].id, NOON + Duration::MINUTE);
    assert!(
        !stores
            .keys
            .revoke_key(other.tenant_scope(), id, at)
            .await
            .unwrap(),
        "not theirs"
    );
    assert!(
        stores
            .keys
            .revoke_key(scope.tenant_scope(), id, at)
            .await
            .unwrap()
    );
    assert!(
        !stores
            .keys
            .revoke_key(scope.tenant_scope(), id, at)
            .await
            .unwrap(),
        "already revoked"
    );
    assert!(
        !stores
            .keys
            .revoke_key(scope.tenant_scope(), KeyId(new_id()), at)
            .await
            .unwrap()
    );
    assert_eq!(
        stores
            .keys
            .list_keys(scope.tenant_scope())
            .await
            .unwrap()
            .len(),
        1
    );
    let revoked = stores
        .keys
        .find_key(&keys[0].digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revoked.revoked_at, Some(at));
}

pub async fn use_never_moves_back(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let key = a_key(scope.tenant());
    stores.keys.create_key(&key).await.unwrap();
    let late = NOON + Duration::HOUR;
    stores
        .keys
        .touch_keys(&[(key.id, late), (KeyId(new_id()), late)])
        .await
        .unwrap();
    stores.keys.touch_keys(&[(key.id, NOON)]).await.unwrap();
    stores.keys.touch_keys(&[]).await.unwrap();
    assert_eq!(
        stores
            .keys
            .find_key(&key.digest)
            .await
            .unwrap()
            .unwrap()
            .last_used,
        Some(late)
    );
}

pub async fn a_user_is_found_by_address(stores: Stores) {
    let user = a_user();
    stores.users.create_user(&user).await.unwrap();
    assert_eq!(
        stores.users.find_user(&user.email).await.unwrap(),
        Some(user.clone())
    );
    assert_eq!(
        stores.users.find_user("nobody@example.com").await.unwrap(),
        None
    );
    let twin = User {
        id: UserId(new_id()),
        ..user
    };
    assert!(is_conflict(&stores.users.create_user(&twin).await));
}

pub async fn tenants_are_listed_renamed_and_put_out_of_sight(stores: Stores) {
    let user = a_user();
    stores.users.create_user(&user).await.unwrap();
    let mut tenants = Vec::new();
    for _ in 0..3 {
        let tenant = a_tenant();
        let owner = a_member(&user, tenant.id);
        let project = a_project(tenant.id);
        let made = stores
            .tenants
            .create_tenant(&tenant, &project, Some(&owner))
            .await;
        made.unwrap();
        tenants.push(tenant);
    }
    new_tenant(&stores).await;
    let first = stores
        .tenants
        .list_tenants(Some(user.id), None, 2)
        .await
        .unwrap();
    assert_eq!(
        (first.items.len(), first.total),
        (2, 3),
        "newest first, theirs only"
    );
    assert_eq!(first.items[0], tenants[2]);
    let rest = stores
        .tenants
        .list_tenants(Some(user.id), first.next, 2)
        .await
        .unwrap();
    assert_eq!((rest.items, rest.next), (vec![tenants[0].clone()], None));
    assert!(
        stores
            .tenants
            .list_tenants(None, None, 100)
            .await
            .unwrap()
            .total
            >= 4
    );

    let renamed = Tenant {
        name: "Another".to_owned(),
        suspended: true,
        ..tenants[0].clone()
    };
    assert!(stores.tenants.update_tenant(&renamed).await.unwrap());
    let kept = stores.tenants.get_tenant(renamed.id).await.unwrap();
    assert_eq!(kept, Some(renamed.clone()));
    assert!(
        stores
            .tenants
            .delete_tenant(renamed.id, NOON)
            .await
            .unwrap()
    );
    assert!(
        !stores
            .tenants
            .delete_tenant(renamed.id, NOON)
            .await
            .unwrap()
    );
    assert!(!stores.tenants.update_tenant(&renamed).await.unwrap());
    assert_eq!(stores.tenants.get_tenant(renamed.id).await.unwrap(), None);
    assert_eq!(
        stores.tenants.find_tenant(&renamed.slug).await.unwrap(),
        None
    );
    let left = stores
        .tenants
        .list_tenants(Some(user.id), None, 10)
        .await
        .unwrap();
    assert_eq!(left.total, 2);
    let memberships = stores.members.list_memberships(user.id).await.unwrap();
    assert_eq!(memberships.len(), 2);
    let again = Tenant {
        id: TenantId(new_id()),
        ..renamed
    };
    let project = a_project(again.id);
    assert!(is_conflict(
        &stores.tenants.create_tenant(&again, &project, None).await
    ));
}

pub async fn projects_are_changed_and_put_out_of_sight(stores: Stores) {
    let (scope, first) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let made = stores
        .projects
        .create_project(&a_project(scope.tenant()))
        .await;
    let made = made.unwrap();
    let changed = Project {
        slug: "renamed".parse().unwrap(),
        name: "Renamed".to_owned(),
        platform: Some("rust".to_owned()),
        retention_days: Some(7),
        updated_at: NOON + Duration::HOUR,
        ..made.clone()
    };
    assert!(stores.projects.update_project(&changed).await.unwrap());
    let all = stores
        .projects
        .list_projects(scope.tenant_scope())
        .await
        .unwrap();
    assert_eq!(all[1], changed);
    let taken = Project {
        slug: all[0].slug.clone(),
        ..changed.clone()
    };
    assert!(is_conflict(&stores.projects.update_project(&taken).await));
    let foreign = Project {
        tenant_id: other.tenant(),
        ..changed.clone()
    };
    assert!(!stores.projects.update_project(&foreign).await.unwrap());
    let delete = |scope, id| stores.projects.delete_project(scope, id, NOON);
    assert!(
        !delete(other.tenant_scope(), changed.id).await.unwrap(),
        "not theirs"
    );
    assert!(delete(scope.tenant_scope(), changed.id).await.unwrap());
    assert!(!delete(scope.tenant_scope(), changed.id).await.unwrap());
    let all = stores
        .projects
        .list_projects(scope.tenant_scope())
        .await
        .unwrap();
    assert_eq!((all.len(), all[0].id), (1, first));
    let again = Project {
        slug: changed.slug,
        ..a_project(scope.tenant())
    };
    assert!(is_conflict(&stores.projects.create_project(&again).await));
}
