//! Tags of errors, and the keys and values that are known.

use crate::api::errors::not_found;
use crate::hex::hex;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use actix_web::web::{Data, Path};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::search_index::{ErrorTag, KnownValue, TagKey, TagValue, Tags, ValuesAfter};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A value of an error's tag.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueView {
    /// The value; its first 200 characters count.
    value: String,
    /// Occurrences that have it.
    count: u64,
    /// Time of the earliest of them.
    #[serde(with = "time::serde::rfc3339")]
    first_seen: OffsetDateTime,
    /// Time of the latest of them.
    #[serde(with = "time::serde::rfc3339")]
    last_seen: OffsetDateTime,
}

impl From<TagValue> for ValueView {
    fn from(value: TagValue) -> Self {
        let TagValue {
            value,
            count,
            first_seen,
            last_seen,
        } = value;
        Self {
            value,
            count,
            first_seen,
            last_seen,
        }
    }
}

/// A tag of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagView {
    /// Its key.
    key: String,
    /// Occurrences that have it.
    total: u64,
    /// Values that are kept.
    distinct: u64,
    /// The 10 most frequent values.
    values: Vec<ValueView>,
}

/// Tags of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagList {
    /// By key.
    tags: Vec<TagView>,
}

/// Values of one tag of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagValueList {
    /// Its key.
    key: String,
    /// Occurrences that have it.
    total: u64,
    /// Values that are kept.
    distinct: u64,
    /// Occurrences whose value is not kept: the first 10,000 values of a key are.
    other: u64,
    /// A page of values, most frequent first, then by value.
    values: Vec<ValueView>,
    /// Leads to the next page.
    next_cursor: Option<String>,
}

/// A key with the errors that have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagKeyView {
    /// The key.
    key: String,
    /// Errors with an occurrence that has it.
    errors: u64,
}

/// Keys of tags.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagKeyList {
    /// Most errors first.
    tags: Vec<TagKeyView>,
}

/// A known value of a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownValueView {
    /// The value.
    value: String,
    /// Occurrences that have it.
    count: u64,
    /// Time of the latest of them.
    #[serde(with = "time::serde::rfc3339")]
    last_seen: OffsetDateTime,
}

/// Known values of a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownValueList {
    /// The 20 most frequent.
    values: Vec<KnownValueView>,
}

/// Lists an error's tags with their most frequent values.
///
/// Tags are those of the reports and environment, release, source, level, user, url (without query), server_name,
/// transaction, handled, browser, os, runtime and device. A report's tag of such a name fills the built-in key where
/// that has no value, else it is `tag.NAME`.
#[utoipa::path(
    get, path = "/api/errors/{id}/tags", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "The tags", body = Envelope<TagList>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn list_error_tags(
    caller: Caller,
    id: crate::http::extract::PathId<ErrorId>,
    tags: Data<Tags>,
) -> ApiResult<Success<TagList>> {
    caller.require(Permission::ErrorsRead)?;
    let found = tags.of_error(caller.scope(), id.get()?).await?;
    let tags = found.ok_or_else(not_found)?.into_iter().map(|tag| TagView {
        key: tag.key,
        total: tag.total,
        distinct: tag.distinct,
        values: tag.values.into_iter().map(ValueView::from).collect(),
    });
    let tags = tags.collect();
    Ok(Success::ok(TagList { tags }))
}

/// Lists all values of one tag of an error.
#[utoipa::path(
    get, path = "/api/errors/{id}/tags/{key}", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("key" = String, Path, description = "Key of the tag"),
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of values", body = Envelope<TagValueList>),
        (status = 400, description = "Not a UUID, or a bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found, or none of its occurrences has the tag", body = ErrorEnvelope),
    )
)]
pub async fn list_error_tag_values(
    caller: Caller,
    path: Path<(String, String)>,
    query: Query,
    tags: Data<Tags>,
) -> ApiResult<Success<TagValueList>> {
    caller.require(Permission::ErrorsRead)?;
    let (id, key) = path.into_inner();
    let id: Uuid = id
        .parse()
        .map_err(|_| ApiError::field("id", "must be a UUID"))?;
    let limit = query.number("limit", 1..=100)?.unwrap_or(50) as u32;
    let list = format!("{}.{}", id.simple(), hex(key.as_bytes()));
    let after = query.parsed(
        "cursor",
        "must be a cursor from an earlier answer",
        |text| read_cursor(&list, text),
    )?;
    // One more shows whether there is a next page.
    let found = tags
        .values_of_error(caller.scope(), ErrorId(id), &key, (after, limit + 1))
        .await?;
    let Some(tag) = found else {
        let exists = tags.of_error(caller.scope(), ErrorId(id)).await?.is_some();
        return Err(match exists {
            true => ApiError::new(Code::TagNotFound),
            false => not_found(),
        });
    };
    let ErrorTag {
        key,
        total,
        distinct,
        other,
        mut values,
    } = tag;
    let more = values.len() > limit as usize;
    values.truncate(limit as usize);
    let last = values.last().filter(|_| more);
    let next_cursor = last.map(|last| cursor_text(&list, last));
    Ok(Success::ok(TagValueList {
        key,
        total,
        distinct,
        other,
        values: values.into_iter().map(ValueView::from).collect(),
        next_cursor,
    }))
}

/// A cursor of a list of values: `t`, the list, the count and the value of the last one.
fn cursor_text(list: &str, last: &TagValue) -> String {
    format!("t{list}.{}.{}", last.count, hex(last.value.as_bytes()))
}

fn read_cursor(list: &str, text: &str) -> Option<ValuesAfter> {
    let rest = text.strip_prefix('t')?.strip_prefix(list)?;
    let (count, value) = rest.strip_prefix('.')?.split_once('.')?;
    let value = String::from_utf8(unhex(value)?).ok()?;
    Some((count.parse().ok()?, value))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok());
    rest.is_empty().then(|| bytes.collect()).flatten()
}

/// Lists the keys of tags, most errors first.
#[utoipa::path(
    get, path = "/api/tags", tag = "Errors",
    params(("project" = Option<String>, Query, description = "Project id or short name")),
    responses(
        (status = 200, description = "The keys", body = Envelope<TagKeyList>),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_tag_keys(
    caller: Caller,
    query: Query,
    tags: Data<Tags>,
) -> ApiResult<Success<TagKeyList>> {
    caller.require(Permission::ErrorsRead)?;
    let keys = tags.keys(&caller.scope_of(&query)?).await?;
    let keys = keys.into_iter();
    let tags = keys.map(|TagKey { key, errors }| TagKeyView { key, errors });
    let tags = tags.collect();
    Ok(Success::ok(TagKeyList { tags }))
}

/// Lists the most frequent values of a key that begin with a text, in any case and with or without accents.
#[utoipa::path(
    get, path = "/api/tags/{key}/values", tag = "Errors",
    params(
        ("key" = String, Path, description = "Key of the tag"),
        ("prefix" = Option<String>, Query, description = "Beginning of the value"),
        ("project" = Option<String>, Query, description = "Project id or short name"),
    ),
    responses(
        (status = 200, description = "The values; none of an unknown key", body = Envelope<KnownValueList>),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_known_values(
    caller: Caller,
    key: Path<String>,
    query: Query,
    tags: Data<Tags>,
) -> ApiResult<Success<KnownValueList>> {
    caller.require(Permission::ErrorsRead)?;
    let scope = caller.scope_of(&query)?;
    let prefix = query.text("prefix").unwrap_or_default();
    let values = if key.starts_with('@') {
        Vec::new()
    } else {
        tags.values(&scope, &key, prefix).await?
    };
    let values = values.into_iter().map(|value| {
        let KnownValue {
            value,
            count,
            last_seen,
        } = value;
        KnownValueView {
            value,
            count,
            last_seen,
        }
    });
    let values = values.collect();
    Ok(Success::ok(KnownValueList { values }))
}
