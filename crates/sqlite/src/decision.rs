//! Decides what new occurrences do to an error that is resolved or ignored.

use crate::failure::Failure;
use crate::record_statement::StoredState;
use crate::rollup_statement::add_ignored_hour;
use crate::row::{Uid, micros, time};
use crate::statement::{Bind, rows as rows_of, run, statement};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::errors::{
    Activity, Actor, Decision, Facts, NeededReleases, Occurred, Occurrence, ReleaseFact,
    TriageState, UserKey, decide,
};
use faultbook_domain::id::{ActivityId, ErrorId, ProjectId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::{HourKey, hour_key};
use faultbook_sql::row::{ActivityRow, TriageRow};
use faultbook_sql::schema::{error_activity, ignored_users, releases, triaged};
use faultbook_sql::types::{DbId, DbTime};
use std::collections::{BTreeMap, HashSet};
use time::OffsetDateTime;
use uuid::Uuid;

statement!(
    MarkIgnored,
    "UPDATE occurrences SET ignored = 1 WHERE project_id = ? AND id = ?"
);
statement!(
    AddIgnoredUser,
    "INSERT INTO ignored_users (project_id, error_id, user_key) VALUES (?, ?, ?) \
     ON CONFLICT DO NOTHING"
);
statement!(
    ForgetIgnoredUsers,
    "DELETE FROM ignored_users WHERE project_id = ? AND error_id = ?"
);

statement!(
    /// Notes that who follows an error is to be told of something.
    NoteUntold,
    "INSERT INTO untold_activity (project_id, activity_id, only_mentions) \
     SELECT m.project_id, ?, 0 FROM error_marks m \
     WHERE m.project_id = ? AND m.error_id = ? AND m.kind = 'follow' LIMIT 1"
);

statement!(
    /// Selects the time of a release's earliest occurrence.
    FirstSeen -> Nullable<BigInt>,
    "SELECT min(t.first_seen) FROM tag_values v \
     JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id \
     WHERE v.project_id = ? AND v.key = 'release' AND v.value = ?"
);

/// The error, and when its occurrences are recorded.
pub(crate) struct Deciding<'a> {
    pub(crate) project: ProjectId,
    pub(crate) ids: &'a dyn IdSource,
    pub(crate) at: OffsetDateTime,
}

impl Deciding<'_> {
    /// Decides about new occurrences of an error, which are stored already, and writes what follows.
    pub(crate) fn decide(
        &self,
        connection: &mut SqliteConnection,
        stored: &mut StoredState,
        occurrences: &[&Occurrence],
    ) -> Result<(), Failure> {
        let (project, id) = (DbId(self.project.0), DbId(stored.id.uuid()));
        let own = || triaged::table.find((project, id));
        let row: TriageRow = own().select(TriageRow::as_select()).first(connection)?;
        let state = TriageState::try_from(row)?;
        let occurred: Vec<Occurred<'_>> = occurrences
            .iter()
            .map(|one| Occurred::of(one, &state))
            .collect();
        let releases = releases(connection, project, &state, &occurred)?;
        let users = known_users(connection, (project, id), &occurred)?;
        let facts = Facts {
            releases: &releases,
            users: &users,
            at: self.at,
        };
        let decision = decide(&state, &occurred, facts);
        if decision.state != state {
            let row = TriageRow::from(&decision.state);
            stored.resolved = row.resolved;
            stored.resolved_at = row.resolved_at.map(|at| micros(at.0));
            stored.ignored = row.ignored;
            stored.regressed = row.regressed;
            diesel::update(own()).set(row).execute(connection)?;
        }
        self.mark(connection, &occurrences[..decision.ignored])?;
        self.note(connection, stored.id, decision)
    }

    /// Marks occurrences that were recorded while the error was ignored.
    fn mark(
        &self,
        connection: &mut SqliteConnection,
        ignored: &[&Occurrence],
    ) -> Result<(), Failure> {
        let mut hours: BTreeMap<HourKey, i64> = BTreeMap::new();
        for one in ignored {
            let binds = [
                Bind::Blob(self.project.0.as_bytes()),
                Bind::Blob(one.id.0.as_bytes()),
            ];
            run(connection, MarkIgnored, &binds)?;
            *hours.entry(hour_key(one)).or_default() += 1;
        }
        // All are of one fingerprint: they are one group of the batch.
        if let Some(first) = ignored.first() {
            for (key, count) in &hours {
                add_ignored_hour(connection, self.project, first.fingerprint, key, *count)?;
            }
        }
        Ok(())
    }

    fn note(
        &self,
        connection: &mut SqliteConnection,
        error: Uid,
        decision: Decision,
    ) -> Result<(), Failure> {
        let owner = [Bind::Blob(self.project.0.as_bytes()), Bind::Blob(&error.0)];
        if let Some(change) = decision.change {
            let id = self.ids.next_id(self.at);
            if change.is_followed() {
                let binds = [Bind::Blob(id.as_bytes()), owner[0], owner[1]];
                run(connection, NoteUntold, &binds)?;
            }
            let activity = Activity {
                id: ActivityId(id),
                project_id: self.project,
                error_id: ErrorId(error.uuid()),
                change,
                actor: Actor::System,
                at: self.at,
            };
            diesel::insert_into(error_activity::table)
                .values(ActivityRow::from(activity))
                .execute(connection)?;
            run(connection, ForgetIgnoredUsers, &owner)?;
        }
        for user in decision.new_users {
            let binds = [owner[0], owner[1], Bind::Blob(user.as_bytes())];
            run(connection, AddIgnoredUser, &binds)?;
        }
        Ok(())
    }
}

/// Returns the releases that a decision goes by.
fn releases(
    connection: &mut SqliteConnection,
    project: DbId,
    state: &TriageState,
    occurred: &[Occurred<'_>],
) -> Result<Vec<ReleaseFact>, Failure> {
    let Some(needed) = NeededReleases::of(state, occurred) else {
        return Ok(Vec::new());
    };
    let own = || {
        releases::table
            .filter(releases::project_id.eq(project))
            .select((
                releases::version,
                releases::released_at,
                releases::created_at,
            ))
    };
    let rows: Vec<ReleaseColumns> = own()
        .filter(releases::version.eq_any(&needed.versions))
        .load(connection)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let binds = [Bind::Blob(project.0.as_bytes()), Bind::Text(&row.0)];
        let seen: Vec<Option<i64>> = rows_of(connection, FirstSeen, &binds)?;
        let seen = seen.first().copied().flatten();
        let first_seen = seen.map(|at| time("fingerprint_tags", "first_seen", at));
        found.push(ReleaseFact {
            first_seen: first_seen.transpose()?,
            ..fact(row)
        });
    }
    if !needed.is_all(&found) {
        return Ok(found);
    }
    let all: Vec<ReleaseColumns> = own().load(connection)?;
    let all = all.into_iter().map(fact).collect();
    Ok(NeededReleases::joined(found, all))
}

/// Version, time of release and of becoming known.
type ReleaseColumns = (String, Option<DbTime>, DbTime);

fn fact((version, released_at, created_at): ReleaseColumns) -> ReleaseFact {
    ReleaseFact {
        released_at: released_at.map(|at| at.0),
        ..ReleaseFact::new(&version, created_at.0)
    }
}

/// Returns those of the occurrences' users who had occurrences of the error before.
fn known_users(
    connection: &mut SqliteConnection,
    (project, error): (DbId, DbId),
    occurred: &[Occurred<'_>],
) -> QueryResult<HashSet<UserKey>> {
    let users: HashSet<DbId> = occurred
        .iter()
        .filter_map(|one| one.user)
        .map(|user| DbId(Uuid::from_bytes(*user.as_bytes())))
        .collect();
    if users.is_empty() {
        return Ok(HashSet::new());
    }
    let known: Vec<DbId> = ignored_users::table
        .filter(ignored_users::project_id.eq(project))
        .filter(ignored_users::error_id.eq(error))
        .filter(ignored_users::user_key.eq_any(users))
        .select(ignored_users::user_key)
        .load(connection)?;
    let keys = known.into_iter().map(|key| key.0.into_bytes());
    Ok(keys.map(UserKey::from_bytes).collect())
}
