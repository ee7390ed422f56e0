//! Many rows a transaction on SQLite.

use super::postgres::texts;
use super::rows::Rows;
use crate::load::{Measured, Sender, drive};
use diesel::connection::SimpleConnection;
use diesel::{Connection, Insertable, RunQueryDsl, SqliteConnection};
use faultbook_domain::entity::Occurrence;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

diesel::table! {
    raw (id) {
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

#[derive(Insertable)]
#[diesel(table_name = raw)]
struct Row {
    project_id: Vec<u8>,
    id: Vec<u8>,
    event_id: Vec<u8>,
    fingerprint: Vec<u8>,
    fingerprint_version: i32,
    timestamp: i64,
    received_at: i64,
    level: Option<String>,
    severity: Option<String>,
    message: Option<String>,
    source: Option<String>,
    environment: Option<String>,
    stack_trace: Option<String>,
    context: Option<String>,
    url: Option<String>,
    user_agent: Option<String>,
    ip_address: Option<String>,
    release: Option<String>,
    tags: Option<String>,
    reporter: Option<String>,
    custom_fingerprint: Option<String>,
}

const TABLE: &str = "
    PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE raw (project_id, id, event_id, fingerprint, fingerprint_version, timestamp, received_at,
        level, severity, message, source, environment, stack_trace, context, url, user_agent, ip_address,
        release, tags, reporter, custom_fingerprint, PRIMARY KEY (project_id, id));
    CREATE INDEX raw_fingerprint ON raw (project_id, fingerprint, id, timestamp)";

/// Writes to a file of its own.
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
            for (id, row) in &rows {
                diesel::insert_into(raw::table)
                    .values(Row::of(*id, row))
                    .execute(connection)?;
            }
            diesel::QueryResult::Ok(())
        })?;
        Ok(())
    }
}

impl Sender for Writer {
    async fn send(&mut self, _turn: usize) -> anyhow::Result<()> {
        tokio::task::block_in_place(|| self.write())
    }
}

/// Writes rows with synchronous=FULL, `many` a transaction.
///
/// # Errors
/// When SQLite fails.
pub async fn sqlite(errors: usize, duration: Duration, many: usize) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("raw.db");
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(TABLE)?;
    let writer = Writer {
        connection,
        rows: Rows::of(errors)?,
        many,
        _folder: folder,
    };
    drive([writer], duration).await
}

impl Row {
    fn of(id: Uuid, row: &Occurrence) -> Self {
        let micros = i64::try_from(row.timestamp.unix_timestamp_nanos() / 1_000);
        let micros = micros.unwrap_or(i64::MAX);
        let bytes = |id: Uuid| id.as_bytes().to_vec();
        let [
            level,
            severity,
            message,
            source,
            environment,
            stack_trace,
            context,
            url,
            user_agent,
            ip_address,
            release,
            tags,
            reporter,
            custom_fingerprint,
        ] = texts(row);
        Self {
            project_id: bytes(row.project_id.0),
            id: bytes(id),
            event_id: bytes(id),
            fingerprint: row.fingerprint.as_bytes().to_vec(),
            fingerprint_version: 1,
            timestamp: micros,
            received_at: micros,
            level,
            severity,
            message,
            source,
            environment,
            stack_trace,
            context,
            url,
            user_agent,
            ip_address,
            release,
            tags,
            reporter,
            custom_fingerprint,
        }
    }
}
