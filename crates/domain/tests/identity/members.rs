//! Members: adding users to a tenant without telling who has an account.

use crate::world::World;
use faultbook_contract::builder::{a_member, a_project, a_tenant, a_user, new_id};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{MemberId, UserId};
use faultbook_domain::identity::{
    AccessError, Duplicate, Member, MemberStore, Missing, User, UserRef, UserStore,
};
use faultbook_domain::tenancy::{Tenant, TenantStore};

async fn a_person(world: &World, tenant: Option<&Tenant>) -> (User, Option<Member>) {
    let user = User {
        platform_admin: false,
        ..a_user()
    };
    UserStore::create_user(&*world.store, &user).await.unwrap();
    let member = tenant.map(|tenant| a_member(&user, tenant.id));
    if let Some(member) = &member {
        world.store.add_member(member).await.unwrap();
    }
    (user, member)
}

#[tokio::test]
async fn an_address_tells_nothing_and_adds_nobody() {
    let world = World::new().await;
    let other = a_tenant();
    TenantStore::create_tenant(&*world.store, &other, &a_project(other.id), None)
        .await
        .unwrap();
    let (stranger, _) = a_person(&world, Some(&other)).await;
    let (member, _) = a_person(&world, Some(&world.tenant)).await;
    let members = world.members();
    let caller = world.entered(&["admin", "tenant:manage"]).await;
    for email in [stranger.email.clone(), "nobody@example.com".to_owned()] {
        let refused = members.add(&caller, UserRef::Email(email), "viewer").await;
        assert!(matches!(refused, Err(AccessError::NotFound(Missing::User))));
    }
    let refused = members.add(&caller, UserRef::Email(member.email), "viewer");
    assert!(matches!(
        refused.await,
        Err(AccessError::Taken(Duplicate::Member))
    ));
    // Nor does an id that the caller cannot have seen.
    for id in [stranger.id, UserId(new_id())] {
        let refused = members.add(&caller, UserRef::Id(id), "viewer").await;
        assert!(matches!(refused, Err(AccessError::NotFound(Missing::User))));
    }
    let page = members.list(caller.scope, None, 10).await.unwrap();
    assert_eq!(page.total, 1);
    // A colleague in another tenant has seen it.
    let (colleague, _) = a_person(&world, Some(&other)).await;
    let of_both = Member {
        id: MemberId(new_id()),
        tenant_id: world.tenant.id,
        ..a_member(&colleague, other.id)
    };
    world.store.add_member(&of_both).await.unwrap();
    let mut caller = caller;
    caller.actor = Actor::User(colleague.id);
    let added = members
        .add(&caller, UserRef::Id(stranger.id), "viewer")
        .await;
    assert_eq!(added.unwrap().user_id, stranger.id);
}
