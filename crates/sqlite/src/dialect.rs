//! SQLite's own SQL for the stores in `crates/sql/stores`.

use crate::driver::{Connection, Failure};
use crate::stores::sql_text::{Bound, Boxed, Sql};
use crate::stores::triage_store::LockedError;
use diesel::dsl::{max, sql_query};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Double, Nullable, Text};
use faultbook_domain::alerts::DeliveryStatus;
use faultbook_domain::alerts::RuleEvaluation;
use faultbook_domain::id::{KeyId, MemberId, ProjectKeyId, SessionId, SystemUserId, TenantId};
use faultbook_domain::letters::LetterStatus;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::search::Pattern;
use faultbook_domain::tenancy::{Project, ProjectKey};
use faultbook_sql::row::{NewProjectRow, ProjectKeyRow, ProjectRow, TriageRow};
use faultbook_sql::schema::{
    api_keys, deliveries, letters, project_keys, projects, sessions, system_users, triaged, users,
};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;

/// Selects fingerprint and time of the event to which its client gave the id $2 in the project $1. Write transactions run one at a time, so that it stays.
pub(crate) const EVENT_BY_CLIENT_ID: &str = "
SELECT fingerprint, stored_at AS at FROM event_ids WHERE project_id = $1 AND event_id = $2";

/// Selects them of the event with the id $2 of its own.
pub(crate) const EVENT_BY_OWN_ID: &str = "
SELECT fingerprint, received_at AS at FROM occurrences WHERE project_id = $1 AND id = $2";

/// Gives the error $4 of the project $1 the fingerprint $2, unless an error has it.
pub(crate) const ADOPT_FINGERPRINT: &str = "
INSERT INTO error_fingerprints (project_id, fingerprint, version, error_id)
SELECT $1, $2, $3, id FROM errors WHERE project_id = $1 AND id = $4
ON CONFLICT DO NOTHING";

/// Selects each distinct `user` of the reports behind the occurrences of the error $2 in the project $1.
pub(crate) const PERSONS_OF_ERROR: &str = "
SELECT DISTINCT o.reporter FROM error_fingerprints f
JOIN occurrences o ON o.project_id = f.project_id AND o.fingerprint = f.fingerprint
WHERE f.project_id = $1 AND f.error_id = $2 AND o.reporter IS NOT NULL";

/// Tells whether the facts x of an occurrence have the tag v.
pub(crate) const HAS_TAG: &str = "has_tag_numbered(x.tags, v.id)";

/// Selects heartbeats that failed, or that were not followed by another within $1 seconds.
pub(crate) const LAST_BEATS: &str = "
SELECT at, healthy, next FROM (
  SELECT at, healthy, lead(at) OVER (ORDER BY at, node) AS next
  FROM health_samples WHERE service = 'database'
)
WHERE NOT healthy OR next IS NULL OR next - at > $1 * 1000000
ORDER BY at";

/// Begins the condition that facts `x` have one of some tags: see `row/value.rs`.
pub(crate) const HAS_ANY: &str = "has_tag(x.tags, ";

/// Orders errors `e` by their last sight.
pub(crate) const NEWEST_FIRST: &str = "e.last_seen DESC";

/// The greatest and the least of several numbers.
pub(crate) const GREATEST: &str = "max";
pub(crate) const LEAST: &str = "min";

/// Joins a second table whose rows are looked up for each row of the first: SQLite may turn other joins around.
pub(crate) const LOOK_UP: &str = "CROSS JOIN";

/// Begins the condition by which rows of a table are looked up for each row of the tables before.
pub(crate) fn look_up(table: &str, name: &str) -> String {
    format!(" CROSS JOIN {table} {name} ON ")
}

/// Ends it.
pub(crate) fn look_up_end(_: &str) -> String {
    String::new()
}

/// Begins and ends the condition by which an index finds errors `e` that were not seen after a time.
pub(crate) const NOT_NEWER: &str = " AND e.last_seen <= ";
pub(crate) const NOT_NEWER_END: &str = "";

/// Begins and ends the condition by which an index finds errors `e` that were seen since a time.
pub(crate) const NOT_OLDER: &str = " AND e.last_seen >= ";
pub(crate) const NOT_OLDER_END: &str = "";

/// Nobody, in a column of user keys.
pub(crate) const NO_PERSON: &str = "NULL";

const NOTE_RULE: &str = "
UPDATE alert_rules SET evaluated_at = ?1, value = ?2, failure = ?3,
  state_since = coalesce(state_since, ?1)
WHERE id = ?4 AND updated_at = ?5";

/// Does nothing: write transactions run one at a time.
pub(crate) async fn lock_tenant(_: &mut Connection, _: TenantId) -> Result<(), Failure> {
    Ok(())
}

/// Inserts a project with the next number, and its first DSN key. Write transactions run one at a time, so it is unique.
pub(crate) async fn insert_project(
    connection: &mut Connection,
    project: &Project,
) -> Result<ProjectRow, Failure> {
    let greatest: Option<i64> = projects::table
        .select(max(projects::number))
        .first(connection)?;
    let number = projects::number.eq(greatest.unwrap_or(0) + 1);
    diesel::insert_into(projects::table)
        .values((NewProjectRow::from(project), number))
        .execute(connection)?;
    diesel::insert_into(project_keys::table)
        .values(ProjectKeyRow::from(&ProjectKey::first_of(project)))
        .execute(connection)?;
    Ok(projects::table
        .find(DbId(project.id.0))
        .select(ProjectRow::as_select())
        .first(connection)?)
}

/// Selects due deliveries. Write transactions run one at a time, so no other node takes them.
pub(crate) async fn lock_due(
    connection: &mut Connection,
    channel: ChannelKind,
    now: OffsetDateTime,
    most: u32,
) -> Result<Vec<DbId>, Failure> {
    Ok(deliveries::table
        .filter(deliveries::status.eq(DeliveryStatus::Pending.as_str()))
        .filter(deliveries::channel.eq(channel.as_str()))
        .filter(deliveries::next_attempt_at.le(DbTime(now)))
        .order(deliveries::next_attempt_at)
        .limit(i64::from(most))
        .select(deliveries::id)
        .load(connection)?)
}

/// Selects letters that are due.
pub(crate) async fn lock_due_letters(
    connection: &mut Connection,
    now: OffsetDateTime,
    most: u32,
) -> Result<Vec<DbId>, Failure> {
    Ok(letters::table
        .filter(letters::status.eq(LetterStatus::Pending.as_str()))
        .filter(letters::next_attempt_at.le(DbTime(now)))
        .order(letters::next_attempt_at)
        .limit(i64::from(most))
        .select(letters::id)
        .load(connection)?)
}

/// Selects errors. Write transactions run one at a time, so that none of them changes meanwhile.
pub(crate) async fn lock_errors(
    connection: &mut Connection,
    projects: Vec<DbId>,
    ids: Vec<DbId>,
) -> Result<Vec<LockedError>, Failure> {
    Ok(triaged::table
        .filter(triaged::project_id.eq_any(projects))
        .filter(triaged::id.eq_any(ids))
        .order((triaged::project_id, triaged::id))
        .select((triaged::project_id, triaged::id, TriageRow::as_select()))
        .load(connection)?)
}

/// Selects errors that were ignored until a time that has come.
pub(crate) async fn lock_due_errors(
    connection: &mut Connection,
    now: OffsetDateTime,
    most: u32,
) -> Result<Vec<LockedError>, Failure> {
    Ok(triaged::table
        .filter(triaged::reopen_at.le(DbTime(now)))
        .order(triaged::reopen_at)
        .limit(i64::from(most))
        .select((triaged::project_id, triaged::id, TriageRow::as_select()))
        .load(connection)?)
}

/// Selects the errors that a member works on.
pub(crate) async fn lock_assigned_errors(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<(DbId, DbId)>, Failure> {
    Ok(triaged::table
        .filter(triaged::assigned_to.eq(DbId(member.0)))
        .order((triaged::project_id, triaged::id))
        .select((triaged::project_id, triaged::id))
        .load(connection)?)
}

/// Stores evaluation results of rules that have not been changed since.
pub(crate) async fn note_rules(
    connection: &mut Connection,
    notes: &[RuleEvaluation],
) -> Result<(), Failure> {
    for note in notes {
        sql_query(NOTE_RULE)
            .bind::<Nullable<Instant>, _>(note.health.evaluated_at.map(DbTime))
            .bind::<Nullable<Double>, _>(note.health.value)
            .bind::<Nullable<Text>, _>(note.health.failure.as_deref())
            .bind::<Id, _>(DbId(note.id.0))
            .bind::<Instant, _>(DbTime(note.updated_at))
            .execute(connection)?;
    }
    Ok(())
}

/// Updates `last_used` of API keys.
pub(crate) async fn touch_keys(
    connection: &mut Connection,
    used: &[(KeyId, OffsetDateTime)],
) -> Result<(), Failure> {
    for (id, at) in used {
        let never = api_keys::last_used.is_null();
        let earlier = api_keys::table
            .filter(api_keys::id.eq(DbId(id.0)))
            .filter(never.or(api_keys::last_used.lt(DbTime(*at)).assume_not_null()));
        diesel::update(earlier)
            .set(api_keys::last_used.eq(DbTime(*at)))
            .execute(connection)?;
    }
    Ok(())
}

/// Updates `last_used` of DSN keys.
pub(crate) async fn touch_project_keys(
    connection: &mut Connection,
    used: &[(ProjectKeyId, OffsetDateTime)],
) -> Result<(), Failure> {
    for (id, at) in used {
        let never = project_keys::last_used.is_null();
        let earlier = project_keys::table
            .filter(project_keys::id.eq(DbId(id.0)))
            .filter(never.or(project_keys::last_used.lt(DbTime(*at)).assume_not_null()));
        diesel::update(earlier)
            .set(project_keys::last_used.eq(DbTime(*at)))
            .execute(connection)?;
    }
    Ok(())
}

/// Updates `last_used` of system users.
pub(crate) async fn touch_system_users(
    connection: &mut Connection,
    used: &[(SystemUserId, OffsetDateTime)],
) -> Result<(), Failure> {
    for (id, at) in used {
        let never = system_users::last_used.is_null();
        let earlier = system_users::table
            .filter(system_users::id.eq(DbId(id.0)))
            .filter(never.or(system_users::last_used.lt(DbTime(*at)).assume_not_null()));
        diesel::update(earlier)
            .set(system_users::last_used.eq(DbTime(*at)))
            .execute(connection)?;
    }
    Ok(())
}

/// Updates when sessions and their users were last seen.
pub(crate) async fn touch_sessions(
    connection: &mut Connection,
    used: &[(SessionId, OffsetDateTime)],
) -> Result<(), Failure> {
    for (id, at) in used {
        let (id, at) = (DbId(id.0), DbTime(*at));
        let earlier = sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::last_seen.lt(at));
        diesel::update(earlier)
            .set(sessions::last_seen.eq(at))
            .execute(connection)?;
        let user = sessions::table
            .filter(sessions::id.eq(id))
            .select(sessions::user_id);
        let never = users::last_active.is_null();
        let earlier = users::table
            .filter(users::id.eq_any(user))
            .filter(never.or(users::last_active.lt(at).assume_not_null()));
        diesel::update(earlier)
            .set(users::last_active.eq(at))
            .execute(connection)?;
    }
    Ok(())
}

/// Binds numbers of tags as the blob that facts hold.
pub(crate) fn bind_numbers(query: Boxed, numbers: Vec<i64>) -> Boxed {
    let bytes: Vec<u8> = numbers.into_iter().flat_map(i64::to_le_bytes).collect();
    query.bind::<Binary, _>(bytes)
}

/// The type of a column of numbers of tags.
pub(crate) type Tags = Binary;

/// A value of such a column.
pub(crate) type TagList = Vec<u8>;

/// Returns the numbers of a list.
pub(crate) fn tag_numbers(list: &TagList) -> impl Iterator<Item = i64> + '_ {
    let (numbers, _) = list.as_chunks::<8>();
    numbers.iter().map(|one| i64::from_le_bytes(*one))
}

/// Returns a column of instants as microseconds since 1970, which it holds.
pub(crate) fn micros_of(column: &str) -> String {
    column.to_owned()
}

/// The folded text of texts `w`, where each error's are read.
pub(crate) const READ_TEXT: &str = "w.folded";

/// Appends the condition by which trigrams find texts `w`; it may find too many.
pub(crate) fn find_text(sql: &mut Sql, pattern: &Pattern) {
    let pieces = pattern.pieces().iter().map(|piece| {
        let escaped = piece.chars().map(|character| match character {
            '*' | '?' | '[' => format!("[{character}]"),
            plain => plain.to_string(),
        });
        escaped.collect::<String>()
    });
    let glob = pieces.collect::<Vec<_>>().join("*");
    sql.push(" AND w.id IN (SELECT rowid FROM fingerprint_words WHERE folded GLOB ");
    sql.bind(Bound::Text(glob));
    sql.push(")");
}

/// Appends the condition by which figures `g` are found whose culprit begins so; it may find too many.
pub(crate) fn find_culprit(sql: &mut Sql, prefix: &str) {
    let end = format!("{prefix}{}", char::MAX);
    sql.with(" AND g.culprit >= ", Bound::Text(prefix.to_owned()));
    sql.with(" AND g.culprit < ", Bound::Text(end));
}
