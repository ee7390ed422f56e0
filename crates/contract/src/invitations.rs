//! Contract of `InvitationStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_member, a_user, an_invitation, new_id};
use crate::world::{digest, is_conflict, new_tenant};
use faultbook_domain::id::UserId;
use faultbook_domain::identity::{Invitation, User};
use std::sync::Arc;
use time::Duration;
use tokio::task::JoinSet;

pub async fn one_invitation_to_an_address_is_pending(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let store = &stores.invitations;
    let first = an_invitation(&scope, "ada@example.com");
    store.create_invitation(&first).await.unwrap();
    let again = an_invitation(&scope, "ada@example.com");
    assert!(is_conflict(&store.create_invitation(&again).await));
    store
        .create_invitation(&an_invitation(&other, "ada@example.com"))
        .await
        .unwrap();
    assert_eq!(
        store
            .get_invitation(scope.tenant_scope(), first.id)
            .await
            .unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        store.find_invitation(&first.digest).await.unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        store
            .get_invitation(other.tenant_scope(), first.id)
            .await
            .unwrap(),
        None
    );

    let later = Invitation {
        created_at: first.expires_at,
        expires_at: first.expires_at + Invitation::VALIDITY,
        ..again
    };
    store.create_invitation(&later).await.unwrap();
    let all = store
        .list_invitations(scope.tenant_scope(), None, 10)
        .await
        .unwrap();
    assert_eq!(
        all.items,
        std::slice::from_ref(&later),
        "the expired one made room"
    );

    let renewed = Invitation {
        digest: digest(),
        expires_at: later.expires_at + Duration::DAY,
        ..later.clone()
    };
    assert!(store.renew_invitation(&renewed).await.unwrap());
    assert_eq!(store.find_invitation(&later.digest).await.unwrap(), None);
    assert_eq!(
        store.find_invitation(&renewed.digest).await.unwrap(),
        Some(renewed.clone())
    );
    assert!(
        !store
            .withdraw_invitation(other.tenant_scope(), renewed.id)
            .await
            .unwrap()
    );
    assert!(
        store
            .withdraw_invitation(scope.tenant_scope(), renewed.id)
            .await
            .unwrap()
    );
    assert!(
        !store
            .withdraw_invitation(scope.tenant_scope(), renewed.id)
            .await
            .unwrap()
    );
    assert!(!store.renew_invitation(&renewed).await.unwrap());
}

pub async fn an_invitation_is_accepted_once(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let user = a_user();
    let invitation = an_invitation(&scope, &user.email);
    stores
        .invitations
        .create_invitation(&invitation)
        .await
        .unwrap();
    let mut accepting = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(&stores.invitations);
        let member = a_member(&user, scope.tenant());
        let (id, user) = (invitation.id, user.clone());
        accepting.spawn(async move {
            store
                .accept_invitation(id, NOON, &user, &member)
                .await
                .unwrap()
        });
    }
    let accepted = accepting.join_all().await;
    assert_eq!(accepted.iter().filter(|once| **once).count(), 1);
    let kept = stores.invitations.find_invitation(&invitation.digest).await;
    assert_eq!(kept.unwrap().unwrap().accepted_at, Some(NOON));
    let page = stores
        .members
        .list_members(scope.tenant_scope(), None, 10)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(
        !stores
            .invitations
            .renew_invitation(&invitation)
            .await
            .unwrap()
    );

    // A member who is invited again: accepting changes nothing.
    let again = an_invitation(&scope, &user.email);
    stores.invitations.create_invitation(&again).await.unwrap();
    let member = a_member(&user, scope.tenant());
    let refused = stores
        .invitations
        .accept_invitation(again.id, NOON, &user, &member)
        .await;
    assert!(is_conflict(&refused));
    let kept = stores.invitations.find_invitation(&again.digest).await;
    assert_eq!(kept.unwrap().unwrap().accepted_at, None);

    // An address that belongs to a user by now: the same.
    let (other, _) = new_tenant(&stores).await;
    let third = an_invitation(&other, &user.email);
    stores.invitations.create_invitation(&third).await.unwrap();
    let impostor = User {
        id: UserId(new_id()),
        ..user
    };
    let member = a_member(&impostor, other.tenant());
    let refused = stores
        .invitations
        .accept_invitation(third.id, NOON, &impostor, &member)
        .await;
    assert!(is_conflict(&refused));
    let page = stores
        .members
        .list_members(other.tenant_scope(), None, 10)
        .await
        .unwrap();
    assert_eq!(page.total, 0);
}
