//! Contract of `SampleStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use faultbook_domain::id::TenantId;
use faultbook_domain::monitoring::{DeliveryRecord, LastBeat, ServiceRecord};
use faultbook_domain::monitoring::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::tenancy::TenantScope;
use std::time::Duration as Span;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

fn probe(service: Service, seconds: i64, healthy: bool) -> HealthSample {
    HealthSample {
        at: at(seconds),
        node: new_id(),
        service,
        healthy,
        response_micros: 1_200,
    }
}

fn traffic(took: &[u64], server_errors: u64) -> Traffic {
    let mut traffic = Traffic {
        server_errors,
        ..Traffic::default()
    };
    for millis in took {
        traffic.requests += 1;
        traffic.total_micros += millis * 1_000;
        traffic.histogram.record(Span::from_millis(*millis));
    }
    traffic
}

pub async fn a_probe_is_stored_once(stores: Stores) {
    let samples = [
        probe(Service::Database, 0, true),
        probe(Service::Cache, 0, false),
    ];
    let store = &stores.samples;
    for _ in 0..2 {
        store.record_health(&samples).await.unwrap();
    }
    store
        .record_health(&[probe(Service::Database, 0, false)])
        .await
        .unwrap();
    store.record_health(&[]).await.unwrap();
    let mut records = store.list_service_records(at(0)).await.unwrap();
    records.sort_by_key(|record| record.service);
    let record = |service, passed, probes| ServiceRecord {
        service,
        passed,
        probes,
    };
    let expected = [
        record(Service::Database, 1, 2),
        record(Service::Cache, 0, 1),
    ];
    assert_eq!(
        records, expected,
        "another node's probe of that instant counts"
    );
    assert_eq!(store.list_service_records(at(1)).await.unwrap(), []);
}

pub async fn heartbeats_tell_what_was_amiss(stores: Stores) {
    let store = &stores.samples;
    assert_eq!(store.get_first_beat().await.unwrap(), None);
    assert_eq!(store.list_last_beats(Duration::MINUTE).await.unwrap(), []);
    // Up, a pause, up, a failure, up.
    let beats = [
        (0, true),
        (30, true),
        (200, true),
        (260, false),
        (290, true),
        (350, true),
    ];
    for (seconds, healthy) in beats {
        let others = probe(Service::Cache, seconds - 5, true);
        let beat = probe(Service::Database, seconds, healthy);
        store.record_health(&[others, beat]).await.unwrap();
    }
    let beat = |seconds, healthy, next: Option<i64>| LastBeat {
        at: at(seconds),
        healthy,
        next: next.map(at),
    };
    assert_eq!(store.get_first_beat().await.unwrap(), Some(at(0)));
    let expected = [
        beat(30, true, Some(200)),
        beat(260, false, Some(290)),
        beat(350, true, None),
    ];
    assert_eq!(
        store.list_last_beats(Duration::MINUTE).await.unwrap(),
        expected
    );
    assert_eq!(
        store.list_last_beats(Duration::HOUR).await.unwrap(),
        expected[1..]
    );
}

pub async fn host_means_are_means(stores: Stores) {
    let store = &stores.samples;
    assert_eq!(store.get_host_averages(at(0)).await.unwrap(), None);
    let reading = |scale: u64| HostReading {
        cpu_percent: 10.0 * scale as f64,
        memory_percent: 20.0 * scale as f64,
        disk_percent: 5.5 * scale as f64,
        bytes_in: 1_000 * scale,
        bytes_out: 2_000 * scale,
        connections: 8 * scale,
    };
    for (seconds, scale) in [(-1, 9), (0, 1), (60, 3)] {
        let sample = HostSample {
            at: at(seconds),
            node: new_id(),
            reading: reading(scale),
        };
        store.record_host(&sample).await.unwrap();
    }
    assert_eq!(
        store.get_host_averages(at(0)).await.unwrap(),
        Some(reading(2))
    );
}

pub async fn a_minute_is_replaced_and_nodes_add_up(stores: Stores) {
    let store = &stores.samples;
    let (one, two) = (new_id(), new_id());
    let put = async |node: Uuid, minutes: i64, traffic: Traffic| {
        let minute = NOON + Duration::minutes(minutes);
        let sample = RequestSample {
            minute,
            node,
            traffic,
        };
        store.record_requests(&sample).await.unwrap();
    };
    assert_eq!(store.get_traffic(at(0)).await.unwrap(), Traffic::default());
    put(one, 0, traffic(&[5], 0)).await;
    put(one, 0, traffic(&[5, 7], 1)).await;
    put(two, 0, traffic(&[900], 0)).await;
    put(one, 1, traffic(&[3], 1)).await;
    put(one, -1, traffic(&[1, 1, 1], 3)).await;
    assert_eq!(
        store.get_traffic(at(0)).await.unwrap(),
        traffic(&[5, 7, 900, 3], 2)
    );
    assert_eq!(store.get_traffic(at(60)).await.unwrap(), traffic(&[3], 1));
}

pub async fn old_samples_are_forgotten(stores: Stores) {
    let store = &stores.samples;
    for seconds in [-1, 0] {
        let beat = probe(Service::Database, seconds, true);
        store.record_health(&[beat]).await.unwrap();
        let reading = HostReading::default();
        let host = HostSample {
            at: at(seconds),
            node: new_id(),
            reading,
        };
        store.record_host(&host).await.unwrap();
        let (minute, traffic) = (at(seconds), traffic(&[4], 0));
        let requests = RequestSample {
            minute,
            node: new_id(),
            traffic,
        };
        store.record_requests(&requests).await.unwrap();
    }
    let ever = at(-1_000);
    store.delete_samples(at(0)).await.unwrap();
    assert_eq!(store.get_first_beat().await.unwrap(), Some(at(0)));
    assert_eq!(store.get_traffic(ever).await.unwrap().requests, 1);
    store.delete_samples(at(1)).await.unwrap();
    assert_eq!(store.list_service_records(ever).await.unwrap(), []);
    assert_eq!(store.get_host_averages(ever).await.unwrap(), None);
    assert_eq!(store.get_traffic(ever).await.unwrap(), Traffic::default());
}

pub async fn attempts_are_counted_by_tenant(stores: Stores) {
    let (store, tenant) = (&stores.samples, TenantId(new_id()));
    let attempt = |seconds, channel, succeeded, took_micros| DeliverySample {
        id: new_id(),
        tenant_id: tenant,
        channel,
        at: at(seconds),
        succeeded,
        took_micros,
    };
    let attempts = [
        attempt(-100, ChannelKind::named("slack"), true, 900),
        attempt(-50, ChannelKind::EMAIL, false, 1_000),
        attempt(-20, ChannelKind::named("slack"), false, 2_000),
        attempt(-10, ChannelKind::EMAIL, true, 6_000),
    ];
    for sample in &attempts {
        store.record_delivery(sample).await.unwrap();
        store.record_delivery(sample).await.unwrap();
    }
    let tenant = TenantScope::for_tests(tenant);
    let mut record = store
        .get_delivery_record(tenant, at(-60), at(-30))
        .await
        .unwrap();
    record.latest.sort_by_key(|one| one.at);
    let expected = DeliveryRecord {
        attempts: 3,
        succeeded: 1,
        mean_micros: Some(4_000.0),
        latest: vec![attempts[2], attempts[3]],
    };
    assert_eq!(record, expected);
    let record = store
        .get_delivery_record(tenant, at(-100), at(0))
        .await
        .unwrap();
    assert_eq!((record.attempts, record.mean_micros), (4, None));
    let stranger = TenantScope::for_tests(TenantId(new_id()));
    let none = store
        .get_delivery_record(stranger, at(-999), at(-999))
        .await;
    assert_eq!(none.unwrap(), DeliveryRecord::default());
    store.delete_samples(at(-20)).await.unwrap();
    let kept = store
        .get_delivery_record(tenant, at(-999), at(0))
        .await
        .unwrap();
    assert_eq!(kept.attempts, 2);
}
