//! Contract of `UserStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{a_user, new_id};
use crate::world::{is_conflict, new_member, new_tenant};
use faultbook_domain::id::UserId;
use faultbook_domain::identity::BuiltInRole;
use faultbook_domain::identity::{PersonalMails, Profile, Theme, User};

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

pub async fn a_profile_is_kept(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let member = new_member(&stores, &scope, BuiltInRole::Viewer).await;
    let users = &stores.users;
    let nobody = UserId(new_id());
    for id in [member.user_id, nobody] {
        assert_eq!(users.get_profile(id).await.unwrap(), Profile::default());
    }
    let profile = Profile {
        time_zone: "Europe/Berlin".parse().unwrap(),
        theme: Theme::Dark,
        shortcuts: false,
        notifications: PersonalMails {
            assigned: false,
            mentioned: true,
            followed: false,
        },
    };
    for id in [member.user_id, nobody] {
        users.set_profile(id, "Ada L.", &profile).await.unwrap();
    }
    assert_eq!(users.get_profile(member.user_id).await.unwrap(), profile);
    let user = users.get_user(member.user_id).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), user.email), ("Ada L.", member.email));
    let known = stores
        .members
        .get_member(scope.tenant_scope(), member.id)
        .await;
    assert_eq!(known.unwrap().unwrap().name, "Ada L.");
}
