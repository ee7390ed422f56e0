//! Statements that count occurrences in the hourly roll-ups: the hot path.

use crate::row::micros;
use crate::statement::{Bind, run, statement};
use diesel::prelude::*;
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::HourKey;

statement!(
    AddErrorHour,
    "INSERT INTO error_hourly \
     (project_id, fingerprint, hour, source, environment, level, severity, count) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (project_id, fingerprint, hour, source, environment, level, severity) \
     DO UPDATE SET count = count + excluded.count"
);
statement!(
    AddIgnoredHour,
    "INSERT INTO ignored_hourly \
     (project_id, fingerprint, hour, source, environment, level, severity, count) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (project_id, fingerprint, hour, source, environment, level, severity) \
     DO UPDATE SET count = count + excluded.count"
);
statement!(
    AddProjectHour,
    "INSERT INTO project_hourly \
     (project_id, hour, source, environment, level, severity, count) \
     VALUES (?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (project_id, hour, source, environment, level, severity) \
     DO UPDATE SET count = count + excluded.count"
);
statement!(
    AddTally,
    "UPDATE error_tallies SET occurrences = occurrences + ? WHERE project_id = ? AND state = ?"
);

statement!(
    TallyResolution,
    "UPDATE error_tallies SET resolution = error_tallies.resolution + ? * coalesce(e.resolution, 0) \
     FROM errors e WHERE e.rowid = ? AND error_tallies.project_id = e.project_id \
     AND error_tallies.state = e.state"
);

/// Adds `sign` times how long it took to resolve an error, whose first sight changes in between.
pub(crate) fn tally_resolution(
    connection: &mut SqliteConnection,
    rowid: i64,
    sign: i64,
) -> QueryResult<usize> {
    let binds = [Bind::Int(sign), Bind::Int(rowid)];
    run(connection, TallyResolution, &binds)
}

/// Adds occurrences of errors that there were to those of their state. Triggers see to the rest.
pub(crate) fn add_tally(
    connection: &mut SqliteConnection,
    project: ProjectId,
    state: i64,
    count: i64,
) -> QueryResult<usize> {
    let binds = [
        Bind::Int(count),
        Bind::Blob(project.0.as_bytes()),
        Bind::Int(state),
    ];
    run(connection, AddTally, &binds)
}

/// Adds to a cell of an error's roll-up.
pub(crate) fn add_error_hour(
    connection: &mut SqliteConnection,
    project: ProjectId,
    fingerprint: Fingerprint,
    key: &HourKey,
    count: i64,
) -> QueryResult<usize> {
    let owner = [
        Bind::Blob(project.0.as_bytes()),
        Bind::Blob(fingerprint.as_bytes()),
    ];
    let binds = [&owner[..], &cell(key, count)].concat();
    run(connection, AddErrorHour, &binds)
}

/// Adds to a cell of what was recorded while errors were ignored.
pub(crate) fn add_ignored_hour(
    connection: &mut SqliteConnection,
    project: ProjectId,
    fingerprint: Fingerprint,
    key: &HourKey,
    count: i64,
) -> QueryResult<usize> {
    let owner = [
        Bind::Blob(project.0.as_bytes()),
        Bind::Blob(fingerprint.as_bytes()),
    ];
    let binds = [&owner[..], &cell(key, count)].concat();
    run(connection, AddIgnoredHour, &binds)
}

/// Adds to a cell of a project's roll-up.
pub(crate) fn add_project_hour(
    connection: &mut SqliteConnection,
    project: ProjectId,
    key: &HourKey,
    count: i64,
) -> QueryResult<usize> {
    let owner = [Bind::Blob(project.0.as_bytes())];
    let binds = [&owner[..], &cell(key, count)].concat();
    run(connection, AddProjectHour, &binds)
}

fn cell(key: &HourKey, count: i64) -> [Bind<'_>; 6] {
    let HourKey {
        hour,
        source,
        environment,
        level,
        severity,
    } = key;
    [
        Bind::Int(micros(*hour)),
        Bind::Text(source),
        Bind::Text(environment),
        Bind::Text(level.as_str()),
        Bind::Text(severity.as_str()),
        Bind::Int(count),
    ]
}
