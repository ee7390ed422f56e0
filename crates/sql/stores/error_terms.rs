//! Terms of a search that speak of errors, as conditions on the table of errors `e`.

use super::error_search::Figures;
use super::sql_text::{Bound, Sql};
use super::tag_filter::matches;
use crate::dialect;
use faultbook_domain::errors::Viewer;
use faultbook_domain::instant::micros;
use faultbook_domain::search::{
    Assignee, Bounds, FigureFilter, Filter, NEW, Pattern, Query, State, Term, TextField,
};
use faultbook_domain::search_index::TextKind;
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;
use uuid::Uuid;

/// What conditions on errors depend on.
pub(crate) struct ErrorTerms<'a> {
    pub(crate) search: &'a Query,
    pub(crate) viewer: &'a Viewer,
    pub(crate) figures: Figures,
    /// The place of a term that holds already.
    pub(crate) met: Option<usize>,
}

/// Appends a condition for each term that speaks of errors.
pub(crate) fn conditions(sql: &mut Sql, terms: &ErrorTerms<'_>) {
    for (place, term) in terms.search.terms.iter().enumerate() {
        let Term {
            negated, filter, ..
        } = term;
        if matches!(filter, Filter::Occurrence(_)) || terms.met == Some(place) {
            continue;
        }
        sql.push(if *negated { " AND NOT (" } else { " AND (" });
        terms.append(sql, filter);
        sql.push(")");
    }
}

impl ErrorTerms<'_> {
    fn append(&self, sql: &mut Sql, filter: &Filter) {
        match filter {
            Filter::Text(field, patterns) => any(sql, patterns, |sql, pattern| {
                self.text(sql, *field, pattern);
            }),
            Filter::State(states) => any(sql, states, |sql, state| self.state(sql, *state)),
            Filter::Assigned(assignees) => any(sql, assignees, |sql, assignee| {
                self.assigned(sql, assignee);
            }),
            Filter::Project(patterns) => any(sql, patterns, project),
            Filter::Fingerprint(prints) => {
                sql.push("EXISTS (SELECT 1 FROM error_fingerprints f WHERE f.project_id = e.project_id AND f.error_id = e.id AND f.fingerprint IN ");
                let ids = prints
                    .iter()
                    .map(|print| Uuid::from_bytes(*print.as_bytes()));
                sql.list(ids.map(|id| Bound::Id(DbId(id))));
                sql.push(")");
            }
            // Conditions on facts: see `error_search`.
            Filter::Occurrence(_) => sql.push("1 = 1"),
            Filter::Figure(figure) => self.figure(sql, figure),
        }
    }

    /// Reads the texts of each error; where few errors have the text, they are found by it first: see `candidates`.
    fn text(&self, sql: &mut Sql, field: TextField, pattern: &Pattern) {
        // Not EXISTS, which PostgreSQL would turn into reading all texts first.
        sql.push("0 < (SELECT count(*) FROM (SELECT 1 AS one FROM error_fingerprints f JOIN fingerprint_texts w ON w.project_id = f.project_id AND w.fingerprint = f.fingerprint WHERE f.project_id = e.project_id AND f.error_id = e.id");
        of_kind(sql, field);
        sql.push(" AND ");
        matches(sql, dialect::READ_TEXT, pattern);
        sql.push(" LIMIT 1) texts)");
    }

    fn state(&self, sql: &mut Sql, state: State) {
        match state {
            State::Open => sql.push("NOT e.resolved AND NOT e.ignored"),
            State::Resolved => sql.push("e.resolved"),
            State::Ignored => sql.push("e.ignored"),
            State::Regressed => sql.push("e.regressed AND NOT e.resolved AND NOT e.ignored"),
            State::Assigned => sql.push("e.assigned_to IS NOT NULL"),
            State::Unassigned => sql.push("e.assigned_to IS NULL"),
            State::Bookmarked => self.marked(sql, "bookmark"),
            State::Followed => self.marked(sql, "follow"),
            State::New => {
                let since = self.search.now.checked_sub(NEW).unwrap_or(self.search.now);
                sql.with("e.first_seen >= ", Bound::Time(DbTime(since)));
            }
        }
    }

    fn marked(&self, sql: &mut Sql, kind: &str) {
        let Some(principal) = &self.viewer.principal else {
            sql.push("1 = 0");
            return;
        };
        sql.push("EXISTS (SELECT 1 FROM error_marks k WHERE k.project_id = e.project_id AND k.error_id = e.id");
        sql.with(" AND k.principal = ", Bound::Text(principal.clone()));
        sql.with(" AND k.kind = ", Bound::Text(kind.to_owned()));
        sql.push(")");
    }

    fn assigned(&self, sql: &mut Sql, assignee: &Assignee) {
        match assignee {
            Assignee::Nobody => sql.push("e.assigned_to IS NULL"),
            Assignee::Me => match self.viewer.member {
                // Negated, nobody's errors are not mine either.
                Some(member) => {
                    sql.push("e.assigned_to IS NOT NULL");
                    sql.with(" AND e.assigned_to = ", Bound::Id(DbId(member.0)));
                }
                None => sql.push("1 = 0"),
            },
            Assignee::Member(pattern) => {
                sql.push("EXISTS (SELECT 1 FROM members b JOIN users p ON p.id = b.user_id WHERE b.id = e.assigned_to AND (");
                matches(sql, "lower(p.email)", pattern);
                if let Some(id) = pattern.only().and_then(|text| text.parse::<Uuid>().ok()) {
                    sql.with(" OR b.id = ", Bound::Id(DbId(id)));
                }
                sql.push("))");
            }
        }
    }

    fn figure(&self, sql: &mut Sql, figure: &FigureFilter) {
        let of = self.figures;
        match figure {
            FigureFilter::Count(bounds) => any(sql, bounds, |sql, bounds| {
                within(sql, of.count, *bounds, Bound::Int);
            }),
            FigureFilter::Users(bounds) => any(sql, bounds, |sql, bounds| {
                within(sql, of.users, *bounds, Bound::Int);
            }),
            FigureFilter::FirstSeen(bounds) => any(sql, bounds, |sql, bounds| {
                within(sql, of.first_seen, *bounds, |at| time(of, at));
            }),
            FigureFilter::LastSeen(bounds) => any(sql, bounds, |sql, bounds| {
                within(sql, of.last_seen, *bounds, |at| time(of, at));
                if of.instants {
                    if let Some(from) = bounds.from {
                        sql.with(dialect::NOT_OLDER, Bound::Time(DbTime(from)));
                        sql.push(dialect::NOT_OLDER_END);
                    }
                    if let Some(below) = bounds.below {
                        sql.with(dialect::NOT_NEWER, Bound::Time(DbTime(below)));
                        sql.push(dialect::NOT_NEWER_END);
                    }
                }
            }),
        }
    }
}

/// Appends the condition that texts `w` are of a field.
pub(crate) fn of_kind(sql: &mut Sql, field: TextField) {
    let kind = match field {
        TextField::Any => return,
        TextField::Message => TextKind::Message,
        TextField::Type => TextKind::Type,
    };
    sql.with(" AND w.kind = ", Bound::Int(i64::from(kind.number())));
}

fn time(of: Figures, at: OffsetDateTime) -> Bound {
    if of.instants {
        Bound::Time(DbTime(at))
    } else {
        Bound::Int(micros(at))
    }
}

/// Appends a disjunction; nothing holds of none.
pub(crate) fn any<T>(sql: &mut Sql, all: &[T], append: impl Fn(&mut Sql, &T)) {
    if all.is_empty() {
        sql.push("1 = 0");
    }
    for (number, one) in all.iter().enumerate() {
        sql.push(if number == 0 { "(" } else { " OR (" });
        append(sql, one);
        sql.push(")");
    }
}

fn project(sql: &mut Sql, pattern: &Pattern) {
    sql.push("e.project_id IN (SELECT p.id FROM projects p WHERE ");
    matches(sql, "p.slug", pattern);
    if let Some(id) = pattern.only().and_then(|text| text.parse::<Uuid>().ok()) {
        sql.with(" OR p.id = ", Bound::Id(DbId(id)));
    }
    sql.push(")");
}

pub(crate) fn within<T: Copy>(
    sql: &mut Sql,
    column: &str,
    bounds: Bounds<T>,
    bound: impl Fn(T) -> Bound,
) {
    sql.push("1 = 1");
    if let Some(from) = bounds.from {
        sql.with(&format!(" AND {column} >= "), bound(from));
    }
    if let Some(below) = bounds.below {
        sql.with(&format!(" AND {column} < "), bound(below));
    }
}
