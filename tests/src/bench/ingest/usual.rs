//! The side that most applications would write: a transaction for each report, a statement for each table.

use super::direct::{POOL, templates};
use crate::limits::raw::{Columns, INSERT};
use crate::load::{Load, Measured, Sender, drive};
use crate::setup::Database;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::Occurrence;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::system::{SystemClock, SystemIds};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

const TABLES: &str = "
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
    async fn connect(database: &Database) -> anyhow::Result<Self> {
        let client = database.connect().await?;
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
        let group = [
            &fingerprint as _,
            &row.timestamp as _,
            &row.summary.message as _,
        ];
        transaction.query_one(&self.group, &group).await?;
        let columns = Columns::of(&[(id, row)]);
        columns.insert(&transaction, &self.insert).await?;
        let hour = [&fingerprint as _, &row.timestamp as _];
        transaction.execute(&self.hour, &hour).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Makes the tables beside that of the raw inserts, which must exist.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn prepare(database: &Database) -> anyhow::Result<()> {
    Ok(database.connect().await?.batch_execute(TABLES).await?)
}

/// Shares a connection of the pool with other senders.
struct Pooled {
    writer: Arc<Mutex<Writer>>,
    ids: Arc<SystemIds>,
    rows: Arc<Vec<Occurrence>>,
}

impl Sender for Pooled {
    async fn send(&mut self, turn: usize) -> anyhow::Result<()> {
        let id = self.ids.next_id(SystemClock.now());
        let row = &self.rows[turn % self.rows.len()];
        self.writer.lock().await.write(id, row).await
    }
}

/// Writes the same reports, one a transaction, over a pool, from as many tasks as the load has connections.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn run(database: &Database, load: Load) -> anyhow::Result<Measured> {
    let mut pool = Vec::with_capacity(POOL);
    for _ in 0..POOL {
        pool.push(Arc::new(Mutex::new(Writer::connect(database).await?)));
    }
    let ids = Arc::new(SystemIds::default());
    let rows = Arc::new(templates(load.errors)?);
    let writers = (0..load.connections).map(|place| Pooled {
        writer: Arc::clone(&pool[place % POOL]),
        ids: Arc::clone(&ids),
        rows: Arc::clone(&rows),
    });
    drive(writers, load.duration).await
}
