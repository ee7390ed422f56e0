//! People in tenants, and what they may do.
#![allow(missing_docs, reason = "the name of a promise is the promise")]

use super::{Stores, new_tenant};
use crate::builder::{NOON, a_member, a_user, new_id};
use faultbook_domain::id::{AuditId, InvitationId, MemberId, SystemUserId, UserId};
use faultbook_domain::identity::MemberChange;
use faultbook_domain::identity::{
    AuditEntry, BuiltInRole, Invitation, KeyDigest, Member, MemberStatus, SystemUser, User,
};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use std::sync::Arc;
use time::Duration;
use tokio::task::JoinSet;

pub(super) fn is_conflict<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict(_)))
}

pub(super) fn digest() -> KeyDigest {
    KeyDigest::of(&new_id().to_string())
}

pub(super) async fn new_user(stores: &Stores) -> User {
    let user = a_user();
    stores.users.create_user(&user).await.unwrap();
    user
}

pub(super) async fn new_member(stores: &Stores, scope: &Scope, role: BuiltInRole) -> Member {
    let user = new_user(stores).await;
    let member = Member {
        role_id: role.id(),
        ..a_member(&user, scope.tenant())
    };
    stores.members.add_member(&member).await.unwrap();
    member
}

pub async fn members_are_kept_with_their_persons(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let first = new_member(&stores, &scope, BuiltInRole::Owner).await;
    let second = new_member(&stores, &scope, BuiltInRole::Viewer).await;
    let store = &stores.members;
    let found = store
        .get_member(scope.tenant_scope(), first.id)
        .await
        .unwrap();
    assert_eq!(found, Some(first.clone()));
    let found = store
        .get_member(other.tenant_scope(), first.id)
        .await
        .unwrap();
    assert_eq!(found, None, "not theirs");
    let page = store
        .list_members(scope.tenant_scope(), None, 1)
        .await
        .unwrap();
    assert_eq!((page.items, page.total), (vec![second.clone()], 2));
    let page = store
        .list_members(scope.tenant_scope(), page.next, 1)
        .await
        .unwrap();
    assert_eq!((page.items, page.next), (vec![first.clone()], None));
    let twin = Member {
        id: MemberId(new_id()),
        ..first.clone()
    };
    assert!(is_conflict(&store.add_member(&twin).await));

    let elsewhere = Member {
        id: MemberId(new_id()),
        tenant_id: other.tenant(),
        ..second.clone()
    };
    store.add_member(&elsewhere).await.unwrap();
    let places = store.list_memberships(second.user_id).await.unwrap();
    assert_eq!(places, [second.clone(), elsewhere.clone()], "oldest first");
    let place = store.find_membership(second.user_id, other.tenant()).await;
    assert_eq!(place.unwrap(), Some(elsewhere));
    let place = store.find_membership(first.user_id, other.tenant()).await;
    assert_eq!(place.unwrap(), None);

    let promoted = Member {
        role_id: BuiltInRole::Developer.id(),
        status: MemberStatus::Suspended,
        ..second
    };
    let changed = store.update_member(&promoted).await.unwrap();
    assert_eq!(changed, MemberChange::Done);
    let found = store
        .get_member(scope.tenant_scope(), promoted.id)
        .await
        .unwrap();
    assert_eq!(found, Some(promoted.clone()));
    let removed = store.remove_member(other.tenant_scope(), promoted.id).await;
    assert_eq!(removed.unwrap(), MemberChange::NotFound);
    let removed = store.remove_member(scope.tenant_scope(), promoted.id).await;
    assert_eq!(removed.unwrap(), MemberChange::Done);
    let gone = store.update_member(&promoted).await.unwrap();
    assert_eq!(gone, MemberChange::NotFound);
}

pub async fn the_last_keeper_stays_however_many_change_at_once(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let mut keepers = Vec::new();
    for role in [
        BuiltInRole::Owner,
        BuiltInRole::Admin,
        BuiltInRole::Owner,
        BuiltInRole::Admin,
    ] {
        keepers.push(new_member(&stores, &scope, role).await);
    }
    new_member(&stores, &scope, BuiltInRole::Developer).await;
    let mut changes = JoinSet::new();
    for (number, keeper) in keepers.into_iter().enumerate() {
        let store = Arc::clone(&stores.members);
        let tenant = scope.tenant_scope();
        changes.spawn(async move {
            match number {
                0 => store.remove_member(tenant, keeper.id).await,
                1 => {
                    let status = MemberStatus::Suspended;
                    store.update_member(&Member { status, ..keeper }).await
                }
                _ => {
                    let role_id = BuiltInRole::Viewer.id();
                    store.update_member(&Member { role_id, ..keeper }).await
                }
            }
        });
    }
    let outcomes: Vec<MemberChange> = changes
        .join_all()
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let refused = outcomes
        .iter()
        .filter(|one| **one == MemberChange::LastAdmin);
    assert_eq!(refused.count(), 1, "{outcomes:?}");
    let left = stores
        .members
        .list_members(scope.tenant_scope(), None, 10)
        .await
        .unwrap();
    let keeps = BuiltInRole::ADMIN_ROLES.map(BuiltInRole::id);
    let is_keeper =
        |member: &&Member| member.status == MemberStatus::Active && keeps.contains(&member.role_id);
    assert_eq!(left.items.iter().filter(is_keeper).count(), 1);
}

pub(super) fn an_invitation(scope: &Scope, email: &str) -> Invitation {
    Invitation {
        id: InvitationId(new_id()),
        tenant_id: scope.tenant(),
        email: email.to_owned(),
        role_id: BuiltInRole::Viewer.id(),
        digest: digest(),
        invited_by: "system".to_owned(),
        created_at: NOON,
        expires_at: NOON + Invitation::VALIDITY,
        accepted_at: None,
    }
}

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

    // The same person, invited again although a member: nothing of it stays.
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

    // Somebody whose address is taken by now: the same.
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

pub async fn system_users_are_kept_changed_and_removed(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let (tenant, store) = (scope.tenant_scope(), &stores.system_users);
    let user = SystemUser {
        id: SystemUserId(new_id()),
        tenant_id: scope.tenant(),
        name: "deployer".to_owned(),
        role_id: BuiltInRole::Viewer.id(),
        digest: digest(),
        preview: "su_****abcd".to_owned(),
        active: true,
        expires_at: Some(NOON + Duration::DAY),
        last_used: None,
        created_at: NOON,
    };
    store.add_system_user(&user).await.unwrap();
    let twin = SystemUser {
        id: SystemUserId(new_id()),
        digest: digest(),
        ..user.clone()
    };
    assert!(is_conflict(&store.add_system_user(&twin).await));
    let found = store.find_system_user(&user.digest).await.unwrap();
    assert_eq!(found, Some(user.clone()));
    assert_eq!(
        store
            .get_system_user(other.tenant_scope(), user.id)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .list_system_users(other.tenant_scope(), None, 10)
            .await
            .unwrap()
            .total,
        0
    );

    let later = NOON + Duration::HOUR;
    store.touch_system_users(&[(user.id, later)]).await.unwrap();
    store.touch_system_users(&[(user.id, NOON)]).await.unwrap();
    let rotated = SystemUser {
        name: "builder".to_owned(),
        role_id: BuiltInRole::Admin.id(),
        digest: digest(),
        preview: "su_****efgh".to_owned(),
        active: false,
        expires_at: None,
        ..user.clone()
    };
    assert!(store.update_system_user(&rotated).await.unwrap());
    assert_eq!(store.find_system_user(&user.digest).await.unwrap(), None);
    let kept = store.get_system_user(tenant, user.id).await.unwrap();
    let last_used = Some(later);
    assert_eq!(
        kept,
        Some(SystemUser {
            last_used,
            ..rotated.clone()
        })
    );
    assert!(
        !store
            .remove_system_user(other.tenant_scope(), user.id)
            .await
            .unwrap()
    );
    assert!(store.remove_system_user(tenant, user.id).await.unwrap());
    assert!(!store.remove_system_user(tenant, user.id).await.unwrap());
    assert!(!store.update_system_user(&rotated).await.unwrap());
}

pub async fn entries_are_listed_newest_first(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let entries = [0, 1, 2].map(|number| AuditEntry {
        id: AuditId(new_id()),
        tenant_id: scope.tenant(),
        actor: "system".to_owned(),
        action: "POST /api/projects".to_owned(),
        target: "/api/projects".to_owned(),
        detail: Some(format!("number {number}")),
        ip_address: Some("192.0.2.1".to_owned()),
        request_id: "r".to_owned(),
        at: NOON,
    });
    for entry in &entries {
        stores.audit.append_audit_entry(entry).await.unwrap();
    }
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), None, 2)
        .await
        .unwrap();
    assert_eq!(page.items, [entries[2].clone(), entries[1].clone()]);
    assert_eq!(page.total, 3);
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), page.next, 2)
        .await
        .unwrap();
    assert_eq!((page.items, page.next), (vec![entries[0].clone()], None));
    let page = stores
        .audit
        .list_audit_entries(other.tenant_scope(), None, 2)
        .await
        .unwrap();
    assert_eq!(page.total, 0);
}

pub async fn maintenance_is_remembered(stores: Stores) {
    assert!(!stores.platform.get_maintenance().await.unwrap());
    for closed in [true, true, false] {
        stores.platform.set_maintenance(closed).await.unwrap();
        assert_eq!(stores.platform.get_maintenance().await.unwrap(), closed);
    }
}
