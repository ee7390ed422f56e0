//! Contract of `PlatformStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;

pub async fn maintenance_is_remembered(stores: Stores) {
    assert!(!stores.platform.get_maintenance().await.unwrap());
    for closed in [true, true, false] {
        stores.platform.set_maintenance(closed).await.unwrap();
        assert_eq!(stores.platform.get_maintenance().await.unwrap(), closed);
    }
}
