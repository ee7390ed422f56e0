//! Inserts on SQLite with synchronous=FULL, into a table with the columns and the keys of `occurrences`.

use super::postgres::texts;
use super::rows::Rows;
use diesel::connection::SimpleConnection;
use diesel::{Connection, Insertable, RunQueryDsl, SqliteConnection};
use faultbook_domain::entity::Occurrence;
use std::time::{Duration, Instant};
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

/// What SQLite takes of these rows, by rows a transaction.
///
/// # Errors
/// When it cannot be measured.
pub fn ceilings(errors: usize, time: Duration) -> anyhow::Result<Vec<(String, f64)>> {
    let of = |many: usize| {
        let name = format!("SQLite, synchronous=FULL: raw inserts, {many} rows a transaction");
        Ok((name, inserted(errors, time, many)?))
    };
    [1, 100, 500].into_iter().map(of).collect()
}

/// Rows a second by transactions of `many` rows.
///
/// # Errors
/// When it cannot be measured.
pub fn inserted(errors: usize, time: Duration, many: usize) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("raw.db");
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         CREATE TABLE raw (project_id, id, event_id, fingerprint, fingerprint_version, timestamp, received_at, level, severity, message, source, environment, stack_trace, context, url, user_agent, ip_address, release, tags, reporter, custom_fingerprint, PRIMARY KEY (project_id, id)); \
         CREATE INDEX raw_fingerprint ON raw (project_id, fingerprint, id, timestamp)",
    )?;
    let rows = Rows::of(errors)?;
    let started = Instant::now();
    let mut written = 0;
    while started.elapsed() < time {
        let next = rows.next(many);
        connection.transaction(|connection| {
            for (id, row) in &next {
                diesel::insert_into(raw::table)
                    .values(Row::of(*id, row))
                    .execute(connection)?;
            }
            diesel::QueryResult::Ok(())
        })?;
        written += many;
    }
    Ok(written as f64 / started.elapsed().as_secs_f64())
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
