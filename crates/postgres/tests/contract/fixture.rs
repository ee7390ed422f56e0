//! Databases, nodes, and what must always hold.

use faultbook_contract::builder::{a_project, a_tenant};
use faultbook_domain::id::ProjectId;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Scope, TenantScope};
use faultbook_postgres::{PostgresSettings, PostgresStore};
use faultbook_testkit::postgres::{TestDatabase, connect, database_from_template};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::Client;

/// A database with the schema.
pub async fn database() -> TestDatabase {
    database_from_template(&template(), async |url| {
        node(&url).await.migrate().await.unwrap();
    })
    .await
}

/// A name that changes with the migrations.
fn template() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read_to_string(file).unwrap().hash(&mut hasher);
    }
    format!("postgres_{:016x}", hasher.finish())
}

/// A node of its own on a database.
pub async fn node(url: &str) -> PostgresStore {
    node_with(&PostgresSettings::new(url)).await
}

/// A node with these settings.
pub async fn node_with(settings: &PostgresSettings) -> PostgresStore {
    PostgresStore::connect(
        settings,
        Arc::new(SystemIds::default()),
        Arc::new(SystemClock),
    )
    .await
    .unwrap()
}

/// A tenant's first project and who may see it.
pub async fn project(store: &PostgresStore) -> (Scope, ProjectId) {
    let tenant = a_tenant();
    let project = a_project(tenant.id);
    TenantStore::create_tenant(store, &tenant, &project, None)
        .await
        .unwrap();
    (
        Scope::new(TenantScope::for_tests(tenant.id), vec![project.id]),
        project.id,
    )
}

/// A connection to look behind the store.
pub async fn admin(url: &str) -> Client {
    connect(url).await.unwrap()
}

/// Asserts that every count of the database agrees with its occurrences, and returns their number.
pub async fn assert_sums_agree(url: &str) -> i64 {
    let client = admin(url).await;
    let number = async |sql: &str| -> i64 { client.query_one(sql, &[]).await.unwrap().get(0) };
    let stored = number("SELECT count(*) FROM occurrences").await;
    for (table, sum) in [
        (
            "errors",
            "SELECT coalesce(sum(count), 0)::bigint FROM errors",
        ),
        (
            "error_hourly",
            "SELECT coalesce(sum(count), 0)::bigint FROM error_hourly",
        ),
        (
            "project_hourly",
            "SELECT coalesce(sum(count), 0)::bigint FROM project_hourly",
        ),
    ] {
        assert_eq!(number(sum).await, stored, "sum of {table}");
    }
    let wrong = number(
        "SELECT count(*) FROM errors e WHERE e.count <> (SELECT count(*) FROM occurrences o \
         JOIN error_fingerprints f USING (project_id, fingerprint) \
         WHERE f.project_id = e.project_id AND f.error_id = e.id)",
    )
    .await;
    assert_eq!(wrong, 0, "errors whose count is not their own");
    let ownerless = number(
        "SELECT count(*) FROM error_fingerprints f LEFT JOIN errors e \
         ON e.project_id = f.project_id AND e.id = f.error_id AND e.revision = f.revision \
         WHERE e.id IS NULL",
    )
    .await;
    assert_eq!(ownerless, 0, "fingerprints that no error can be found by");
    stored
}
