//! Parses query strings; errors name the parameter.

use super::error::ApiError;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use faultbook_domain::errors::{Level, Severity};
use faultbook_domain::instant::parse_instant;
use faultbook_domain::page::{Cursor, InvalidCursor};
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::ops::RangeInclusive;
use time::OffsetDateTime;

/// The parameters of a request. Unknown ones are ignored; of repeated ones the last counts; empty ones
/// count as absent.
#[derive(Debug)]
pub struct Query(HashMap<String, String>);

impl FromRequest for Query {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.query_string())))
    }
}

impl Query {
    /// Reads a query string.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes()).into_owned();
        let given = pairs.filter(|(_, value)| !value.is_empty());
        // As in bodies: no text that is stored holds NUL, and PostgreSQL refuses to be asked for one.
        Self(
            given
                .map(|(name, value)| (name, value.replace('\0', "\u{FFFD}")))
                .collect(),
        )
    }

    /// A parameter as written.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn number(&self, name: &str, bounds: RangeInclusive<u64>) -> Result<Option<u64>, ApiError> {
        let expected = if *bounds.end() > i64::MAX as u64 / 2 {
            format!("must be a whole number of at least {}", bounds.start())
        } else {
            format!(
                "must be a whole number from {} to {}",
                bounds.start(),
                bounds.end()
            )
        };
        self.parsed(name, &expected, |text| {
            text.parse().ok().filter(|number| bounds.contains(number))
        })
    }

    /// Which page of a list that has its newest id first: `cursor`, and `limit` from 1 to 100 (50 unless
    /// given).
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn page(&self) -> Result<(Option<Cursor>, u32), ApiError> {
        let expected = InvalidCursor.to_string();
        let after = self.parsed("cursor", &expected, |text| text.parse().ok())?;
        let limit = self.number("limit", 1..=100)?.unwrap_or(50);
        Ok((after, u32::try_from(limit).unwrap_or(100)))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.parsed(name, "must be true or false", |text| text.parse().ok())
    }

    /// A time in RFC 3339, in UTC.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn time(&self, name: &str) -> Result<Option<OffsetDateTime>, ApiError> {
        self.parsed(
            name,
            "must be a time in RFC 3339, such as 2026-11-20T12:00:00Z",
            parse_instant,
        )
    }

    /// The start of a range: a time in RFC 3339, or a day, whose start it is.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn moment(&self, name: &str) -> Result<Option<OffsetDateTime>, ApiError> {
        self.parsed(
            name,
            "must be a time in RFC 3339 or a day, such as 2026-11-20T12:00:00Z or 2026-11-20",
            |text| parse_instant(text).or_else(|| parse_instant(&format!("{text}T00:00:00Z"))),
        )
    }

    /// `since` and `until`, each of which may be left out.
    ///
    /// # Errors
    /// 400 naming the parameter, also where `since` is not before `until`.
    pub fn range(&self) -> Result<(Option<OffsetDateTime>, Option<OffsetDateTime>), ApiError> {
        let (since, until) = (self.moment("since")?, self.moment("until")?);
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(ApiError::field("since", "must be before until"));
        }
        Ok((since, until))
    }

    /// A level as reports write it.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn level(&self, name: &str) -> Result<Option<Level>, ApiError> {
        self.parsed(name, "must be one of error, warning, info, debug", |text| {
            Level::parse_reported(text).ok().map(|(level, _)| level)
        })
    }

    /// A severity.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn severity(&self, name: &str) -> Result<Option<Severity>, ApiError> {
        self.parsed(name, "must be one of low, medium, high, critical", |text| {
            Severity::parse_reported(text).ok()
        })
    }

    /// Anything else; `expected` continues the sentence "field 'x' ...".
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        self.text(name)
            .map(|text| parse(text).ok_or_else(|| ApiError::field(name, expected)))
            .transpose()
    }
}
