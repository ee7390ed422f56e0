//! Occurrence filters of a search as numbers of tags.

use super::sql_text::{Bound, Sql};
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use faultbook_domain::id::ProjectId;
use faultbook_domain::search::{Compare, OccurrenceFilter, Pattern, Presence, ReleaseValue};
use faultbook_domain::search_index::{ANY_TYPE, ANY_USER, SEVERITY};
use faultbook_sql::types::DbId;

/// An occurrence filter: one of these alternatives holds, each of which asks for a tag of every set.
pub(crate) struct TagFilter {
    /// Whether the filter is negated.
    pub(crate) negated: bool,
    /// The alternatives; none holds for nothing.
    pub(crate) alternatives: Vec<Vec<Vec<i64>>>,
    /// Whether it holds for every occurrence.
    pub(crate) always: bool,
    /// Errors that have its tags, added up.
    pub(crate) errors: i64,
}

impl TagFilter {
    /// Appends the condition on facts `x`.
    pub(crate) fn condition(&self, sql: &mut Sql) {
        if self.always {
            sql.push("1 = 1");
            return;
        }
        if self.alternatives.is_empty() {
            sql.push("1 = 0");
            return;
        }
        for (number, sets) in self.alternatives.iter().enumerate() {
            sql.push(if number == 0 { "(" } else { " OR " });
            for (number, set) in sets.iter().enumerate() {
                sql.push(if number == 0 { "" } else { " AND " });
                sql.push(dialect::HAS_ANY);
                sql.bind(Bound::Numbers(set.clone()));
                sql.push(")");
            }
        }
        sql.push(")");
    }

    /// Returns the numbers of which an occurrence must have one, where that says all.
    pub(crate) fn only_set(&self) -> Option<&[i64]> {
        match &self.alternatives[..] {
            [sets] if !self.always => match &sets[..] {
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    errors: i64,
}

/// Finds the numbers of an occurrence filter's tags within projects. `latest` are the newest releases.
pub(crate) async fn tag_filter(
    connection: &mut Connection,
    projects: &[DbId],
    latest: &[(ProjectId, String)],
    (negated, filter): (bool, &OccurrenceFilter),
) -> Result<TagFilter, Failure> {
    let mut found = TagFilter {
        negated,
        alternatives: Vec::new(),
        always: false,
        errors: 0,
    };
    let mut single: Vec<NumberRow> = Vec::new();
    match filter {
        OccurrenceFilter::Level(levels) => {
            for (level, severity) in levels {
                let mut sets = vec![ids(values(
                    connection,
                    projects,
                    "level",
                    &[exact(level.as_str())],
                )
                .await?)];
                if let Some(severity) = severity {
                    let severity = [exact(severity.as_str())];
                    sets.push(ids(values(connection, projects, SEVERITY, &severity).await?));
                }
                found.alternatives.push(sets);
            }
        }
        OccurrenceFilter::Severity(severities) => {
            let patterns: Vec<Pattern> = severities
                .iter()
                .map(|severity| exact(severity.as_str()))
                .collect();
            single = values(connection, projects, SEVERITY, &patterns).await?;
        }
        OccurrenceFilter::Release(releases) => {
            for release in releases {
                match release {
                    ReleaseValue::Version(pattern) => {
                        let patterns = std::slice::from_ref(pattern);
                        single.extend(values(connection, projects, "release", patterns).await?);
                    }
                    ReleaseValue::Latest => {
                        for (project, version) in latest {
                            let project = DbId(project.0);
                            if projects.contains(&project) {
                                let patterns = [Pattern::exact(version)];
                                let of_project = [project];
                                single.extend(
                                    values(connection, &of_project, "release", &patterns).await?,
                                );
                            }
                        }
                    }
                }
            }
        }
        OccurrenceFilter::User(patterns) => {
            single = values(connection, projects, ANY_USER, patterns).await?;
        }
        OccurrenceFilter::Tag(key, patterns) => {
            for key in key.stored() {
                single.extend(values(connection, projects, key, patterns).await?);
            }
        }
        OccurrenceFilter::Has(fields) => {
            for field in fields {
                match field {
                    Presence::Always => found.always = true,
                    Presence::ExceptionType => {
                        single.extend(any_value(connection, projects, ANY_TYPE).await?);
                    }
                    Presence::Tag(key) => {
                        for key in key.stored() {
                            single.extend(any_value(connection, projects, key).await?);
                        }
                    }
                }
            }
        }
    }
    if !single.is_empty() {
        found.errors = single.iter().map(|row| row.errors).sum();
        found.alternatives.push(vec![ids(single)]);
    }
    for sets in &mut found.alternatives {
        sets.iter_mut().for_each(|set| set.sort_unstable());
    }
    found
        .alternatives
        .retain(|sets| sets.iter().all(|set| !set.is_empty()));
    Ok(found)
}

fn ids(rows: Vec<NumberRow>) -> Vec<i64> {
    rows.into_iter().map(|row| row.id).collect()
}

fn exact(text: &str) -> Pattern {
    Pattern::exact(text)
}

fn of_key(projects: &[DbId], key: &str) -> Sql {
    let mut sql = Sql::of("SELECT id, errors FROM tag_values WHERE project_id IN ");
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.with(" AND key = ", Bound::Text(key.to_owned()));
    sql
}

async fn values(
    connection: &mut Connection,
    projects: &[DbId],
    key: &str,
    patterns: &[Pattern],
) -> Result<Vec<NumberRow>, Failure> {
    let mut sql = of_key(projects, key);
    sql.push(" AND value IS NOT NULL AND (");
    for (number, pattern) in patterns.iter().enumerate() {
        sql.push(if number == 0 { "" } else { " OR " });
        let column = match pattern.compare() {
            Compare::Folded => "folded",
            Compare::Exact => "value",
        };
        matches(&mut sql, column, pattern);
    }
    sql.push(if patterns.is_empty() { "1 = 0)" } else { ")" });
    numbers(connection, sql).await
}

async fn any_value(
    connection: &mut Connection,
    projects: &[DbId],
    key: &str,
) -> Result<Vec<NumberRow>, Failure> {
    let mut sql = of_key(projects, key);
    sql.push(" AND value IS NULL");
    numbers(connection, sql).await
}

async fn numbers(connection: &mut Connection, sql: Sql) -> Result<Vec<NumberRow>, Failure> {
    Ok(sql.into_query().load(connection).await?)
}

/// Appends that a column of folded texts matches a pattern.
pub(crate) fn matches(sql: &mut Sql, column: &str, pattern: &Pattern) {
    sql.push(column);
    match pattern.only() {
        Some(text) => sql.with(" = ", Bound::Text(text.to_owned())),
        None => {
            sql.with(" LIKE ", Bound::Text(like(pattern.pieces())));
            sql.push(" ESCAPE '\\'");
        }
    }
}

/// Returns a `LIKE` pattern for pieces that follow each other.
pub(crate) fn like(pieces: &[String]) -> String {
    let escaped = pieces.iter().map(|piece| {
        let mut text = String::with_capacity(piece.len());
        for character in piece.chars() {
            if matches!(character, '%' | '_' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text
    });
    escaped.collect::<Vec<_>>().join("%")
}
