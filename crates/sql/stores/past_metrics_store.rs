//! The past of what alert rules measure over SQL.

use super::sql_text::{Bound, Sql};
use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::alerts::{PastCount, PastCounts, PastMetric, PastMetricsStore, PastQuery};
use faultbook_domain::errors::UserKey;
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::types::{DbId, DbTime, Id};
use time::OffsetDateTime;

#[derive(QueryableByName)]
struct CountRow {
    /// Seconds since 1970.
    #[diesel(sql_type = BigInt)]
    second: i64,
    #[diesel(sql_type = Nullable<Id>)]
    person: Option<DbId>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    rows_read: i64,
}

#[async_trait]
impl PastMetricsStore for Store {
    async fn count_past(&self, query: &PastQuery) -> Result<PastCounts, StoreError> {
        let query = query.clone();
        self.read(async move |connection| {
            let mut sql = Sql::of("SELECT x.second, x.person, CAST(sum(CASE WHEN ");
            push_filter(&mut sql, &query);
            sql.push(
                " THEN x.weight ELSE 0 END) AS bigint) AS count, count(*) AS rows_read FROM (",
            );
            push_events(&mut sql, &query);
            sql.push(&format!(
                " LIMIT {}) x GROUP BY 1, 2",
                u64::from(query.most) + 1
            ));
            let rows: Vec<CountRow> = sql.into_query().load(connection).await?;
            let read = rows.iter().map(|row| row.rows_read.unsigned_abs()).sum();
            let counts = rows
                .into_iter()
                .filter(|row| row.count > 0)
                .map(|row| PastCount {
                    // What is stored is a time.
                    at: OffsetDateTime::from_unix_timestamp(row.second)
                        .unwrap_or(OffsetDateTime::UNIX_EPOCH),
                    user: row.person.map(|key| UserKey::from_bytes(*key.0.as_bytes())),
                    count: row.count.unsigned_abs(),
                });
            Ok(PastCounts {
                counts: counts.collect(),
                read,
            })
        })
        .await
    }
}

fn push_filter(sql: &mut Sql, query: &PastQuery) {
    let filter = &query.filter;
    let wanted = [
        ("level", filter.level.map(|level| level.as_str().to_owned())),
        (
            "severity",
            filter.severity.map(|severity| severity.as_str().to_owned()),
        ),
        ("source", filter.source.clone()),
        ("environment", filter.environment.clone()),
        ("release", filter.release.clone()),
    ];
    sql.push("1 = 1");
    for (column, value) in wanted {
        if let Some(value) = value {
            sql.with(&format!(" AND x.{column} = "), Bound::Text(value));
        }
    }
}

/// Appends a query of events with a second, a person, a weight and dimensions.
fn push_events(sql: &mut Sql, query: &PastQuery) {
    let second = |column: &str| format!("{} / 1000000", dialect::micros_of(column));
    let nobody = dialect::NO_PERSON;
    let ids = || {
        query
            .projects
            .iter()
            .map(|project| Bound::Id(DbId(project.0)))
    };
    let from = Bound::Time(DbTime(query.from));
    let to = Bound::Time(DbTime(query.to));
    match query.metric {
        PastMetric::Occurrences | PastMetric::Users => {
            let users = query.metric == PastMetric::Users;
            let key = "coalesce(o.user_key, faultbook_user_key(o.reporter))";
            let person = if users { key } else { nobody };
            sql.push(&format!(
                "SELECT {} AS second, {person} AS person, 1 AS weight, o.level, o.severity, o.source, \
                 o.environment, o.release FROM occurrences o WHERE o.project_id IN ",
                second("o.timestamp")
            ));
            sql.list(ids());
            let bound = |at| Bound::Id(DbId(OccurrenceId::first_of(at).0));
            sql.with(" AND o.id >= ", bound(query.from));
            sql.with(" AND o.id < ", bound(query.to));
            if !query.include_ignored {
                sql.push(" AND NOT o.ignored");
            }
            if users {
                sql.push(&format!(" AND {key} IS NOT NULL"));
            }
        }
        PastMetric::Hours => {
            let columns = |weight: &str| {
                format!(
                    "SELECT {} AS second, {nobody} AS person, {weight} AS weight, h.level, h.severity, \
                     h.source, h.environment, NULL AS release FROM ",
                    second("h.hour")
                )
            };
            let mut tables = vec![("h.count", "project_hourly")];
            if !query.include_ignored {
                tables.push(("-h.count", "ignored_hourly"));
            }
            sql.push("SELECT * FROM (");
            for (place, (weight, table)) in tables.into_iter().enumerate() {
                sql.push(if place == 0 { "" } else { " UNION ALL " });
                sql.push(&columns(weight));
                sql.push(table);
                sql.push(" h WHERE h.project_id IN ");
                sql.list(ids());
                sql.with(" AND h.hour >= ", Bound::Time(DbTime(hour_of(query.from))));
                sql.with(" AND h.hour < ", to.clone());
            }
            sql.push(") h");
        }
        PastMetric::NewErrors => {
            sql.push(&format!(
                "SELECT {} AS second, {nobody} AS person, 1 AS weight, e.level, e.severity, e.source, \
                 e.environment, e.release FROM errors e WHERE e.project_id IN ",
                second("e.first_seen")
            ));
            sql.list(ids());
            sql.with(" AND e.first_seen >= ", from.clone());
            sql.with(" AND e.first_seen < ", to);
            sql.with(dialect::NOT_OLDER, from);
            sql.push(dialect::NOT_OLDER_END);
        }
        PastMetric::Regressions => {
            sql.push(&format!(
                "SELECT {} AS second, {nobody} AS person, 1 AS weight, e.level, e.severity, e.source, \
                 e.environment, e.release FROM error_activity a \
                 JOIN errors e ON e.project_id = a.project_id AND e.id = a.error_id \
                 WHERE a.kind = 'regressed' AND a.project_id IN ",
                second("a.at")
            ));
            sql.list(ids());
            sql.with(" AND a.at >= ", from);
            sql.with(" AND a.at < ", to);
        }
    }
}
