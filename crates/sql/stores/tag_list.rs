//! Lists of errors by the last sight of a tag, out of what is counted of it by fingerprint.
//!
//! The fingerprints that have one of the tags come from an index in the order of their last sights, tag by tag. Each list
//! is read up to a number of rows: errors seen after the end of every list that goes on are in their places. Only the
//! errors of the page are looked into: where all occurrences of a fingerprint have the tag, or its users are not asked
//! for, what is counted tells their figures; else their facts are read.

use super::candidates::Candidates;
use super::error_search::{ErrorSearch, Figures, Found, FoundPage};
use super::matching_list::{Matched, Only};
use super::sql_text::{Bound, Sql};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use faultbook_domain::errors::ErrorSort;
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::search::Filter;
use faultbook_sql::types::{DbId, Id};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Errors of the longest page that is put together so.
pub(super) const LONGEST: u32 = 1_000;

/// Lists that are read at once: tags in projects.
pub(super) const LISTS: usize = 200;

#[derive(QueryableByName)]
struct SightRow {
    #[diesel(sql_type = BigInt)]
    list: i64,
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Id)]
    error_id: DbId,
    #[diesel(sql_type = BigInt)]
    last_seen: i64,
}

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(sql_type = Id)]
    error_id: DbId,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    first_seen: i64,
    #[diesel(sql_type = BigInt)]
    last_seen: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = BigInt)]
    users: i64,
}

/// An error's last sight.
pub(super) struct Seen {
    pub(super) at: i64,
    pub(super) id: DbId,
    pub(super) project: DbId,
}

impl ErrorSearch<'_> {
    /// Returns the tags of which an occurrence must have one, where errors are listed by the last sight of these alone.
    pub(super) fn walked_tags(&self) -> Option<&[i64]> {
        let figures = |filter: &Filter| matches!(filter, Filter::Figure(_));
        let mut terms = self.search.terms.iter();
        if self.query.ids.is_some()
            || self.query.sort != ErrorSort::LastSeen
            || self.query.limit > LONGEST
            || self.search.has_range()
            || terms.any(|term| figures(&term.filter))
        {
            return None;
        }
        let mut positive = self.filters.iter().filter(|filter| !filter.negated);
        let (only, None) = (positive.next()?, positive.next()) else {
            return None;
        };
        let set = only.only_set()?;
        let lists = set.len().saturating_mul(self.projects.len());
        (!set.is_empty() && lists <= LISTS).then_some(set)
    }

    /// Finds the errors of the page.
    pub(super) async fn tagged_page(
        &self,
        connection: &mut Connection,
        numbers: &[i64],
    ) -> Result<FoundPage, Failure> {
        let wanted = self.most();
        let mut most = wanted.saturating_mul(2);
        let (mut seen, cells) = loop {
            let (mut seen, ends) = self
                .walk(connection, self.lists(numbers, most), most)
                .await?;
            let cells = cells(connection, numbers, &seen).await?;
            // Its latest sight may be on an earlier page.
            seen.retain(|one| {
                let own = cells.get(&one.id);
                own.is_none_or(|own| own.iter().all(|cell| cell.last_seen <= one.at))
            });
            let enough = i64::try_from(seen.len()).is_ok_and(|found| found >= wanted);
            if ends || enough {
                break (seen, cells);
            }
            most = most.saturating_mul(4);
        };
        if let PageStart::Offset(offset) = self.query.start {
            let before = usize::try_from(offset).unwrap_or(usize::MAX);
            seen.drain(..before.min(seen.len()));
        }
        let limit = usize::try_from(self.query.limit.max(1)).unwrap_or(usize::MAX);
        seen.truncate(limit.saturating_add(1));
        let matched = self.matched_of(connection, &seen, cells).await?;
        let total = self.tagged_total(connection, numbers).await?;
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

    /// Returns the statement that reads the lists, each up to so many rows.
    fn lists(&self, numbers: &[i64], most: i64) -> Sql {
        let lists = self
            .projects
            .iter()
            .flat_map(|project| numbers.iter().map(move |number| (*project, *number)));
        let mut sql = Sql::default();
        for (list, (project, number)) in lists.enumerate() {
            sql.push(if list == 0 { "" } else { " UNION ALL " });
            self.list(&mut sql, list, (project, number), most);
        }
        sql
    }

    /// Reads errors in order of their last sights out of lists, up to where a list goes on of which `most` rows were read.
    /// Returns whether none goes on.
    pub(super) async fn walk(
        &self,
        connection: &mut Connection,
        lists: Sql,
        most: i64,
    ) -> Result<(Vec<Seen>, bool), Failure> {
        let rows: Vec<SightRow> = lists.into_query().load(connection).await?;
        let mut read: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        let mut latest: HashMap<DbId, (i64, DbId)> = HashMap::new();
        for row in rows {
            let (count, end) = read.entry(row.list).or_insert((0, row.last_seen));
            *count += 1;
            *end = row.last_seen.min(*end);
            let known = latest
                .entry(row.error_id)
                .or_insert((row.last_seen, row.project_id));
            known.0 = row.last_seen.max(known.0);
        }
        let going_on = read.values().filter(|(count, _)| *count >= most);
        let end = going_on.map(|(_, end)| *end).max();
        let mut seen: Vec<Seen> = latest
            .into_iter()
            .map(|(id, (at, project))| Seen { at, id, project })
            .filter(|one| end.is_none_or(|end| one.at > end))
            .filter(|one| match self.query.start {
                PageStart::After(Cursor { rank, id }) => (one.at, one.id.0) < (rank, id),
                PageStart::Offset(_) => true,
            })
            .collect();
        seen.sort_unstable_by_key(|one| Reverse((one.at, one.id)));
        Ok((seen, end.is_none()))
    }

    /// Appends the statement that reads one list.
    fn list(&self, sql: &mut Sql, list: usize, (project, number): (DbId, i64), most: i64) {
        let look_up = dialect::LOOK_UP;
        sql.push(&format!(
            "SELECT * FROM (SELECT CAST({list} AS BIGINT) AS list, t.project_id, f.error_id, t.last_seen \
             FROM fingerprint_tags t {look_up} error_fingerprints f \
             ON f.project_id = t.project_id AND f.fingerprint = t.fingerprint \
             {look_up} errors e ON e.project_id = f.project_id AND e.id = f.error_id WHERE t.project_id = "
        ));
        sql.bind(Bound::Id(project));
        sql.with(" AND t.tag_id = ", Bound::Int(number));
        if let PageStart::After(Cursor { rank, .. }) = self.query.start {
            sql.with(" AND t.last_seen <= ", Bound::Int(rank));
        }
        self.terms(Figures::OWN).append(sql);
        sql.push(" ORDER BY t.last_seen DESC");
        sql.limit(most);
        sql.push(") one");
    }

    /// Returns the figures of the occurrences that match, by error.
    async fn matched_of(
        &self,
        connection: &mut Connection,
        seen: &[Seen],
        cells: HashMap<DbId, Vec<CellRow>>,
    ) -> Result<HashMap<DbId, Matched>, Failure> {
        let mut matched = HashMap::with_capacity(seen.len());
        let mut uncounted: Vec<DbId> = Vec::new();
        for one in seen {
            match cells.get(&one.id).map(Vec::as_slice) {
                Some([only]) if only.count == only.total => {
                    let figures = Matched {
                        count: only.count,
                        users: only.users,
                        first: only.first_seen,
                        last: only.last_seen,
                    };
                    matched.insert(one.id, figures);
                }
                Some(_) => uncounted.push(one.id),
                None => {}
            }
        }
        if !uncounted.is_empty() {
            let counted = self.count_matched(connection, Only::Errors(&uncounted));
            matched.extend(counted.await?);
        }
        Ok(matched)
    }

    async fn tagged_total(
        &self,
        connection: &mut Connection,
        numbers: &[i64],
    ) -> Result<i64, Failure> {
        if let ([only], 1) = (numbers, self.search.terms.len()) {
            return self.errors_of_tag(connection, *only).await;
        }
        let mut sql = Sql::of("SELECT t.project_id, t.fingerprint FROM fingerprint_tags t WHERE ");
        self.of_projects(&mut sql, "t");
        sql.push(" AND t.tag_id IN ");
        sql.list(numbers.iter().copied().map(Bound::Int));
        let candidates = Candidates::of_fingerprints(sql);
        self.count_candidates(connection, &candidates).await
    }
}

/// Loads what is counted of tags, by error.
async fn cells(
    connection: &mut Connection,
    numbers: &[i64],
    seen: &[Seen],
) -> Result<HashMap<DbId, Vec<CellRow>>, Failure> {
    let mut cells: HashMap<DbId, Vec<CellRow>> = HashMap::new();
    if seen.is_empty() {
        return Ok(cells);
    }
    let look_up = dialect::LOOK_UP;
    let mut sql = Sql::of(&format!(
        "SELECT f.error_id, t.count, t.first_seen, t.last_seen, g.count AS total, g.users \
         FROM error_fingerprints f{}t.project_id = f.project_id AND t.fingerprint = f.fingerprint AND t.tag_id IN ",
        dialect::look_up("fingerprint_tags", "t")
    ));
    sql.list(numbers.iter().copied().map(Bound::Int));
    sql.push(&dialect::look_up_end("t"));
    sql.push(&format!(
        " {look_up} fingerprint_figures g ON g.project_id = t.project_id AND g.fingerprint = t.fingerprint \
         WHERE f.project_id IN "
    ));
    let projects: HashSet<DbId> = seen.iter().map(|one| one.project).collect();
    sql.list(projects.into_iter().map(Bound::Id));
    sql.push(" AND f.error_id IN ");
    sql.list(seen.iter().map(|one| Bound::Id(one.id)));
    let rows: Vec<CellRow> = sql.into_query().load(connection).await?;
    for row in rows {
        cells.entry(row.error_id).or_default().push(row);
    }
    Ok(cells)
}
