//! Lists of errors with their own figures: without occurrence filters and range.
//!
//! The list is read in its own order, out of an index, until the page is full; or where a term finds few errors, these are
//! looked up and sorted.

use super::candidates::Candidates;
use super::error_search::{CountRow, ErrorSearch, Figures, FoundPage, FoundRow, TOTAL_MAX};
use super::sql_text::{Bound, Sql};
use super::totals::Totals;
use super::trend_hours;
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use faultbook_domain::errors::{ErrorSort, TrendSpans};
use faultbook_domain::instant::from_micros;
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::search::Filter;
use faultbook_sql::types::{DbId, DbTime};

/// No number.
const NONE: &str = "CAST(NULL AS BIGINT)";

/// Projects up to which each is listed by itself, in the order of an index.
const SEPARATE: usize = 16;

/// Rows of candidates of which it is first tried to count the errors.
const COUNTED: i64 = TOTAL_MAX + 2_000;

/// The rank by trend of an error `e`, whose recent occurrences are counted in `n`.
const COUNTED_TREND: &str =
    "((7000000000 * (coalesce(n.recent, 0) + 1)) / (coalesce(n.before, 0) + 7))";

/// By what a list is ordered.
struct Order {
    /// The column, or an expression.
    column: String,
    /// The same as a number.
    rank: String,
    /// The id that breaks ties.
    id: &'static str,
    /// Whether the column is one of ranks `r`.
    of_ranks: bool,
}

impl ErrorSearch<'_> {
    /// Finds the errors of the page.
    pub(super) async fn plain_page(
        &self,
        connection: &mut Connection,
    ) -> Result<FoundPage, Failure> {
        let order = self.order(connection).await?;
        let candidates = match self.query.ids {
            None => self.candidates(connection).await?,
            Some(_) => None,
        };
        let few = candidates.as_ref().filter(|found| found.few);
        let projects = &self.projects[..];
        let sql = if few.is_some() || projects.len() == 1 || projects.len() > SEPARATE {
            let mut sql = self.listed(&order, few, projects);
            self.limit(&mut sql);
            sql
        } else {
            let mut sql = Sql::of("SELECT * FROM (");
            for (number, project) in projects.chunks(1).enumerate() {
                sql.push(if number == 0 { "" } else { " UNION ALL " });
                sql.push("SELECT * FROM (");
                sql.append(&self.listed(&order, None, project));
                sql.limit(self.most());
                sql.push(") one");
            }
            sql.push(") found ORDER BY rank DESC, id DESC");
            self.limit(&mut sql);
            sql
        };
        let rows: Vec<FoundRow> = sql.into_query().load(connection).await?;
        let total = self.plain_total(connection, &rows, candidates).await?;
        Ok(FoundPage {
            errors: rows.into_iter().map(FoundRow::found).collect(),
            total,
        })
    }

    async fn order(&self, connection: &mut Connection) -> Result<Order, Failure> {
        let of_errors = |column: &str| Order {
            column: column.to_owned(),
            rank: dialect::micros_of(column),
            id: "e.id",
            of_ranks: false,
        };
        let of_ranks = |column: &str| Order {
            column: column.to_owned(),
            rank: column.to_owned(),
            id: "r.error_id",
            of_ranks: true,
        };
        Ok(match self.query.sort {
            ErrorSort::LastSeen => of_errors("e.last_seen"),
            ErrorSort::FirstSeen => of_errors("e.first_seen"),
            ErrorSort::Count => of_ranks("r.count"),
            ErrorSort::Users => of_ranks("r.users"),
            ErrorSort::Trend => {
                let now = self.query.now;
                if trend_hours::are_turned(connection, &self.projects, now).await? {
                    of_ranks("r.trend")
                } else {
                    Order {
                        column: COUNTED_TREND.to_owned(),
                        rank: COUNTED_TREND.to_owned(),
                        id: "e.id",
                        of_ranks: false,
                    }
                }
            }
        })
    }

    /// Returns the statement that lists errors of projects in order.
    fn listed(&self, order: &Order, few: Option<&Candidates>, projects: &[DbId]) -> Sql {
        let rank = &order.rank;
        let mut sql = Sql::of(&format!(
            "SELECT e.project_id, e.id, CAST({rank} AS BIGINT) AS rank, {NONE} AS count, \
             {NONE} AS users, {NONE} AS first_seen, {NONE} AS last_seen, {NONE} AS total FROM "
        ));
        let look_up = dialect::LOOK_UP;
        let ranked = match (few, order.of_ranks) {
            (None, false) => {
                sql.push("errors e");
                "e"
            }
            (None, true) => {
                sql.push(&format!(
                    "error_ranks r {look_up} errors e ON e.project_id = r.project_id AND e.id = r.error_id"
                ));
                "r"
            }
            (Some(few), of_ranks) => {
                sql.push("(SELECT DISTINCT project_id, error_id FROM (");
                few.append_errors(&mut sql, None);
                sql.push(&format!(
                    ") one) c {look_up} errors e ON e.project_id = c.project_id AND e.id = c.error_id"
                ));
                if of_ranks {
                    sql.push(&format!(
                        " {look_up} error_ranks r ON r.project_id = e.project_id AND r.error_id = e.id"
                    ));
                }
                "e"
            }
        };
        if order.column == COUNTED_TREND {
            self.join_trend(&mut sql);
        }
        sql.push(" WHERE ");
        of_some(&mut sql, ranked, projects);
        let mut terms = self.terms(Figures::OWN);
        terms.met = few.and_then(|few| few.place);
        terms.append(&mut sql);
        self.behind(&mut sql, order);
        match self.query.sort {
            ErrorSort::LastSeen => sql.push(&format!(" ORDER BY {}", dialect::NEWEST_FIRST)),
            _ => sql.push(&format!(" ORDER BY {} DESC", order.column)),
        }
        sql.push(&format!(", {} DESC", order.id));
        sql
    }

    async fn plain_total(
        &self,
        connection: &mut Connection,
        rows: &[FoundRow],
        candidates: Option<Candidates>,
    ) -> Result<i64, Failure> {
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if let PageStart::Offset(offset) = self.query.start
            && shown <= i64::from(self.query.limit)
            && (shown > 0 || offset == 0)
        {
            return Ok(i64::try_from(offset).unwrap_or(i64::MAX) + shown);
        }
        if let Some(total) = self.known_total(connection).await? {
            return Ok(total);
        }
        if let Some(candidates) = candidates {
            return self.count_candidates(connection, &candidates).await;
        }
        let mut sql =
            Sql::of("SELECT count(*) AS count FROM (SELECT 1 AS one FROM errors e WHERE ");
        self.of_projects(&mut sql, "e");
        self.terms(Figures::OWN).append(&mut sql);
        sql.limit(TOTAL_MAX + 1);
        sql.push(") found");
        let row: CountRow = sql.into_query().get_result(connection).await?;
        Ok(row.count)
    }

    /// Returns the total where counters know it.
    async fn known_total(&self, connection: &mut Connection) -> Result<Option<i64>, Failure> {
        if self.query.ids.is_some() {
            return Ok(None);
        }
        let (filter, negated) = match &self.search.terms[..] {
            [] => {
                let totals = Totals::of(connection, &self.projects).await?;
                return Ok(Some(totals.errors));
            }
            [term] => (&term.filter, term.negated),
            _ => return Ok(None),
        };
        let count = match (filter, &self.filters[..]) {
            (Filter::State(states), _) => match &states[..] {
                [state] => {
                    let totals = Totals::of(connection, &self.projects).await?;
                    totals.in_state(*state)
                }
                _ => None,
            },
            (Filter::Occurrence(_), [only]) => match only.only_set() {
                Some([number]) => Some(self.errors_of_tag(connection, *number).await?),
                _ => None,
            },
            _ => None,
        };
        Ok(match (count, negated) {
            (Some(count), true) => {
                let totals = Totals::of(connection, &self.projects).await?;
                Some(totals.errors - count)
            }
            (count, _) => count,
        })
    }

    /// Returns how many errors have a tag.
    pub(super) async fn errors_of_tag(
        &self,
        connection: &mut Connection,
        number: i64,
    ) -> Result<i64, Failure> {
        let mut sql = Sql::of(
            "SELECT CAST(coalesce(sum(v.errors), 0) AS BIGINT) AS count FROM tag_values v WHERE ",
        );
        self.of_projects(&mut sql, "v");
        sql.with(" AND v.id = ", Bound::Int(number));
        let row: CountRow = sql.into_query().get_result(connection).await?;
        Ok(row.count)
    }

    /// Counts the errors among candidates, reading as many rows of these as it takes to say that there are more than are
    /// counted.
    pub(super) async fn count_candidates(
        &self,
        connection: &mut Connection,
        candidates: &Candidates,
    ) -> Result<i64, Failure> {
        #[derive(diesel::QueryableByName)]
        struct Counted {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            read: i64,
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let mut conditions = Sql::default();
        let mut terms = self.terms(Figures::OWN);
        terms.met = candidates.place;
        terms.append(&mut conditions);
        let mut most = COUNTED;
        loop {
            let mut sql = Sql::of("WITH c AS (");
            candidates.append_errors(&mut sql, Some(most));
            sql.push(
                ") SELECT (SELECT count(*) FROM c) AS read, (SELECT count(*) FROM (SELECT 1 AS one \
                 FROM (SELECT DISTINCT project_id, error_id FROM c) d",
            );
            if !conditions.is_empty() {
                sql.push(&format!(
                    " {} errors e ON e.project_id = d.project_id AND e.id = d.error_id WHERE 1 = 1",
                    dialect::LOOK_UP
                ));
                sql.append(&conditions);
            }
            sql.limit(TOTAL_MAX + 1);
            sql.push(") found) AS count");
            let found: Counted = sql.into_query().get_result(connection).await?;
            if found.read < most || found.count > TOTAL_MAX {
                return Ok(found.count);
            }
            most *= 4;
        }
    }

    /// Appends the condition that an error comes behind the cursor.
    fn behind(&self, sql: &mut Sql, order: &Order) {
        let PageStart::After(Cursor { rank, id }) = self.query.start else {
            return;
        };
        let time = Bound::Time(DbTime(from_micros(rank)));
        let bound = match self.query.sort {
            ErrorSort::LastSeen => {
                sql.with(dialect::NOT_NEWER, time.clone());
                sql.push(dialect::NOT_NEWER_END);
                time
            }
            ErrorSort::FirstSeen => time,
            ErrorSort::Count | ErrorSort::Users | ErrorSort::Trend => Bound::Int(rank),
        };
        // The first comparison is redundant; it lets the database seek in an index.
        let column = &order.column;
        sql.with(&format!(" AND {column} <= "), bound.clone());
        sql.with(&format!(" AND ({column} < "), bound);
        sql.with(&format!(" OR {} < ", order.id), Bound::Id(DbId(id)));
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
            " GROUP BY f.project_id, f.error_id) n ON n.project_id = e.project_id AND n.error_id = e.id",
        );
    }

    /// Rows of a page with those before it, and one more, which shows whether there is a next page.
    pub(super) fn most(&self) -> i64 {
        let limit = i64::from(self.query.limit.max(1)) + 1;
        match self.query.start {
            PageStart::Offset(offset) => i64::try_from(offset)
                .unwrap_or(i64::MAX)
                .saturating_add(limit),
            PageStart::After(_) => limit,
        }
    }

    /// Appends limit and offset.
    pub(super) fn limit(&self, sql: &mut Sql) {
        // One more than requested shows whether there is a next page.
        sql.limit(i64::from(self.query.limit.max(1)) + 1);
        if let PageStart::Offset(offset) = self.query.start {
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            sql.with(" OFFSET ", Bound::Int(offset));
        }
    }
}

/// Appends that a table's rows are of projects. A single one is all that an index can order.
pub(super) fn of_some(sql: &mut Sql, table: &str, projects: &[DbId]) {
    match projects {
        [one] => sql.with(&format!("{table}.project_id = "), Bound::Id(*one)),
        many => {
            sql.push(&format!("{table}.project_id IN "));
            sql.list(many.iter().copied().map(Bound::Id));
        }
    }
}
