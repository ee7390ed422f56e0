//! Contract of `Lease`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::builder::new_id;
use faultbook_domain::coordination::Lease;
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// Leases under test, with the handles of two nodes.
pub struct Leases {
    /// Handle of one node.
    pub here: Arc<dyn Lease>,
    /// Handle of another node.
    pub there: Arc<dyn Lease>,
    /// Keeps resources of the leases alive (a server).
    pub guard: Box<dyn Any + Send + Sync>,
}

pub async fn one_holder_at_a_time(leases: Leases) {
    let (one, two) = (new_id(), new_id());
    for _ in 0..2 {
        assert!(leases.here.hold("work", one, LONG).await.unwrap());
        assert!(!leases.there.hold("work", two, LONG).await.unwrap());
    }
    assert!(leases.there.hold("other work", two, LONG).await.unwrap());
}

pub async fn what_is_given_back_is_free(leases: Leases) {
    let (one, two) = (new_id(), new_id());
    assert!(leases.here.hold("work", one, LONG).await.unwrap());
    leases.there.release("work", two).await.unwrap();
    assert!(
        !leases.there.hold("work", two, LONG).await.unwrap(),
        "only by its holder"
    );
    leases.here.release("work", one).await.unwrap();
    assert!(leases.there.hold("work", two, LONG).await.unwrap());
}

pub async fn whose_time_is_over_loses_it(leases: Leases) {
    let (one, two) = (new_id(), new_id());
    let short = Duration::from_millis(150);
    assert!(leases.here.hold("work", one, short).await.unwrap());
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert!(
            leases.here.hold("work", one, short).await.unwrap(),
            "it goes on holding"
        );
    }
    assert!(!leases.there.hold("work", two, LONG).await.unwrap());
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(leases.there.hold("work", two, LONG).await.unwrap());
    assert!(!leases.here.hold("work", one, short).await.unwrap());
}

/// Runs the contract as one `#[tokio::test]` each, on the leases that the fixture creates.
#[macro_export]
macro_rules! lease_contract {
    ($fixture:path) => {
        $crate::store_contract!(@module lease, $fixture, [
            one_holder_at_a_time,
            what_is_given_back_is_free,
            whose_time_is_over_loses_it,
        ]);
    };
}
