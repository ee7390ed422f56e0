//! Statements that record occurrences: the hot path.

use crate::row::{Uid, micros};
use crate::statement::{Bind, rows, run, statement};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable};
use faultbook_domain::errors::{ErrorState, EventSummary, Occurrence};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::store_error::StoreError;
use uuid::Uuid;

statement!(
    ClaimEventId,
    "INSERT INTO event_ids (project_id, event_id, fingerprint, stored_at) VALUES (?, ?, ?, ?) \
     ON CONFLICT (project_id, event_id) DO NOTHING"
);
statement!(
    /// Selects the fingerprint last stored with an event id.
    EventFingerprint -> Binary,
    "SELECT fingerprint FROM event_ids WHERE project_id = ? AND event_id = ?"
);
statement!(
    RetakeEventId,
    "UPDATE event_ids SET fingerprint = ?, stored_at = ? WHERE project_id = ? AND event_id = ?"
);
statement!(
    ReleaseEventId,
    "DELETE FROM event_ids WHERE project_id = ? AND event_id = ?"
);
statement!(
    InsertOccurrence,
    "INSERT INTO occurrences (project_id, id, event_id, fingerprint, fingerprint_version, \
     timestamp, received_at, level, severity, message, source, environment, stack_trace, context, \
     url, user_agent, ip_address, release, tags, reporter, custom_fingerprint, user_key) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (project_id, id) DO NOTHING"
);
statement!(
    OccurrenceFingerprint -> Binary,
    "SELECT fingerprint FROM occurrences WHERE project_id = ? AND id = ?"
);
statement!(
    ErrorOfFingerprint -> StoredColumns,
    "SELECT e.rowid, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, \
     e.ignored, e.regressed, e.created_at, e.updated_at \
     FROM error_fingerprints f JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id \
     WHERE f.project_id = ? AND f.fingerprint = ?"
);
statement!(
    InsertError,
    "INSERT INTO errors (project_id, id, count, first_seen, last_seen, created_at, updated_at, \
     fingerprint, latest_id, event_id, level, severity, source, environment, message, url, \
     user_agent, ip_address, release) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
);
statement!(
    InsertFingerprint,
    "INSERT INTO error_fingerprints (project_id, fingerprint, version, error_id) \
     VALUES (?, ?, ?, ?)"
);
statement!(
    UpdateState,
    "UPDATE errors SET count = ?, first_seen = ?, last_seen = ?, updated_at = ? WHERE rowid = ?"
);
statement!(
    UpdateStateAndLatest,
    "UPDATE errors SET count = ?, first_seen = ?, last_seen = ?, updated_at = ?, fingerprint = ?, \
     latest_id = ?, event_id = ?, level = ?, \
     severity = ?, source = ?, environment = ?, message = ?, url = ?, user_agent = ?, \
     ip_address = ?, release = ? WHERE rowid = ?"
);
type StoredColumns = (
    BigInt,
    Binary,
    BigInt,
    BigInt,
    BigInt,
    Bool,
    Nullable<BigInt>,
    Bool,
    Bool,
    BigInt,
    BigInt,
);

/// The stored part of an error that an occurrence may change.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct StoredState {
    pub(crate) rowid: i64,
    pub(crate) id: Uid,
    pub(crate) count: i64,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    pub(crate) resolved: bool,
    pub(crate) resolved_at: Option<i64>,
    pub(crate) ignored: bool,
    pub(crate) regressed: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl StoredState {
    /// Returns the number of its state in tallies.
    pub(crate) const fn tallied_as(&self) -> i64 {
        match (self.resolved, self.ignored, self.regressed) {
            (true, ..) => 3,
            (_, true, _) => 2,
            (.., true) => 1,
            _ => 0,
        }
    }
}

impl TryFrom<StoredState> for ErrorState {
    type Error = StoreError;

    fn try_from(stored: StoredState) -> Result<Self, StoreError> {
        let StoredState {
            rowid: _,
            id,
            count,
            first_seen,
            last_seen,
            resolved,
            resolved_at,
            ignored,
            regressed,
            created_at,
            updated_at,
        } = stored;
        let time = |column, micros| crate::row::time("errors", column, micros);
        Ok(Self {
            id: ErrorId(id.uuid()),
            count,
            first_seen: time("first_seen", first_seen)?,
            last_seen: time("last_seen", last_seen)?,
            resolved,
            resolved_at: resolved_at.map(|at| time("resolved_at", at)).transpose()?,
            ignored,
            regressed,
            created_at: time("created_at", created_at)?,
            updated_at: time("updated_at", updated_at)?,
        })
    }
}

/// Finds the error of a fingerprint.
pub(crate) fn error_of(
    connection: &mut SqliteConnection,
    project: ProjectId,
    fingerprint: Fingerprint,
) -> QueryResult<Option<StoredState>> {
    let binds = [
        Bind::Blob(project.0.as_bytes()),
        Bind::Blob(fingerprint.as_bytes()),
    ];
    Ok(rows(connection, ErrorOfFingerprint, &binds)?.pop())
}

/// Claims the occurrence's event id. Returns `false` when it is taken.
pub(crate) fn claim_event_id(
    connection: &mut SqliteConnection,
    occurrence: &Occurrence,
    at: i64,
) -> QueryResult<bool> {
    let binds = [
        Bind::Blob(occurrence.project_id.0.as_bytes()),
        Bind::Blob(occurrence.event_id.as_bytes()),
        Bind::Blob(occurrence.fingerprint.as_bytes()),
        Bind::Int(at),
    ];
    Ok(run(connection, ClaimEventId, &binds)? == 1)
}

/// Returns the fingerprint of the occurrence that holds the event id.
pub(crate) fn fingerprint_of_event(
    connection: &mut SqliteConnection,
    occurrence: &Occurrence,
) -> QueryResult<Option<Fingerprint>> {
    let binds = [
        Bind::Blob(occurrence.project_id.0.as_bytes()),
        Bind::Blob(occurrence.event_id.as_bytes()),
    ];
    let found = rows::<_, Uid>(connection, EventFingerprint, &binds)?;
    Ok(found.first().map(|uid| uid.fingerprint()))
}

/// Claims the event id of an occurrence that was deleted.
pub(crate) fn retake_event_id(
    connection: &mut SqliteConnection,
    occurrence: &Occurrence,
    at: i64,
) -> QueryResult<usize> {
    let binds = [
        Bind::Blob(occurrence.fingerprint.as_bytes()),
        Bind::Int(at),
        Bind::Blob(occurrence.project_id.0.as_bytes()),
        Bind::Blob(occurrence.event_id.as_bytes()),
    ];
    run(connection, RetakeEventId, &binds)
}

/// Releases an event id that was claimed in vain.
pub(crate) fn release_event_id(
    connection: &mut SqliteConnection,
    occurrence: &Occurrence,
) -> QueryResult<usize> {
    let binds = [
        Bind::Blob(occurrence.project_id.0.as_bytes()),
        Bind::Blob(occurrence.event_id.as_bytes()),
    ];
    run(connection, ReleaseEventId, &binds)
}

/// Inserts an occurrence. Returns `false` when its id is already stored.
pub(crate) fn insert_occurrence(
    connection: &mut SqliteConnection,
    occurrence: &Occurrence,
) -> QueryResult<bool> {
    let Occurrence {
        id,
        project_id,
        event_id,
        fingerprint,
        fingerprint_version,
        timestamp,
        received_at,
        summary,
        stack_trace,
        context,
        tags,
        user,
        custom_fingerprint,
        feedback: _,
    } = occurrence;
    let EventSummary {
        level,
        severity,
        message,
        source,
        environment,
        url,
        user_agent,
        ip_address,
        release,
    } = summary;
    let user_key = occurrence.user_key();
    let binds = [
        Bind::Blob(project_id.0.as_bytes()),
        Bind::Blob(id.0.as_bytes()),
        Bind::Blob(event_id.as_bytes()),
        Bind::Blob(fingerprint.as_bytes()),
        version(*fingerprint_version),
        Bind::Int(micros(*timestamp)),
        Bind::Int(micros(*received_at)),
        Bind::Text(level.as_str()),
        Bind::Text(severity.as_str()),
        Bind::Text(message),
        Bind::Text(source),
        Bind::Text(environment),
        Bind::MaybeText(stack_trace.as_deref()),
        Bind::MaybeText(context.as_ref().map(|json| json.as_str())),
        Bind::MaybeText(url.as_deref()),
        Bind::MaybeText(user_agent.as_deref()),
        Bind::MaybeText(ip_address.as_deref()),
        Bind::MaybeText(release.as_deref()),
        Bind::MaybeText(tags.as_ref().map(|json| json.as_str())),
        Bind::MaybeText(user.as_ref().map(|json| json.as_str())),
        Bind::MaybeText(custom_fingerprint.as_ref().map(|json| json.as_str())),
        Bind::MaybeBlob(user_key.as_ref().map(|key| key.as_bytes().as_slice())),
    ];
    Ok(run(connection, InsertOccurrence, &binds)? == 1)
}

/// Returns the fingerprint of a stored occurrence.
pub(crate) fn fingerprint_of_occurrence(
    connection: &mut SqliteConnection,
    project: ProjectId,
    id: Uuid,
) -> QueryResult<Option<Fingerprint>> {
    let binds = [Bind::Blob(project.0.as_bytes()), Bind::Blob(id.as_bytes())];
    let found = rows::<_, Uid>(connection, OccurrenceFingerprint, &binds)?;
    Ok(found.first().map(|uid| uid.fingerprint()))
}

/// Updates an error's state and, where given, its latest occurrence.
pub(crate) fn update_error(
    connection: &mut SqliteConnection,
    stored: &StoredState,
    latest: Option<&Occurrence>,
) -> QueryResult<usize> {
    let state = [
        Bind::Int(stored.count),
        Bind::Int(stored.first_seen),
        Bind::Int(stored.last_seen),
        Bind::Int(stored.updated_at),
    ];
    let row = [Bind::Int(stored.rowid)];
    match latest {
        None => run(connection, UpdateState, &[&state[..], &row].concat()),
        Some(latest) => {
            let binds = [&state[..], &latest_binds(latest), &row].concat();
            run(connection, UpdateStateAndLatest, &binds)
        }
    }
}

/// Inserts a new, open error with its first fingerprint.
pub(crate) fn insert_error(
    connection: &mut SqliteConnection,
    stored: &StoredState,
    latest: &Occurrence,
) -> QueryResult<()> {
    let project = Bind::Blob(latest.project_id.0.as_bytes());
    let state = [
        project,
        Bind::Blob(&stored.id.0),
        Bind::Int(stored.count),
        Bind::Int(stored.first_seen),
        Bind::Int(stored.last_seen),
        Bind::Int(stored.created_at),
        Bind::Int(stored.updated_at),
    ];
    let binds = [&state[..], &latest_binds(latest)].concat();
    run(connection, InsertError, &binds)?;
    let owner = [
        project,
        Bind::Blob(latest.fingerprint.as_bytes()),
        version(latest.fingerprint_version),
        Bind::Blob(&stored.id.0),
    ];
    run(connection, InsertFingerprint, &owner).map(drop)
}

fn latest_binds(latest: &Occurrence) -> [Bind<'_>; 12] {
    let shown = latest.summary.cut();
    [
        Bind::Blob(latest.fingerprint.as_bytes()),
        Bind::Blob(latest.id.0.as_bytes()),
        Bind::Blob(latest.event_id.as_bytes()),
        Bind::Text(shown.level.as_str()),
        Bind::Text(shown.severity.as_str()),
        Bind::Text(shown.source),
        Bind::Text(shown.environment),
        Bind::Text(shown.message),
        Bind::MaybeText(shown.url),
        Bind::MaybeText(shown.user_agent),
        Bind::MaybeText(shown.ip_address),
        Bind::MaybeText(shown.release),
    ]
}

fn version(version: FingerprintVersion) -> Bind<'static> {
    Bind::Int(i64::from(version.0))
}
