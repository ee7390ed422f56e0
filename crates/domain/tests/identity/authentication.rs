//! Authentication with API keys: unknown, malformed and valid ones.

use crate::world::{World, access};
use faultbook_contract::builder::a_key;
use faultbook_domain::identity::{
    ApiKey, AuthError, Credential, KeyDigest, KeyKind, KeyStore, KeyText, MockKeyStore,
};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Secrets in the form of ours that are nobody's.
fn nobodys(number: u8) -> KeyText {
    KeyText::from_random(KeyKind::ApiKey, [number; 32])
}

#[tokio::test]
async fn what_is_nobodys_is_looked_up_once_and_what_is_malformed_never() {
    let world = World::new().await;
    let mut keys = MockKeyStore::new();
    keys.expect_find_key().times(1).returning(|_| Ok(None));
    let access = access(&world.store, Arc::new(keys), world.clock.clone());
    let secret = nobodys(1);
    let malformed = format!("{}x", secret.reveal());
    for _ in 0..5 {
        for secret in [secret.reveal(), &malformed] {
            let refused = access.accept(Credential::Key(secret)).await;
            assert!(matches!(refused, Err(AuthError::Invalid)));
            let refused = access
                .authenticate_suspect(Credential::Key(secret), HERE)
                .await;
            assert!(matches!(refused, Err(AuthError::Invalid)));
        }
    }
}

#[tokio::test]
async fn a_good_key_is_accepted_among_wrong_ones() {
    let world = World::new().await;
    let good = nobodys(0);
    let key = ApiKey {
        digest: KeyDigest::of(good.reveal()),
        ..a_key(world.tenant.id)
    };
    KeyStore::create_key(&*world.store, &key).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for number in (0..60).rev() {
        let access = Arc::clone(&world.access);
        callers.spawn(async move {
            let secret = nobodys(number);
            let credential = Credential::Key(secret.reveal());
            access.authenticate_suspect(credential, HERE).await.is_ok()
        });
    }
    let accepted = callers.join_all().await;
    assert_eq!(accepted.into_iter().filter(|yes| *yes).count(), 1);
}
