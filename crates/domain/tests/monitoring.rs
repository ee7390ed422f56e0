//! Measuring, and what becomes of measurements while the store is away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::{NOON, new_id};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::monitoring::{Condition, Monitoring, Probes, ServiceStatus};
use faultbook_domain::monitoring::{
    HealthProbe, MockHealthProbe, MockHostProbe, MockSampleStore, SampleStore,
};
use faultbook_domain::monitoring::{HealthSample, HostReading, Service};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::SystemIds;
use faultbook_domain::testing::FixedClock;
use std::sync::{Arc, Mutex};
use std::time::Duration as Span;
use time::Duration;

fn answering(healthy: bool) -> Option<Arc<dyn HealthProbe>> {
    let mut probe = MockHealthProbe::new();
    probe.expect_ping().returning(move || {
        if healthy {
            Ok(())
        } else {
            Err(StoreError::unavailable("gone"))
        }
    });
    probe
        .expect_read_metrics()
        .returning(|| Ok(vec![("connections", 3)]));
    Some(Arc::new(probe))
}

fn probes(database: bool, cache: bool, queue: Option<bool>) -> Probes {
    vec![
        (Service::Database, answering(database)),
        (Service::Cache, answering(cache)),
        (Service::IngestQueue, queue.and_then(answering)),
        (Service::Notifications, None),
    ]
}

fn monitoring(
    samples: impl SampleStore + 'static,
    clock: &Arc<FixedClock>,
    probes: Probes,
) -> Monitoring {
    let mut host = MockHostProbe::new();
    host.expect_read_host().returning(HostReading::default);
    let clock = Arc::clone(clock);
    Monitoring::new(Arc::new(samples), Arc::new(host), probes, clock, new_id())
}

fn memory() -> MemoryStore {
    MemoryStore::new(Arc::new(SystemIds::default()))
}

#[tokio::test]
async fn probes_of_an_outage_are_stored_after_it() {
    let stored: Arc<Mutex<Vec<Vec<HealthSample>>>> = Arc::default();
    let seen = Arc::clone(&stored);
    let mut store = MockSampleStore::new();
    let mut outcomes = [true, false, false, true].into_iter();
    store.expect_record_health().returning(move |samples| {
        if outcomes.next().unwrap() {
            seen.lock().unwrap().push(samples.to_vec());
            return Ok(());
        }
        Err(StoreError::unavailable("gone"))
    });
    let clock = Arc::new(FixedClock::at(NOON));
    let monitoring = monitoring(store, &clock, probes(false, true, None));
    for expected in [true, false, false, true] {
        assert_eq!(monitoring.beat().await.is_ok(), expected);
        clock.advance(Duration::seconds(30));
    }
    let stored = stored.lock().unwrap();
    let beats: Vec<i64> = stored[1]
        .iter()
        .filter(|sample| sample.service == Service::Database)
        .map(|sample| (sample.at - NOON).whole_seconds())
        .collect();
    assert_eq!((stored[0].len(), beats), (2, vec![30, 60, 90]));
}

#[tokio::test]
async fn traffic_of_an_outage_is_stored_after_it() {
    let mut store = MockSampleStore::new();
    let (mut failing, sum) = (true, Arc::new(Mutex::new(0)));
    let total = Arc::clone(&sum);
    store.expect_record_requests().returning(move |sample| {
        if std::mem::take(&mut failing) {
            return Err(StoreError::unavailable("gone"));
        }
        *total.lock().unwrap() += sample.traffic.requests;
        Ok(())
    });
    let clock = Arc::new(FixedClock::at(NOON));
    let monitoring = monitoring(store, &clock, probes(true, true, None));
    for minute in 0..3 {
        let at = NOON + Duration::minutes(minute);
        monitoring.meter().note(at, Span::from_millis(2), false);
    }
    monitoring.store_traffic().await.unwrap_err();
    monitoring.store_traffic().await.unwrap();
    assert_eq!(*sum.lock().unwrap(), 3);
}

#[tokio::test]
async fn services_tell_their_past_and_their_present() {
    let clock = Arc::new(FixedClock::at(NOON));
    let monitoring = monitoring(memory(), &clock, probes(true, false, Some(true)));
    monitoring.beat().await.unwrap();
    let services = monitoring.services().await;
    let seen: Vec<_> = services
        .iter()
        .map(|one| {
            let answer = one.answer.as_ref();
            (
                one.service,
                answer.map(|answer| answer.healthy),
                one.uptime_percent,
            )
        })
        .collect();
    let expected = [
        (Service::Database, Some(true), Some(100.0)),
        (Service::Cache, Some(false), Some(0.0)),
        (Service::IngestQueue, Some(true), Some(100.0)),
        (Service::Notifications, None, None),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        services[0].answer.as_ref().unwrap().figures,
        [("connections", 3)]
    );
    assert_eq!(services[1].answer.as_ref().unwrap().figures, []);
}

#[tokio::test]
async fn a_service_is_told_in_a_word() {
    use Condition::{Degraded, Operational, Outage};
    let clock = Arc::new(FixedClock::at(NOON));
    for (database, cache, queue, api, storage, authentication) in [
        (
            true,
            true,
            Some(true),
            Operational,
            Operational,
            Operational,
        ),
        (true, false, Some(true), Degraded, Operational, Operational),
        (false, true, Some(true), Degraded, Outage, Degraded),
        (false, true, None, Outage, Outage, Degraded),
        (false, false, Some(false), Outage, Outage, Degraded),
    ] {
        let monitoring = monitoring(memory(), &clock, probes(database, cache, queue));
        let expected = ServiceStatus {
            api,
            storage,
            authentication,
        };
        let status = monitoring.status().await;
        assert_eq!(status, expected, "{database} {cache} {queue:?}");
        assert_eq!(status.overall(), api.max(storage));
    }
}

#[tokio::test]
async fn rates_count_from_the_first_heartbeat() {
    let clock = Arc::new(FixedClock::at(NOON));
    let monitoring = monitoring(memory(), &clock, probes(true, true, None));
    monitoring.beat().await.unwrap();
    clock.advance(Duration::minutes(10));
    for millis in [10, 20, 30] {
        monitoring
            .meter()
            .note(NOON, Span::from_millis(millis), millis == 30);
    }
    let performance = monitoring.performance().await.unwrap();
    assert_eq!(performance.minutes, 10.0);
    assert_eq!(
        (
            performance.traffic.requests,
            performance.traffic.server_errors
        ),
        (3, 1)
    );
    assert_eq!(performance.availability, Some(100.0));
    let means = monitoring.means(Duration::DAY).await.unwrap();
    assert_eq!(means.requests_per_minute, 0.3);
}
