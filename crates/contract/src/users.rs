//! Contract of `UserStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{a_user, new_id};
use crate::world::is_conflict;
use faultbook_domain::id::UserId;
use faultbook_domain::identity::User;

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
