//! System users: who may make, change and rotate them.

use crate::world::World;
use faultbook_domain::identity::{
    AccessError, AuthError, Credential, Duplicate, Missing, Permission, SystemUserChange,
    SystemUsers, TenantContext,
};
use faultbook_domain::tenancy::TenantLimits;
use std::sync::Arc;
use time::Duration;

fn system_users(world: &World, limits: TenantLimits) -> SystemUsers {
    let access = Arc::clone(&world.access);
    let roles = world.roles(limits);
    SystemUsers::new(world.store.clone(), roles, access, world.sources(), limits)
}

async fn owner(world: &World) -> TenantContext {
    world.entered(&["admin", "tenant:manage"]).await
}

#[tokio::test]
async fn a_token_works_until_it_is_rotated_switched_off_or_past_its_date() {
    let world = World::new().await;
    let users = system_users(&world, TenantLimits::default());
    let owner = owner(&world).await;
    let accepted = async |token: &str| world.access.accept(Credential::Key(token)).await;
    let made = users.create(&owner, "ci".to_owned(), "viewer", None).await;
    let (first, user) = made.unwrap();
    let caller = accepted(first.reveal()).await.unwrap();
    assert!(caller.may(Permission::ErrorsRead) && !caller.may(Permission::ErrorsWrite));

    let (second, _) = users.rotate(&owner, user.id).await.unwrap();
    let old = accepted(first.reveal()).await;
    assert!(matches!(old, Err(AuthError::Invalid)));
    accepted(second.reveal()).await.unwrap();

    let off = SystemUserChange {
        active: Some(false),
        ..SystemUserChange::default()
    };
    users.update(&owner, user.id, off).await.unwrap();
    let inactive = accepted(second.reveal()).await;
    assert!(matches!(inactive, Err(AuthError::Inactive)));

    let dated = SystemUserChange {
        active: Some(true),
        expires_at: Some(Some(user.created_at + Duration::HOUR)),
        ..SystemUserChange::default()
    };
    users.update(&owner, user.id, dated).await.unwrap();
    accepted(second.reveal()).await.unwrap();
    world.clock.advance(Duration::HOUR);
    let late = accepted(second.reveal()).await;
    assert!(matches!(late, Err(AuthError::Inactive)));

    users.remove(&owner, user.id).await.unwrap();
    let gone = users.get(owner.scope, user.id).await;
    assert!(matches!(
        gone,
        Err(AccessError::NotFound(Missing::SystemUser))
    ));
}

#[tokio::test]
async fn nobody_makes_or_changes_one_that_may_do_more() {
    let world = World::new().await;
    let users = system_users(&world, TenantLimits::default());
    let owner = owner(&world).await;
    let manager = world.entered(&["keys:manage", "errors:read"]).await;
    let refused = users.create(&manager, "ci".to_owned(), "admin", None).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
    let reader = world.entered(&["errors:read"]).await;
    let refused = users.create(&reader, "ci".to_owned(), "viewer", None).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
    let made = users.create(&owner, "ci".to_owned(), "admin", None).await;
    let (_, strong) = made.unwrap();
    let renamed = SystemUserChange {
        name: Some("mine".to_owned()),
        ..SystemUserChange::default()
    };
    let refused = users.update(&manager, strong.id, renamed).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
    let refused = users.rotate(&manager, strong.id).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
    let refused = users.remove(&manager, strong.id).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
}

#[tokio::test]
async fn names_are_taken_dates_are_checked_and_there_is_an_end() {
    let world = World::new().await;
    let limits = TenantLimits {
        system_users: 2,
        ..TenantLimits::default()
    };
    let users = system_users(&world, limits);
    let owner = owner(&world).await;
    let create =
        async |name: &str, ends| users.create(&owner, name.to_owned(), "viewer", ends).await;
    let (_, first) = create("ci", None).await.unwrap();
    let refused = create("ci", None).await;
    assert!(matches!(
        refused,
        Err(AccessError::Taken(Duplicate::SystemUser))
    ));
    let refused = create("late", Some(first.created_at)).await;
    assert!(matches!(refused, Err(AccessError::Invalid { .. })));
    create("deploy", None).await.unwrap();
    let refused = create("third", None).await;
    assert!(refused.is_err());
    let page = users.list(owner.scope, None, 10).await.unwrap();
    assert_eq!(page.total, 2);
}
