//! Contract of `IntegrationStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::World;
use faultbook_domain::id::TenantId;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::{ChannelTest, Integration};
use faultbook_domain::tenancy::TenantScope;
use std::time::Duration;

pub async fn a_channel_is_set_replaced_tested_and_cleared(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.integrations;
    let mut slack = Integration {
        tenant_id: world.tenant(),
        kind: ChannelKind::named("slack"),
        sealed: vec![0, 159, 146, 150],
        set_by_manager: true,
        updated_at: NOON,
        last_test: None,
    };
    store.put_integration(&slack).await.unwrap();
    let failed = ChannelTest {
        at: NOON,
        error: Some("refused".to_owned()),
        result: "refused".to_owned(),
        took: Duration::from_millis(212),
    };
    let passed = ChannelTest {
        error: None,
        result: "Sent.".to_owned(),
        ..failed.clone()
    };
    for test in [failed, passed] {
        let (tenant, kind) = (world.scope.tenant_scope(), slack.kind);
        let noted = store.record_integration_test(tenant, kind, &test).await;
        noted.unwrap();
        let kept = store.list_integrations(tenant).await.unwrap();
        assert_eq!(kept[0].last_test, Some(test));
    }
    slack.sealed = vec![7; 300];
    store.put_integration(&slack).await.unwrap();
    assert_eq!(
        store
            .list_integrations(world.scope.tenant_scope())
            .await
            .unwrap(),
        [slack],
        "its test is forgotten"
    );
    assert!(
        store
            .list_integrations(TenantScope::for_tests(TenantId(new_id())))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .delete_integration(world.scope.tenant_scope(), ChannelKind::named("slack"))
            .await
            .unwrap()
    );
    assert!(
        !store
            .delete_integration(world.scope.tenant_scope(), ChannelKind::named("slack"))
            .await
            .unwrap()
    );
}
