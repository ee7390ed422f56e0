//! Queries of error lists.

use crate::PostgresStore;
use crate::failure::Failure;
use crate::row::{ErrorRow, OccurrenceRow, fingerprint_id};
use crate::schema::{error_fingerprints, errors, occurrences};
use diesel::dsl::{AsExprOf, exists, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use faultbook_domain::errors::ErrorQuery;
use faultbook_domain::errors::search;
use faultbook_domain::errors::{
    ErrorDetail, ErrorFilter, ErrorGroup, ErrorSort, Occurrence, summary_text,
};
use faultbook_domain::page::{Cursor, Page, PageStart, page_length};
use faultbook_domain::tenancy::Scope;
use futures_util::future::try_join_all;
use std::collections::HashMap;
use time::OffsetDateTime;
use uuid::Uuid;

type Matching<'a> = errors::BoxedQuery<'a, Pg>;
type Mentions = UncheckedBind<SqlLiteral<Bool>, AsExprOf<String, Text>>;

impl PostgresStore {
    pub(crate) async fn page(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, Failure> {
        if scope.projects().is_empty() || asks_for_nul(&query.filter) {
            return Ok(Page {
                items: Vec::new(),
                total: 0,
                next: None,
            });
        }
        let mut session = self.begin_read().await?;
        let total: i64 = matching(scope, &query.filter)
            .count()
            .get_result(&mut *session)
            .await?;
        let limit = usize::try_from(query.limit.max(1)).unwrap_or(usize::MAX);
        // One row more than requested shows whether there is a next page.
        let mut rows: Vec<ErrorRow> = placed(matching(scope, &query.filter), query)
            .limit(i64::from(query.limit.max(1)) + 1)
            .select(ErrorRow::as_select())
            .load(&mut *session)
            .await?;
        let found = rows.len();
        rows.truncate(limit);
        if query.with_latest {
            rows.truncate(
                self.page_length(&session, &rows, query.limit.max(1))
                    .await?,
            );
        }
        let more = found > rows.len();
        let errors: Result<Vec<ErrorGroup>, _> =
            rows.into_iter().map(ErrorGroup::try_from).collect();
        let errors = errors?;
        let latest = if query.with_latest {
            // Pipelined: one round trip for the page.
            try_join_all(errors.iter().map(|error| latest(&session, error))).await?
        } else {
            vec![None; errors.len()]
        };
        let items: Vec<ErrorDetail> = errors
            .into_iter()
            .zip(latest)
            .map(|(error, latest)| ErrorDetail { error, latest })
            .collect();
        session.finish().await?;
        let next = items.last().filter(|_| more).map(|last| Cursor {
            rank: query.sort.rank(&last.error.state),
            id: last.error.state.id.0,
        });
        Ok(Page {
            items,
            total: u64::try_from(total).unwrap_or(0),
            next,
        })
    }
}

/// SQL for the bytes of text of an occurrence: PostgreSQL reads the length of long values from their headers.
pub const TEXT_BYTES: &str = "(octet_length(message) + octet_length(source) \
    + octet_length(environment) + coalesce(octet_length(stack_trace), 0) \
    + coalesce(octet_length(context), 0) + coalesce(octet_length(url), 0) \
    + coalesce(octet_length(user_agent), 0) + coalesce(octet_length(release), 0) \
    + coalesce(octet_length(tags), 0) + coalesce(octet_length(reporter), 0) \
    + coalesce(octet_length(custom_fingerprint), 0))::bigint";

/// Converts a stored number of bytes.
pub fn text_bytes(stored: i64) -> usize {
    usize::try_from(stored).unwrap_or(usize::MAX)
}

impl PostgresStore {
    /// Returns how many of these errors fit on a page together with their latest occurrences.
    async fn page_length(
        &self,
        mut connection: &AsyncPgConnection,
        rows: &[ErrorRow],
        limit: u32,
    ) -> Result<usize, Failure> {
        let projects: Vec<Uuid> = rows.iter().map(|row| row.project_id).collect();
        let ids: Vec<Uuid> = rows.iter().map(|row| row.latest_id).collect();
        let sizes: HashMap<Uuid, i64> = occurrences::table
            .filter(occurrences::project_id.eq_any(projects))
            .filter(occurrences::id.eq_any(ids))
            .select((occurrences::id, sql::<BigInt>(TEXT_BYTES)))
            .load::<(Uuid, i64)>(&mut connection)
            .await?
            .into_iter()
            .collect();
        let size = |row: &ErrorRow| sizes.get(&row.latest_id).copied().map_or(0, text_bytes);
        Ok(page_length(rows.iter().map(size), limit))
    }
}

/// Loads an error's latest occurrence, unless retention has deleted it. Its id determines the partition.
pub async fn latest(
    mut connection: &AsyncPgConnection,
    error: &ErrorGroup,
) -> Result<Option<Occurrence>, Failure> {
    let found = occurrences::table
        .filter(occurrences::project_id.eq(error.project_id.0))
        .filter(occurrences::id.eq(error.latest_id.0))
        .select(OccurrenceRow::as_select())
        .first(&mut connection)
        .await
        .optional()?;
    Ok(found.map(Occurrence::try_from).transpose()?)
}

/// Converts the projects of a scope.
pub fn project_ids(scope: &Scope) -> Vec<Uuid> {
    scope.projects().iter().map(|id| id.0).collect()
}

/// Builds the query of matching errors, unordered.
fn matching<'a>(scope: &Scope, filter: &'a ErrorFilter) -> Matching<'a> {
    let ErrorFilter {
        level,
        source,
        environment,
        severity,
        resolved,
        fingerprint,
        since,
        until,
        words,
    } = filter;
    let mut query = errors::table.into_boxed();
    // A single project is the common case, and the only one that an index can order.
    query = match scope.projects() {
        [one] => query.filter(errors::project_id.eq(one.0)),
        _ => query.filter(errors::project_id.eq_any(project_ids(scope))),
    };
    if let Some(level) = level {
        query = query.filter(errors::level.eq(level.as_str()));
    }
    if let Some(source) = source {
        query = query.filter(errors::source.eq(summary_text(source)));
    }
    if let Some(environment) = environment {
        query = query.filter(errors::environment.eq(summary_text(environment)));
    }
    if let Some(severity) = severity {
        query = query.filter(errors::severity.eq(severity.as_str()));
    }
    if let Some(resolved) = resolved {
        query = query.filter(errors::resolved.eq(resolved));
    }
    if let Some(fingerprint) = fingerprint {
        let owned = error_fingerprints::table
            .filter(error_fingerprints::project_id.eq(errors::project_id))
            .filter(error_fingerprints::error_id.eq(errors::id))
            .filter(error_fingerprints::fingerprint.eq(fingerprint_id(*fingerprint)));
        query = query.filter(exists(owned));
    }
    if let Some(since) = since {
        query = query
            .filter(errors::last_seen.ge(since))
            .filter(errors::last_seen_minute.ge(minute_of(*since)));
    }
    if let Some(until) = until {
        query = query
            .filter(errors::last_seen.lt(until))
            .filter(errors::last_seen_minute.le(minute_of(*until)));
    }
    for word in words {
        query = query.filter(mentions(word));
    }
    query
}

/// Adds order and start of the page.
fn placed<'a>(query: Matching<'a>, wanted: &ErrorQuery) -> Matching<'a> {
    let after = match wanted.start {
        PageStart::Offset(rows) => {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            return ordered(query, wanted.sort).offset(rows);
        }
        PageStart::After(cursor) => cursor,
    };
    let at = time_of(after.rank);
    let query = match wanted.sort {
        ErrorSort::LastSeen => query
            .filter(errors::last_seen_minute.le(minute_of(at)))
            .filter(
                errors::last_seen
                    .lt(at)
                    .or(errors::last_seen.eq(at).and(errors::id.lt(after.id))),
            ),
        ErrorSort::FirstSeen => query.filter(
            errors::first_seen
                .lt(at)
                .or(errors::first_seen.eq(at).and(errors::id.lt(after.id))),
        ),
        ErrorSort::Count => query.filter(
            errors::count
                .lt(after.rank)
                .or(errors::count.eq(after.rank).and(errors::id.lt(after.id))),
        ),
    };
    ordered(query, wanted.sort)
}

/// Orders by sort key and id, descending. The minute comes first because the index holds it; few rows within a minute
/// remain to be sorted.
fn ordered(query: Matching<'_>, sort: ErrorSort) -> Matching<'_> {
    match sort {
        ErrorSort::LastSeen => query.order((
            errors::last_seen_minute.desc(),
            errors::last_seen.desc(),
            errors::id.desc(),
        )),
        ErrorSort::FirstSeen => query.order((errors::first_seen.desc(), errors::id.desc())),
        ErrorSort::Count => query.order((errors::count.desc(), errors::id.desc())),
    }
}

/// Returns the start of a minute, as in the column `last_seen_minute`.
pub fn minute_of(at: OffsetDateTime) -> OffsetDateTime {
    at.truncate_to_minute()
}

/// Converts a cursor's rank to a time. Cursors come from clients: values beyond the valid years are clamped.
fn time_of(rank: i64) -> OffsetDateTime {
    const YEAR_0: i64 = -62_167_219_200_000_000;
    const END_OF_9999: i64 = 253_402_300_799_999_999;
    let micros = i128::from(rank.clamp(YEAR_0, END_OF_9999));
    OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Builds a condition that the message contains a word in any case. The "C" collation keeps the database's locale out
/// and folds ASCII only, so other words are matched by the spellings of each character.
fn mentions(word: &str) -> Mentions {
    if word.is_ascii() {
        sql("errors.message COLLATE \"C\" ILIKE ").bind::<Text, _>(containing(word))
    } else {
        sql("errors.message COLLATE \"C\" ~ ").bind::<Text, _>(spelled(word))
    }
}

/// Returns a regular expression for texts that contain the word in any case.
fn spelled(word: &str) -> String {
    let literal = |expression: &mut String, character: char| {
        if character.is_ascii() && !character.is_ascii_alphanumeric() {
            expression.push('\\');
        }
        expression.push(character);
    };
    // Selects an advanced regular expression, whatever the server's settings.
    let mut expression = String::from("***:");
    for character in word.chars() {
        let spellings = search::spellings(character);
        if spellings.is_empty() {
            literal(&mut expression, character);
            continue;
        }
        // Alternatives instead of a bracket expression, which matches bytes in a database without an encoding.
        for (place, spelling) in spellings.iter().enumerate() {
            expression.push_str(if place == 0 { "(?:" } else { "|" });
            literal(&mut expression, *spelling);
        }
        expression.push(')');
    }
    expression
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

/// Returns whether a filter contains NUL: it matches nothing, and PostgreSQL rejects it as a parameter.
fn asks_for_nul(filter: &ErrorFilter) -> bool {
    let texts = filter.source.iter().chain(&filter.environment);
    texts.chain(&filter.words).any(|text| text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_pattern_takes_every_character_of_a_word_literally() {
        assert_eq!(containing(r"50%_\x"), r"%50\%\_\\x%");
    }

    #[test]
    fn a_word_of_other_letters_is_spelled_in_every_case_and_literally() {
        assert_eq!(spelled("ж.9"), r"***:(?:ж|Ж)\.9");
        assert_eq!(spelled("超|("), r"***:超\|\(");
    }

    #[test]
    fn a_rank_is_microseconds_and_never_out_of_range() {
        assert_eq!(time_of(1_500_000), datetime!(1970-01-01 00:00:01.5 UTC));
        assert_eq!(time_of(i64::MAX).year(), 9999);
        assert_eq!(time_of(i64::MIN).year(), 0);
    }

    #[test]
    fn a_minute_is_cut_downwards_also_before_1970() {
        assert_eq!(
            minute_of(datetime!(1969-12-31 23:59:59.999999 UTC)),
            datetime!(1969-12-31 23:59 UTC)
        );
    }
}
