//! Facets of a search: how many errors have a matching occurrence of each value.

use super::error_search::ErrorSearch;
use super::sql_text::{Bound, Sql};
use super::totals::Totals;
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use faultbook_domain::errors::{ErrorQuery, FACET_VALUES, Facet, FacetValue, Facets};
use faultbook_domain::search::State;
use faultbook_domain::search_index::SEVERITY;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use std::collections::HashMap;

#[derive(QueryableByName)]
struct ValueRow {
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl From<ValueRow> for FacetValue {
    fn from(row: ValueRow) -> Self {
        Self {
            value: row.value,
            count: row.count.unsigned_abs(),
        }
    }
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(embed)]
    value: ValueRow,
}

/// The keys whose values are counted.
const KEYS: [&str; 5] = ["level", SEVERITY, "environment", "release", "source"];

impl Store {
    /// Counts the errors that a search finds by the values of their matching occurrences.
    pub(crate) async fn facets(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Facets, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Facets::default());
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| {
            let search = query.whole_search();
            let asked = ErrorSearch::prepare(connection, &scope, &query, &search).await?;
            let every = asked.finds_every_error();
            let mut of_keys = match every {
                true => of_every_error(connection, &asked).await?,
                false => by_key(connection, &asked).await?,
            };
            let mut of = |key: &str| of_keys.remove(key).unwrap_or_default();
            Ok(Facets {
                level: of("level"),
                severity: of(SEVERITY),
                environment: of("environment"),
                release: of("release"),
                source: of("source"),
                status: match every {
                    true => states_of_all(Totals::of(connection, asked.projects()).await?),
                    false => statuses(connection, &asked).await?,
                },
            })
        })
        .await
    }
}

/// Reads how many errors have the values of each key.
async fn of_every_error(
    connection: &mut Connection,
    asked: &ErrorSearch<'_>,
) -> Result<HashMap<String, Facet>, Failure> {
    let mut sql = Sql::of(
        "SELECT key, value, count FROM ( \
         SELECT key, value, CAST(sum(errors) AS BIGINT) AS count, row_number() OVER \
         (PARTITION BY key ORDER BY sum(errors) DESC, value) AS place FROM tag_values \
         WHERE value IS NOT NULL AND errors > 0 AND project_id IN ",
    );
    sql.list(asked.projects().iter().copied().map(Bound::Id));
    sql.push(" AND key IN ");
    sql.list(KEYS.into_iter().map(|key| Bound::Text(key.to_owned())));
    sql.push(" GROUP BY key, value) facets");
    most_frequent(connection, sql).await
}

/// Returns the states of all errors.
fn states_of_all(totals: Totals) -> Facet {
    let states = [
        State::Open,
        State::Resolved,
        State::Ignored,
        State::Regressed,
    ];
    let mut facet: Facet = states
        .into_iter()
        .filter_map(|state| {
            let count = totals.in_state(state).filter(|count| *count > 0)?;
            Some(FacetValue {
                value: state.as_str().to_owned(),
                count: count.unsigned_abs(),
            })
        })
        .collect();
    facet.sort_by(|one, other| {
        let by_count = other.count.cmp(&one.count);
        by_count.then_with(|| one.value.cmp(&other.value))
    });
    facet
}

/// Counts the errors that match by the values of each key.
async fn by_key(
    connection: &mut Connection,
    asked: &ErrorSearch<'_>,
) -> Result<HashMap<String, Facet>, Failure> {
    let mut sql = Sql::of("WITH ");
    asked.matching_errors(&mut sql);
    sql.push(
        " SELECT key, value, count FROM ( \
         SELECT v.key, v.value, count(DISTINCT f.error_id) AS count, row_number() OVER \
         (PARTITION BY v.key ORDER BY count(DISTINCT f.error_id) DESC, v.value) AS place FROM found \
         JOIN error_fingerprints f ON f.project_id = found.project_id AND f.error_id = found.id ",
    );
    if asked.counts_matches() {
        sql.push(
            "JOIN occurrence_facts x ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint \
             JOIN tag_values v ON v.project_id = x.project_id AND ",
        );
        sql.push(dialect::HAS_TAG);
    } else {
        sql.push(
            "JOIN fingerprint_tags t ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint \
             JOIN tag_values v ON v.project_id = t.project_id AND v.id = t.tag_id",
        );
    }
    sql.push(" WHERE v.value IS NOT NULL AND v.key IN ");
    sql.list(KEYS.into_iter().map(|key| Bound::Text(key.to_owned())));
    if asked.counts_matches() {
        asked.of_matches(&mut sql);
    }
    sql.push(" GROUP BY v.key, v.value) facets");
    most_frequent(connection, sql).await
}

/// Reads the first places of each key.
async fn most_frequent(
    connection: &mut Connection,
    mut sql: Sql,
) -> Result<HashMap<String, Facet>, Failure> {
    sql.with(" WHERE place <= ", Bound::Int(FACET_VALUES));
    sql.push(" ORDER BY key, place");
    let rows: Vec<KeyRow> = sql.into_query().load(connection).await?;
    let mut facets: HashMap<String, Facet> = HashMap::new();
    for KeyRow { key, value } in rows {
        facets.entry(key).or_default().push(value.into());
    }
    Ok(facets)
}

async fn statuses(connection: &mut Connection, asked: &ErrorSearch<'_>) -> Result<Facet, Failure> {
    let mut sql = Sql::of("WITH ");
    asked.matching_errors(&mut sql);
    sql.push(
        " SELECT value, count(*) AS count FROM ( \
         SELECT CASE WHEN e.resolved THEN 'resolved' WHEN e.ignored THEN 'ignored' ELSE 'open' END AS value \
         FROM found JOIN errors e ON e.project_id = found.project_id AND e.id = found.id \
         UNION ALL SELECT 'regressed' FROM found \
         JOIN errors e ON e.project_id = found.project_id AND e.id = found.id \
         WHERE e.regressed AND NOT e.resolved AND NOT e.ignored \
         ) states GROUP BY value ORDER BY 2 DESC, 1",
    );
    let rows: Vec<ValueRow> = sql.into_query().load(connection).await?;
    Ok(rows.into_iter().map(FacetValue::from).collect())
}
