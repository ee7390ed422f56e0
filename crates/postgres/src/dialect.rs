//! PostgreSQL's own SQL for the stores in `crates/sql/stores`.

use crate::driver::{Connection, Failure};
use crate::stores::sql_text::{Bound, Boxed, Sql};
use crate::stores::triage_store::LockedError;
use diesel::dsl::sql_query;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text};
use diesel_async::RunQueryDsl;
use faultbook_domain::alerts::DeliveryStatus;
use faultbook_domain::alerts::RuleEvaluation;
use faultbook_domain::id::{KeyId, MemberId, ProjectKeyId, SessionId, SystemUserId, TenantId};
use faultbook_domain::letters::LetterStatus;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::search::Pattern;
use faultbook_domain::tenancy::{Project, ProjectKey};
use faultbook_sql::row::{NewProjectRow, ProjectKeyRow, ProjectRow, TriageRow};
use faultbook_sql::schema::{deliveries, letters, project_keys, projects, tenants, triaged};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Gives the error $4 of the project $1 the fingerprint $2, unless an error has it. Locks the error, so that it is not
/// merged away meanwhile; the fingerprint carries its revision.
pub const ADOPT_FINGERPRINT: &str = "
WITH e AS (SELECT id, revision FROM errors WHERE project_id = $1 AND id = $4 FOR UPDATE)
INSERT INTO error_fingerprints (project_id, fingerprint, version, error_id, revision)
SELECT $1, $2, $3, id, revision FROM e
ON CONFLICT DO NOTHING";

/// Selects fingerprint and time of the event to which its client gave the id $2 in the project $1. Holds the row until the transaction ends.
pub const EVENT_BY_CLIENT_ID: &str = "
SELECT fingerprint, stored_at AS at FROM event_ids WHERE project_id = $1 AND event_id = $2 FOR UPDATE";

/// Selects them of the event with the id $2 of its own.
pub const EVENT_BY_OWN_ID: &str = "
SELECT fingerprint, received_at AS at FROM occurrences WHERE project_id = $1 AND id = $2 FOR UPDATE";

/// Selects a report's `user` for each user of the occurrences of the error $2 in the project $1.
pub const PERSONS_OF_ERROR: &str = "
SELECT DISTINCT ON (coalesce(o.user_key, faultbook_user_key(o.reporter))) o.reporter
FROM occurrences o
WHERE o.project_id = $1 AND o.reporter IS NOT NULL AND o.fingerprint IN (
  SELECT fingerprint FROM error_fingerprints WHERE project_id = $1 AND error_id = $2)";

/// Tells whether the facts x of an occurrence have the tag v.
pub const HAS_TAG: &str = "x.tags @> ARRAY[v.id]";

/// Selects heartbeats that failed, or that were not followed by another within $1 seconds.
pub const LAST_BEATS: &str = "
SELECT at, healthy, next FROM (
  SELECT at, healthy, lead(at) OVER (ORDER BY at, node) AS next
  FROM health_samples WHERE service = 'database'
) beats
WHERE NOT healthy OR next IS NULL OR next - at > make_interval(secs => $1)
ORDER BY at";

/// Begins the condition that facts `x` have one of some tags.
pub const HAS_ANY: &str = "(x.tags && ";

/// Orders errors `e` by their last sight. The minute comes first because the index holds it; few rows within a minute
/// remain to be sorted.
pub const NEWEST_FIRST: &str = "e.last_seen_minute DESC, e.last_seen DESC";

/// The greatest and the least of several numbers.
pub const GREATEST: &str = "greatest";
pub const LEAST: &str = "least";

/// Joins a second table whose rows are looked up for each row of the first.
pub const LOOK_UP: &str = "JOIN";

/// Begins the condition by which rows of a table are looked up for each row of the tables before. Without the fence,
/// PostgreSQL, which does not know how many rows a bound value has, reads all that have it, or compares afterwards.
pub fn look_up(table: &str, name: &str) -> String {
    format!(" CROSS JOIN LATERAL (SELECT {name}.* FROM {table} {name} WHERE ")
}

/// Ends it.
pub fn look_up_end(name: &str) -> String {
    format!(" OFFSET 0) {name}")
}

/// Begins and ends the condition by which an index finds errors `e` that were not seen after a time.
pub const NOT_NEWER: &str = " AND e.last_seen_minute <= date_trunc('minute', ";
pub const NOT_NEWER_END: &str = ", 'UTC')";

/// Begins and ends the condition by which an index finds errors `e` that were seen since a time.
pub const NOT_OLDER: &str = " AND e.last_seen_minute >= date_trunc('minute', ";
pub const NOT_OLDER_END: &str = ", 'UTC')";

/// Nobody, in a column of user keys.
pub const NO_PERSON: &str = "NULL::uuid";

const TOUCH_KEYS: &str = "
UPDATE api_keys SET last_used = greatest(last_used, u.at)
FROM (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id) u
WHERE api_keys.id = u.id";

const TOUCH_PROJECT_KEYS: &str = "
UPDATE project_keys SET last_used = greatest(last_used, u.at)
FROM (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id) u
WHERE project_keys.id = u.id";

const TOUCH_SYSTEM_USERS: &str = "
UPDATE system_users SET last_used = greatest(last_used, u.at)
FROM (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id) u
WHERE system_users.id = u.id";

const TOUCH_SESSIONS: &str = "
WITH used AS (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id),
seen AS (
  UPDATE sessions SET last_seen = greatest(last_seen, u.at) FROM used u
  WHERE sessions.id = u.id
  RETURNING sessions.user_id, u.at
), people AS (SELECT user_id, max(at) AS at FROM seen GROUP BY user_id)
UPDATE users SET last_active = greatest(last_active, p.at) FROM people p WHERE users.id = p.user_id";

const NOTE_RULES: &str = "
UPDATE alert_rules r SET evaluated_at = n.evaluated_at, value = n.value, failure = n.failure,
  state_since = coalesce(r.state_since, n.evaluated_at)
FROM unnest($1, $2, $3, $4, $5) AS n (id, updated_at, evaluated_at, value, failure)
WHERE r.id = n.id AND r.updated_at = n.updated_at";

/// Locks a tenant until the transaction ends.
pub async fn lock_tenant(connection: &mut Connection, id: TenantId) -> Result<(), Failure> {
    tenants::table
        .find(DbId(id.0))
        .select(tenants::id)
        .for_no_key_update()
        .load::<DbId>(connection)
        .await?;
    Ok(())
}

/// Inserts a project with the next number, and its first DSN key.
pub async fn insert_project(
    connection: &mut Connection,
    project: &Project,
) -> Result<ProjectRow, Failure> {
    let inserted = diesel::insert_into(projects::table)
        .values(NewProjectRow::from(project))
        .returning(ProjectRow::as_returning())
        .get_result(connection)
        .await?;
    diesel::insert_into(project_keys::table)
        .values(ProjectKeyRow::from(&ProjectKey::first_of(project)))
        .execute(connection)
        .await?;
    Ok(inserted)
}

/// Locks due deliveries, skipping those that another node has locked.
pub async fn lock_due(
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
        .for_update()
        .skip_locked()
        .load(connection)
        .await?)
}

/// Selects letters that are due.
pub async fn lock_due_letters(
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
        .for_update()
        .skip_locked()
        .load(connection)
        .await?)
}

/// Locks errors in the global lock order of errors: by project and id.
pub async fn lock_errors(
    connection: &mut Connection,
    projects: Vec<DbId>,
    ids: Vec<DbId>,
) -> Result<Vec<LockedError>, Failure> {
    Ok(triaged::table
        .filter(triaged::project_id.eq_any(projects))
        .filter(triaged::id.eq_any(ids))
        .order((triaged::project_id, triaged::id))
        .select((triaged::project_id, triaged::id, TriageRow::as_select()))
        .for_update()
        .load(connection)
        .await?)
}

/// Locks errors that were ignored until a time that has come, skipping those that somebody else has locked.
pub async fn lock_due_errors(
    connection: &mut Connection,
    now: OffsetDateTime,
    most: u32,
) -> Result<Vec<LockedError>, Failure> {
    Ok(triaged::table
        .filter(triaged::reopen_at.le(DbTime(now)))
        .order(triaged::reopen_at)
        .limit(i64::from(most))
        .select((triaged::project_id, triaged::id, TriageRow::as_select()))
        .for_update()
        .skip_locked()
        .load(connection)
        .await?)
}

/// Locks the errors that a member works on, in the global lock order of errors.
pub async fn lock_assigned_errors(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<(DbId, DbId)>, Failure> {
    Ok(triaged::table
        .filter(triaged::assigned_to.eq(DbId(member.0)))
        .order((triaged::project_id, triaged::id))
        .select((triaged::project_id, triaged::id))
        .for_update()
        .load(connection)
        .await?)
}

/// Stores evaluation results of rules that have not been changed since.
pub async fn note_rules(
    connection: &mut Connection,
    notes: &[RuleEvaluation],
) -> Result<(), Failure> {
    let ids: Vec<DbId> = notes.iter().map(|note| DbId(note.id.0)).collect();
    let changed: Vec<DbTime> = notes.iter().map(|note| DbTime(note.updated_at)).collect();
    let evaluated = notes.iter().map(|note| note.health.evaluated_at);
    let evaluated: Vec<Option<DbTime>> = evaluated.map(|at| at.map(DbTime)).collect();
    let values: Vec<Option<f64>> = notes.iter().map(|note| note.health.value).collect();
    let failures = notes.iter().map(|note| note.health.failure.as_deref());
    let failures: Vec<Option<&str>> = failures.collect();
    sql_query(NOTE_RULES)
        .bind::<Array<Id>, _>(ids)
        .bind::<Array<Instant>, _>(changed)
        .bind::<Array<Nullable<Instant>>, _>(evaluated)
        .bind::<Array<Nullable<Double>>, _>(values)
        .bind::<Array<Nullable<Text>>, _>(failures)
        .execute(connection)
        .await?;
    Ok(())
}

/// Updates `last_used` of API keys.
pub async fn touch_keys(
    connection: &mut Connection,
    used: &[(KeyId, OffsetDateTime)],
) -> Result<(), Failure> {
    touch(
        connection,
        TOUCH_KEYS,
        used.iter().map(|(id, at)| (id.0, *at)),
    )
    .await
}

/// Updates `last_used` of DSN keys.
pub async fn touch_project_keys(
    connection: &mut Connection,
    used: &[(ProjectKeyId, OffsetDateTime)],
) -> Result<(), Failure> {
    let used = used.iter().map(|(id, at)| (id.0, *at));
    touch(connection, TOUCH_PROJECT_KEYS, used).await
}

/// Updates `last_used` of system users.
pub async fn touch_system_users(
    connection: &mut Connection,
    used: &[(SystemUserId, OffsetDateTime)],
) -> Result<(), Failure> {
    let used = used.iter().map(|(id, at)| (id.0, *at));
    touch(connection, TOUCH_SYSTEM_USERS, used).await
}

/// Updates when sessions and their users were last seen.
pub async fn touch_sessions(
    connection: &mut Connection,
    used: &[(SessionId, OffsetDateTime)],
) -> Result<(), Failure> {
    let used = used.iter().map(|(id, at)| (id.0, *at));
    touch(connection, TOUCH_SESSIONS, used).await
}

async fn touch(
    connection: &mut Connection,
    statement: &'static str,
    used: impl Iterator<Item = (Uuid, OffsetDateTime)>,
) -> Result<(), Failure> {
    let (ids, times): (Vec<DbId>, Vec<DbTime>) =
        used.map(|(id, at)| (DbId(id), DbTime(at))).unzip();
    sql_query(statement)
        .bind::<Array<Id>, _>(ids)
        .bind::<Array<Instant>, _>(times)
        .execute(connection)
        .await?;
    Ok(())
}

/// Binds numbers of tags.
pub fn bind_numbers(query: Boxed, numbers: Vec<i64>) -> Boxed {
    query.bind::<Array<BigInt>, _>(numbers)
}

/// The type of a column of numbers of tags.
pub type Tags = Array<BigInt>;

/// A value of such a column.
pub type TagList = Vec<i64>;

/// Returns the numbers of a list.
pub fn tag_numbers(list: &TagList) -> impl Iterator<Item = i64> + '_ {
    list.iter().copied()
}

/// Returns a column of instants as microseconds since 1970.
pub fn micros_of(column: &str) -> String {
    format!("CAST(extract(epoch FROM {column}) * 1000000 AS BIGINT)")
}

/// The folded text of texts `w`, where each error's are read: not an expression that the index of trigrams has.
pub const READ_TEXT: &str = "(w.folded || '')";

/// Does nothing: the index of trigrams serves the comparison itself.
pub fn find_text(_: &mut Sql, _: &Pattern) {}

/// Characters of a culprit that its index holds, less one.
const CULPRIT_CHARACTERS: usize = 499;

/// Appends the condition by which figures `g` are found whose culprit begins so; it may find too many.
pub(crate) fn find_culprit(sql: &mut Sql, prefix: &str) {
    let prefix: String = prefix.chars().take(CULPRIT_CHARACTERS).collect();
    let end = format!("{prefix}{}", char::MAX);
    sql.with(" AND left(g.culprit, 500) ~>=~ ", Bound::Text(prefix));
    sql.with(" AND left(g.culprit, 500) ~<~ ", Bound::Text(end));
}
