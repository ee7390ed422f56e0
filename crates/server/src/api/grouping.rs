//! Explains the grouping of an error; merges and splits errors.

use crate::api::errors::not_found;
use crate::api::errors::view::ErrorView;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Json, PathId};
use crate::ingest::report::{NewError, ReportRequest};
use actix_web::web::Data;
use faultbook_domain::errors::{self, Merge, Split, Triage};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::{Ingest, IngestError};
use serde::Serialize;
use serde_json::Value;
use std::str::FromStr;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why an error's latest occurrence is grouped as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grouping {
    /// Normalized message, frames, what was hashed, and in `parts` what counted, what was ignored, and why.
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
    pub fn of(explained: errors::Explained) -> Self {
        let errors::Explained {
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

/// How a report would be grouped.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explained {
    /// Normalized message, frames, what was hashed, and in `parts` what counted, what was ignored, and why.
    #[serde(flatten)]
    #[schema(value_type = Object, inline)]
    explanation: Value,
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
    get, path = "/api/errors/{id}/grouping", tag = "Grouping",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "Normalized message, frames, hash inputs", body = Envelope<Grouping>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found, or its occurrences are gone", body = ErrorEnvelope),
    )
)]
pub async fn explain_grouping(
    caller: Caller,
    id: PathId<ErrorId>,
    triage: Data<Triage>,
) -> ApiResult<Success<Grouping>> {
    caller.require(Permission::ErrorsRead)?;
    let explained = triage.explain(caller.scope(), id.get()?).await?;
    explained
        .map(|explained| Success::ok(Grouping::of(explained)))
        .ok_or_else(not_found)
}

/// Explains how a report would be grouped, and stores nothing.
///
/// Takes the body of `POST /api/errors` and answers what `GET /api/errors/{id}/grouping` would.
#[utoipa::path(
    post, path = "/api/grouping/explain", tag = "Grouping", request_body = NewError,
    responses(
        (status = 200, description = "Normalized message, frames, hash inputs, reasons", body = Envelope<Explained>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn explain_report(
    Json { caller, body }: Json,
    ingest: Data<Ingest>,
) -> ApiResult<Success<Explained>> {
    caller.require(Permission::ErrorsRead)?;
    let ReportRequest { report, project } = ReportRequest::read(body.value)?;
    if let Some(name) = project {
        caller.project(&name)?;
    }
    let explanation = ingest.explain(report).map_err(IngestError::from)?;
    Ok(Success::ok(Explained {
        explanation: serde_json::to_value(explanation).unwrap_or_default(),
    }))
}

/// Merges an error into another: its fingerprints, and with them all past and future occurrences, belong
/// to the other one from now on. Splitting undoes it.
#[utoipa::path(
    post, path = "/api/errors/{id}/merge", tag = "Grouping",
    params(("id" = uuid::Uuid, Path, description = "The error that goes away")),
    request_body = MergeRequest,
    responses(
        (status = 200, description = "The other error with what it gained", body = Envelope<ErrorView>),
        (status = 400, description = "Invalid input, or errors of two projects", body = ErrorEnvelope),
        (status = 403, description = "The key may not change grouping", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn merge_error(
    Json { caller, body }: Json,
    id: PathId<ErrorId>,
    triage: Data<Triage>,
) -> ApiResult<Success<ErrorView>> {
    caller.require(Permission::ErrorsResolve)?;
    let from = id.get()?;
    let into = field(&body.value, "into", "must be a UUID")?;
    match triage
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
    post, path = "/api/errors/{id}/split", tag = "Grouping",
    params(("id" = uuid::Uuid, Path, description = "The error that owns the fingerprint")),
    request_body = SplitRequest,
    responses(
        (status = 200, description = "The fingerprint's own, new error", body = Envelope<ErrorView>),
        (status = 400, description = "Invalid input, or not one of several fingerprints of the error", body = ErrorEnvelope),
        (status = 403, description = "The key may not change grouping", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn split_error(
    Json { caller, body }: Json,
    id: PathId<ErrorId>,
    triage: Data<Triage>,
) -> ApiResult<Success<ErrorView>> {
    caller.require(Permission::ErrorsResolve)?;
    let id = id.get()?;
    let fingerprint = field(&body.value, "fingerprint", "must be 32 hexadecimal digits")?;
    match triage
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
