//! The side that most applications would write: a transaction for each report, a statement for each table.

use super::client::{Load, Measured};
use super::naive::{POOL, template};
use crate::limits::{Columns, INSERT};
use anyhow::Context;
use faultbook_domain::entity::{Occurrence, ProjectId};
use faultbook_domain::port::{Clock, IdSource};
use faultbook_domain::system::{SystemClock, SystemIds};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

const TABLES: &str = "
    CREATE TABLE raw (LIKE occurrences INCLUDING INDEXES);
    CREATE TABLE groups (fingerprint uuid PRIMARY KEY, count bigint NOT NULL, last_seen timestamptz NOT NULL,
        message text NOT NULL);
    CREATE TABLE hours (fingerprint uuid, hour timestamptz, count bigint NOT NULL, PRIMARY KEY (fingerprint, hour))";

const GROUP: &str = "
    INSERT INTO groups VALUES ($1, 1, $2, $3)
    ON CONFLICT (fingerprint) DO UPDATE SET count = groups.count + 1, last_seen = $2, message = $3
    RETURNING count";

const HOUR: &str = "
    INSERT INTO hours VALUES ($1, date_trunc('hour', $2::timestamptz), 1)
    ON CONFLICT (fingerprint, hour) DO UPDATE SET count = hours.count + 1";

/// A connection of the pool with its prepared statements.
struct Writer {
    client: Client,
    group: Statement,
    insert: Statement,
    hour: Statement,
}

impl Writer {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls)
            .await
            .context("PostgreSQL cannot be reached")?;
        tokio::spawn(connection);
        Ok(Self {
            group: client.prepare(GROUP).await?,
            insert: client.prepare(INSERT).await?,
            hour: client.prepare(HOUR).await?,
            client,
        })
    }

    async fn write(&mut self, id: Uuid, row: &Occurrence) -> anyhow::Result<()> {
        let fingerprint = Uuid::from_bytes(*row.fingerprint.as_bytes());
        let transaction = self.client.transaction().await?;
        let group = [&fingerprint as _, &row.timestamp as _, &row.message as _];
        transaction.query_one(&self.group, &group).await?;
        let columns = Columns::of(&[(id, row)]);
        columns.insert(&transaction, &self.insert).await?;
        let hour = [&fingerprint as _, &row.timestamp as _];
        transaction.execute(&self.hour, &hour).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Makes the tables beside those of `occurrences`, which must exist.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn prepare(url: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(TABLES).await?;
    Ok(())
}

/// Writes the same reports, one a transaction, over a pool, from as many tasks as the load has connections.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn run(url: &str, load: Load) -> anyhow::Result<Measured> {
    let mut pool = Vec::with_capacity(POOL);
    for _ in 0..POOL {
        pool.push(Arc::new(Mutex::new(Writer::connect(url).await?)));
    }
    let ids = Arc::new(SystemIds::default());
    let project = ProjectId(ids.next_id(SystemClock.now()));
    let rows: anyhow::Result<Vec<Occurrence>> = (0..load.errors)
        .map(|number| template(project, number))
        .collect();
    let rows = Arc::new(rows?);
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for place in 0..load.connections {
        let writer = Arc::clone(&pool[place % POOL]);
        let (rows, ids) = (Arc::clone(&rows), Arc::clone(&ids));
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            for row in rows.iter().cycle().skip(place) {
                let sent = Instant::now();
                if sent.duration_since(started) >= load.duration {
                    break;
                }
                let id = ids.next_id(SystemClock.now());
                writer.lock().await.write(id, row).await?;
                latencies.push(sent.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    Ok(Measured::new(started.elapsed(), latencies))
}
