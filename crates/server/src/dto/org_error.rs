//! Error events of an organization, in the shapes of their own document.

use super::ReportRequest;
use crate::http::error::{ApiError, Code, FieldProblem};
use faultbook_domain::errors::{FeedEntry, Level, Severity};
use faultbook_domain::ingest::Report;
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
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
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
            let missing = FieldProblem {
                field: "severity".to_owned(),
                message: "is required".to_owned(),
            };
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
