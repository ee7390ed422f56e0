//! Many rows a transaction on SQLite.

use super::postgres::texts;
use super::rows::Rows;
use crate::ingest::direct;
use crate::load::{Measured, Sender, drive};
use diesel::{Connection, ExpressionMethods, QueryResult, RunQueryDsl, SqliteConnection};
use faultbook_domain::errors::Occurrence;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

diesel::table! {
    occurrences (project_id, id) {
        project_id -> Binary,
        id -> Binary,
        event_id -> Binary,
        fingerprint -> Binary,
        fingerprint_version -> Integer,
        timestamp -> BigInt,
        received_at -> BigInt,
        level -> Nullable<Text>,
        severity -> Nullable<Text>,
        message -> Nullable<Text>,
        source -> Nullable<Text>,
        environment -> Nullable<Text>,
        stack_trace -> Nullable<Text>,
        context -> Nullable<Text>,
        url -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        release -> Nullable<Text>,
        tags -> Nullable<Text>,
        reporter -> Nullable<Text>,
        custom_fingerprint -> Nullable<Text>,
    }
}

/// Writes to a file of its own, into the table that Faultbook has.
struct Writer {
    connection: SqliteConnection,
    rows: Rows,
    many: usize,
    _folder: TempDir,
}

impl Writer {
    fn write(&mut self) -> anyhow::Result<()> {
        let rows = self.rows.next(self.many);
        self.connection.transaction(|connection| {
            rows.iter()
                .try_for_each(|(id, row)| insert(connection, *id, row))
        })?;
        Ok(())
    }
}

impl Sender for Writer {
    async fn send(&mut self, _turn: usize) -> anyhow::Result<()> {
        tokio::task::block_in_place(|| self.write())
    }
}

/// Writes rows with synchronous=FULL, which is SQLite's default, `many` a transaction.
///
/// # Errors
/// When SQLite fails.
pub async fn sqlite(errors: usize, duration: Duration, many: usize) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("raw.db");
    direct::sqlite(&file).await?;
    let writer = Writer {
        connection: SqliteConnection::establish(&file.to_string_lossy())?,
        rows: Rows::of(errors)?,
        many,
        _folder: folder,
    };
    drive([writer], duration).await
}

fn insert(connection: &mut SqliteConnection, id: Uuid, row: &Occurrence) -> QueryResult<()> {
    use occurrences as o;
    let micros = i64::try_from(row.timestamp.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
    let bytes = |id: &Uuid| id.as_bytes().to_vec();
    let texts = texts(row);
    let text = |column: usize| texts[column].as_deref();
    diesel::insert_into(o::table)
        .values((
            o::project_id.eq(bytes(&row.project_id.0)),
            o::id.eq(bytes(&id)),
            o::event_id.eq(bytes(&id)),
            o::fingerprint.eq(row.fingerprint.as_bytes().to_vec()),
            o::fingerprint_version.eq(1),
            o::timestamp.eq(micros),
            o::received_at.eq(micros),
            o::level.eq(text(0)),
            o::severity.eq(text(1)),
            o::message.eq(text(2)),
            o::source.eq(text(3)),
            o::environment.eq(text(4)),
            o::stack_trace.eq(text(5)),
            o::context.eq(text(6)),
            o::url.eq(text(7)),
            o::user_agent.eq(text(8)),
            o::ip_address.eq(text(9)),
            o::release.eq(text(10)),
            o::tags.eq(text(11)),
            o::reporter.eq(text(12)),
            o::custom_fingerprint.eq(text(13)),
        ))
        .execute(connection)
        .map(drop)
}
