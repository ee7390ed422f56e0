//! Filters of lists and trends, as the OpenAPI document tells of them.

use utoipa::IntoParams;

/// The filters that every route takes which finds errors as the list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described; `ListRequest` reads them")]
pub struct ErrorFilterParams {
    /// Search: words, `key:value`, `is:open`, `count:>100`, `!` before what must not hold
    query: Option<String>,
    /// error, warning, info or debug
    level: Option<String>,
    /// Source, exactly
    source: Option<String>,
    /// Environment, exactly
    environment: Option<String>,
    /// low, medium, high or critical
    severity: Option<String>,
    /// Resolved or not
    resolved: Option<bool>,
    /// 32 hexadecimal digits
    fingerprint: Option<String>,
    /// Project id or short name
    project: Option<String>,
    /// Occurred at this time or later: RFC 3339, a date, or an age such as 2h
    since: Option<String>,
    /// Occurred before this time: RFC 3339, a date, or an age
    until: Option<String>,
    /// Words that a message must hold, in any case: at most 20, of at most 1000 characters together
    q: Option<String>,
}

/// The filters of occurrences whose trend or shares are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described; `read_trend_filter` reads them")]
pub struct TrendFilterParams {
    /// error, warning, info or debug
    level: Option<String>,
    /// low, medium, high or critical
    severity: Option<String>,
    /// Source, exactly
    source: Option<String>,
    /// Environment, exactly
    environment: Option<String>,
    /// Release, exactly
    release: Option<String>,
    /// Project id or short name
    project: Option<String>,
}
