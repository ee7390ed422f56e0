//! API keys: who may create and revoke them, and how many there are.

use crate::world::{World, names};
use faultbook_contract::builder::a_project;
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::{ApiKey, ApiKeySettings, CreateKeyError, RevokeKeyError};
use faultbook_domain::tenancy::{ProjectStore, TenantLimits};
use std::sync::Arc;

fn wanted(permissions: &[&str]) -> ApiKeySettings {
    ApiKeySettings {
        name: "k".to_owned(),
        permission_names: names(permissions),
        expires_at: None,
        project_id: None,
        rate_limit: None,
    }
}

#[tokio::test]
async fn nobody_revokes_a_key_that_may_do_more() {
    let world = World::new().await;
    let keys = world.api_keys(TenantLimits::default());
    let (manager_id, manager) = world.holder_of(&["keys:manage", "errors:read"]).await;
    let (equal, _) = world.holder_of(&["keys:manage", "errors:read"]).await;
    let (less, _) = world.holder_of(&["errors:read"]).await;
    let (owner, _) = world.holder_of(&["admin", "tenant:manage"]).await;
    let (more, _) = world.holder_of(&["errors:read", "errors:write"]).await;
    let (platform, _) = world
        .key(|key| {
            key.permission_names = names(&["errors:read"]);
            key.platform_admin = true;
        })
        .await;
    for above in [owner, more, platform] {
        let refused = keys.revoke(&manager, above).await;
        assert!(matches!(refused, Err(RevokeKeyError::Above)));
    }
    for below in [equal, less, manager_id] {
        keys.revoke(&manager, below).await.unwrap();
        let refused = keys.revoke(&manager, below).await;
        assert!(matches!(refused, Err(RevokeKeyError::NotFound)));
    }
}

#[tokio::test]
async fn a_key_of_one_project_manages_the_keys_of_that_project() {
    let world = World::new().await;
    let side = ProjectStore::create_project(&*world.store, &a_project(world.tenant.id))
        .await
        .unwrap();
    let keys = world.api_keys(TenantLimits::default());
    let of = |project| {
        move |key: &mut ApiKey| {
            key.permission_names = names(&["admin"]);
            key.project_id = project;
        }
    };
    let (own, bound) = world.key(of(Some(side.id))).await;
    let (sibling, _) = world.key(of(Some(side.id))).await;
    let (other, _) = world.key(of(Some(world.project.id))).await;
    let (wide, _) = world.key(of(None)).await;
    assert_eq!(bound.bound_project(), Some(side.id));
    let mut seen: Vec<KeyId> = keys
        .list(&bound)
        .await
        .unwrap()
        .iter()
        .map(|key| key.id)
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [own, sibling]);
    for outside in [other, wide] {
        let refused = keys.revoke(&bound, outside).await;
        assert!(matches!(refused, Err(RevokeKeyError::NotFound)));
    }
    for project_id in [None, Some(world.project.id)] {
        let wanted = ApiKeySettings {
            project_id,
            ..wanted(&["read"])
        };
        let refused = keys.make(&bound, wanted).await;
        assert!(matches!(refused, Err(CreateKeyError::Escalation)));
    }
    let inside = ApiKeySettings {
        project_id: Some(side.id),
        ..wanted(&["read"])
    };
    let (_, made) = keys.make(&bound, inside).await.unwrap();
    keys.revoke(&bound, made.id).await.unwrap();
    keys.revoke(&bound, sibling).await.unwrap();
}

#[tokio::test]
async fn permissions_are_kept_once() {
    let world = World::new().await;
    let keys = world.api_keys(TenantLimits::default());
    let (_, maker) = world.holder_of(&["admin"]).await;
    let repeated = wanted(&["read", "errors:write", "read", "read", "errors:write"]);
    let (_, key) = keys.make(&maker, repeated).await.unwrap();
    assert_eq!(key.permission_names, ["read", "errors:write"]);
}

#[tokio::test]
async fn keys_have_a_limit_however_many_are_made_at_once() {
    let world = World::new().await;
    let limits = TenantLimits {
        keys: 4,
        ..TenantLimits::default()
    };
    let keys = Arc::new(world.api_keys(limits));
    let (_, maker) = world.holder_of(&["admin"]).await;
    let mut makers = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (keys, maker) = (Arc::clone(&keys), Arc::clone(&maker));
        makers.spawn(async move { keys.make(&maker, wanted(&["read"])).await });
    }
    let made = makers.join_all().await;
    let refused = |one: &Result<_, CreateKeyError>| matches!(one, Err(CreateKeyError::TooMany(4)));
    assert_eq!(made.iter().filter(|one| refused(one)).count(), 7);
    let one = made.into_iter().find_map(Result::ok).unwrap().1;
    keys.revoke(&maker, one.id).await.unwrap();
    keys.make(&maker, wanted(&["read"])).await.unwrap();
}
