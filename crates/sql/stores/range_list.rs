//! Lists of errors by their last sight within a range of time: its occurrences are read backwards until the page is full.

use super::candidates::Candidates;
use super::error_search::{CountRow, ErrorSearch, Figures, Found, FoundPage};
use super::matching_list::Only;
use super::sql_text::{Bound, Sql};
use super::tag_list::{LISTS, LONGEST, Seen};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::errors::ErrorSort;
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::instant::micros;
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::search::Filter;
use faultbook_sql::types::{DbId, Id};
use std::collections::{HashMap, HashSet};

/// Occurrences of a range up to which its errors are counted by them.
const COUNTED: i64 = 30_000;

#[derive(QueryableByName)]
struct LastRow {
    #[diesel(sql_type = Id)]
    error_id: DbId,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_seen: Option<i64>,
}

impl ErrorSearch<'_> {
    /// Whether errors are listed by their last sight within a range, and by no tag.
    pub(super) fn walks_range(&self) -> bool {
        let figures = |filter: &Filter| matches!(filter, Filter::Figure(_));
        let mut terms = self.search.terms.iter();
        self.query.ids.is_none()
            && self.query.sort == ErrorSort::LastSeen
            && self.query.limit <= LONGEST
            && self.search.has_range()
            && self.projects.len() <= LISTS
            && self.filters.iter().all(|filter| filter.negated)
            && !terms.any(|term| figures(&term.filter))
    }

    /// Finds the errors of the page.
    pub(super) async fn ranged_page(
        &self,
        connection: &mut Connection,
    ) -> Result<FoundPage, Failure> {
        let wanted = self.most();
        let mut most = wanted.saturating_mul(4);
        let mut seen = loop {
            let mut lists = Sql::default();
            for (list, project) in self.projects.iter().enumerate() {
                lists.push(if list == 0 { "" } else { " UNION ALL " });
                self.range_of(&mut lists, list, *project, most);
            }
            let (mut seen, ends) = self.walk(connection, lists, most).await?;
            if matches!(self.query.start, PageStart::After(_)) {
                // Its latest sight may be on an earlier page.
                let latest = self.latest_in_range(connection, &seen).await?;
                seen.retain(|one| latest.get(&one.id).is_none_or(|last| *last <= one.at));
            }
            if ends || i64::try_from(seen.len()).is_ok_and(|found| found >= wanted) {
                break seen;
            }
            most = most.saturating_mul(4);
        };
        let found = i64::try_from(seen.len()).unwrap_or(i64::MAX);
        if let PageStart::Offset(offset) = self.query.start {
            let before = usize::try_from(offset).unwrap_or(usize::MAX);
            seen.drain(..before.min(seen.len()));
        }
        let limit = usize::try_from(self.query.limit.max(1)).unwrap_or(usize::MAX);
        seen.truncate(limit.saturating_add(1));
        let ids: Vec<DbId> = seen.iter().map(|one| one.id).collect();
        let matched = match ids.is_empty() {
            true => HashMap::new(),
            false => self.count_matched(connection, Only::Errors(&ids)).await?,
        };
        let total = match self.query.start {
            PageStart::Offset(_) if found < wanted => found,
            _ => self.ranged_total(connection).await?,
        };
        let errors = seen.into_iter().map(|one| Found {
            project: ProjectId(one.project.0),
            id: ErrorId(one.id.0),
            rank: one.at,
            matched: matched.get(&one.id).copied(),
        });
        Ok(FoundPage {
            errors: errors.collect(),
            total,
        })
    }

    /// Appends the statement that reads the latest occurrences of a project.
    fn range_of(&self, sql: &mut Sql, list: usize, project: DbId, most: i64) {
        let look_up = dialect::LOOK_UP;
        sql.push(&format!(
            "SELECT * FROM (SELECT CAST({list} AS BIGINT) AS list, x.project_id, f.error_id, \
             x.timestamp AS last_seen FROM occurrence_facts x {look_up} error_fingerprints f \
             ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint \
             {look_up} errors e ON e.project_id = f.project_id AND e.id = f.error_id WHERE x.project_id = "
        ));
        sql.bind(Bound::Id(project));
        self.of_range(sql);
        if let PageStart::After(Cursor { rank, .. }) = self.query.start {
            sql.with(" AND x.timestamp <= ", Bound::Int(rank));
        }
        self.terms(Figures::OWN).append(sql);
        sql.push(" ORDER BY x.timestamp DESC");
        sql.limit(most);
        sql.push(") one");
    }

    /// Returns the last sight of each error within the range.
    async fn latest_in_range(
        &self,
        connection: &mut Connection,
        seen: &[Seen],
    ) -> Result<HashMap<DbId, i64>, Failure> {
        if seen.is_empty() {
            return Ok(HashMap::new());
        }
        let mut sql = Sql::of(
            "SELECT f.error_id, (SELECT max(x.timestamp) FROM occurrence_facts x \
             WHERE x.project_id = f.project_id AND x.fingerprint = f.fingerprint",
        );
        self.of_range(&mut sql);
        sql.push(") AS last_seen FROM error_fingerprints f WHERE f.project_id IN ");
        let projects: HashSet<DbId> = seen.iter().map(|one| one.project).collect();
        sql.list(projects.into_iter().map(Bound::Id));
        sql.push(" AND f.error_id IN ");
        sql.list(seen.iter().map(|one| Bound::Id(one.id)));
        let rows: Vec<LastRow> = sql.into_query().load(connection).await?;
        let mut latest: HashMap<DbId, i64> = HashMap::with_capacity(seen.len());
        for row in rows {
            if let Some(last) = row.last_seen {
                let known = latest.entry(row.error_id).or_insert(last);
                *known = last.max(*known);
            }
        }
        Ok(latest)
    }

    /// Counts the errors of the range: by its occurrences where these are few, else, where it is open at one end, by what
    /// is counted of fingerprints.
    async fn ranged_total(&self, connection: &mut Connection) -> Result<i64, Failure> {
        let by_figures = match (self.search.since, self.search.until) {
            (Some(since), None) => Some((" AND g.last_seen >= ", since)),
            (None, Some(until)) => Some((" AND g.first_seen < ", until)),
            _ => None,
        };
        let mut sql = Sql::of("SELECT x.project_id, x.fingerprint FROM occurrence_facts x WHERE ");
        self.of_projects(&mut sql, "x");
        self.of_range(&mut sql);
        if let Some((condition, at)) = by_figures {
            let mut count = Sql::of("SELECT count(*) AS count FROM (");
            count.append(&sql);
            count.limit(COUNTED + 1);
            count.push(") few");
            let row: CountRow = count.into_query().get_result(connection).await?;
            if row.count > COUNTED {
                sql =
                    Sql::of("SELECT g.project_id, g.fingerprint FROM fingerprint_figures g WHERE ");
                self.of_projects(&mut sql, "g");
                sql.with(condition, Bound::Int(micros(at)));
            }
        }
        self.count_candidates(connection, &Candidates::of_fingerprints(sql))
            .await
    }
}
