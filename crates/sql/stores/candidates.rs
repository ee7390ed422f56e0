//! Errors that a single term of a search finds by an index, so that the other terms need not be tried on all errors.

use super::error_search::{CountRow, ErrorSearch};
use super::error_terms::{any, of_kind, within};
use super::sql_text::{Bound, Sql};
use super::tag_filter::matches;
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use faultbook_domain::search::{
    Assignee, FigureFilter, Filter, NEW, Pattern, State, Term, TextField,
};
use faultbook_sql::types::{DbId, DbTime};
use uuid::Uuid;

/// Rows up to which the errors of a term are looked up one by one. Of more, some are soon found in the list's own order.
const FEW: i64 = 3_000;

/// Errors that a term finds.
pub(super) struct Candidates {
    /// The term's place, where it is not an occurrence filter.
    pub(super) place: Option<usize>,
    /// Selects `project_id`, and `error_id` or `fingerprint`; an error may come more than once.
    pub(super) sql: Sql,
    /// Whether rows are of fingerprints.
    pub(super) of_fingerprints: bool,
    /// Whether they are few.
    pub(super) few: bool,
}

impl Candidates {
    /// Returns the statement that counts rows up to a number.
    fn count(&self, most: i64) -> Sql {
        let mut sql = Sql::of("SELECT count(*) AS count FROM (SELECT 1 AS one FROM (");
        sql.append(&self.sql);
        sql.push(") found");
        sql.limit(most);
        sql.push(") counted");
        sql
    }

    /// Appends a statement that selects `project_id` and `error_id` of so many rows, of all without a number.
    pub(super) fn append_errors(&self, sql: &mut Sql, most: Option<i64>) {
        if !self.of_fingerprints {
            sql.push("SELECT project_id, error_id FROM (");
            self.append_rows(sql, most);
            sql.push(") rows");
            return;
        }
        sql.push("SELECT f.project_id, f.error_id FROM (");
        self.append_rows(sql, most);
        sql.push(&format!(
            ") rows {} error_fingerprints f ON f.project_id = rows.project_id AND f.fingerprint = rows.fingerprint",
            dialect::LOOK_UP
        ));
    }

    fn append_rows(&self, sql: &mut Sql, most: Option<i64>) {
        sql.push("SELECT * FROM (");
        sql.append(&self.sql);
        sql.push(") found");
        if let Some(most) = most {
            sql.limit(most);
        }
    }

    fn of_errors(sql: Sql) -> Self {
        Self {
            place: None,
            sql,
            of_fingerprints: false,
            few: false,
        }
    }

    /// Returns those that a statement of fingerprints selects.
    pub(super) fn of_fingerprints(sql: Sql) -> Self {
        Self {
            of_fingerprints: true,
            ..Self::of_errors(sql)
        }
    }
}

impl ErrorSearch<'_> {
    /// Returns the candidates of the first term that has few, else those of any term that an index finds.
    pub(super) async fn candidates(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Candidates>, Failure> {
        let mut best: Option<Candidates> = None;
        for (place, term) in self.search.terms.iter().enumerate() {
            let place = Some(place);
            let Some(found) = self.candidates_of(term) else {
                continue;
            };
            let count = found.count(FEW + 1);
            let row: CountRow = count.into_query().get_result(connection).await?;
            let few = row.count <= FEW;
            let found = Candidates {
                place,
                few,
                ..found
            };
            if few {
                return Ok(Some(found));
            }
            best = best.or(Some(found));
        }
        Ok(best)
    }

    fn candidates_of(&self, term: &Term) -> Option<Candidates> {
        if term.negated {
            return None;
        }
        let sql = match &term.filter {
            Filter::Text(field, patterns) => {
                let texts = self.with_text(*field, patterns);
                return texts.map(Candidates::of_fingerprints);
            }
            Filter::State(states) => match &states[..] {
                [state] => self.in_state(*state),
                _ => None,
            },
            Filter::Assigned(assignees) => match &assignees[..] {
                [Assignee::Me] => {
                    let mut sql = self.errors_in_scope();
                    let member = self.query.viewer.member?;
                    sql.with(" AND e.assigned_to = ", Bound::Id(DbId(member.0)));
                    Some(sql)
                }
                _ => None,
            },
            Filter::Fingerprint(prints) => {
                let mut sql =
                    Sql::of("SELECT f.project_id, f.error_id FROM error_fingerprints f WHERE ");
                self.of_projects(&mut sql, "f");
                sql.push(" AND f.fingerprint IN ");
                let ids = prints
                    .iter()
                    .map(|print| Uuid::from_bytes(*print.as_bytes()));
                sql.list(ids.map(|id| Bound::Id(DbId(id))));
                Some(sql)
            }
            Filter::Figure(figure) if !self.counts_matches() => Some(self.with_figure(figure)),
            _ => None,
        };
        sql.map(Candidates::of_errors)
    }

    fn errors_in_scope(&self) -> Sql {
        let mut sql = Sql::of("SELECT e.project_id, e.id AS error_id FROM errors e WHERE ");
        self.of_projects(&mut sql, "e");
        sql
    }

    fn in_state(&self, state: State) -> Option<Sql> {
        let kind = match state {
            State::Bookmarked => "bookmark",
            State::Followed => "follow",
            State::New => {
                let since = self.search.now.checked_sub(NEW).unwrap_or(self.search.now);
                let mut sql = self.errors_in_scope();
                sql.with(" AND e.first_seen >= ", Bound::Time(DbTime(since)));
                return Some(sql);
            }
            State::Resolved => return Some(self.holding("e.resolved")),
            State::Ignored => return Some(self.holding("e.ignored")),
            State::Regressed => return Some(self.holding("e.regressed")),
            State::Assigned => return Some(self.holding("e.assigned_to IS NOT NULL")),
            State::Open => return Some(self.holding("NOT e.resolved AND NOT e.ignored")),
            State::Unassigned => return None,
        };
        let principal = self.query.viewer.principal.as_ref()?;
        let mut sql = Sql::of("SELECT k.project_id, k.error_id FROM error_marks k WHERE ");
        self.of_projects(&mut sql, "k");
        sql.with(" AND k.principal = ", Bound::Text(principal.clone()));
        sql.with(" AND k.kind = ", Bound::Text(kind.to_owned()));
        Some(sql)
    }

    /// The condition is that of an index of the errors that meet it.
    fn holding(&self, condition: &str) -> Sql {
        let mut sql = self.errors_in_scope();
        sql.push(" AND ");
        sql.push(condition);
        if condition == "e.regressed" {
            sql.push(" AND NOT e.resolved AND NOT e.ignored");
        }
        sql
    }

    fn with_figure(&self, figure: &FigureFilter) -> Sql {
        let of_ranks = || {
            let mut sql = Sql::of("SELECT r.project_id, r.error_id FROM error_ranks r WHERE ");
            self.of_projects(&mut sql, "r");
            sql.push(" AND (");
            sql
        };
        let of_errors = || {
            let mut sql = self.errors_in_scope();
            sql.push(" AND (");
            sql
        };
        let time = |at| Bound::Time(DbTime(at));
        let mut sql = match figure {
            FigureFilter::Count(_) | FigureFilter::Users(_) => of_ranks(),
            FigureFilter::FirstSeen(_) | FigureFilter::LastSeen(_) => of_errors(),
        };
        match figure {
            FigureFilter::Count(bounds) => any(&mut sql, bounds, |sql, bounds| {
                within(sql, "r.count", *bounds, Bound::Int);
            }),
            FigureFilter::Users(bounds) => any(&mut sql, bounds, |sql, bounds| {
                within(sql, "r.users", *bounds, Bound::Int);
            }),
            FigureFilter::FirstSeen(bounds) => any(&mut sql, bounds, |sql, bounds| {
                within(sql, "e.first_seen", *bounds, time);
            }),
            FigureFilter::LastSeen(bounds) => any(&mut sql, bounds, |sql, bounds| {
                within(sql, "e.last_seen", *bounds, time);
                if let Some(from) = bounds.from {
                    sql.with(dialect::NOT_OLDER, time(from));
                    sql.push(dialect::NOT_OLDER_END);
                }
                if let Some(below) = bounds.below {
                    sql.with(dialect::NOT_NEWER, time(below));
                    sql.push(dialect::NOT_NEWER_END);
                }
            }),
        }
        sql.push(")");
        sql
    }

    /// Texts of three letters and more are found by their trigrams.
    fn with_text(&self, field: TextField, patterns: &[Pattern]) -> Option<Sql> {
        let has_trigram = |pattern: &Pattern| {
            let mut pieces = pattern.pieces().iter();
            pieces.any(|piece| piece.chars().count() >= 3)
        };
        if patterns.is_empty() || !patterns.iter().all(has_trigram) {
            return None;
        }
        let mut sql = Sql::default();
        for (number, pattern) in patterns.iter().enumerate() {
            sql.push(if number == 0 { "" } else { " UNION ALL " });
            sql.push("SELECT w.project_id, w.fingerprint FROM fingerprint_texts w WHERE ");
            self.of_projects(&mut sql, "w");
            dialect::find_text(&mut sql, pattern);
            of_kind(&mut sql, field);
            sql.push(" AND ");
            matches(&mut sql, "w.folded", pattern);
        }
        Some(sql)
    }
}
