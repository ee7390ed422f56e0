//! What only this adapter promises: about its file, its threads and a full disk.
#![allow(
    clippy::unwrap_used,
    reason = "in a test, a panic is how failure is reported"
)]

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use faultbook_contract::builder::{
    NOON, a_batch, a_project, a_tenant, an_occurrence, fingerprint, new_event_id, new_id,
};
use faultbook_domain::errors::{Actor, Occurrence};
use faultbook_domain::errors::{ErrorQuery, ErrorStore, GroupStore, Merge, Split};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId, TenantId};
use faultbook_domain::ingest::{EventStore, Recorded};
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::retention::StoreMaintenance;
use faultbook_domain::search_index::IndexStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Scope, TenantScope};
use faultbook_sqlite::{OpenError, SqliteSettings, SqliteStore};
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

const PROJECT: ProjectId = ProjectId(uuid::Uuid::from_u128(7));

fn scope() -> Scope {
    Scope::new(
        TenantScope::for_tests(TenantId(uuid::Uuid::from_u128(1))),
        vec![PROJECT],
    )
}

fn open(settings: SqliteSettings) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(
        settings,
        Arc::new(SystemIds::default()),
        Arc::new(SystemClock),
    )
}

async fn ready(settings: SqliteSettings) -> SqliteStore {
    let store = open(settings).unwrap();
    store.migrate().await.unwrap();
    store
}

async fn record(
    store: &SqliteStore,
    occurrences: Vec<Arc<Occurrence>>,
) -> Result<Vec<Recorded>, StoreError> {
    store.record(&a_batch(occurrences)).await
}

async fn all(store: &SqliteStore) -> Vec<ErrorId> {
    let query = ErrorQuery {
        limit: 1_000,
        ..ErrorQuery::default()
    };
    let page = ErrorStore::list_errors(store, &scope(), &query)
        .await
        .unwrap();
    let errors = page.items.into_iter();
    errors.map(|detail| detail.error.state.id).collect()
}

/// Connects to the file past the store, for whose locks it waits.
fn connect(file: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 5000")
        .unwrap();
    connection
}

/// Asks the file itself.
fn number(file: &Path, sql: &str) -> i64 {
    diesel::dsl::sql::<BigInt>(sql)
        .get_result(&mut connect(file))
        .unwrap()
}

fn assert_exact(file: &Path) -> i64 {
    let stored = number(file, "SELECT count(*) FROM occurrences");
    for roll_up in ["errors", "error_hourly", "project_hourly"] {
        let sum = format!("SELECT coalesce(sum(count), 0) FROM {roll_up}");
        assert_eq!(number(file, &sum), stored, "{roll_up}");
    }
    let strays = "SELECT count(*) FROM occurrences o WHERE NOT EXISTS (SELECT 1 \
                  FROM error_fingerprints f JOIN errors e ON e.id = f.error_id \
                  WHERE f.project_id = o.project_id AND f.fingerprint = o.fingerprint)";
    assert_eq!(number(file, strays), 0);
    stored
}

fn some_occurrences(count: u128, kinds: u128) -> Vec<Arc<Occurrence>> {
    (0..count)
        .map(|i| {
            an_occurrence(PROJECT)
                .of(1 + i % kinds)
                .at(i64::try_from(i).unwrap() * 100)
                .source(if i % 2 == 0 { "backend" } else { "frontend" })
                .build()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sums_agree_through_concurrent_recording_and_triage() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let store = Arc::new(ready(SqliteSettings::new(&file)).await);
    let done = Arc::new(AtomicBool::new(false));
    let recorders: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..12 {
                    record(&store, some_occurrences(40, 9)).await.unwrap();
                }
            })
        })
        .collect();
    let triage = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            let (mut merged, mut split, mut deleted) = (0, 0, 0);
            while !done.load(Ordering::Relaxed) || merged * split * deleted == 0 {
                let ids = all(&store).await;
                if let [one, two, ..] = ids[..] {
                    let outcome = store
                        .merge_errors(&scope(), one, two, Actor::System, NOON)
                        .await;
                    merged += u32::from(matches!(outcome.unwrap(), Merge::Done(_)));
                    let kind = fingerprint(u128::from(merged % 9) + 1);
                    let outcome = store
                        .split_error(&scope(), two, kind, Actor::System, NOON)
                        .await;
                    split += u32::from(matches!(outcome.unwrap(), Split::Done(_)));
                }
                if merged % 4 == 3
                    && let Some(last) = ids.last()
                {
                    let gone = ErrorStore::delete_errors(&*store, &scope(), &[*last]).await;
                    deleted += u32::from(!gone.unwrap().is_empty());
                }
                if ids.len() < 3 && done.load(Ordering::Relaxed) {
                    record(&store, some_occurrences(40, 9)).await.unwrap();
                }
            }
        }
    });
    for recorder in recorders {
        recorder.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    triage.await.unwrap();
    record(&store, some_occurrences(9, 9)).await.unwrap();
    assert!(assert_exact(&file) >= 9);
}

#[tokio::test]
async fn deleting_everything_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let store = ready(SqliteSettings::new(&file)).await;
    let mut batch = some_occurrences(100, 7);
    batch.push(an_occurrence(PROJECT).named(new_id()).build());
    record(&store, batch).await.unwrap();
    assert_eq!(assert_exact(&file), 101);
    let errors = all(&store).await;
    let gone = ErrorStore::delete_errors(&store, &scope(), &errors)
        .await
        .unwrap();
    assert_eq!(gone, errors);
    for table in [
        "occurrences",
        "errors",
        "error_fingerprints",
        "error_hourly",
        "project_hourly",
        "event_ids",
        "error_activity",
    ] {
        let rows = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&file, &rows), 0, "{table}");
    }
}

#[tokio::test]
async fn a_file_opened_again_has_everything_and_no_log_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/er/faultbook.db");
    let store = ready(SqliteSettings::new(&file)).await;
    let tenant = a_tenant();
    TenantStore::create_tenant(&store, &tenant, &a_project(tenant.id), None)
        .await
        .unwrap();
    let occurrence = an_occurrence(PROJECT).full().build();
    let id = record(&store, vec![Arc::clone(&occurrence)]).await.unwrap()[0]
        .error
        .id;
    ErrorStore::get_error(&store, &scope(), id).await.unwrap();
    drop(store);
    assert!(!file.with_extension("db-wal").exists());

    let store = ready(SqliteSettings::new(&file)).await;
    let found = ErrorStore::get_error(&store, &scope(), id).await.unwrap();
    assert_eq!(found.unwrap().latest.as_ref(), Some(&*occurrence));
    assert_eq!(
        TenantStore::get_tenant(&store, tenant.id).await.unwrap(),
        Some(tenant)
    );
    let again = record(&store, vec![an_occurrence(PROJECT).build()]).await;
    assert_eq!(again.unwrap()[0].error.count, 2);
}

#[tokio::test]
async fn a_dropped_future_leaves_the_store_usable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let store = ready(SqliteSettings::new(&file)).await;
    let mut context = Context::from_waker(Waker::noop());
    let mut handed_over = 0;
    for _ in 0..200 {
        let writing = pin!(record(&store, some_occurrences(5, 3)));
        // One poll hands the write over; the rest of the future is dropped with its answer.
        handed_over += u32::from(writing.poll(&mut context).is_pending());
    }
    assert!(handed_over > 0, "no future was dropped halfway");
    let after = an_occurrence(PROJECT).of(99).build();
    let recorded = record(&store, vec![after]).await.unwrap();
    assert_eq!(recorded[0].error.count, 1);
    assert_eq!(assert_exact(&file) % 5, 1, "a batch was torn");
}

#[tokio::test]
async fn a_full_file_is_unavailable_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let mut settings = SqliteSettings::new(&file);
    settings.max_bytes = Some(2 << 20);
    let store = ready(settings).await;
    let large = |kind| {
        let message = "long ".repeat(2_000);
        let report = an_occurrence(PROJECT).of(kind).named(new_event_id());
        report.message(&message).build()
    };
    let mut stored = 0;
    let refused = loop {
        match record(&store, (1..=10).map(large).collect()).await {
            Ok(_) => stored += 10,
            Err(refused) => break refused,
        }
        assert!(stored < 10_000, "the limit does not hold");
    };
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    let again = record(&store, (1..=10).map(large).collect()).await;
    assert!(matches!(again, Err(StoreError::Unavailable(_))));
    assert_eq!(
        assert_exact(&file),
        stored,
        "a refused batch left something"
    );
    let claimed = number(&file, "SELECT count(*) FROM event_ids");
    assert_eq!(claimed, stored, "a refused batch left event ids");
    let sick = store.ping().await;
    assert!(matches!(sick, Err(StoreError::Unavailable(_))), "{sick:?}");

    let errors = all(&store).await;
    ErrorStore::delete_errors(&store, &scope(), &errors[..5])
        .await
        .unwrap();
    let recorded = record(&store, vec![large(1)]).await.unwrap();
    assert!(!recorded[0].duplicate);
    store.ping().await.unwrap();
    assert_exact(&file);
}

#[tokio::test]
async fn another_process_that_writes_makes_the_store_unavailable_for_that_long() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let mut settings = SqliteSettings::new(&file);
    settings.busy_timeout = Duration::from_millis(20);
    let store = ready(settings.clone()).await;
    let mut other = connect(&file);
    diesel::sql_query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .unwrap();
    let refused = record(&store, some_occurrences(1, 1)).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert_eq!(all(&store).await, [], "readers wait for nobody");
    diesel::sql_query("ROLLBACK").execute(&mut other).unwrap();
    drop(other);
    record(&store, some_occurrences(1, 1)).await.unwrap();

    let second = ready(settings).await;
    let recorded = record(&second, some_occurrences(1, 1)).await.unwrap();
    assert_eq!(recorded[0].error.count, 2);
}

#[tokio::test]
async fn a_name_whose_error_is_gone_counts_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let store = ready(SqliteSettings::new(&file)).await;
    let name = new_id();
    let named = || an_occurrence(PROJECT).named(name).build();
    let first = record(&store, vec![named()]).await.unwrap()[0];
    // What retention does: it drops occurrences and leaves the names they had.
    let mut retention = connect(&file);
    diesel::sql_query("DELETE FROM occurrences")
        .execute(&mut retention)
        .unwrap();
    ErrorStore::delete_errors(&store, &scope(), &[first.error.id])
        .await
        .unwrap();
    let anew = record(&store, vec![named(), named()]).await.unwrap();
    assert_ne!(anew[0].error.id, first.error.id);
    assert_eq!(
        anew.iter().map(|one| one.duplicate).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(assert_exact(&file), 1);
}

#[tokio::test]
async fn a_split_counts_what_retention_has_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let store = ready(SqliteSettings::new(&file)).await;
    let seen = |kind, seconds| an_occurrence(PROJECT).of(kind).at(seconds).build();
    let batch = vec![seen(1, 0), seen(1, 7_300), seen(2, 60), seen(2, 3_700)];
    let recorded = record(&store, batch).await.unwrap();
    let (one, two) = (recorded[0].error.id, recorded[2].error.id);
    store
        .merge_errors(&scope(), two, one, Actor::System, NOON)
        .await
        .unwrap();
    let mut retention = connect(&file);
    diesel::sql_query("DELETE FROM occurrences")
        .execute(&mut retention)
        .unwrap();
    let split = store
        .split_error(&scope(), one, fingerprint(2), Actor::System, NOON)
        .await
        .unwrap();
    let Split::Done(apart) = split else {
        unreachable!("{split:?}")
    };
    assert_eq!((apart.state.count, apart.fingerprint), (2, fingerprint(2)));
    // To the hour, which is what is left to know.
    assert_eq!(apart.state.first_seen, NOON);
    let end = NOON + time::Duration::hours(2) - time::Duration::microseconds(1);
    assert_eq!(apart.state.last_seen, end);
    let left = ErrorStore::get_error(&store, &scope(), one).await.unwrap();
    let left = left.unwrap().error;
    assert_eq!((left.state.count, left.fingerprint), (2, fingerprint(1)));
    assert_eq!(left.state.last_seen, NOON + time::Duration::seconds(7_300));
}

#[tokio::test]
async fn a_repeat_under_the_id_that_we_gave_counts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(SqliteSettings::new(folder.path().join("faultbook.db"))).await;
    let unnamed = an_occurrence(PROJECT).build();
    let repeat = an_occurrence(PROJECT).of(2).named(unnamed.id.0).build();
    let first = record(&store, vec![unnamed]).await.unwrap()[0];
    let second = record(&store, vec![repeat]).await.unwrap()[0];
    assert_eq!((second.duplicate, second.error), (true, first.error));
}

#[tokio::test]
async fn a_stored_id_under_a_new_name_does_not_take_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(SqliteSettings::new(folder.path().join("faultbook.db"))).await;
    let stored = an_occurrence(PROJECT).build();
    record(&store, vec![Arc::clone(&stored)]).await.unwrap();
    let name = new_id();
    let mut renamed = Occurrence::clone(&stored);
    renamed.event_id = name;
    let mut other = Occurrence::clone(&an_occurrence(PROJECT).named(name).build());
    other.id = OccurrenceId(new_id());
    let batch = vec![Arc::new(renamed), Arc::new(other)];
    let recorded = record(&store, batch).await.unwrap();
    assert!(recorded[0].duplicate && !recorded[1].duplicate);
    assert_eq!(recorded[1].error.count, 2);
}

#[tokio::test]
async fn words_match_in_any_alphabet() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(SqliteSettings::new(folder.path().join("faultbook.db"))).await;
    let occurrence = an_occurrence(PROJECT).message("ЖУК in the Größe").build();
    record(&store, vec![occurrence]).await.unwrap();
    store.index_some(NOON).await.unwrap();
    for (words, found) in [
        (vec!["жук"], 1),
        (vec!["GRÖSSE"], 1),
        (vec!["Käfer"], 0),
        (vec!["größe", "IN"], 1),
    ] {
        let mut query = ErrorQuery {
            limit: 1,
            ..ErrorQuery::default()
        };
        query.filter.words = words.iter().map(|word| (*word).to_owned()).collect();
        let page = ErrorStore::list_errors(&store, &scope(), &query)
            .await
            .unwrap();
        assert_eq!(page.total, found, "{words:?}");
    }
}

#[tokio::test]
async fn upkeep_gives_the_room_of_what_was_deleted_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    let store = ready(SqliteSettings::new(&file)).await;
    let message = "long ".repeat(2_000);
    let large = || an_occurrence(PROJECT).message(&message).build();
    record(&store, (0..200).map(|_| large()).collect())
        .await
        .unwrap();
    let errors = all(&store).await;
    ErrorStore::delete_errors(&store, &scope(), &errors)
        .await
        .unwrap();
    let free = "SELECT freelist_count FROM pragma_freelist_count";
    assert!(number(&file, free) > 200);
    store.run_maintenance(NOON).await.unwrap();
    assert_eq!(number(&file, free), 0);
}
