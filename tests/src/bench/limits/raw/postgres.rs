//! Many rows a statement on PostgreSQL.

use super::rows::Rows;
use crate::ingest::direct;
use crate::load::{Measured, Sender, drive};
use crate::setup::Database;
use faultbook_domain::errors::Occurrence;
use std::time::Duration;
use time::OffsetDateTime;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, Statement};
use uuid::Uuid;

/// What a statement takes.
type Value<'a> = dyn tokio_postgres::types::ToSql + Sync + 'a;

/// Inserts rows, column by column, into a table `raw` with the columns of `occurrences`.
pub const INSERT: &str = "INSERT INTO raw SELECT * FROM unnest($1::uuid[], \
    $2::uuid[], \
    $3::uuid[], \
    $4::uuid[], \
    $5::int2[], \
    $6::timestamptz[], \
    $7::timestamptz[], \
    $8::text[], \
    $9::text[], \
    $10::text[], \
    $11::text[], \
    $12::text[], \
    $13::text[], \
    $14::text[], \
    $15::text[], \
    $16::text[], \
    $17::text[], \
    $18::text[], \
    $19::text[], \
    $20::text[], \
    $21::text[])";

/// How rows are sent.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// [`INSERT`].
    Insert,
    /// Binary COPY.
    Copy,
}

/// Makes the table.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn prepare(database: &Database) -> anyhow::Result<()> {
    direct::postgres(database.url()).await?;
    let raw = "CREATE TABLE raw (LIKE occurrences INCLUDING INDEXES)";
    Ok(database.connect().await?.batch_execute(raw).await?)
}

/// Writes over a connection of its own.
struct Writer {
    client: Client,
    statement: Statement,
    rows: Rows,
    many: usize,
    way: Way,
}

impl Sender for Writer {
    async fn send(&mut self, _turn: usize) -> anyhow::Result<()> {
        let columns = Columns::of(&self.rows.next(self.many));
        match self.way {
            Way::Insert => columns.insert(&self.client, &self.statement).await,
            Way::Copy => columns.copy(&self.client).await,
        }
    }
}

/// Writes rows, `many` a turn.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn postgres(
    database: &Database,
    errors: usize,
    duration: Duration,
    connections: usize,
    many: usize,
    way: Way,
) -> anyhow::Result<Measured> {
    let mut writers = Vec::with_capacity(connections);
    for _ in 0..connections {
        let client = database.connect().await?;
        writers.push(Writer {
            statement: client.prepare(INSERT).await?,
            client,
            rows: Rows::of(errors)?,
            many,
            way,
        });
    }
    drive(writers, duration).await
}

/// Rows, column by column.
#[derive(Default)]
pub struct Columns {
    ids: Vec<[Uuid; 4]>,
    versions: Vec<i16>,
    times: Vec<OffsetDateTime>,
    texts: Vec<[Option<String>; 14]>,
}

impl Columns {
    /// The columns of these rows.
    pub fn of(rows: &[(Uuid, &Occurrence)]) -> Self {
        let mut columns = Self::default();
        for (id, row) in rows {
            let fingerprint = Uuid::from_bytes(*row.fingerprint.as_bytes());
            columns.ids.push([row.project_id.0, *id, *id, fingerprint]);
            columns.versions.push(1);
            columns.times.push(row.timestamp);
            columns.texts.push(texts(row));
        }
        columns
    }

    /// Inserts them with [`INSERT`].
    ///
    /// # Errors
    /// When PostgreSQL fails.
    pub async fn insert(
        &self,
        client: &impl GenericClient,
        statement: &Statement,
    ) -> anyhow::Result<()> {
        let ids: [Vec<Uuid>; 4] =
            std::array::from_fn(|at| self.ids.iter().map(|row| row[at]).collect());
        let texts: [Vec<Option<&str>>; 14] =
            std::array::from_fn(|at| self.texts.iter().map(|row| row[at].as_deref()).collect());
        let mut values: Vec<&Value<'_>> = Vec::new();
        values.extend(ids.iter().map(|one| one as &Value<'_>));
        values.extend([&self.versions as &Value<'_>, &self.times, &self.times]);
        values.extend(texts.iter().map(|one| one as &Value<'_>));
        client.execute(statement, &values).await?;
        Ok(())
    }

    async fn copy(&self, client: &Client) -> anyhow::Result<()> {
        let sink = client.copy_in("COPY raw FROM STDIN BINARY").await?;
        let mut types = vec![Type::UUID; 4];
        types.extend([Type::INT2, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ]);
        types.extend(vec![Type::TEXT; 14]);
        let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
        for (at, ids) in self.ids.iter().enumerate() {
            let mut values: Vec<&Value<'_>> = Vec::new();
            values.extend(ids.iter().map(|one| one as &Value<'_>));
            let time = &self.times[at];
            values.extend([&self.versions[at] as &Value<'_>, time, time]);
            values.extend(self.texts[at].iter().map(|one| one as &Value<'_>));
            writer.as_mut().write(&values).await?;
        }
        writer.finish().await?;
        Ok(())
    }
}

/// The columns from `level` on, in the table's order.
pub fn texts(row: &Occurrence) -> [Option<String>; 14] {
    [
        Some(row.summary.level.as_str().to_owned()),
        Some(row.summary.severity.as_str().to_owned()),
        Some(row.summary.message.clone()),
        Some(row.summary.source.clone()),
        Some(row.summary.environment.clone()),
        row.stack_trace.clone(),
        row.context.as_ref().map(ToString::to_string),
        row.summary.url.clone(),
        row.summary.user_agent.clone(),
        row.summary.ip_address.clone(),
        row.summary.release.clone(),
        None,
        None,
        None,
    ]
}
