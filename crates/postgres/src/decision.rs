//! Decides what new occurrences do to errors that are resolved or ignored: the second step of recording, in the
//! transaction of the first, which has locked their rows.

use crate::PostgresStore;
use crate::connect::{Parameter, WriteConnection};
use crate::error_delta::ErrorDelta;
use crate::failure::Failure;
use crate::row::fingerprint_id;
use faultbook_domain::errors::{
    Change, Decision, ErrorState, Facts, NeededReleases, Occurred, Occurrence, ReleaseFact,
    TriageState, UserKey, decide,
};
use faultbook_domain::ingest::{HourKey, hour_key};
use faultbook_domain::releases::Version;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::TriageRow;
use faultbook_sql::types::{DbId, DbTime};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

const STATE: &str = "
SELECT resolved, resolved_at, resolved_in, regressed, ignored, ignore_terms, reopen_at, assigned_to
FROM errors WHERE project_id = $1 AND id = $2";

const SET_STATE: &str = "
UPDATE errors SET resolved = $3, resolved_at = $4, resolved_in = $5, regressed = $6, ignored = $7,
  ignore_terms = $8, reopen_at = $9
WHERE project_id = $1 AND id = $2";

/// Selects releases by their versions.
const RELEASES: &str = "
SELECT r.version, r.released_at, r.created_at, (
  SELECT min(t.first_seen) FROM tag_values v
  JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
  WHERE v.project_id = r.project_id AND v.key = 'release' AND v.value = r.version
) FROM releases r WHERE r.project_id = $1 AND r.version = ANY ($2)";

/// Selects all releases of a project.
const ALL_RELEASES: &str = "
SELECT version, released_at, created_at, NULL::bigint FROM releases WHERE project_id = $1";

const NOTE: &str = "
INSERT INTO error_activity (project_id, id, error_id, kind, actor, at, detail)
VALUES ($1, $2, $3, $4, 'system', $5, $6)";

/// Notes that who follows the error is to be told of it.
const NOTE_UNTOLD: &str = "
INSERT INTO untold_activity (project_id, activity_id, only_mentions)
SELECT $1, $2, false WHERE EXISTS (
  SELECT FROM error_marks WHERE project_id = $1 AND error_id = $3 AND kind = 'follow')";

const KNOWN_USERS: &str = "
SELECT user_key FROM ignored_users WHERE project_id = $1 AND error_id = $2 AND user_key = ANY ($3)";

const ADD_USERS: &str = "
INSERT INTO ignored_users (project_id, error_id, user_key)
SELECT $1, $2, user_key FROM unnest($3) AS k (user_key) ON CONFLICT DO NOTHING";

const FORGET_USERS: &str = "
DELETE FROM ignored_users WHERE project_id = $1 AND error_id = $2";

/// Turns the marks round that were guessed wrongly.
const TURN_MARKS: &str = "
UPDATE occurrences o SET ignored = NOT o.ignored
FROM unnest($1, $2) AS k (project_id, id)
WHERE o.project_id = k.project_id AND o.id = k.id";

/// Adds to the cells of what was recorded while errors were ignored, in key order.
const ADD_HOURS: &str = "
INSERT INTO ignored_hourly AS h (project_id, fingerprint, hour, source, environment, level,
  severity, count)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (project_id, fingerprint, hour, source, environment, level, severity)
  DO UPDATE SET count = h.count + excluded.count";

/// The occurrences of a batch with the marks with which they were stored.
pub struct Recorded<'a> {
    /// The occurrences.
    pub occurrences: &'a [Arc<Occurrence>],
    /// Whether each was stored as recorded while its error was ignored.
    pub marks: &'a [bool],
    /// When they are recorded.
    pub at: OffsetDateTime,
    /// How many releases a project may have.
    pub release_limit: u32,
}

/// What follows for all errors of a batch.
#[derive(Default)]
struct Consequences {
    wrong: Vec<(Uuid, Uuid)>,
    hours: BTreeMap<(Uuid, Uuid, HourKey), i64>,
}

impl PostgresStore {
    /// Decides about errors, given with their state after the first step, which it updates.
    pub(crate) async fn decide(
        &self,
        connection: &mut WriteConnection,
        recorded: &Recorded<'_>,
        errors: &mut [(&ErrorDelta<'_>, ErrorState)],
    ) -> Result<(), Failure> {
        let mut consequences = Consequences::default();
        for (delta, state) in errors {
            let is_watched = state.resolved || state.ignored;
            let ignored = if is_watched {
                self.decide_one(connection, recorded, delta, state).await?
            } else {
                0
            };
            consequences.add(recorded, delta, ignored);
        }
        consequences.write(connection).await
    }

    /// Decides about one error; returns how many of its occurrences, from the first on, were recorded while it was
    /// ignored.
    async fn decide_one(
        &self,
        connection: &mut WriteConnection,
        recorded: &Recorded<'_>,
        delta: &ErrorDelta<'_>,
        shown: &mut ErrorState,
    ) -> Result<usize, Failure> {
        let key = (delta.latest_group.project_id.0, delta.id.0);
        let state = state(connection, key).await?;
        let occurred: Vec<Occurred<'_>> = delta
            .members
            .iter()
            .map(|member| Occurred::of(&recorded.occurrences[*member], &state))
            .collect();
        let releases = releases(connection, key.0, &state, &occurred).await?;
        let users = known_users(connection, key, &occurred).await?;
        let facts = Facts {
            releases: &releases,
            users: &users,
            at: recorded.at,
        };
        let decision = decide(&state, &occurred, facts);
        if decision.state != state {
            set_state(connection, key, &decision.state).await?;
            shown.show(&decision.state);
        }
        self.note(connection, key, &decision, recorded.at).await?;
        Ok(decision.ignored)
    }

    async fn note(
        &self,
        connection: &mut WriteConnection,
        key: (Uuid, Uuid),
        decision: &Decision,
        at: OffsetDateTime,
    ) -> Result<(), Failure> {
        if let Some(change) = &decision.change {
            // Uses the time of writing, so that ids order an error's activity log by what happened here.
            let id = self.ids.next_id(self.clock.now());
            note(connection, key, id, change, at).await?;
            connection.query(FORGET_USERS, &owner(&key)).await?;
        }
        if !decision.new_users.is_empty() {
            let users = user_ids(decision.new_users.iter().copied());
            let [project, error] = owner(&key);
            let parameters = [project, error, (&users as _, Type::UUID_ARRAY)];
            connection.query(ADD_USERS, &parameters).await?;
        }
        Ok(())
    }
}

impl Consequences {
    fn add(&mut self, recorded: &Recorded<'_>, delta: &ErrorDelta<'_>, ignored: usize) {
        for (place, member) in delta.members.iter().enumerate() {
            let one = &recorded.occurrences[*member];
            let is_ignored = place < ignored;
            let project = one.project_id.0;
            if is_ignored != recorded.marks[*member] {
                self.wrong.push((project, one.id.0));
            }
            if is_ignored {
                let cell = (project, fingerprint_id(one.fingerprint), hour_key(one));
                *self.hours.entry(cell).or_default() += 1;
            }
        }
    }

    async fn write(self, connection: &mut WriteConnection) -> Result<(), Failure> {
        if !self.wrong.is_empty() {
            let (projects, ids): (Vec<Uuid>, Vec<Uuid>) = self.wrong.into_iter().unzip();
            let parameters: [Parameter<'_>; 2] =
                [(&projects, Type::UUID_ARRAY), (&ids, Type::UUID_ARRAY)];
            connection.query(TURN_MARKS, &parameters).await?;
        }
        if self.hours.is_empty() {
            return Ok(());
        }
        let cells: Vec<_> = self.hours.iter().collect();
        let projects: Vec<Uuid> = cells.iter().map(|((project, ..), _)| *project).collect();
        let prints: Vec<Uuid> = cells.iter().map(|((_, print, _), _)| *print).collect();
        let keys: Vec<&HourKey> = cells.iter().map(|((_, _, key), _)| key).collect();
        let hours: Vec<OffsetDateTime> = keys.iter().map(|key| key.hour).collect();
        let sources: Vec<&str> = keys.iter().map(|key| key.source.as_str()).collect();
        let environments: Vec<&str> = keys.iter().map(|key| key.environment.as_str()).collect();
        let levels: Vec<&str> = keys.iter().map(|key| key.level.as_str()).collect();
        let severities: Vec<&str> = keys.iter().map(|key| key.severity.as_str()).collect();
        let counts: Vec<i64> = cells.iter().map(|(_, count)| **count).collect();
        let parameters: [Parameter<'_>; 8] = [
            (&projects, Type::UUID_ARRAY),
            (&prints, Type::UUID_ARRAY),
            (&hours, Type::TIMESTAMPTZ_ARRAY),
            (&sources, Type::TEXT_ARRAY),
            (&environments, Type::TEXT_ARRAY),
            (&levels, Type::TEXT_ARRAY),
            (&severities, Type::TEXT_ARRAY),
            (&counts, Type::INT8_ARRAY),
        ];
        connection.query(ADD_HOURS, &parameters).await?;
        Ok(())
    }
}

fn owner((project, error): &(Uuid, Uuid)) -> [Parameter<'_>; 2] {
    [(project, Type::UUID), (error, Type::UUID)]
}

fn user_ids(users: impl Iterator<Item = UserKey>) -> Vec<Uuid> {
    users
        .map(|user| Uuid::from_bytes(*user.as_bytes()))
        .collect()
}

async fn state(
    connection: &mut WriteConnection,
    key: (Uuid, Uuid),
) -> Result<TriageState, Failure> {
    let rows = connection.query(STATE, &owner(&key)).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::internal("an error vanished while its row was locked"))?;
    Ok(triage_row(row)?.try_into()?)
}

fn triage_row(row: &Row) -> Result<TriageRow, tokio_postgres::Error> {
    Ok(TriageRow {
        resolved: row.try_get(0)?,
        resolved_at: row.try_get::<_, Option<OffsetDateTime>>(1)?.map(DbTime),
        resolved_in: row.try_get(2)?,
        regressed: row.try_get(3)?,
        ignored: row.try_get(4)?,
        ignore_terms: row.try_get(5)?,
        reopen_at: row.try_get::<_, Option<OffsetDateTime>>(6)?.map(DbTime),
        assigned_to: row.try_get::<_, Option<Uuid>>(7)?.map(DbId),
    })
}

async fn set_state(
    connection: &mut WriteConnection,
    key: (Uuid, Uuid),
    state: &TriageState,
) -> Result<(), Failure> {
    let row = TriageRow::from(state);
    let resolved_at = row.resolved_at.map(|at| at.0);
    let reopen_at = row.reopen_at.map(|at| at.0);
    let parameters: [Parameter<'_>; 9] = [
        (&key.0, Type::UUID),
        (&key.1, Type::UUID),
        (&row.resolved, Type::BOOL),
        (&resolved_at, Type::TIMESTAMPTZ),
        (&row.resolved_in, Type::TEXT),
        (&row.regressed, Type::BOOL),
        (&row.ignored, Type::BOOL),
        (&row.ignore_terms, Type::TEXT),
        (&reopen_at, Type::TIMESTAMPTZ),
    ];
    connection.query(SET_STATE, &parameters).await?;
    Ok(())
}

async fn note(
    connection: &mut WriteConnection,
    key: (Uuid, Uuid),
    id: Uuid,
    change: &Change,
    at: OffsetDateTime,
) -> Result<(), Failure> {
    let (kind, detail) = (change.kind().as_str(), change.to_stored());
    let parameters: [Parameter<'_>; 6] = [
        (&key.0, Type::UUID),
        (&id, Type::UUID),
        (&key.1, Type::UUID),
        (&kind, Type::TEXT),
        (&at, Type::TIMESTAMPTZ),
        (&detail, Type::TEXT),
    ];
    connection.query(NOTE, &parameters).await?;
    if change.is_followed() {
        connection.query(NOTE_UNTOLD, &parameters[..3]).await?;
    }
    Ok(())
}

/// Returns the releases that a decision goes by. Those of the batch are known already: the first step wrote them.
async fn releases(
    connection: &mut WriteConnection,
    project: Uuid,
    state: &TriageState,
    occurred: &[Occurred<'_>],
) -> Result<Vec<ReleaseFact>, Failure> {
    let Some(needed) = NeededReleases::of(state, occurred) else {
        return Ok(Vec::new());
    };
    let parameters: [Parameter<'_>; 2] =
        [(&project, Type::UUID), (&needed.versions, Type::TEXT_ARRAY)];
    let found = facts(&connection.query(RELEASES, &parameters).await?)?;
    if !needed.is_all(&found) {
        return Ok(found);
    }
    let all = connection.query(ALL_RELEASES, &parameters[..1]).await?;
    Ok(NeededReleases::joined(found, facts(&all)?))
}

fn instant(micros: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()
}

fn facts(rows: &[Row]) -> Result<Vec<ReleaseFact>, tokio_postgres::Error> {
    let fact = |row: &Row| {
        let first_seen: Option<i64> = row.try_get(3)?;
        Ok(ReleaseFact {
            version: Version::from_stored(row.try_get(0)?),
            released_at: row.try_get(1)?,
            created_at: row.try_get(2)?,
            first_seen: first_seen.and_then(instant),
        })
    };
    rows.iter().map(fact).collect()
}

/// Returns those of the occurrences' users who had occurrences of the error before.
async fn known_users(
    connection: &mut WriteConnection,
    key: (Uuid, Uuid),
    occurred: &[Occurred<'_>],
) -> Result<HashSet<UserKey>, Failure> {
    let users = user_ids(occurred.iter().filter_map(|one| one.user));
    if users.is_empty() {
        return Ok(HashSet::new());
    }
    let [project, error] = owner(&key);
    let parameters = [project, error, (&users as _, Type::UUID_ARRAY)];
    let rows = connection.query(KNOWN_USERS, &parameters).await?;
    let known = rows.iter().map(|row| {
        let key: Uuid = row.try_get(0)?;
        Ok(UserKey::from_bytes(key.into_bytes()))
    });
    Ok(known.collect::<Result<_, tokio_postgres::Error>>()?)
}
