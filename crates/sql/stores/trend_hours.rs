//! The hour from which a project's errors are ranked by trend. What is counted of a fingerprint changes with its
//! occurrences, and, once an hour, where occurrences grow older than the hours that are compared.

use super::ranks::TREND;
use super::sql_text::{Bound, Sql};
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use faultbook_domain::errors::TrendSpans;
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::instant::micros;
use faultbook_domain::search_index::{IndexDelta, Owner};
use faultbook_sql::types::{DbId, Id};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use time::OffsetDateTime;

/// Occurrences of each kind that are moved in one step, which holds SQLite's one writer: a busy project is turned in
/// steps, and on the way ranked as seen from between two hours.
const MOVED: i64 = 5_000;

/// What is counted of a fingerprint by the times of its occurrences.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moments {
    /// Occurrences of the recent hours.
    pub(crate) recent: i64,
    /// Occurrences of the hours before.
    pub(crate) before: i64,
    /// The time of the latest occurrence that retention took out, in microseconds since 1970.
    pub(crate) gone_until: Option<i64>,
}

impl Moments {
    /// Counts an occurrence of a time, in microseconds since 1970.
    pub(crate) const fn add(&mut self, spans: &TrendSpans, at: i64) {
        if at >= spans.recent && at < spans.end {
            self.recent += 1;
        } else if at >= spans.from && at < spans.recent {
            self.before += 1;
        }
    }
}

#[derive(QueryableByName)]
struct HourRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = BigInt)]
    hour: i64,
}

/// The hours of projects, in microseconds since 1970, by project.
pub(crate) async fn hours_of(
    connection: &mut Connection,
    projects: &[DbId],
) -> Result<BTreeMap<DbId, i64>, Failure> {
    let mut sql = Sql::of("SELECT project_id, hour FROM trend_hours WHERE project_id IN ");
    sql.list(projects.iter().copied().map(Bound::Id));
    let rows: Vec<HourRow> = sql.into_query().load(connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project_id, row.hour))
        .collect())
}

/// Returns whether errors of these projects are ranked as seen from this time. Those of a project without hour have no
/// indexed occurrences, so that they are ranked alike from everywhere.
pub(crate) async fn are_turned(
    connection: &mut Connection,
    projects: &[DbId],
    now: OffsetDateTime,
) -> Result<bool, Failure> {
    let hour = micros(hour_of(now));
    let hours = hours_of(connection, projects).await?;
    Ok(hours.values().all(|known| *known == hour))
}

/// Counts the occurrences of a delta by time. A project's first are seen from `now`.
pub(crate) async fn moments(
    connection: &mut Connection,
    delta: &IndexDelta,
    now: OffsetDateTime,
) -> Result<HashMap<Owner, Moments>, Failure> {
    let projects: BTreeSet<ProjectId> = delta.totals.keys().map(|owner| owner.0).collect();
    let spans = spans(connection, &projects, now).await?;
    let mut moments: HashMap<Owner, Moments> = HashMap::with_capacity(delta.totals.len());
    for fact in &delta.facts {
        if let Some(spans) = spans.get(&fact.owner.0) {
            moments
                .entry(fact.owner)
                .or_default()
                .add(spans, fact.timestamp);
        }
    }
    Ok(moments)
}

/// Returns the spans of projects as seen from their hours. A project without one gets that of `now`.
pub(crate) async fn spans(
    connection: &mut Connection,
    projects: &BTreeSet<ProjectId>,
    now: OffsetDateTime,
) -> Result<HashMap<ProjectId, TrendSpans>, Failure> {
    let ids: Vec<DbId> = projects.iter().map(|project| DbId(project.0)).collect();
    let mut hours = hours_of(connection, &ids).await?;
    for id in ids {
        if hours.contains_key(&id) {
            continue;
        }
        let hour = micros(hour_of(now));
        sql_query("INSERT INTO trend_hours (project_id, hour) VALUES ($1, $2)")
            .bind::<Id, _>(id)
            .bind::<BigInt, _>(hour)
            .execute(connection)
            .await?;
        hours.insert(id, hour);
    }
    let spans = hours
        .into_iter()
        .map(|(id, hour)| (ProjectId(id.0), TrendSpans::of_hour(hour)));
    Ok(spans.collect())
}

/// Returns projects that are ranked as seen from an earlier hour.
pub(crate) async fn late(
    connection: &mut Connection,
    now: OffsetDateTime,
    most: i64,
) -> Result<Vec<(DbId, i64)>, Failure> {
    let rows: Vec<HourRow> = sql_query(
        "SELECT project_id, hour FROM trend_hours WHERE hour < $1 ORDER BY project_id LIMIT $2",
    )
    .bind::<BigInt, _>(micros(hour_of(now)))
    .bind::<BigInt, _>(most)
    .load(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project_id, row.hour))
        .collect())
}

/// Turns a project from an hour towards that of `now`, as far as it takes reading not many more than [`MOVED`]
/// occurrences: those that came into the recent hours, left them for those before, or left these. Returns how many fingerprints
/// that changed.
pub(crate) async fn turn(
    connection: &mut Connection,
    (project, from): (DbId, i64),
    now: OffsetDateTime,
) -> Result<usize, Failure> {
    let old = TrendSpans::of_hour(from);
    let mut to = micros(hour_of(now));
    for start in [old.end, old.recent, old.from] {
        to = to.min(from + within_reach(connection, project, (start, to - from)).await?);
    }
    let new = TrendSpans::of_hour(to);
    let moves = [
        (old.end, new.end, 1, 0),
        (old.recent, new.recent, -1, 1),
        (old.from, new.from, 0, -1),
    ];
    let moved = move_figures(connection, project, &moves).await?;
    rank_moved(connection, project, &moves).await?;
    sql_query("UPDATE trend_hours SET hour = $1 WHERE project_id = $2")
        .bind::<BigInt, _>(to)
        .bind::<Id, _>(project)
        .execute(connection)
        .await?;
    Ok(moved)
}

/// Returns how much of a time has at most [`MOVED`] occurrences of a project, or more at one instant.
async fn within_reach(
    connection: &mut Connection,
    project: DbId,
    (start, width): (i64, i64),
) -> Result<i64, Failure> {
    let mut sql = Sql::of("SELECT x.project_id, x.timestamp AS hour FROM occurrence_facts x");
    of_times(&mut sql, project, (start, start + width));
    sql.with(" ORDER BY x.timestamp LIMIT 1 OFFSET ", Bound::Int(MOVED));
    let next: Vec<HourRow> = sql.into_query().load(connection).await?;
    Ok(next
        .as_slice()
        .first()
        .map_or(width, |row| (row.hour - start).max(1)))
}

/// A time whose occurrences moved, with what each adds to the recent ones and to those before.
type Move = (i64, i64, i64, i64);

async fn move_figures(
    connection: &mut Connection,
    project: DbId,
    moves: &[Move],
) -> Result<usize, Failure> {
    let mut sql = Sql::of(
        "UPDATE fingerprint_figures AS g SET recent = g.recent + m.recent, before = g.before + m.before \
         FROM (SELECT fingerprint, CAST(sum(recent) AS BIGINT) AS recent, CAST(sum(before) AS BIGINT) AS before \
         FROM (",
    );
    for (number, (start, end, recent, before)) in moves.iter().enumerate() {
        sql.push(if number == 0 { "" } else { " UNION ALL " });
        sql.push(&format!(
            "SELECT x.fingerprint, {recent} AS recent, {before} AS before FROM occurrence_facts x"
        ));
        of_times(&mut sql, project, (*start, *end));
    }
    sql.push(") moved GROUP BY fingerprint) m");
    sql.with(" WHERE g.project_id = ", Bound::Id(project));
    sql.push(" AND g.fingerprint = m.fingerprint");
    Ok(sql.into_query().execute(connection).await?)
}

async fn rank_moved(
    connection: &mut Connection,
    project: DbId,
    moves: &[Move],
) -> Result<(), Failure> {
    let mut sql = Sql::of(&format!(
        "UPDATE error_ranks AS r SET trend = {TREND} FROM (SELECT f.error_id, \
         CAST(coalesce(sum(g.recent), 0) AS BIGINT) AS recent, \
         CAST(coalesce(sum(g.before), 0) AS BIGINT) AS before FROM ("
    ));
    for (number, (start, end, ..)) in moves.iter().enumerate() {
        sql.push(if number == 0 { "" } else { " UNION " });
        sql.push(
            "SELECT f.project_id, f.error_id FROM occurrence_facts x JOIN error_fingerprints f \
             ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint",
        );
        of_times(&mut sql, project, (*start, *end));
    }
    sql.push(
        ") moved JOIN error_fingerprints f ON f.project_id = moved.project_id AND f.error_id = moved.error_id \
         JOIN fingerprint_figures g ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint \
         GROUP BY f.error_id) s",
    );
    sql.with(" WHERE r.project_id = ", Bound::Id(project));
    sql.push(&format!(
        " AND r.error_id = s.error_id AND r.trend <> {TREND}"
    ));
    sql.into_query().execute(connection).await?;
    Ok(())
}

fn of_times(sql: &mut Sql, project: DbId, (start, end): (i64, i64)) {
    sql.with(" WHERE x.project_id = ", Bound::Id(project));
    sql.with(" AND x.timestamp >= ", Bound::Int(start));
    sql.with(" AND x.timestamp < ", Bound::Int(end));
}
