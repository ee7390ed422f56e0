//! Contract of `MemberStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::{is_conflict, new_member, new_tenant};
use faultbook_domain::id::MemberId;
use faultbook_domain::identity::MemberChange;
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus};
use std::sync::Arc;
use tokio::task::JoinSet;

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
    let removed = store
        .remove_member(other.tenant_scope(), promoted.id, NOON)
        .await;
    assert_eq!(removed.unwrap(), MemberChange::NotFound);
    let removed = store
        .remove_member(scope.tenant_scope(), promoted.id, NOON)
        .await;
    assert_eq!(removed.unwrap(), MemberChange::Done);
    let gone = store.update_member(&promoted).await.unwrap();
    assert_eq!(gone, MemberChange::NotFound);
}

pub async fn the_last_keeper_stays_however_many_change_at_once(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let mut admins = Vec::new();
    for role in [
        BuiltInRole::Owner,
        BuiltInRole::Admin,
        BuiltInRole::Owner,
        BuiltInRole::Admin,
    ] {
        admins.push(new_member(&stores, &scope, role).await);
    }
    new_member(&stores, &scope, BuiltInRole::Developer).await;
    let mut changes = JoinSet::new();
    for (number, admin) in admins.into_iter().enumerate() {
        let store = Arc::clone(&stores.members);
        let tenant = scope.tenant_scope();
        changes.spawn(async move {
            match number {
                0 => store.remove_member(tenant, admin.id, NOON).await,
                1 => {
                    let status = MemberStatus::Suspended;
                    store.update_member(&Member { status, ..admin }).await
                }
                _ => {
                    let role_id = BuiltInRole::Viewer.id();
                    store.update_member(&Member { role_id, ..admin }).await
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
