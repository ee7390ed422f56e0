//! Lists of errors over SQL: conditions, order and figures of a search.
//!
//! Without occurrence filters and range, errors are listed out of their own table. With them, the facts of the
//! occurrences that match are counted by error first; what a fingerprint has at all narrows them.

use super::error_terms::{ErrorTerms, conditions};
use super::matching_list::{Matched, Only};
use super::sql_text::{Bound, Sql};
use super::tag_filter::{TagFilter, tag_filter};
use crate::driver::{Connection, Failure};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::errors::ErrorQuery;
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::instant::micros;
use faultbook_domain::search::{Filter, Query};
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, Id};

/// Matches that are counted where no counter knows how many there are.
pub(crate) const TOTAL_MAX: i64 = 10_000;

/// An error on a page, with the figures of its matching occurrences where they were counted.
pub(crate) struct Found {
    pub(crate) project: ProjectId,
    pub(crate) id: ErrorId,
    pub(crate) rank: i64,
    pub(crate) matched: Option<Matched>,
}

/// Errors of a page, one more than asked for where there is a next page, and how many match in all.
pub(crate) struct FoundPage {
    pub(crate) errors: Vec<Found>,
    pub(crate) total: i64,
}

#[derive(QueryableByName)]
pub(super) struct FoundRow {
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
    /// How many match in all, where that was counted.
    pub(super) const fn total(&self) -> Option<i64> {
        self.total
    }

    pub(super) fn found(self) -> Found {
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
pub(super) struct CountRow {
    #[diesel(sql_type = BigInt)]
    pub(super) count: i64,
}

/// A search, ready to be asked of a store.
pub(crate) struct ErrorSearch<'a> {
    pub(super) query: &'a ErrorQuery,
    pub(super) search: &'a Query,
    pub(super) projects: Vec<DbId>,
    pub(super) filters: Vec<TagFilter>,
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

    /// The projects of the scope.
    pub(crate) fn projects(&self) -> &[DbId] {
        &self.projects
    }

    /// Whether it finds every error of its projects.
    pub(crate) fn finds_every_error(&self) -> bool {
        self.search.is_all() && self.query.ids.is_none()
    }

    /// Whether figures are those of matching occurrences.
    pub(crate) fn counts_matches(&self) -> bool {
        self.search.has_range() || self.filters.iter().any(|filter| !filter.negated)
    }

    /// Finds the errors of the page.
    pub(crate) async fn page(&self, connection: &mut Connection) -> Result<FoundPage, Failure> {
        if let Some(numbers) = self.walked_tags() {
            self.tagged_page(connection, numbers).await
        } else if self.walks_range() {
            self.ranged_page(connection).await
        } else if self.counts_matches() {
            self.matching_page(connection).await
        } else {
            self.plain_page(connection).await
        }
    }

    /// Appends, as `found`, project and id of every error that matches.
    pub(crate) fn matching_errors(&self, sql: &mut Sql) {
        if self.counts_matches() {
            sql.push("m AS (");
            self.matched(sql, Only::All);
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

    /// Appends the conditions on the facts `x` of matching occurrences.
    pub(crate) fn of_matches(&self, sql: &mut Sql) {
        self.of_range(sql);
        for filter in self.filters.iter().filter(|filter| !filter.negated) {
            sql.push(" AND ");
            filter.condition(sql);
        }
    }

    pub(super) fn of_range(&self, sql: &mut Sql) {
        if let Some(since) = self.search.since {
            sql.with(" AND x.timestamp >= ", Bound::Int(micros(since)));
        }
        if let Some(until) = self.search.until {
            sql.with(" AND x.timestamp < ", Bound::Int(micros(until)));
        }
    }

    pub(super) fn of_projects(&self, sql: &mut Sql, table: &str) {
        // A single project is the common case, and the only one that an index can order.
        match &self.projects[..] {
            [one] => sql.with(&format!("{table}.project_id = "), Bound::Id(*one)),
            many => {
                sql.push(&format!("{table}.project_id IN "));
                sql.list(many.iter().copied().map(Bound::Id));
            }
        }
    }

    /// Returns the conditions on errors `e`.
    pub(super) fn terms(&self, figures: Figures) -> ErrorConditions<'_, 'a> {
        ErrorConditions {
            search: self,
            figures,
            met: None,
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
    pub(super) const MATCHED: Self = Self {
        count: "m.count",
        users: "m.users",
        first_seen: "m.first_seen",
        last_seen: "m.last_seen",
        instants: false,
    };
    pub(super) const OWN: Self = Self {
        count: "e.count",
        users: OWN_USERS,
        first_seen: "e.first_seen",
        last_seen: "e.last_seen",
        instants: true,
    };
}

/// The conditions of a search on errors `e`, with figures from one place.
pub(super) struct ErrorConditions<'s, 'a> {
    search: &'s ErrorSearch<'a>,
    figures: Figures,
    /// The place of a term that holds for all of them already.
    pub(super) met: Option<usize>,
}

impl ErrorConditions<'_, '_> {
    pub(super) fn append(&self, sql: &mut Sql) {
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
                figures: self.figures,
                met: self.met,
            },
        );
        for filter in search.filters.iter().filter(|filter| filter.negated) {
            if let Some(set) = filter.only_set()
                && !search.search.has_range()
            {
                sql.push(
                    " AND NOT EXISTS (SELECT 1 FROM error_fingerprints f JOIN fingerprint_tags t \
                     ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint \
                     WHERE f.project_id = e.project_id AND f.error_id = e.id AND t.tag_id IN ",
                );
                sql.list(set.iter().copied().map(Bound::Int));
                sql.push(")");
                continue;
            }
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
