//! Contract of `KeyStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_key, new_id};
use crate::world::{is_conflict, new_tenant};
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::KeyDigest;
use time::Duration;

pub async fn a_key_is_found_by_its_digest(stores: Stores) {
    let (scope, project) = new_tenant(&stores).await;
    let mut key = a_key(scope.tenant());
    key.project_id = Some(project);
    stores.keys.create_key(&key).await.unwrap();
    assert_eq!(
        stores.keys.find_key(&key.digest).await.unwrap(),
        Some(key.clone())
    );
    assert_eq!(
        stores
            .keys
            .find_key(&KeyDigest::of("another"))
            .await
            .unwrap(),
        None
    );
    let mut twin = a_key(scope.tenant());
    twin.digest = key.digest;
    assert!(is_conflict(&stores.keys.create_key(&twin).await));
}

pub async fn a_revoked_key_is_listed_no_more(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let mut keys = vec![a_key(scope.tenant()), a_key(scope.tenant())];
    keys[1].created_at = NOON + Duration::SECOND;
    for key in &keys {
        stores.keys.create_key(key).await.unwrap();
    }
    let listed = stores.keys.list_keys(scope.tenant_scope()).await.unwrap();
    assert_eq!(listed, [keys[1].clone(), keys[0].clone()], "newest first");
    let (id, at) = (keys[0].id, NOON + Duration::MINUTE);
    assert!(
        !stores
            .keys
            .revoke_key(other.tenant_scope(), id, at)
            .await
            .unwrap(),
        "not theirs"
    );
    assert!(
        stores
            .keys
            .revoke_key(scope.tenant_scope(), id, at)
            .await
            .unwrap()
    );
    assert!(
        !stores
            .keys
            .revoke_key(scope.tenant_scope(), id, at)
            .await
            .unwrap(),
        "already revoked"
    );
    assert!(
        !stores
            .keys
            .revoke_key(scope.tenant_scope(), KeyId(new_id()), at)
            .await
            .unwrap()
    );
    assert_eq!(
        stores
            .keys
            .list_keys(scope.tenant_scope())
            .await
            .unwrap()
            .len(),
        1
    );
    let revoked = stores
        .keys
        .find_key(&keys[0].digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revoked.revoked_at, Some(at));
}

pub async fn use_never_moves_back(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let key = a_key(scope.tenant());
    stores.keys.create_key(&key).await.unwrap();
    let late = NOON + Duration::HOUR;
    stores
        .keys
        .touch_keys(&[(key.id, late), (KeyId(new_id()), late)])
        .await
        .unwrap();
    stores.keys.touch_keys(&[(key.id, NOON)]).await.unwrap();
    stores.keys.touch_keys(&[]).await.unwrap();
    assert_eq!(
        stores
            .keys
            .find_key(&key.digest)
            .await
            .unwrap()
            .unwrap()
            .last_used,
        Some(late)
    );
}
