//! Contract of `SystemUserStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::{digest, is_conflict, new_tenant};
use faultbook_domain::id::SystemUserId;
use faultbook_domain::identity::{BuiltInRole, SystemUser};
use time::Duration;

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
