//! Error events of an organization: ordinary occurrences of its default project.

use crate::api::list_query::{occurrence_cursor, occurrence_cursor_text};
use crate::http::cached::{self, Fresh};
use crate::http::caller::Caller;
use crate::http::envelope::{ErrorEnvelope, json_response};
use crate::http::error::{ApiError, ApiResult, Code, FieldProblem};
use crate::http::extract::Json;
use crate::http::query::Query;
use crate::ingest::report::ReportRequest;
use crate::ingest::{Origin, count};
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::{FeedEntry, Level, Severity, Triage};
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::{Destination, Ingest, IngestOutcome, Report};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// The source of every event.
const SOURCE: &str = "org";

/// An event as listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrgError {
    /// The occurrence's id.
    error_id: Uuid,
    #[schema(example = "File upload failed")]
    message: String,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    timestamp: OffsetDateTime,
    #[schema(value_type = String, example = "high")]
    severity: Severity,
}

impl OrgError {
    /// The view of an occurrence.
    #[must_use]
    pub fn of(entry: FeedEntry) -> Self {
        let FeedEntry {
            id,
            timestamp,
            severity,
            message,
        } = entry;
        Self {
            error_id: id.0,
            message,
            timestamp,
            severity,
        }
    }
}

/// An event to be logged, or an object whose `error` is one. The optional fields of a report are taken
/// too.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "message": "Database connection timeout", "severity": "critical", "timestamp": "2023-11-18T14:30:00Z"
}))]
pub struct NewOrgError {
    /// What happened.
    pub message: String,
    /// low, medium, high or critical.
    pub severity: String,
    /// When (RFC 3339); now by default.
    #[schema(format = DateTime)]
    pub timestamp: Option<String>,
}

/// The answer to a logged event.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrgErrorLogged {
    /// A sentence.
    #[schema(example = "Error logged successfully")]
    pub message: &'static str,
    /// The occurrence's id.
    pub error_id: Uuid,
}

/// Reads a parsed body.
///
/// # Errors
/// 400 naming every field at fault.
pub fn read_org_error(body: Value) -> Result<Report, ApiError> {
    let mut event = match body {
        Value::Object(mut object) => match object.remove("error") {
            Some(Value::Object(event)) => event,
            Some(_) if !object.contains_key("message") => {
                return Err(ApiError::field("error", "must be an object"));
            }
            _ => object,
        },
        _ => {
            return Err(ApiError::new(Code::InvalidInput)
                .with_message("Invalid input: the body must be a JSON object"));
        }
    };
    event.insert("source".to_owned(), SOURCE.into());
    event.shift_remove("level");
    event.shift_remove("project");
    let unnamed = event.get("severity").is_none_or(Value::is_null);
    let read = ReportRequest::read(Value::Object(event));
    let mut report = match (read, unnamed) {
        (Ok(read), false) => read.report,
        (Err(error), false) => return Err(error),
        (read, true) => {
            let missing = FieldProblem::new("severity", "is required");
            let mut problems = read
                .err()
                .map_or(Vec::new(), |error| error.details().to_vec());
            problems.push(missing);
            return Err(ApiError::fields(problems));
        }
    };
    report.level = match report.severity {
        Some(Severity::Low) => Level::Info,
        Some(Severity::Medium) => Level::Warning,
        _ => Level::Error,
    };
    Ok(report)
}

/// Lists an organization's error events, newest received first. Messages longer than 8 KiB are cut.
#[utoipa::path(
    get, path = "/orgs/{org_id}/errors", tag = "Organizations",
    params(
        ("org_id" = String, Path, description = "The organization's id or short name"),
        ("limit" = Option<u32>, Query, description = "1 to 1000, 100 by default", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As in the `Link` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of events", body = Vec<OrgError>, headers(
            ("X-Total-Count" = u64, description = "Events counted so far"),
            ("Link" = String, description = "The next page, if there is one"),
        )),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "Another organization, or no permission", body = ErrorEnvelope),
        (status = 404, description = "Organization not found", body = ErrorEnvelope),
    )
)]
pub async fn list_org_errors(
    caller: Caller,
    org: Path<String>,
    request: HttpRequest,
    query: Query,
    triage: Data<Triage>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let scope = caller.home_of(&org, &state.access).await?;
    caller.require(Permission::ErrorsRead)?;
    let limit = query.number("limit", 1..=1_000)?.unwrap_or(100) as u32;
    let expected = "must be a cursor from an earlier answer";
    let after = query.parsed("cursor", expected, occurrence_cursor)?;
    let key = format!("feed:{limit}:{after:?}");
    let wanted = (&scope, key.as_str(), state.cache_times.lists);
    cached::answer(&request, &state, wanted, || async {
        let page = triage.feed(&scope, after, limit).await?;
        let next = page.next.map(|cursor| {
            let cursor = occurrence_cursor_text(cursor);
            format!("/orgs/{org}/errors?limit={limit}&cursor={cursor}")
        });
        let body: Vec<OrgError> = page.items.into_iter().map(OrgError::of).collect();
        let total = Some(page.total);
        Ok(Fresh { body, next, total })
    })
    .await
}

/// Logs an error event of an organization.
#[utoipa::path(
    post, path = "/orgs/{org_id}/errors", tag = "Organizations",
    params(("org_id" = String, Path, description = "The organization's id or short name")),
    request_body = NewOrgError,
    responses(
        (status = 200, description = "Stored", body = OrgErrorLogged),
        (status = 202, description = "Durably queued while the database is away", body = OrgErrorLogged),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "Another organization, or no permission", body = ErrorEnvelope),
        (status = 404, description = "Organization not found", body = ErrorEnvelope),
    )
)]
pub async fn log_org_error(
    Json { caller, body }: Json,
    org: Path<String>,
    request: HttpRequest,
    ingest: Data<Ingest>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let scope = caller.home_of(&org, &state.access).await?;
    caller.require(Permission::ErrorsWrite)?;
    let mut report = read_org_error(body.value)?;
    Origin::of(&request, &state).sign(&mut report);
    let to = Destination {
        tenant: scope.tenant(),
        project: scope.projects()[0],
    };
    let taken = ingest.submit(to, report).await;
    let taken = taken.map_err(ApiError::from);
    count(&taken);
    let (status, message, error_id) = match taken? {
        IngestOutcome::Stored(accepted) => (
            StatusCode::OK,
            "Error logged successfully",
            accepted.occurrence.id.0,
        ),
        IngestOutcome::Queued(occurrence) => (
            StatusCode::ACCEPTED,
            "Error accepted for later processing",
            occurrence.id.0,
        ),
    };
    Ok(json_response(status, &OrgErrorLogged { message, error_id }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_may_stand_alone_or_in_an_object() {
        let event = json!({ "message": "m", "severity": "Medium", "level": "debug", "project": 5 });
        for body in [event.clone(), json!({ "error": event })] {
            let report = read_org_error(body).unwrap();
            assert_eq!(
                (report.source.as_str(), report.level),
                ("org", Level::Warning)
            );
            assert_eq!(report.severity, Some(Severity::Medium));
        }
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let fields = |body| {
            let error = read_org_error(body).unwrap_err();
            error
                .details()
                .iter()
                .map(|one| one.field.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(fields(json!({})), ["message", "severity"]);
        assert_eq!(
            fields(json!({ "message": "m", "severity": "worst" })),
            ["severity"]
        );
        assert_eq!(
            fields(json!({ "error": { "severity": "low" } })),
            ["message"]
        );
        assert_eq!(fields(json!({ "error": "text" })), ["error"]);
        assert!(fields(json!([])).is_empty());
    }
}
