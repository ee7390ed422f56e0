//! Maintenance mode: who turns it on, and what a node knows of it.

use crate::world::World;
use faultbook_domain::identity::AccessError;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{MockPlatformStore, Platform};
use std::sync::Arc;

#[tokio::test]
async fn a_node_closes_at_once_and_others_when_they_ask() {
    let world = World::new().await;
    let here = Platform::new(world.store.clone());
    let there = Platform::new(world.store.clone());
    let (_, admin) = world.key(|key| key.platform_admin = true).await;
    let (_, owner) = world.holder_of(&["admin", "tenant:manage"]).await;
    let refused = here.set_closed(&owner, true).await;
    assert!(matches!(refused, Err(AccessError::NotPlatformAdmin)));
    assert!(!here.is_closed());
    here.set_closed(&admin, true).await.unwrap();
    assert!(here.is_closed() && !there.is_closed());
    assert!(there.refresh().await.unwrap());
    assert!(there.is_closed());
    here.set_closed(&admin, false).await.unwrap();
    assert!(!there.refresh().await.unwrap());
}

#[tokio::test]
async fn what_was_known_last_holds_while_the_store_is_away() {
    let world = World::new().await;
    let (_, admin) = world.key(|key| key.platform_admin = true).await;
    let mut store = MockPlatformStore::new();
    store
        .expect_get_maintenance()
        .times(1)
        .return_once(|| Ok(true));
    let away = || StoreError::unavailable("no route to host");
    store
        .expect_get_maintenance()
        .returning(move || Err(away()));
    store
        .expect_set_maintenance()
        .returning(move |_| Err(away()));
    let platform = Platform::new(Arc::new(store));
    assert!(platform.refresh().await.unwrap());
    assert!(platform.refresh().await.is_err());
    assert!(platform.is_closed());
    assert!(platform.set_closed(&admin, false).await.is_err());
    assert!(platform.is_closed());
}
