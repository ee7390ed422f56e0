//! Contract of `TenantStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_member, a_project, a_tenant, a_user, new_id};
use crate::world::{is_conflict, new_tenant};
use faultbook_domain::id::TenantId;
use faultbook_domain::tenancy::{Project, Tenant, TenantScope};

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
