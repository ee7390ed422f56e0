//! Inserts of many rows a statement, into a table with the columns and the keys of `occurrences`.

use super::rows::Rows;
use anyhow::Context;
use faultbook_domain::entity::Occurrence;
use faultbook_testkit::server::postgres;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, NoTls};
use uuid::Uuid;

/// What a statement takes.
type Value<'a> = dyn tokio_postgres::types::ToSql + Sync + 'a;

/// Rows a statement.
const MANY: usize = 500;

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

/// What PostgreSQL takes of these rows, by connections and ways.
///
/// # Errors
/// When it cannot be measured.
pub async fn ceilings(errors: usize, time: Duration) -> anyhow::Result<Vec<(String, f64)>> {
    let mut table = Vec::new();
    for connections in [1, 2] {
        let rate = inserted(errors, time, connections, MANY).await?;
        let name = format!("PostgreSQL: raw inserts of {MANY} rows, {connections} connections");
        table.push((name, rate));
    }
    for connections in [1, 2] {
        let rate = measured(errors, time, connections, MANY, true).await?;
        table.push((
            format!("PostgreSQL: COPY of {MANY} rows, {connections} connections"),
            rate,
        ));
    }
    Ok(table)
}

/// Rows a second by inserts of `many` rows.
///
/// # Errors
/// When it cannot be measured.
pub async fn inserted(
    errors: usize,
    time: Duration,
    connections: usize,
    many: usize,
) -> anyhow::Result<f64> {
    measured(errors, time, connections, many, false).await
}

async fn measured(
    errors: usize,
    time: Duration,
    connections: usize,
    many: usize,
    copies: bool,
) -> anyhow::Result<f64> {
    let instance = postgres::Instance::start().await;
    let url = instance.url();
    crate::ingest::naive::postgres(&url).await?;
    let raw = "CREATE TABLE raw (LIKE occurrences INCLUDING INDEXES)";
    connect(&url).await?.batch_execute(raw).await?;
    let rows = Arc::new(Rows::of(errors)?);
    let started = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (client, rows) = (connect(&url).await?, Arc::clone(&rows));
        writers.spawn(async move {
            let statement = client.prepare(INSERT).await?;
            let mut written = 0;
            while started.elapsed() < time {
                let columns = Columns::of(&rows.next(many));
                if copies {
                    columns.copy(&client).await?;
                } else {
                    columns.insert(&client, &statement).await?;
                }
                written += many;
            }
            anyhow::Ok(written)
        });
    }
    let mut written = 0;
    while let Some(done) = writers.join_next().await {
        written += done??;
    }
    Ok(written as f64 / started.elapsed().as_secs_f64())
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("PostgreSQL cannot be reached")?;
    tokio::spawn(connection);
    Ok(client)
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
        statement: &tokio_postgres::Statement,
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
        Some(row.level.as_str().to_owned()),
        Some(row.severity.as_str().to_owned()),
        Some(row.message.clone()),
        Some(row.source.clone()),
        Some(row.environment.clone()),
        row.stack_trace.clone(),
        row.context.as_ref().map(ToString::to_string),
        row.url.clone(),
        row.user_agent.clone(),
        row.ip_address.clone(),
        row.release.clone(),
        None,
        None,
        None,
    ]
}
