//! Private databases in the shared server.

use super::cluster::{connect, url};
use super::shared::{Lease, Shared};
use crate::{ServerError, or_fail};
use std::io;
use std::thread;

/// PostgreSQL cuts names off after 63 bytes; a template is created under a longer name.
const LONGEST_TEMPLATE_NAME: usize = 48;

/// A private database, dropped with this value; its remaining connections are closed.
#[derive(Debug)]
pub struct TestDatabase {
    /// URL, as `postgres://...`.
    pub url: String,
    name: String,
    lease: Lease,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let admin = url(self.lease.port, "postgres");
        let statement = format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quoted(&self.name)
        );
        // On a thread, since a test's own runtime cannot block here. A database that remains is removed with the
        // server.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                let _ = runtime
                    .block_on(async { connect(&admin).await?.batch_execute(&statement).await });
            }
        });
        let _ = dropping.join();
    }
}

/// Creates an empty database.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub async fn database() -> TestDatabase {
    or_fail(async { create(Shared::of_workspace()?.lease().await?, "template0").await }.await)
}

/// Clones the template `name`, which `migrate` fills, given its URL, if it does not exist: once for all tests, in
/// 50-90 ms per clone. The name must change with what `migrate` does (use a hash of the schema; at most 48 letters,
/// digits and `_`). `migrate` fails by panicking; the next caller retries.
///
/// # Panics
/// When PostgreSQL is not installed or does not start, or the name is invalid.
pub async fn database_from_template(name: &str, migrate: impl AsyncFnOnce(String)) -> TestDatabase {
    assert!(
        name.len() <= LONGEST_TEMPLATE_NAME
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        "a template's name is at most {LONGEST_TEMPLATE_NAME} letters, digits and `_`: {name}"
    );
    or_fail(async { clone(Shared::of_workspace()?, name, migrate).await }.await)
}

async fn clone(
    shared: Shared,
    template: &str,
    migrate: impl AsyncFnOnce(String),
) -> Result<TestDatabase, ServerError> {
    let lease = shared.lease().await?;
    let admin = connect(&url(lease.port, "postgres")).await?;
    let exists = "SELECT FROM pg_database WHERE datname = $1";
    if admin.query_opt(exists, &[&template]).await?.is_none() {
        let _lock = shared.lock_async().await?;
        if admin.query_opt(exists, &[&template]).await?.is_none() {
            make_template(&lease, &admin, template, migrate).await?;
        }
    }
    create(lease, template).await
}

/// Fills a database under another name first, so that an incomplete one is never taken for the template.
async fn make_template(
    lease: &Lease,
    admin: &tokio_postgres::Client,
    name: &str,
    migrate: impl AsyncFnOnce(String),
) -> Result<(), ServerError> {
    let draft = format!("{name}_draft");
    let quoted_draft = quoted(&draft);
    admin
        .batch_execute(&format!(
            "DROP DATABASE IF EXISTS {quoted_draft} WITH (FORCE)"
        ))
        .await?;
    admin
        .batch_execute(&format!(
            "CREATE DATABASE {quoted_draft} TEMPLATE template0"
        ))
        .await?;
    migrate(url(lease.port, &draft)).await;
    admin
        .batch_execute(&format!(
            "ALTER DATABASE {quoted_draft} ALLOW_CONNECTIONS false"
        ))
        .await?;
    // Pools close their connections some time after they are dropped.
    admin
        .query(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1",
            &[&draft],
        )
        .await?;
    admin
        .batch_execute(&format!(
            "ALTER DATABASE {quoted_draft} RENAME TO {}",
            quoted(name)
        ))
        .await?;
    Ok(())
}

async fn create(lease: Lease, template: &str) -> Result<TestDatabase, ServerError> {
    let mut suffix = [0; 16];
    getrandom::fill(&mut suffix)
        .map_err(|cause| ServerError::io("reading random bytes", io::Error::other(cause)))?;
    let name = format!("test_{:032x}", u128::from_ne_bytes(suffix));
    let admin = connect(&url(lease.port, "postgres")).await?;
    admin
        .batch_execute(&format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quoted(&name),
            quoted(template)
        ))
        .await?;
    Ok(TestDatabase {
        url: url(lease.port, &name),
        name,
        lease,
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
