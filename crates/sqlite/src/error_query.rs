//! Queries of error lists.
//!
//! Filter, order, position and total use the index `errors_list` only; whole rows are read for the page. Word
//! searches read the rows of all errors that match the other filters.

use crate::failure::Failure;
use crate::row::{ErrorRow, OccurrenceRow, Uid, contains_word, micros};
use crate::schema::{error_fingerprints, errors, occurrences};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::errors::ErrorQuery;
use faultbook_domain::errors::{
    ErrorDetail, ErrorFilter, ErrorGroup, ErrorSort, Occurrence, summary_text,
};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::page::{Cursor, PAGE_BYTES, Page, PageStart};
use faultbook_domain::store_error::StoreError;
use std::collections::HashMap;

/// Maximum characters of a `LIKE` word. SQLite rejects patterns of more than 50,000 bytes, and escaping may double
/// the length.
const LIKE_MAX: usize = 1_000;

type Errors<'a> = errors::BoxedQuery<'a, Sqlite>;
type Place<'a> =
    Box<dyn BoxableExpression<errors::table, Sqlite, SqlType = diesel::sql_types::Bool> + 'a>;

/// Lists one page of errors of these projects.
pub(crate) fn list(
    connection: &mut SqliteConnection,
    projects: &[Uid],
    query: &ErrorQuery,
) -> Result<Page<ErrorDetail>, Failure> {
    let owners = match query.filter.fingerprint {
        Some(fingerprint) => Some(owners(connection, projects, fingerprint)?),
        None => None,
    };
    let matching = || filtered(projects, &query.filter, owners.as_deref());
    let mut places: Vec<i64> = placed(matching(), query)
        .select(errors::rowid)
        .limit(i64::from(query.limit) + 1)
        .load(connection)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let is_last = places.len() <= limit;
    places.truncate(limit);
    // A last page implies the total; a search with few results then reads all rows once.
    let shown = u64::try_from(places.len()).unwrap_or(u64::MAX);
    let total = match query.start {
        PageStart::Offset(offset) if is_last && (shown > 0 || offset == 0) => offset + shown,
        _ => {
            let counted: i64 = matching().select(count_star()).first(connection)?;
            u64::try_from(counted).unwrap_or(0)
        }
    };
    let items = whole(connection, &places, query.with_latest)?;
    let more = !is_last || items.len() < places.len();
    let next = items.last().filter(|_| more).map(|last| Cursor {
        rank: query.sort.rank(&last.error.state),
        id: last.error.state.id.0,
    });
    Ok(Page { items, total, next })
}

/// Loads an error's latest occurrence; `None` once retention has deleted it.
pub(crate) fn latest_of(
    connection: &mut SqliteConnection,
    error: &ErrorGroup,
) -> Result<Option<Occurrence>, Failure> {
    let row = occurrences::table
        .filter(occurrences::project_id.eq(Uid::from(error.project_id.0)))
        .filter(occurrences::id.eq(Uid::from(error.latest_id.0)))
        .select(OccurrenceRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(Occurrence::try_from).transpose()?)
}

/// Selects the errors of a fingerprint.
fn owners(
    connection: &mut SqliteConnection,
    projects: &[Uid],
    fingerprint: Fingerprint,
) -> QueryResult<Vec<Uid>> {
    error_fingerprints::table
        .filter(error_fingerprints::project_id.eq_any(projects))
        .filter(error_fingerprints::fingerprint.eq(Uid::from(fingerprint)))
        .select(error_fingerprints::error_id)
        .load(connection)
}

fn filtered<'a>(
    projects: &'a [Uid],
    filter: &'a ErrorFilter,
    owners: Option<&'a [Uid]>,
) -> Errors<'a> {
    let ErrorFilter {
        level,
        source,
        environment,
        severity,
        resolved,
        fingerprint: _,
        since,
        until,
        words,
    } = filter;
    let mut matching = errors::table
        .filter(errors::project_id.eq_any(projects))
        .into_boxed();
    if let Some(level) = level {
        matching = matching.filter(errors::level.eq(level.as_str()));
    }
    if let Some(source) = source {
        matching = matching.filter(errors::source.eq(summary_text(source)));
    }
    if let Some(environment) = environment {
        matching = matching.filter(errors::environment.eq(summary_text(environment)));
    }
    if let Some(severity) = severity {
        matching = matching.filter(errors::severity.eq(severity.as_str()));
    }
    if let Some(resolved) = resolved {
        matching = matching.filter(errors::resolved.eq(*resolved));
    }
    if let Some(owners) = owners {
        matching = matching.filter(errors::id.eq_any(owners));
    }
    if let Some(since) = since {
        matching = matching.filter(errors::last_seen.ge(micros(*since)));
    }
    if let Some(until) = until {
        matching = matching.filter(errors::last_seen.lt(micros(*until)));
    }
    for word in words {
        matching = if word.is_ascii() && word.len() <= LIKE_MAX {
            matching.filter(errors::message.like(containing(word)).escape('\\'))
        } else {
            matching.filter(contains_word(errors::message, word))
        };
    }
    matching
}

/// Returns a LIKE pattern for texts that contain the word, with its wildcards escaped.
fn containing(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for character in word.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn placed<'a>(matching: Errors<'a>, query: &ErrorQuery) -> Errors<'a> {
    let ordered = match query.sort {
        ErrorSort::LastSeen => matching.order((errors::last_seen.desc(), errors::id.desc())),
        ErrorSort::FirstSeen => matching.order((errors::first_seen.desc(), errors::id.desc())),
        ErrorSort::Count => matching.order((errors::count.desc(), errors::id.desc())),
    };
    match query.start {
        PageStart::Offset(offset) => ordered.offset(i64::try_from(offset).unwrap_or(i64::MAX)),
        PageStart::After(Cursor { rank, id }) => {
            let id = Uid::from(id);
            // The first comparison is redundant; it lets SQLite seek in the index.
            let place: Place<'a> = match query.sort {
                ErrorSort::LastSeen => Box::new(
                    errors::last_seen
                        .le(rank)
                        .and(errors::last_seen.lt(rank).or(errors::id.lt(id))),
                ),
                ErrorSort::FirstSeen => Box::new(
                    errors::first_seen
                        .le(rank)
                        .and(errors::first_seen.lt(rank).or(errors::id.lt(id))),
                ),
                ErrorSort::Count => Box::new(
                    errors::count
                        .le(rank)
                        .and(errors::count.lt(rank).or(errors::id.lt(id))),
                ),
            };
            ordered.filter(place)
        }
    }
}

/// Loads the errors of these rows, in order; fewer where their latest occurrences exceed the page's maximum of text.
fn whole(
    connection: &mut SqliteConnection,
    places: &[i64],
    with_latest: bool,
) -> Result<Vec<ErrorDetail>, Failure> {
    let mut rows: HashMap<i64, ErrorRow> = errors::table
        .filter(errors::rowid.eq_any(places))
        .select((errors::rowid, ErrorRow::as_select()))
        .load(connection)?
        .into_iter()
        .collect();
    let mut found: Vec<ErrorDetail> = Vec::with_capacity(places.len());
    let mut bytes = 0;
    for place in places {
        let row = rows
            .remove(place)
            .ok_or_else(|| StoreError::internal("an error vanished within one snapshot"))?;
        let error = ErrorGroup::try_from(row)?;
        let latest = if with_latest {
            latest_of(connection, &error)?
        } else {
            None
        };
        bytes += latest.as_ref().map_or(0, Occurrence::text_bytes);
        if bytes > PAGE_BYTES && !found.is_empty() {
            break;
        }
        found.push(ErrorDetail { error, latest });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_would_interpret_is_escaped() {
        assert_eq!(containing(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
