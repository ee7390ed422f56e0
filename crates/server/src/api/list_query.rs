//! Query parameters of the list of errors.

use crate::api::errors::view::Include;
use crate::hex::hex;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, FieldProblem};
use crate::http::query::Query;
use faultbook_domain::errors::{Discussion, ErrorFilter, ErrorQuery, ErrorSort, TrendShape};
use faultbook_domain::page::{Cursor, PageStart};
use faultbook_domain::search::{Query as Search, parse_range_limit};
use faultbook_domain::tenancy::Scope;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// Characters that the words of `q` may have together.
const SEARCH_MAX: usize = 1_000;

/// Words a search may hold.
const WORDS_MAX: usize = 20;

/// A list as asked for.
pub struct ListRequest {
    /// The projects it spans.
    pub scope: Scope,
    /// Which page of which errors.
    pub query: ErrorQuery,
    /// Which heavy fields it shows.
    pub include: Include,
    /// The parameters as given, without the page: for the address of the next page.
    given: Vec<(String, String)>,
    /// What cursors of this list begin with.
    mark: String,
}

const SORTS: [(&str, ErrorSort, char); 5] = [
    ("last_seen", ErrorSort::LastSeen, 'l'),
    ("first_seen", ErrorSort::FirstSeen, 'f'),
    ("count", ErrorSort::Count, 'c'),
    ("users", ErrorSort::Users, 'u'),
    ("trend", ErrorSort::Trend, 't'),
];

/// What parameters select, beside the page.
const SELECTING: [&str; 15] = [
    "limit",
    "query",
    "trend",
    "level",
    "source",
    "environment",
    "severity",
    "resolved",
    "fingerprint",
    "project",
    "since",
    "until",
    "q",
    "sort",
    "include",
];

/// The letter of the order and a digest of what is selected, so that a cursor of one list is not taken for another's.
fn mark(sort: ErrorSort, given: &[(String, String)]) -> String {
    let letter = SORTS
        .iter()
        .find(|(_, one, _)| *one == sort)
        .map_or('l', |(_, _, letter)| *letter);
    let mut digest = Sha256::new();
    for (name, value) in given {
        if !matches!(name.as_str(), "limit" | "include" | "trend") {
            digest.update(format!("{}:{name}={value}", value.len()));
        }
    }
    format!("{letter}{}", hex(&digest.finalize()[..4]))
}

impl ListRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// 400 naming the parameter, 404 for a project that the caller cannot see.
    pub async fn read(
        query: &Query,
        caller: &Caller,
        now: OffsetDateTime,
        discussion: &Discussion,
    ) -> Result<Self, ApiError> {
        let limit = query.number("limit", 1..=100)?.unwrap_or(50) as u32;
        let offset = query.number("offset", 0..=u64::MAX)?;
        let sort = query
            .parsed(
                "sort",
                "must be one of last_seen, first_seen, count, users, trend",
                |text| {
                    SORTS
                        .iter()
                        .find(|(name, _, _)| *name == text)
                        .map(|(_, sort, _)| *sort)
                },
            )?
            .unwrap_or_default();
        let given: Vec<(String, String)> = SELECTING
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), query.text(name)?.to_owned())))
            .collect();
        let mark = mark(sort, &given);
        let cursor = query.parsed(
            "cursor",
            "must be a cursor from an earlier answer",
            |text| text.strip_prefix(&mark)?.parse::<Cursor>().ok(),
        )?;
        let start = match (cursor, offset) {
            (Some(_), Some(1..)) => {
                return Err(ApiError::field(
                    "offset",
                    "cannot be combined with a cursor",
                ));
            }
            (Some(cursor), _) => PageStart::After(cursor),
            (None, offset) => PageStart::Offset(offset.unwrap_or(0)),
        };
        let include = read_include(query)?;
        let filter = read_filter(query, now)?;
        let search = read_search(query, now)?;
        let scope = caller.scope_of(query)?;
        let with_latest = include.stack_trace || include.context;
        Ok(Self {
            scope,
            query: ErrorQuery {
                now,
                filter,
                search: Some(search),
                ids: None,
                sort,
                trend: trend_shape(query)?,
                viewer: discussion.viewer(caller.scope(), caller.actor()).await?,
                latest_releases: Vec::new(),
                start,
                limit,
                with_latest,
            },
            include,
            given,
            mark,
        })
    }

    /// Everything the answer depends on beside the caller's scope. The time counts by the minute: ages and trends end
    /// with it.
    #[must_use]
    pub fn cache_key(&self, what: &str) -> String {
        format!(
            "{what}:{:?}:{:?}:{:?}:{:?}:{}",
            self.scope.projects(),
            self.given,
            self.query.start,
            self.query.viewer,
            self.query.now.unix_timestamp() / 60,
        )
    }

    /// A cursor as clients see it.
    #[must_use]
    pub fn cursor_text(&self, cursor: Cursor) -> String {
        format!("{}{cursor}", self.mark)
    }

    /// The address of the page that a cursor starts.
    #[must_use]
    pub fn next_address(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(&self.given)
            .append_pair("cursor", cursor);
        format!("/api/errors?{}", query.finish())
    }

    /// offset / limit + 1.
    #[must_use]
    pub fn page_number(&self) -> u64 {
        match self.query.start {
            PageStart::Offset(offset) => offset / u64::from(self.query.limit) + 1,
            PageStart::After(_) => 1,
        }
    }
}

/// Reads which counts a trend has.
///
/// # Errors
/// 400 for another than the two.
pub fn trend_shape(query: &Query) -> Result<TrendShape, ApiError> {
    let shape = query.parsed("trend", "must be 24h or 14d", |text| match text {
        "24h" => Some(TrendShape::Day),
        "14d" => Some(TrendShape::Fortnight),
        _ => None,
    })?;
    Ok(shape.unwrap_or_default())
}

/// Reads the search.
///
/// # Errors
/// 400 naming the position.
pub fn read_search(query: &Query, now: OffsetDateTime) -> Result<Search, ApiError> {
    let text = query.text("query").unwrap_or_default();
    Search::parse(text, now).map_err(|error| {
        let position = error.position;
        ApiError::fields(vec![
            FieldProblem::new("query", error.to_string()).at(position),
        ])
    })
}

/// Reads what of a search of occurrences is given: `query`, `since` and `until`.
///
/// # Errors
/// 400 naming the parameter.
pub fn read_occurrence_search(query: &Query, now: OffsetDateTime) -> Result<Search, ApiError> {
    let mut search = read_search(query, now)?;
    let since = range_limit(query, "since", now)?;
    search.narrow(since, range_limit(query, "until", now)?);
    Ok(search)
}

fn range_limit(
    query: &Query,
    name: &str,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, ApiError> {
    query.parsed(
        name,
        "must be a time in RFC 3339, such as 2026-11-20T12:00:00Z, a date, or an age, such as 2h",
        |text| parse_range_limit(text, now),
    )
}

fn read_filter(query: &Query, now: OffsetDateTime) -> Result<ErrorFilter, ApiError> {
    let searched = query.text("q").unwrap_or_default();
    if searched.chars().count() > SEARCH_MAX {
        return Err(ApiError::field(
            "q",
            &format!("must hold at most {SEARCH_MAX} characters"),
        ));
    }
    let words: Vec<String> = searched.split_whitespace().map(str::to_owned).collect();
    if words.len() > WORDS_MAX {
        return Err(ApiError::field(
            "q",
            &format!("must hold at most {WORDS_MAX} words"),
        ));
    }
    Ok(ErrorFilter {
        level: query.level("level")?,
        source: query.text("source").map(str::to_owned),
        environment: query.text("environment").map(str::to_owned),
        severity: query.severity("severity")?,
        resolved: query.flag("resolved")?,
        fingerprint: query.parsed("fingerprint", "must be 32 hexadecimal digits", |text| {
            text.parse().ok()
        })?,
        since: range_limit(query, "since", now)?,
        until: range_limit(query, "until", now)?,
        words,
    })
}

fn read_include(query: &Query) -> Result<Include, ApiError> {
    let mut include = Include::default();
    let named = query.text("include").unwrap_or_default();
    for part in named
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part {
            "stack_trace" => include.stack_trace = true,
            "context" => include.context = true,
            _ => {
                return Err(ApiError::field(
                    "include",
                    "may hold stack_trace and context",
                ));
            }
        }
    }
    Ok(include)
}

/// Reads a cursor of a list of occurrences.
pub fn occurrence_cursor(text: &str) -> Option<Cursor> {
    text.strip_prefix('o').and_then(|rest| rest.parse().ok())
}

/// A cursor of a list of occurrences as clients see it.
pub fn occurrence_cursor_text(cursor: Cursor) -> String {
    format!("o{cursor}")
}
