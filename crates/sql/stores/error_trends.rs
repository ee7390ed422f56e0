//! Occurrences of listed errors by hour or day.
//!
//! The roll-up tells them where all of an error's occurrences match, and none of the time was taken out by retention,
//! which the roll-up outlives. Otherwise the facts of the time are counted.

use super::error_list::id_list;
use super::error_search::{ErrorSearch, Found};
use super::sql_text::{Bound, Sql};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::id::ErrorId;
use faultbook_domain::instant::{from_micros, micros};
use faultbook_sql::types::{DbId, DbTime, Id};
use std::collections::{HashMap, HashSet};

/// Counts by error, oldest first.
pub(super) type Trends = HashMap<ErrorId, Vec<i64>>;

#[derive(QueryableByName)]
struct BucketRow {
    #[diesel(sql_type = Id)]
    error_id: DbId,
    #[diesel(sql_type = BigInt)]
    bucket: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = Id)]
    error_id: DbId,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    gone_until: Option<i64>,
}

/// A number of counts of a width, from a time on. Microseconds since 1970.
#[derive(Clone, Copy)]
struct Buckets {
    first: i64,
    width: i64,
    number: usize,
}

impl Buckets {
    fn of(asked: &ErrorSearch<'_>) -> Self {
        let query = asked.query;
        let start = query.trend.start(query.trend_end(asked.search));
        Self {
            first: micros(start),
            width: i64::try_from(query.trend.width().whole_microseconds()).unwrap_or(i64::MAX),
            number: query.trend.counts(),
        }
    }

    fn end(self) -> i64 {
        let number = i64::try_from(self.number).unwrap_or(0);
        self.first.saturating_add(self.width.saturating_mul(number))
    }

    /// Begins a statement that counts rows by error and bucket.
    fn select(self, count: &str, time: &str) -> Sql {
        let mut sql = Sql::of(&format!(
            "SELECT error_id, bucket, CAST({count} AS BIGINT) AS count FROM (SELECT f.error_id, "
        ));
        sql.with(&format!("({time} - "), Bound::Int(self.first));
        sql.with(") / ", Bound::Int(self.width));
        sql
    }
}

/// Counts matching occurrences by hour or day.
pub(super) async fn trends(
    connection: &mut Connection,
    asked: &ErrorSearch<'_>,
    found: &[Found],
) -> Result<Trends, Failure> {
    let buckets = Buckets::of(asked);
    let by_roll_up = in_roll_up(connection, asked, found, buckets.first).await?;
    let (rolled, counted): (Vec<&Found>, Vec<&Found>) =
        found.iter().partition(|one| by_roll_up.contains(&one.id));
    let mut rows = of_roll_up(connection, buckets, &rolled).await?;
    rows.extend(of_facts(connection, asked, buckets, &counted).await?);
    let mut trends = Trends::new();
    for row in rows {
        let counts = trends
            .entry(ErrorId(row.error_id.0))
            .or_insert_with(|| vec![0; buckets.number]);
        let place = usize::try_from(row.bucket).ok();
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count = row.count;
        }
    }
    Ok(trends)
}

/// Returns the errors whose matching occurrences since a time are those of the roll-up.
async fn in_roll_up(
    connection: &mut Connection,
    asked: &ErrorSearch<'_>,
    found: &[Found],
    since: i64,
) -> Result<HashSet<ErrorId>, Failure> {
    if found.is_empty() || asked.search.has_range() {
        return Ok(HashSet::new());
    }
    let mut sql = Sql::of(
        "SELECT f.error_id, CAST(sum(g.count) AS BIGINT) AS count, max(g.gone_until) AS gone_until \
         FROM error_fingerprints f JOIN fingerprint_figures g \
         ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint",
    );
    let all: Vec<&Found> = found.iter().collect();
    id_list(
        &mut sql,
        &all,
        " WHERE f.project_id IN ",
        " AND f.error_id IN ",
    );
    sql.push(" GROUP BY f.error_id");
    let rows: Vec<StoredRow> = sql.into_query().load(connection).await?;
    let matched: HashMap<ErrorId, i64> = found
        .iter()
        .filter_map(|one| Some((one.id, one.matched?.count)))
        .collect();
    let whole = rows.into_iter().filter(|row| {
        let count = matched.get(&ErrorId(row.error_id.0));
        count.is_none_or(|count| *count == row.count)
            && row.gone_until.is_none_or(|gone| gone < since)
    });
    Ok(whole.map(|row| ErrorId(row.error_id.0)).collect())
}

async fn of_roll_up(
    connection: &mut Connection,
    buckets: Buckets,
    found: &[&Found],
) -> Result<Vec<BucketRow>, Failure> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = buckets.select("sum(count)", &dialect::micros_of("h.hour"));
    sql.push(
        " AS bucket, h.count FROM error_fingerprints f JOIN error_hourly h \
         ON h.project_id = f.project_id AND h.fingerprint = f.fingerprint",
    );
    id_list(
        &mut sql,
        found,
        " WHERE f.project_id IN ",
        " AND f.error_id IN ",
    );
    let time = |micros| Bound::Time(DbTime(from_micros(micros)));
    sql.with(" AND h.hour >= ", time(buckets.first));
    sql.with(" AND h.hour < ", time(buckets.end()));
    sql.push(") hours GROUP BY error_id, bucket");
    Ok(sql.into_query().load(connection).await?)
}

async fn of_facts(
    connection: &mut Connection,
    asked: &ErrorSearch<'_>,
    buckets: Buckets,
    found: &[&Found],
) -> Result<Vec<BucketRow>, Failure> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = buckets.select("count(*)", "x.timestamp");
    sql.push(
        " AS bucket FROM error_fingerprints f JOIN occurrence_facts x \
         ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint",
    );
    id_list(
        &mut sql,
        found,
        " WHERE f.project_id IN ",
        " AND f.error_id IN ",
    );
    sql.with(" AND x.timestamp >= ", Bound::Int(buckets.first));
    sql.with(" AND x.timestamp < ", Bound::Int(buckets.end()));
    asked.of_matches(&mut sql);
    sql.push(") hits GROUP BY error_id, bucket");
    Ok(sql.into_query().load(connection).await?)
}
