//! What the server may do to a batch.

use crate::fixture::{admin, assert_sums_agree, database, node, node_with, project};
use faultbook_contract::builder::{NOON, a_batch, an_occurrence, new_event_id, new_id};
use faultbook_domain::errors::Occurrence;
use faultbook_domain::errors::{ErrorQuery, ErrorStore, GroupStore};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::ingest::EventStore;
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::retention::{EVENT_IDS_KEPT, StoreMaintenance};
use faultbook_domain::store_error::StoreError;
use faultbook_postgres::PostgresSettings;
use std::sync::Arc;
use time::Duration;
use uuid::Builder;

/// The same occurrence, received so many days after [`NOON`].
fn received(occurrence: &Occurrence, days: i64) -> Arc<Occurrence> {
    let at = NOON + Duration::days(days);
    let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap();
    let random = new_id().into_bytes()[6..].try_into().unwrap();
    let id = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Arc::new(Occurrence {
        id: OccurrenceId(id),
        event_id: id,
        received_at: at,
        ..occurrence.clone()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_a_partition_gets_one() {
    let database = database().await;
    let store = node(&database.url).await;
    let (scope, project) = project(&store).await;
    let one = an_occurrence(project).build();
    let days = [-40, 0, 400].map(|days| received(&one, days));
    let recorded = store.record(&a_batch(days.to_vec())).await.unwrap();
    assert_eq!(recorded.last().unwrap().error.count, 3);
    let page = store
        .list_occurrences(&scope, recorded[0].error.id, None, 10)
        .await
        .unwrap()
        .unwrap();
    let ids: Vec<OccurrenceId> = page.items.iter().map(|occurrence| occurrence.id).collect();
    assert_eq!(ids, [days[2].id, days[1].id, days[0].id]);
    store.maintain_partitions(NOON).await.unwrap();
    store.maintain_partitions(NOON).await.unwrap();
    let made: i64 = admin(&database.url)
        .await
        .query_one(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'occurrences'::regclass \
             AND inhrelid::regclass::text BETWEEN $1 AND $2",
            &[&"occurrences_20250101", &"occurrences_20351231"],
        )
        .await
        .unwrap()
        .get(0);
    assert!(made >= 9, "yesterday to a week ahead, found {made}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_data_is_told_from_a_failing_store_and_stores_nothing() {
    let database = database().await;
    let store = node(&database.url).await;
    let (_, project) = project(&store).await;
    let good = an_occurrence(project).build();
    let poison = an_occurrence(project).of(2).message("a\0b").build();
    let refused = store
        .record(&a_batch(vec![Arc::clone(&good), poison]))
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Rejected(_)), "{refused:?}");
    assert_eq!(assert_sums_agree(&database.url).await, 0);
    let recorded = store.record(&a_batch(vec![good])).await.unwrap();
    assert_eq!((recorded[0].error.count, recorded[0].duplicate), (1, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_batch_claims_no_event_id() {
    let database = database().await;
    let store = node(&database.url).await;
    let (_, project) = project(&store).await;
    let good = an_occurrence(project).named(new_event_id()).build();
    let poison = || an_occurrence(project).named(new_event_id());
    for poison in [
        poison().message("a\0b").build(),
        poison().of(2).source("a\0b").build(),
    ] {
        let refused = store
            .record(&a_batch(vec![Arc::clone(&good), poison]))
            .await;
        assert!(
            matches!(refused, Err(StoreError::Rejected(_))),
            "{refused:?}"
        );
    }
    let ids = "SELECT count(*) FROM event_ids";
    let row = admin(&database.url).await.query_one(ids, &[]).await;
    assert_eq!(row.unwrap().get::<_, i64>(0), 0);
    let recorded = store.record(&a_batch(vec![good])).await.unwrap();
    assert_eq!((recorded[0].error.count, recorded[0].duplicate), (1, false));
    assert_eq!(assert_sums_agree(&database.url).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_before_the_answer_was_lost_counts_once() {
    let database = database().await;
    let store = node(&database.url).await;
    let (_, project) = project(&store).await;
    let old: Vec<_> = (0..5)
        .map(|of| an_occurrence(project).of(of).build())
        .collect();
    let named = an_occurrence(project).of(1).named(new_event_id()).build();
    let mut first = old.clone();
    first.push(Arc::clone(&named));
    store.record(&a_batch(first.clone())).await.unwrap();

    let new = an_occurrence(project).of(1).build();
    first.push(Arc::clone(&new));
    let again = store.record(&a_batch(first)).await.unwrap();
    let duplicates: Vec<bool> = again.iter().map(|outcome| outcome.duplicate).collect();
    assert_eq!(duplicates, [true, true, true, true, true, true, false]);
    assert_eq!(again[6].error.count, 3);
    assert_eq!(assert_sums_agree(&database.url).await, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_ids_are_remembered_for_a_week() {
    let database = database().await;
    let store = node(&database.url).await;
    let (_, project) = project(&store).await;
    let repeat = new_id();
    let report = || a_batch(vec![an_occurrence(project).named(repeat).build()]);
    let first = report();
    store.record(&first).await.unwrap();
    let rows = 2 * 2_000 + 1;
    admin(&database.url)
        .await
        .batch_execute(&format!(
            "INSERT INTO event_ids SELECT gen_random_uuid(), gen_random_uuid(), \
             gen_random_uuid(), '2000-01-01' FROM generate_series(1, {rows})"
        ))
        .await
        .unwrap();

    store
        .run_maintenance(first.at + EVENT_IDS_KEPT)
        .await
        .unwrap();
    assert!(store.record(&report()).await.unwrap()[0].duplicate);
    let left = async || -> i64 {
        let client = admin(&database.url).await;
        let row = client.query_one("SELECT count(*) FROM event_ids", &[]);
        row.await.unwrap().get(0)
    };
    assert_eq!(left().await, 1, "all that is older went, step by step");

    let later = first.at + EVENT_IDS_KEPT + Duration::MICROSECOND;
    store.run_maintenance(later).await.unwrap();
    assert_eq!(left().await, 0);
    assert_eq!(store.record(&report()).await.unwrap()[0].error.count, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_id_may_be_the_id_that_an_earlier_report_was_given() {
    let database = database().await;
    let store = node(&database.url).await;
    let (_, project) = project(&store).await;
    let first = an_occurrence(project).build();
    store
        .record(&a_batch(vec![Arc::clone(&first)]))
        .await
        .unwrap();
    let repeat = an_occurrence(project).of(9).named(first.id.0).build();
    let recorded = store.record(&a_batch(vec![repeat])).await.unwrap();
    assert!(recorded[0].duplicate);
    assert_eq!(assert_sums_agree(&database.url).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_kept_statements_leaves_none_and_no_state_behind() {
    let database = database().await;
    let settings = PostgresSettings {
        pool_size: 1,
        writers: 1,
        statement_cache: false,
        ..PostgresSettings::new(&database.url)
    };
    let store = node_with(&settings).await;
    let (scope, project) = project(&store).await;
    for _ in 0..3 {
        let batch = vec![
            an_occurrence(project).build(),
            an_occurrence(project).named(new_id()).build(),
        ];
        store.record(&a_batch(batch)).await.unwrap();
        let query = ErrorQuery {
            limit: 5,
            ..ErrorQuery::default()
        };
        let page = store.list_errors(&scope, &query).await.unwrap();
        let id = page.items[0].error.state.id;
        assert!(store.get_error(&scope, id).await.unwrap().is_some());
        assert_eq!(store.list_fingerprints(&scope, id).await.unwrap().len(), 1);
    }
    store.ping().await.unwrap();
    assert_eq!(assert_sums_agree(&database.url).await, 6);
    // Outside a transaction a pooler may hand the next statement to another server connection:
    // whatever ran outside one must have come in a single message.
    let outside: i64 = admin(&database.url)
        .await
        .query_one(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = 'faultbook' AND state <> 'idle'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(outside, 0, "no transaction was left open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_found_by_their_key_before_anything_is_known_of_their_number() {
    let database = database().await;
    let (_, project) = project(&node(&database.url).await).await;
    // Each node plans anew, with as many errors as there are by then: so many that indexes differ in
    // their levels, and so few that nothing else tells them apart.
    for _ in 0..3 {
        let reports = (0..230).map(|number| an_occurrence(project).of(number).build());
        let store = node(&database.url).await;
        store.record(&a_batch(reports.collect())).await.unwrap();
    }
    let client = admin(&database.url).await;
    let read = async |index: &str| -> i64 {
        let sql = "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = $1";
        client.query_one(sql, &[&index]).await.unwrap().get(0)
    };
    // Figures are told when a connection ends, which takes a moment.
    let patience = std::time::Instant::now();
    while read("errors_pkey").await < 460 && patience.elapsed() < std::time::Duration::from_secs(20)
    {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let entries = read("errors_pkey").await;
    assert!(
        (460..1_400).contains(&entries),
        "an entry or two a lookup, {entries} of 460"
    );
    assert_eq!(read("errors_last_seen").await, 0);
}
