//! What people set for themselves.

use crate::world::World;
use faultbook_contract::builder::{a_member, a_user};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::SessionId;
use faultbook_domain::identity::{
    AccessError, MemberStore, PersonalMails, Principal, Profile, ProfileChange, Profiles, Theme,
    UserStore,
};
use uuid::Uuid;

#[tokio::test]
async fn what_a_change_leaves_out_stays() {
    let world = World::new().await;
    let user = a_user();
    UserStore::create_user(&*world.store, &user).await.unwrap();
    let member = a_member(&user, world.tenant.id);
    world.store.add_member(&member).await.unwrap();
    let (_, key) = world.holder_of(&["read"]).await;
    let mut person: Principal = (*key).clone();
    person.actor = Actor::User(user.id);
    person.session = Some(SessionId(Uuid::nil()));
    let profiles = Profiles::new(world.store.clone());
    let (_, profile) = profiles.get(&person).await.unwrap();
    assert_eq!(profile, Profile::default());
    let first = ProfileChange {
        theme: Some(Theme::Dark),
        mentioned: Some(false),
        ..ProfileChange::default()
    };
    profiles.change(&person, first).await.unwrap();
    let second = ProfileChange {
        name: Some("Ada L.".to_owned()),
        followed: Some(false),
        ..ProfileChange::default()
    };
    let (user, profile) = profiles.change(&person, second).await.unwrap();
    assert_eq!(user.name, "Ada L.");
    let mails = PersonalMails {
        assigned: true,
        mentioned: false,
        followed: false,
    };
    assert_eq!((profile.theme, profile.notifications), (Theme::Dark, mails));
    let refused = profiles.get(&key).await;
    assert!(
        matches!(refused, Err(AccessError::Permission)),
        "a key is nobody"
    );
}
