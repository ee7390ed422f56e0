//! Why reports are grouped as they are, and correcting it by hand.

use crate::api::errors::view::ErrorView;
use crate::api::errors::{error_id, not_found};
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use faultbook_domain::errors::Explained;
use faultbook_domain::errors::{Merge, Split};
use faultbook_domain::identity::Permission;
use serde::Serialize;
use serde_json::Value;
use std::str::FromStr;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why an error's latest occurrence is grouped as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grouping {
    /// Normalized message, frames, what was hashed.
    #[serde(flatten)]
    #[schema(value_type = Object, inline)]
    explanation: Value,
    /// Every fingerprint the error owns: one unless errors were merged.
    #[schema(value_type = Vec<String>)]
    fingerprints: Vec<String>,
}

impl Grouping {
    /// What the domain explained.
    #[must_use]
    pub fn of(explained: Explained) -> Self {
        let Explained {
            explanation,
            fingerprints,
        } = explained;
        Self {
            // An explanation is text, flags and numbers: it always has a JSON form.
            explanation: serde_json::to_value(explanation).unwrap_or_default(),
            fingerprints: fingerprints.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Which error takes another in.
#[derive(Debug, ToSchema)]
pub struct MergeRequest {
    /// The error that stays.
    pub into: Uuid,
}

/// Which fingerprint gets an error of its own.
#[derive(Debug, ToSchema)]
pub struct SplitRequest {
    /// One of the error's fingerprints.
    #[schema(example = "5f0c1d2e3b4a59687786a5b4c3d2e1f0")]
    pub fingerprint: String,
}

/// Explains how an error's latest occurrence was grouped.
#[utoipa::path(
    get, path = "/api/errors/{id}/grouping", operation_id = "explain_grouping", tag = "Grouping",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "Normalized message, frames, hash inputs", body = Envelope<Grouping>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "No such error, or its occurrences are gone", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn explain_grouping(
    caller: Caller,
    id: Path<String>,
    state: Data<AppState>,
) -> ApiResult<Success<Grouping>> {
    caller.require(Permission::ErrorsRead)?;
    let explained = state.triage.explain(caller.scope(), error_id(&id)?).await?;
    explained
        .map(|explained| Success::ok(Grouping::of(explained)))
        .ok_or_else(not_found)
}

/// Merges an error into another: its fingerprints, and with them all past and future occurrences, belong
/// to the other one from now on. Splitting undoes it.
#[utoipa::path(
    post, path = "/api/errors/{id}/merge", operation_id = "merge_error", tag = "Grouping",
    params(("id" = uuid::Uuid, Path, description = "The error that goes away")),
    request_body = MergeRequest,
    responses(
        (status = 200, description = "The other error with what it gained", body = Envelope<ErrorView>),
        (status = 400, description = "Invalid input, or errors of two projects", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not change grouping", body = ErrorEnvelope),
        (status = 404, description = "No such error", body = ErrorEnvelope),
        (status = 408, description = "The body did not arrive in time", body = ErrorEnvelope),
        (status = 413, description = "Larger than 1 MiB", body = ErrorEnvelope),
        (status = 415, description = "Not JSON", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn merge_error(
    sender: AuthenticatedBody,
    id: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<ErrorView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    caller.require(Permission::ErrorsResolve)?;
    let from = error_id(&id)?;
    let into = field(&body, "into", "must be a UUID")?;
    match state
        .triage
        .merge(caller.scope(), from, into, caller.actor())
        .await?
    {
        Merge::Done(error) => Ok(Success::ok(ErrorView::of_group(*error))),
        Merge::NotFound => Err(not_found()),
        Merge::OtherProject => Err(ApiError::field(
            "into",
            "must name an error of the same project",
        )),
    }
}

/// Splits a fingerprint off an error: it becomes an error of its own, with its past and future occurrences.
#[utoipa::path(
    post, path = "/api/errors/{id}/split", operation_id = "split_error", tag = "Grouping",
    params(("id" = uuid::Uuid, Path, description = "The error that owns the fingerprint")),
    request_body = SplitRequest,
    responses(
        (status = 200, description = "The fingerprint's own, new error", body = Envelope<ErrorView>),
        (status = 400, description = "Invalid input, or not one of several fingerprints of the error", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not change grouping", body = ErrorEnvelope),
        (status = 404, description = "No such error", body = ErrorEnvelope),
        (status = 408, description = "The body did not arrive in time", body = ErrorEnvelope),
        (status = 413, description = "Larger than 1 MiB", body = ErrorEnvelope),
        (status = 415, description = "Not JSON", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn split_error(
    sender: AuthenticatedBody,
    id: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<ErrorView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    caller.require(Permission::ErrorsResolve)?;
    let id = error_id(&id)?;
    let fingerprint = field(&body, "fingerprint", "must be 32 hexadecimal digits")?;
    match state
        .triage
        .split(caller.scope(), id, fingerprint, caller.actor())
        .await?
    {
        Split::Done(error) => Ok(Success::ok(ErrorView::of_group(*error))),
        Split::NotFound => Err(not_found()),
        Split::NotOwned => Err(ApiError::field("fingerprint", "is none of this error's")),
        Split::OnlyOne => Err(ApiError::field(
            "fingerprint",
            "is the error's only one: nothing to split",
        )),
    }
}

/// A required field.
fn field<T: FromStr>(body: &Value, name: &str, expected: &str) -> ApiResult<T> {
    match body.get(name) {
        None | Some(Value::Null) => Err(ApiError::field(name, "is required")),
        Some(value) => value
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| ApiError::field(name, expected)),
    }
}
