//! Tenants: who makes, suspends and deletes them, and the program that may refuse one.

use crate::world::World;
use faultbook_contract::builder::{a_member, a_user};
use faultbook_domain::identity::{
    AccessError, Duplicate, MemberStore, Missing, Permission, User, UserStore,
};
use faultbook_domain::notifications::{MockTransactionalMailer, NotifyError, WebhookTarget};
use faultbook_domain::tenancy::{Provisioning, Slug, TenantLimits, TenantStore, Tenants};
use std::sync::Arc;

fn tenants(world: &World, provisioning: Option<Provisioning>, limits: TenantLimits) -> Tenants {
    let access = Arc::clone(&world.access);
    let store = world.store.clone();
    Tenants::new(store, access, provisioning, world.sources(), limits)
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_program_needs_to_administer_the_platform() {
    let world = World::new().await;
    let tenants = tenants(&world, None, TenantLimits::default());
    let (_, program) = world.holder_of(&["admin", "tenant:manage"]).await;
    let refused = tenants.create(&program, slug("shop"), "Shop".to_owned());
    assert!(matches!(refused.await, Err(AccessError::NotPlatformAdmin)));
    let (_, admin) = world.key(|key| key.platform_admin = true).await;
    let made = tenants.create(&admin, slug("shop"), "Shop".to_owned());
    let made = made.await.unwrap();
    let again = tenants.create(&admin, slug("shop"), "Shop".to_owned());
    assert!(matches!(
        again.await,
        Err(AccessError::Taken(Duplicate::TenantSlug))
    ));
    let all = tenants.list(&admin, None, 10).await.unwrap();
    assert_eq!(all.total, 2);
    let own = tenants.list(&program, None, 10).await.unwrap();
    assert_eq!((own.total, own.items[0].id), (1, world.tenant.id));
    assert_ne!(made.id, world.tenant.id);
}

#[tokio::test]
async fn a_person_owns_what_they_make_up_to_a_limit() {
    let world = World::new().await;
    let limits = TenantLimits {
        tenants_per_person: 1,
        ..TenantLimits::default()
    };
    let tenants = tenants(&world, None, limits);
    let user = User {
        platform_admin: false,
        ..a_user()
    };
    UserStore::create_user(&*world.store, &user).await.unwrap();
    let (_, key) = world.holder_of(&["errors:read"]).await;
    let mut person = (*key).clone();
    person.actor = faultbook_domain::errors::Actor::User(user.id);
    let made = tenants.create(&person, slug("first"), "First".to_owned());
    let made = made.await.unwrap();
    let memberships = world.store.list_memberships(user.id).await.unwrap();
    assert_eq!(memberships.len(), 1);
    assert_eq!(memberships[0].tenant_id, made.id);
    let refused = tenants.create(&person, slug("second"), "Second".to_owned());
    assert!(refused.await.is_err());
    // Membership alone does not count.
    let other = User {
        platform_admin: false,
        ..a_user()
    };
    UserStore::create_user(&*world.store, &other).await.unwrap();
    let mut member = a_member(&other, world.tenant.id);
    member.role_id = faultbook_domain::identity::BuiltInRole::Viewer.id();
    world.store.add_member(&member).await.unwrap();
    person.actor = faultbook_domain::errors::Actor::User(other.id);
    let made = tenants.create(&person, slug("third"), "Third".to_owned());
    made.await.unwrap();
}

#[tokio::test]
async fn a_suspended_tenant_is_locked_and_a_deleted_one_gone() {
    let world = World::new().await;
    let tenants = tenants(&world, None, TenantLimits::default());
    let (_, admin) = world.key(|key| key.platform_admin = true).await;
    let owner = world.entered(&["admin", "tenant:manage"]).await;
    let reader = world.entered(&["errors:read"]).await;
    let id = world.tenant.id.to_string();
    let renamed = tenants.rename(&owner, "New name".to_owned()).await.unwrap();
    assert_eq!(renamed.name, "New name");
    let refused = tenants.rename(&reader, "x".to_owned()).await;
    assert!(matches!(refused, Err(AccessError::Permission)));

    let (_, plain) = world.holder_of(&["admin"]).await;
    let refused = tenants.set_suspended(&plain, &id, true).await;
    assert!(matches!(refused, Err(AccessError::NotPlatformAdmin)));
    let suspended = tenants.set_suspended(&admin, &id, true).await.unwrap();
    assert!(suspended.suspended);
    let missing = tenants.set_suspended(&admin, "nowhere", true).await;
    assert!(matches!(
        missing,
        Err(AccessError::NotFound(Missing::Tenant))
    ));
    tenants.set_suspended(&admin, &id, false).await.unwrap();

    let refused = reader.require(Permission::TenantManage);
    assert!(refused.is_err());
    let refused = tenants.delete(&reader).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
    tenants.delete(&owner).await.unwrap();
    let gone = tenants.delete(&owner).await;
    assert!(matches!(gone, Err(AccessError::NotFound(Missing::Tenant))));
}

#[tokio::test]
async fn the_program_that_prepares_tenants_may_refuse_one() {
    let world = World::new().await;
    let mut mailer = MockTransactionalMailer::new();
    mailer
        .expect_send_event()
        .withf(|event, _| event.kind == "tenant.created" && event.data.as_str().contains("shop"))
        .times(1)
        .returning(|_, _| {
            Err(NotifyError::Transient {
                reason: "busy".to_owned(),
                retry_after: None,
                reached: Vec::new(),
            })
        });
    let hook = WebhookTarget {
        url: "https://provision.example".into(),
        secret: "whsec_".into(),
    };
    let provisioning = Provisioning {
        hook,
        mailer: Arc::new(mailer),
    };
    let tenants = tenants(&world, Some(provisioning), TenantLimits::default());
    let (_, admin) = world.key(|key| key.platform_admin = true).await;
    let refused = tenants.create(&admin, slug("shop"), "Shop".to_owned());
    assert!(matches!(refused.await, Err(AccessError::Provisioning(_))));
    let found = TenantStore::find_tenant(&*world.store, &slug("shop")).await;
    assert_eq!(found.unwrap(), None);
}
