//! Lists of errors over SQL: conditions, order and figures of a search.
//!
//! Without occurrence filters and range, errors are listed out of their own table. With them, the facts of the
//! occurrences that match are counted by error first; what a fingerprint has at all narrows them.

use super::error_terms::{ErrorTerms, conditions};
use super::sql_text::{Bound, Sql};
use super::tag_filter::{TagFilter, tag_filter};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::errors::{ErrorQuery, ErrorSort, TrendSpans};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::instant::{from_micros, micros};
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::search::{Filter, Query};
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, DbTime, Id};

/// Matches that are counted where no counter knows how many there are.
pub(crate) const TOTAL_MAX: i64 = 10_000;

/// Numbers of tags by which fingerprints are narrowed; more would cost more than they save.
const NARROWING: usize = 1_000;

/// No number.
const NONE: &str = "CAST(NULL AS BIGINT)";

/// An error on a page, with the figures of its matching occurrences where they were counted.
pub(crate) struct Found {
    pub(crate) project: ProjectId,
    pub(crate) id: ErrorId,
    pub(crate) rank: i64,
    pub(crate) matched: Option<Matched>,
}

/// Figures of the occurrences that match. Times are microseconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Matched {
    pub(crate) count: i64,
    pub(crate) users: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Errors of a page, one more than asked for where there is a next page, and how many match in all.
pub(crate) struct FoundPage {
    pub(crate) errors: Vec<Found>,
    pub(crate) total: i64,
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = BigInt)]
    rank: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    users: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_seen: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_seen: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    total: Option<i64>,
}

impl FoundRow {
    fn found(self) -> Found {
        let figures = self.count.zip(self.users);
        let times = self.first_seen.zip(self.last_seen);
        Found {
            project: ProjectId(self.project_id.0),
            id: ErrorId(self.id.0),
            rank: self.rank,
            matched: figures
                .zip(times)
                .map(|((count, users), (first, last))| Matched {
                    count,
                    users,
                    first,
                    last,
                }),
        }
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A search, ready to be asked of a store.
pub(crate) struct ErrorSearch<'a> {
    query: &'a ErrorQuery,
    search: &'a Query,
    projects: Vec<DbId>,
    filters: Vec<TagFilter>,
}

impl<'a> ErrorSearch<'a> {
    /// Finds the numbers of the tags that the search names.
    pub(crate) async fn prepare(
        connection: &mut Connection,
        scope: &Scope,
        query: &'a ErrorQuery,
        search: &'a Query,
    ) -> Result<Self, Failure> {
        let projects: Vec<DbId> = scope.projects().iter().map(|id| DbId(id.0)).collect();
        let mut filters = Vec::new();
        for term in &search.terms {
            if let Filter::Occurrence(filter) = &term.filter {
                let asked = (term.negated, filter);
                let latest = &query.latest_releases;
                filters.push(tag_filter(connection, &projects, latest, asked).await?);
            }
        }
        Ok(Self {
            query,
            search,
            projects,
            filters,
        })
    }

    /// Whether figures are those of matching occurrences.
    pub(crate) fn counts_matches(&self) -> bool {
        self.search.has_range() || self.filters.iter().any(|filter| !filter.negated)
    }

    /// Finds the errors of the page.
    pub(crate) async fn page(&self, connection: &mut Connection) -> Result<FoundPage, Failure> {
        if self.counts_matches() {
            self.matching_page(connection).await
        } else {
            self.plain_page(connection).await
        }
    }

    async fn matching_page(&self, connection: &mut Connection) -> Result<FoundPage, Failure> {
        let rank = match self.query.sort {
            ErrorSort::LastSeen => "m.last_seen",
            ErrorSort::FirstSeen => "m.first_seen",
            ErrorSort::Count => "m.count",
            ErrorSort::Users => "m.users",
            ErrorSort::Trend => "(7000000000 * (m.recent + 1)) / (m.before + 7)",
        };
        let mut sql = Sql::of("WITH m AS (");
        self.matched(&mut sql);
        sql.push(&format!(
            ") SELECT * FROM (SELECT e.project_id, e.id, CAST({rank} AS BIGINT) AS rank, m.count, \
             m.users, m.first_seen, m.last_seen, count(*) OVER () AS total \
             FROM m JOIN errors e ON e.project_id = m.project_id AND e.id = m.error_id WHERE 1 = 1"
        ));
        let figures = Figures::MATCHED;
        self.terms(figures).append(&mut sql);
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
        let total = match rows.as_slice().first().and_then(|row| row.total) {
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
        self.matched(&mut sql);
        sql.push(
            ") SELECT count(*) AS count FROM m \
             JOIN errors e ON e.project_id = m.project_id AND e.id = m.error_id WHERE 1 = 1",
        );
        self.terms(Figures::MATCHED).append(&mut sql);
        let row: CountRow = sql.into_query().get_result(connection).await?;
        Ok(row.count)
    }

    /// Appends, as `found`, project and id of every error that matches.
    pub(crate) fn matching_errors(&self, sql: &mut Sql) {
        if self.counts_matches() {
            sql.push("m AS (");
            self.matched(sql);
            sql.push(
                "), found AS (SELECT e.project_id, e.id FROM m \
                 JOIN errors e ON e.project_id = m.project_id AND e.id = m.error_id WHERE 1 = 1",
            );
            self.terms(Figures::MATCHED).append(sql);
        } else {
            sql.push("found AS (SELECT e.project_id, e.id FROM errors e WHERE ");
            self.of_projects(sql, "e");
            self.terms(Figures::OWN).append(sql);
        }
        sql.push(")");
    }

    /// Appends the statement that counts matching occurrences by error.
    fn matched(&self, sql: &mut Sql) {
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
        sql.push(
            " FROM occurrence_facts x JOIN error_fingerprints f \
             ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint WHERE ",
        );
        self.of_projects(sql, "x");
        if let Some(ids) = &self.query.ids {
            sql.push(" AND f.error_id IN ");
            sql.list(ids.iter().map(|id| Bound::Id(DbId(id.0))));
        }
        self.of_matches(sql);
        for filter in self.filters.iter().filter(|filter| !filter.negated) {
            if let Some(set) = filter.only_set()
                && set.len() <= NARROWING
            {
                sql.push(
                    " AND x.fingerprint IN (SELECT t.fingerprint FROM fingerprint_tags t WHERE ",
                );
                self.of_projects(sql, "t");
                sql.push(" AND t.tag_id IN ");
                sql.list(set.iter().copied().map(Bound::Int));
                sql.push(")");
            }
        }
        sql.push(" GROUP BY f.project_id, f.error_id");
    }

    /// Appends the conditions on the facts `x` of matching occurrences.
    pub(crate) fn of_matches(&self, sql: &mut Sql) {
        self.of_range(sql);
        for filter in self.filters.iter().filter(|filter| !filter.negated) {
            sql.push(" AND ");
            filter.condition(sql);
        }
    }

    fn of_range(&self, sql: &mut Sql) {
        if let Some(since) = self.search.since {
            sql.with(" AND x.timestamp >= ", Bound::Int(micros(since)));
        }
        if let Some(until) = self.search.until {
            sql.with(" AND x.timestamp < ", Bound::Int(micros(until)));
        }
    }

    fn of_projects(&self, sql: &mut Sql, table: &str) {
        // A single project is the common case, and the only one that an index can order.
        match &self.projects[..] {
            [one] => sql.with(&format!("{table}.project_id = "), Bound::Id(*one)),
            many => {
                sql.push(&format!("{table}.project_id IN "));
                sql.list(many.iter().copied().map(Bound::Id));
            }
        }
    }

    async fn plain_page(&self, connection: &mut Connection) -> Result<FoundPage, Failure> {
        let mut conditions = Sql::of(" WHERE ");
        self.of_projects(&mut conditions, "e");
        self.terms(Figures::OWN).append(&mut conditions);
        let (rank, order) = match self.query.sort {
            ErrorSort::LastSeen => (dialect::micros_of("e.last_seen"), dialect::NEWEST_FIRST),
            ErrorSort::FirstSeen => (dialect::micros_of("e.first_seen"), "e.first_seen DESC"),
            ErrorSort::Count => ("e.count".to_owned(), "e.count DESC"),
            ErrorSort::Users => (OWN_USERS.to_owned(), "rank DESC"),
            ErrorSort::Trend => (OWN_TREND.to_owned(), "rank DESC"),
        };
        let mut sql = Sql::of(&format!(
            "SELECT e.project_id, e.id, CAST({rank} AS BIGINT) AS rank, {NONE} AS count, \
             {NONE} AS users, {NONE} AS first_seen, {NONE} AS last_seen, {NONE} AS total FROM errors e"
        ));
        if self.query.sort == ErrorSort::Trend {
            self.join_trend(&mut sql);
        }
        sql.append(&conditions);
        self.behind(&mut sql);
        sql.push(&format!(" ORDER BY {order}, e.id DESC"));
        self.limit(&mut sql);
        let rows: Vec<FoundRow> = sql.into_query().load(connection).await?;
        let total = self.plain_total(connection, &rows, conditions).await?;
        Ok(FoundPage {
            errors: rows.into_iter().map(FoundRow::found).collect(),
            total,
        })
    }

    async fn plain_total(
        &self,
        connection: &mut Connection,
        rows: &[FoundRow],
        conditions: Sql,
    ) -> Result<i64, Failure> {
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if let PageStart::Offset(offset) = self.query.start
            && shown <= i64::from(self.query.limit)
            && (shown > 0 || offset == 0)
        {
            return Ok(i64::try_from(offset).unwrap_or(i64::MAX) + shown);
        }
        // The database counts all errors of projects in an index.
        let most = if self.search.terms.is_empty() {
            i64::MAX
        } else {
            TOTAL_MAX + 1
        };
        let mut sql = Sql::of("SELECT count(*) AS count FROM (SELECT 1 AS one FROM errors e");
        sql.append(&conditions);
        sql.with(" LIMIT ", Bound::Int(most));
        sql.push(") found");
        let row: CountRow = sql.into_query().get_result(connection).await?;
        Ok(row.count)
    }

    /// Appends the condition that an error comes behind the cursor.
    fn behind(&self, sql: &mut Sql) {
        let PageStart::After(Cursor { rank, id }) = self.query.start else {
            return;
        };
        let id = Bound::Id(DbId(id));
        let time = Bound::Time(DbTime(from_micros(rank)));
        let (column, rank) = match self.query.sort {
            ErrorSort::LastSeen => {
                sql.push(dialect::NOT_NEWER);
                sql.bind(time.clone());
                sql.push(dialect::NOT_NEWER_END);
                ("e.last_seen", time)
            }
            ErrorSort::FirstSeen => ("e.first_seen", time),
            ErrorSort::Count => ("e.count", Bound::Int(rank)),
            ErrorSort::Users => (OWN_USERS, Bound::Int(rank)),
            ErrorSort::Trend => (OWN_TREND, Bound::Int(rank)),
        };
        // The first comparison is redundant; it lets the database seek in an index.
        sql.with(&format!(" AND {column} <= "), rank.clone());
        sql.with(&format!(" AND ({column} < "), rank);
        sql.with(" OR e.id < ", id);
        sql.push(")");
    }

    fn join_trend(&self, sql: &mut Sql) {
        let spans = TrendSpans::at(self.query.now);
        sql.with(
            " LEFT JOIN (SELECT f.project_id, f.error_id, count(CASE WHEN x.timestamp >= ",
            Bound::Int(spans.recent),
        );
        sql.with(
            " THEN 1 END) AS recent, count(CASE WHEN x.timestamp < ",
            Bound::Int(spans.recent),
        );
        sql.push(
            " THEN 1 END) AS before FROM occurrence_facts x JOIN error_fingerprints f \
             ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint WHERE ",
        );
        self.of_projects(sql, "x");
        sql.with(" AND x.timestamp >= ", Bound::Int(spans.from));
        sql.with(" AND x.timestamp < ", Bound::Int(spans.end));
        sql.push(
            " GROUP BY f.project_id, f.error_id) r ON r.project_id = e.project_id AND r.error_id = e.id",
        );
    }

    fn limit(&self, sql: &mut Sql) {
        // One more than requested shows whether there is a next page.
        sql.with(
            " LIMIT ",
            Bound::Int(i64::from(self.query.limit.max(1)) + 1),
        );
        if let PageStart::Offset(offset) = self.query.start {
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            sql.with(" OFFSET ", Bound::Int(offset));
        }
    }

    /// Returns the conditions on errors `e`.
    fn terms(&self, figures: Figures) -> ErrorConditions<'_, 'a> {
        ErrorConditions {
            search: self,
            figures,
        }
    }
}

/// The distinct users of an error `e`.
pub(crate) const OWN_USERS: &str = "coalesce((SELECT CASE WHEN count(*) > 1 THEN \
 (SELECT count(DISTINCT u.user_key) FROM error_fingerprints o JOIN fingerprint_users u \
 ON u.project_id = o.project_id AND u.fingerprint = o.fingerprint \
 WHERE o.project_id = e.project_id AND o.error_id = e.id) ELSE max(g.users) END \
 FROM error_fingerprints f JOIN fingerprint_figures g \
 ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint \
 WHERE f.project_id = e.project_id AND f.error_id = e.id), 0)";

/// The rank by trend of an error `e`, whose recent occurrences are counted in `r`.
const OWN_TREND: &str =
    "((7000000000 * (coalesce(r.recent, 0) + 1)) / (coalesce(r.before, 0) + 7))";

/// Where figures of errors are.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) count: &'static str,
    pub(crate) users: &'static str,
    pub(crate) first_seen: &'static str,
    pub(crate) last_seen: &'static str,
    /// Whether times are instants, not microseconds.
    pub(crate) instants: bool,
}

impl Figures {
    const MATCHED: Self = Self {
        count: "m.count",
        users: "m.users",
        first_seen: "m.first_seen",
        last_seen: "m.last_seen",
        instants: false,
    };
    const OWN: Self = Self {
        count: "e.count",
        users: OWN_USERS,
        first_seen: "e.first_seen",
        last_seen: "e.last_seen",
        instants: true,
    };
}

/// The conditions of a search on errors `e`, with figures from one place.
struct ErrorConditions<'s, 'a> {
    search: &'s ErrorSearch<'a>,
    figures: Figures,
}

impl ErrorConditions<'_, '_> {
    fn append(&self, sql: &mut Sql) {
        let search = self.search;
        if let Some(ids) = &search.query.ids {
            sql.push(" AND e.id IN ");
            sql.list(ids.iter().map(|id| Bound::Id(DbId(id.0))));
        }
        conditions(
            sql,
            &ErrorTerms {
                search: search.search,
                viewer: &search.query.viewer,
                projects: &search.projects,
                figures: self.figures,
            },
        );
        for filter in search.filters.iter().filter(|filter| filter.negated) {
            sql.push(
                " AND NOT EXISTS (SELECT 1 FROM error_fingerprints f JOIN occurrence_facts x \
                 ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint \
                 WHERE f.project_id = e.project_id AND f.error_id = e.id",
            );
            search.of_range(sql);
            sql.push(" AND ");
            filter.condition(sql);
            sql.push(")");
        }
    }
}
