//! Contract of `RbacStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_invitation, new_id};
use crate::world::{is_conflict, new_member, new_tenant};
use faultbook_domain::id::{RbacItemId, TenantId};
use faultbook_domain::identity::RbacRemoval;
use faultbook_domain::identity::{BuiltInRole, Invitation, Member, RbacItem, RbacKind};
use faultbook_domain::tenancy::Scope;
use time::Duration;

fn a_grant(scope: &Scope, level: RbacKind, name: &str, members: &[&str]) -> RbacItem {
    RbacItem {
        id: RbacItemId(new_id()),
        tenant_id: scope.tenant(),
        level,
        name: name.to_owned(),
        description: Some("What it is for".to_owned()),
        members: members.iter().map(|one| (*one).to_owned()).collect(),
        created_at: NOON,
        updated_at: NOON,
    }
}

pub async fn grants_are_kept_by_level_and_tenant(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let store = &stores.rbac;
    let policy = a_grant(&scope, RbacKind::Policy, "b", &["errors:read", "x:y"]);
    let namesake = a_grant(&scope, RbacKind::Role, "b", &[]);
    let first = a_grant(&scope, RbacKind::Policy, "B", &[]);
    for grant in [
        &policy,
        &namesake,
        &first,
        &a_grant(&other, RbacKind::Policy, "b", &[]),
    ] {
        store.add_rbac_item(grant).await.unwrap();
    }
    let twin = a_grant(&scope, RbacKind::Policy, "b", &[]);
    assert!(is_conflict(&store.add_rbac_item(&twin).await));
    let tenant = scope.tenant_scope();
    let all = store
        .list_rbac_items(tenant, RbacKind::Policy)
        .await
        .unwrap();
    assert_eq!(all, [first.clone(), policy.clone()], "by name");
    let find = |scope: &Scope, level| store.get_rbac_item(scope.tenant_scope(), level, policy.id);
    assert_eq!(
        find(&scope, RbacKind::Policy).await.unwrap(),
        Some(policy.clone())
    );
    assert_eq!(find(&scope, RbacKind::Role).await.unwrap(), None);
    assert_eq!(find(&other, RbacKind::Policy).await.unwrap(), None);

    let changed = RbacItem {
        name: "c".to_owned(),
        description: None,
        members: vec!["alerts:read".to_owned()],
        updated_at: NOON + Duration::HOUR,
        ..policy.clone()
    };
    assert!(store.update_rbac_item(&changed).await.unwrap());
    assert_eq!(
        find(&scope, RbacKind::Policy).await.unwrap(),
        Some(changed.clone())
    );
    let taken = RbacItem {
        name: first.name,
        ..changed.clone()
    };
    assert!(is_conflict(&store.update_rbac_item(&taken).await));
    let foreign = RbacItem {
        tenant_id: TenantId(new_id()),
        ..changed
    };
    assert!(!store.update_rbac_item(&foreign).await.unwrap());
}

pub async fn a_grant_in_use_stays(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (tenant, store) = (scope.tenant_scope(), &stores.rbac);
    let permission = a_grant(&scope, RbacKind::Permission, "billing:read", &[]);
    let policy = a_grant(&scope, RbacKind::Policy, "p", &["billing:read"]);
    let id = policy.id.to_string();
    let role = a_grant(&scope, RbacKind::Role, "r", &[&id]);
    for grant in [&permission, &policy, &role] {
        store.add_rbac_item(grant).await.unwrap();
    }
    let member = Member {
        role_id: role.id,
        ..new_member(&stores, &scope, BuiltInRole::Viewer).await
    };
    stores.members.update_member(&member).await.unwrap();
    let all = [&permission, &policy, &role];
    for grant in all {
        let kept = store.remove_rbac_item(tenant, grant.level, grant.id).await;
        assert_eq!(kept.unwrap(), RbacRemoval::InUse, "{}", grant.name);
    }
    stores
        .members
        .remove_member(tenant, member.id, NOON)
        .await
        .unwrap();
    let guest = Invitation {
        role_id: role.id,
        ..an_invitation(&scope, "guest@example.com")
    };
    stores.invitations.create_invitation(&guest).await.unwrap();
    let kept = store.remove_rbac_item(tenant, role.level, role.id).await;
    assert_eq!(kept.unwrap(), RbacRemoval::InUse, "an invitation holds it");
    stores
        .invitations
        .withdraw_invitation(tenant, guest.id)
        .await
        .unwrap();
    for grant in all.into_iter().rev() {
        let gone = store.remove_rbac_item(tenant, grant.level, grant.id).await;
        assert_eq!(gone.unwrap(), RbacRemoval::Done, "{}", grant.name);
        let gone = store.remove_rbac_item(tenant, grant.level, grant.id).await;
        assert_eq!(gone.unwrap(), RbacRemoval::NotFound);
    }
}
