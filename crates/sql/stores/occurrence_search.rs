//! Finds the occurrences of an error that a search finds.

use super::occurrence_store::{Owner, Side};
use super::sql_text::{Bound, Sql};
use super::tag_filter::{TagFilter, tag_filter};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use faultbook_domain::errors::{OccurrenceSearch, OccurrenceTerm, READ_MAX, SUMMARY_MESSAGE_BYTES};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::instant::micros;
use faultbook_sql::types::{DbId, Id};
use std::collections::HashSet;

/// Occurrences whose messages are read at once.
const MESSAGES: usize = 500;

/// Occurrences on one side of another that are looked at where all are too many.
const STEP: i64 = 25_000;

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Id)]
    id: DbId,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct MessageRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = Text)]
    message: String,
}

/// A search with the numbers of the tags that it names.
pub(super) struct Conditions<'a> {
    search: &'a OccurrenceSearch,
    filters: Vec<TagFilter>,
}

impl<'a> Conditions<'a> {
    pub(super) async fn prepare(
        connection: &mut Connection,
        owner: Owner,
        search: &'a OccurrenceSearch,
    ) -> Result<Self, Failure> {
        let mut filters = Vec::new();
        for (negated, term) in &search.terms {
            if let OccurrenceTerm::Filter(filter) = term {
                let asked = (*negated, filter);
                let latest = &search.latest_releases;
                filters.push(tag_filter(connection, &[owner.project], latest, asked).await?);
            }
        }
        Ok(Self { search, filters })
    }

    fn append_range(&self, sql: &mut Sql) {
        if let Some(since) = self.search.since {
            sql.with(" AND x.timestamp >= ", Bound::Int(micros(since)));
        }
        if let Some(until) = self.search.until {
            sql.with(" AND x.timestamp < ", Bound::Int(micros(until)));
        }
    }

    /// Appends the conditions on the facts `x` of occurrences.
    fn append(&self, sql: &mut Sql) {
        self.append_range(sql);
        for filter in &self.filters {
            sql.push(if filter.negated {
                " AND NOT ("
            } else {
                " AND ("
            });
            filter.condition(sql);
            sql.push(")");
        }
    }
}

const FACTS: &str = " FROM error_fingerprints f \
     JOIN occurrence_facts x ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint";

/// Finds the occurrences of an error that match, first received first; `None` where more than [`READ_MAX`] would have to
/// be read.
pub(super) async fn find_matching(
    connection: &mut Connection,
    owner: Owner,
    conditions: &Conditions<'_>,
) -> Result<Option<Vec<OccurrenceId>>, Failure> {
    let most = i64::try_from(READ_MAX).unwrap_or(i64::MAX);
    let mut sql = Sql::of("SELECT count(*) AS count FROM (SELECT 1 AS one");
    sql.push(FACTS);
    owner.condition(&mut sql);
    conditions.append_range(&mut sql);
    sql.with(" LIMIT ", Bound::Int(most + 1));
    sql.push(") within");
    let within: CountRow = sql.into_query().get_result(connection).await?;
    if within.count > most {
        return Ok(None);
    }
    let mut sql = Sql::of("SELECT x.id");
    sql.push(FACTS);
    owner.condition(&mut sql);
    conditions.append(&mut sql);
    let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
    let mut ids: Vec<OccurrenceId> = rows.into_iter().map(|row| OccurrenceId(row.id.0)).collect();
    ids.sort_unstable();
    with_messages(connection, owner, conditions, ids)
        .await
        .map(Some)
}

/// Keeps the occurrences whose messages meet the conditions.
async fn with_messages(
    connection: &mut Connection,
    owner: Owner,
    conditions: &Conditions<'_>,
    mut ids: Vec<OccurrenceId>,
) -> Result<Vec<OccurrenceId>, Failure> {
    if !conditions.search.reads_messages() {
        return Ok(ids);
    }
    let mut met: HashSet<OccurrenceId> = HashSet::new();
    for some in ids.chunks(MESSAGES) {
        let mut sql = Sql::of(&format!(
            "SELECT id, substr(message, 1, {SUMMARY_MESSAGE_BYTES}) AS message FROM occurrences"
        ));
        sql.with(" WHERE project_id = ", Bound::Id(owner.project));
        sql.push(" AND id IN ");
        sql.list(some.iter().map(|id| Bound::Id(DbId(id.0))));
        let rows: Vec<MessageRow> = sql.into_query().load(connection).await?;
        let meeting = rows
            .into_iter()
            .filter(|row| conditions.search.meets_message(&row.message));
        met.extend(meeting.map(|row| OccurrenceId(row.id.0)));
    }
    ids.retain(|id| met.contains(id));
    Ok(ids)
}

/// Finds the nearest occurrence on one side that matches, among the nearest that there are.
pub(super) async fn step(
    connection: &mut Connection,
    owner: Owner,
    conditions: &Conditions<'_>,
    side: Side,
) -> Result<Option<OccurrenceId>, Failure> {
    let (comparison, from, order) = side.parts();
    let mut sql = Sql::of(
        "SELECT x.id FROM (SELECT o.project_id, o.fingerprint, o.timestamp, o.id \
         FROM error_fingerprints f \
         JOIN occurrences o ON o.project_id = f.project_id AND o.fingerprint = f.fingerprint",
    );
    owner.condition(&mut sql);
    sql.with(&format!(" AND o.id{comparison}"), Bound::Id(DbId(from)));
    sql.push(&format!(" ORDER BY o.id{order}"));
    sql.with(" LIMIT ", Bound::Int(STEP));
    sql.push(&format!(
        ") o JOIN occurrence_facts x ON x.project_id = o.project_id AND x.fingerprint = o.fingerprint \
         AND x.timestamp = {} AND x.id = o.id WHERE 1 = 1",
        dialect::micros_of("o.timestamp")
    ));
    conditions.append(&mut sql);
    sql.push(&format!(" ORDER BY x.id{order} LIMIT {MESSAGES}"));
    let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
    let ids = rows.into_iter().map(|row| OccurrenceId(row.id.0)).collect();
    let found = with_messages(connection, owner, conditions, ids).await?;
    Ok(found.into_iter().next())
}
