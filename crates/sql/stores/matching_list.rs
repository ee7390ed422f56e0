//! Lists of errors with the figures of those of their occurrences that match: occurrence filters, a range.

use super::candidates::Candidates;
use super::error_search::{CountRow, ErrorSearch, Figures, FoundPage, FoundRow};
use super::sql_text::{Bound, Sql};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use faultbook_domain::errors::{ErrorSort, TrendSpans};
use faultbook_domain::instant::micros;
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::search::Filter;
use faultbook_sql::types::{DbId, Id};
use std::collections::HashMap;

/// Numbers of tags by which fingerprints are narrowed; more would cost more than they save.
const NARROWING: usize = 1_000;

/// Figures of the occurrences that match. Times are microseconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Matched {
    pub(crate) count: i64,
    pub(crate) users: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// The errors whose occurrences are counted.
#[derive(Clone, Copy)]
pub(super) enum Only<'a> {
    /// All.
    All,
    /// These.
    Errors(&'a [DbId]),
    /// Those among them.
    Found(&'a Candidates),
}

impl ErrorSearch<'_> {
    /// Finds the errors of the page.
    pub(super) async fn matching_page(
        &self,
        connection: &mut Connection,
    ) -> Result<FoundPage, Failure> {
        let rank = match self.query.sort {
            ErrorSort::LastSeen => "m.last_seen",
            ErrorSort::FirstSeen => "m.first_seen",
            ErrorSort::Count => "m.count",
            ErrorSort::Users => "m.users",
            ErrorSort::Trend => "(7000000000 * (m.recent + 1)) / (m.before + 7)",
        };
        let candidates = match self.query.ids {
            None => self.candidates(connection).await?,
            Some(_) => None,
        };
        let few = candidates.as_ref().filter(|found| found.few);
        let only = few.map_or(Only::All, Only::Found);
        let mut sql = Sql::of("WITH m AS (");
        self.matched(&mut sql, only);
        sql.push(&format!(
            ") SELECT * FROM (SELECT m.project_id, m.error_id AS id, CAST({rank} AS BIGINT) AS rank, m.count, \
             m.users, m.first_seen, m.last_seen, count(*) OVER () AS total FROM m"
        ));
        if self.asks_errors() {
            sql.push(" JOIN errors e ON e.project_id = m.project_id AND e.id = m.error_id");
        }
        sql.push(" WHERE 1 = 1");
        let mut terms = self.terms(Figures::MATCHED);
        terms.met = few.and_then(|few| few.place);
        terms.append(&mut sql);
        sql.push(") found");
        if let PageStart::After(Cursor { rank, id }) = self.query.start {
            sql.with(" WHERE (rank < ", Bound::Int(rank));
            sql.with(" OR rank = ", Bound::Int(rank));
            sql.with(" AND id < ", Bound::Id(DbId(id)));
            sql.push(")");
        }
        sql.push(" ORDER BY rank DESC, id DESC");
        self.limit(&mut sql);
        let rows: Vec<FoundRow> = sql.into_query().load(connection).await?;
        let total = match rows.as_slice().first().and_then(FoundRow::total) {
            Some(total) => total,
            None if matches!(self.query.start, PageStart::Offset(0)) => 0,
            None => self.count_matches(connection).await?,
        };
        Ok(FoundPage {
            errors: rows.into_iter().map(FoundRow::found).collect(),
            total,
        })
    }

    /// Counts the errors that match.
    async fn count_matches(&self, connection: &mut Connection) -> Result<i64, Failure> {
        let mut sql = Sql::of("WITH m AS (");
        self.matched(&mut sql, Only::All);
        sql.push(
            ") SELECT count(*) AS count FROM m \
             JOIN errors e ON e.project_id = m.project_id AND e.id = m.error_id WHERE 1 = 1",
        );
        self.terms(Figures::MATCHED).append(&mut sql);
        let row: CountRow = sql.into_query().get_result(connection).await?;
        Ok(row.count)
    }

    /// Whether a term speaks of errors, not of their occurrences.
    fn asks_errors(&self) -> bool {
        let negated = self.filters.iter().any(|filter| filter.negated);
        let mut terms = self.search.terms.iter();
        negated
            || self.query.ids.is_some()
            || terms.any(|term| !matches!(term.filter, Filter::Occurrence(_)))
    }

    /// Appends the statement that counts matching occurrences by error.
    pub(super) fn matched(&self, sql: &mut Sql, only: Only<'_>) {
        sql.push(
            "SELECT f.project_id, f.error_id, count(*) AS count, \
             count(DISTINCT x.user_key) AS users, min(x.timestamp) AS first_seen, \
             max(x.timestamp) AS last_seen",
        );
        if self.query.sort == ErrorSort::Trend {
            let spans = TrendSpans::at(self.query.now);
            let counted = [
                (spans.recent, spans.end, "recent"),
                (spans.from, spans.recent, "before"),
            ];
            for (from, end, name) in counted {
                sql.with(", count(CASE WHEN x.timestamp >= ", Bound::Int(from));
                sql.with(" AND x.timestamp < ", Bound::Int(end));
                sql.push(&format!(" THEN 1 END) AS {name}"));
            }
        }
        match only {
            Only::All | Only::Found(_) => self.narrowed_facts(sql),
            Only::Errors(_) => self.facts_of_errors(sql),
        }
        if let Some(ids) = &self.query.ids {
            sql.push(" AND f.error_id IN ");
            sql.list(ids.iter().map(|id| Bound::Id(DbId(id.0))));
        }
        match only {
            Only::All => {}
            Only::Errors(ids) => {
                sql.push(" AND f.error_id IN ");
                sql.list(ids.iter().copied().map(Bound::Id));
            }
            Only::Found(candidates) => {
                sql.push(" AND f.error_id IN (SELECT error_id FROM (");
                candidates.append_errors(sql, None);
                sql.push(") few)");
            }
        }
        self.of_matches(sql);
        sql.push(" GROUP BY f.project_id, f.error_id");
    }

    /// Appends the tables of facts `x` and fingerprints `f`, with the first conditions.
    fn all_facts(&self, sql: &mut Sql) {
        sql.push(
            " FROM occurrence_facts x JOIN error_fingerprints f \
             ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint WHERE ",
        );
        self.of_projects(sql, "x");
    }

    /// As [`Self::all_facts`], from the fingerprints of a few errors on.
    fn facts_of_errors(&self, sql: &mut Sql) {
        let mut filters = self.filters.iter().filter(|filter| !filter.negated);
        let only = filters.find_map(|filter| match filter.only_set() {
            Some([only]) => Some(*only),
            _ => None,
        });
        sql.push(" FROM error_fingerprints f");
        if let Some(only) = only {
            sql.push(&dialect::look_up("fingerprint_tags", "t"));
            sql.push("t.project_id = f.project_id AND t.fingerprint = f.fingerprint");
            sql.with(" AND t.tag_id = ", Bound::Int(only));
            sql.push(&dialect::look_up_end("t"));
        }
        sql.push(&dialect::look_up("occurrence_facts", "x"));
        sql.push("x.project_id = f.project_id AND x.fingerprint = f.fingerprint");
        if only.is_some() {
            sql.push(" AND x.timestamp >= t.first_seen AND x.timestamp <= t.last_seen");
        }
        self.of_range(sql);
        sql.push(&dialect::look_up_end("x"));
        sql.push(" WHERE ");
        self.of_projects(sql, "f");
    }

    /// As [`Self::all_facts`], of those fingerprints alone that have a tag of each filter, from the first to the last time
    /// that they had it.
    fn narrowed_facts(&self, sql: &mut Sql) {
        let filters = self.filters.iter().filter(|filter| !filter.negated);
        let mut sets: Vec<(i64, &[i64])> = filters
            .filter_map(|filter| Some((filter.errors, filter.only_set()?)))
            .filter(|(_, set)| !set.is_empty() && set.len() <= NARROWING)
            .collect();
        if sets.is_empty() {
            self.all_facts(sql);
            return;
        }
        // The rarest first; of the others those alone that a key finds.
        sets.sort_unstable();
        let mut sets = sets.into_iter();
        let Some((_, rarest)) = sets.next() else {
            return;
        };
        let look_up = dialect::LOOK_UP;
        let mut tables = 1;
        match rarest {
            [_] => sql.push(" FROM fingerprint_tags t0"),
            several => {
                sql.push(
                    " FROM (SELECT t.project_id, t.fingerprint, min(t.first_seen) AS first_seen, \
                     max(t.last_seen) AS last_seen FROM fingerprint_tags t WHERE ",
                );
                self.of_projects(sql, "t");
                sql.push(" AND t.tag_id IN ");
                sql.list(several.iter().copied().map(Bound::Int));
                sql.push(" GROUP BY t.project_id, t.fingerprint) t0");
            }
        }
        for (_, set) in sets {
            if let [only] = set {
                let name = format!("t{tables}");
                sql.push(&dialect::look_up("fingerprint_tags", &name));
                sql.push(&format!(
                    "{name}.project_id = t0.project_id AND {name}.fingerprint = t0.fingerprint"
                ));
                sql.with(&format!(" AND {name}.tag_id = "), Bound::Int(*only));
                sql.push(&dialect::look_up_end(&name));
                tables += 1;
            }
        }
        sql.push(&format!(
            "{}x.project_id = t0.project_id AND x.fingerprint = t0.fingerprint \
             AND x.timestamp >= {}(t0.first_seen, ",
            dialect::look_up("occurrence_facts", "x"),
            dialect::GREATEST
        ));
        let of_each = |column: &str| -> String {
            let columns = (0..tables).map(|table| format!("t{table}.{column}"));
            columns.collect::<Vec<_>>().join(", ")
        };
        sql.push(&of_each("first_seen"));
        if let Some(since) = self.search.since {
            sql.with(", ", Bound::Int(micros(since)));
        }
        sql.push(&format!(
            ") AND x.timestamp <= {}(t0.last_seen, ",
            dialect::LEAST
        ));
        sql.push(&of_each("last_seen"));
        if let Some(until) = self.search.until {
            sql.with(", ", Bound::Int(micros(until)));
        }
        sql.push(")");
        sql.push(&dialect::look_up_end("x"));
        sql.push(&format!(
            " {look_up} error_fingerprints f ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint WHERE "
        ));
        self.of_projects(sql, "t0");
        if let [only] = rarest {
            sql.with(" AND t0.tag_id = ", Bound::Int(*only));
        }
        for table in 0..tables {
            if let Some(since) = self.search.since {
                sql.with(
                    &format!(" AND t{table}.last_seen >= "),
                    Bound::Int(micros(since)),
                );
            }
            if let Some(until) = self.search.until {
                sql.with(
                    &format!(" AND t{table}.first_seen < "),
                    Bound::Int(micros(until)),
                );
            }
        }
    }

    /// Counts the matching occurrences of errors.
    pub(super) async fn count_matched(
        &self,
        connection: &mut Connection,
        only: Only<'_>,
    ) -> Result<HashMap<DbId, Matched>, Failure> {
        #[derive(QueryableByName)]
        struct MatchedRow {
            #[diesel(sql_type = Id)]
            error_id: DbId,
            #[diesel(sql_type = BigInt)]
            count: i64,
            #[diesel(sql_type = BigInt)]
            users: i64,
            #[diesel(sql_type = BigInt)]
            first_seen: i64,
            #[diesel(sql_type = BigInt)]
            last_seen: i64,
        }
        let mut sql = Sql::of("SELECT error_id, count, users, first_seen, last_seen FROM (");
        self.matched(&mut sql, only);
        sql.push(") m");
        let rows: Vec<MatchedRow> = sql.into_query().load(connection).await?;
        let matched = rows.into_iter().map(|row| {
            let figures = Matched {
                count: row.count,
                users: row.users,
                first: row.first_seen,
                last: row.last_seen,
            };
            (row.error_id, figures)
        });
        Ok(matched.collect())
    }
}
