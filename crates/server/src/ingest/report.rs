//! Parses the body of a report.

use crate::http::error::ApiError;
use crate::http::request::{JsonBody, request, values};
use faultbook_domain::errors::{Level, Severity};
use faultbook_domain::ingest::Report;
use faultbook_domain::instant::parse_instant;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

request! {
    /// A report.
    #[schema(example = json!({
        "level": "error",
        "message": "Database connection failed",
        "stack_trace": "Error: Connection timeout\n    at Database.connect(db.js:45)\n    at main(app.js:12)",
        "context": { "user_id": "12345", "session_id": "abc-def-ghi", "request_id": "req-789" },
        "source": "backend",
        "environment": "production",
        "url": "https://api.example.com/users"
    }))]
    pub struct NewError {
        /// Error message.
        pub message: String,
        /// Source of the error: frontend, backend, api, ...
        pub source: String,
        /// error, warning (warn), info, debug; fatal and critical are errors of critical severity.
        #[schema(value_type = Option<String>, default = "error")]
        pub level: Option<ReportedLevel>,
        /// low, medium, high or critical; by level when absent.
        #[schema(value_type = Option<String>)]
        pub severity: Option<Severity>,
        /// Environment where the error occurred.
        #[schema(default = "production")]
        pub environment: Option<String>,
        /// Stack trace, in whatever format the language prints.
        pub stack_trace: Option<String>,
        /// Additional context data.
        #[schema(value_type = Option<Object>)]
        pub context: Option<Map<String, Value>>,
        /// URL where the error occurred.
        pub url: Option<String>,
        /// Your release.
        pub release: Option<String>,
        /// String tags.
        #[schema(value_type = Option<BTreeMap<String, String>>)]
        pub tags: Option<Tags>,
        /// Who was affected.
        #[schema(value_type = Option<Object>)]
        pub user: Option<Map<String, Value>>,
        /// Your own grouping; "{{ default }}" splices in ours.
        #[schema(value_type = Option<Vec<String>>)]
        pub fingerprint: Option<Parts>,
        /// Your name for this report: a repeat of one already stored counts nothing.
        pub event_id: Option<Uuid>,
        /// When it happened (RFC 3339); now by default, at most 5 minutes ahead.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub timestamp: Option<ReportedTime>,
        /// The project, by id or short name; the key's own by default.
        pub project: Option<String>,
    }
}

/// A level as reports write it, with the severity that it implies.
#[derive(Default)]
pub struct ReportedLevel(Level, Option<Severity>);

/// When a report says it happened.
pub struct ReportedTime(OffsetDateTime);

/// An object of strings.
pub struct Tags(Map<String, Value>);

/// A caller's own fingerprint.
pub struct Parts(Vec<String>);

values! {
    ReportedLevel: |fields, name| fields.parsed(name, "must be one of error, warning, info, debug", |text| {
        Level::parse_reported(text).ok().map(|(level, severity)| Self(level, severity))
    });
    ReportedTime: |fields, name| fields.parsed(
        name,
        "must be a time in RFC 3339, such as 2026-11-20T12:00:00Z",
        |text| parse_instant(text).map(Self),
    );
    Uuid: |fields, name| fields.parsed(name, "must be a UUID", |text| Self::try_parse(text).ok());
    Map<String, Value>: |fields, name| fields.object(name);
    Tags: |fields, name| {
        let tags = fields.object(name)?;
        if !tags.values().all(Value::is_string) {
            fields.problem(name, "must be an object of strings");
        }
        Some(Self(tags))
    };
    Parts: |fields, name| fields.strings(name, "must be an array of strings").map(Self);
}

/// A report and the project it names.
#[derive(Debug, PartialEq)]
pub struct ReportRequest {
    /// The report.
    pub report: Report,
    /// The project it names, by id or short name.
    pub project: Option<String>,
}

impl ReportRequest {
    /// Reads a parsed body.
    ///
    /// # Errors
    /// 400 naming every field at fault.
    pub fn read(body: Value) -> Result<Self, ApiError> {
        let read: NewError = JsonBody::new(body, false).read()?;
        let ReportedLevel(level, implied) = read.level.unwrap_or_default();
        let mut report = Report::new(read.source, read.message).with_level(level);
        report.severity = read.severity.or(implied);
        report.environment = read.environment;
        report.stack_trace = read.stack_trace;
        report.context = read.context;
        report.url = read.url;
        report.release = read.release;
        report.tags = read.tags.map(|Tags(tags)| tags);
        report.user = read.user;
        report.fingerprint = read.fingerprint.map(|Parts(parts)| parts);
        report.event_id = read.event_id;
        report.timestamp = read.timestamp.map(|ReportedTime(at)| at);
        let project = read.project;
        Ok(Self { report, project })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::errors::Severity;
    use serde_json::json;
    use utoipa::PartialSchema;
    use utoipa::openapi::{RefOr, schema::Schema};

    fn problems(body: Value) -> Vec<String> {
        let error = ReportRequest::read(body).unwrap_err();
        error
            .details()
            .iter()
            .map(|one| format!("{} {}", one.field, one.message))
            .collect()
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let body = json!({
            "message": " ", "level": "loud", "context": [], "tags": {"a": 1}, "event_id": "x",
            "timestamp": 5, "fingerprint": ["a", 1], "url": 7, "severity": "worst", "user": "me",
        });
        assert_eq!(
            problems(body),
            [
                "message is required",
                "source is required",
                "level must be one of error, warning, info, debug",
                "severity must be one of low, medium, high, critical",
                "context must be an object",
                "url must be a string",
                "tags must be an object of strings",
                "user must be an object",
                "fingerprint must be an array of strings",
                "event_id must be a UUID",
                "timestamp must be a time in RFC 3339, such as 2026-11-20T12:00:00Z",
            ]
        );
    }

    #[test]
    fn the_first_problem_makes_the_sentence() {
        let error = ReportRequest::read(json!({"source": "x"})).unwrap_err();
        assert_eq!(
            error.sentence(),
            "Invalid input: field 'message' is required"
        );
        let error = ReportRequest::read(json!({"source": "x", "message": 5})).unwrap_err();
        assert_eq!(
            error.sentence(),
            "Invalid input: field 'message' must be a string"
        );
    }

    #[test]
    fn nulls_are_absent_and_unknown_fields_ignored() {
        let body =
            json!({"message": "m", "source": "s", "level": null, "context": null, "extra": 1});
        let read = ReportRequest::read(body).unwrap();
        assert_eq!(
            (read.report.level, read.report.context),
            (Level::Error, None)
        );
    }

    #[test]
    fn fatal_is_an_error_of_critical_severity_unless_told_otherwise() {
        let read = |body| ReportRequest::read(body).unwrap().report;
        let fatal = read(json!({"message": "m", "source": "s", "level": "FATAL"}));
        assert_eq!(
            (fatal.level, fatal.severity),
            (Level::Error, Some(Severity::Critical))
        );
        let low = read(json!({"message": "m", "source": "s", "level": "fatal", "severity": "low"}));
        assert_eq!(low.severity, Some(Severity::Low));
    }

    #[test]
    fn the_documented_fields_are_the_ones_that_are_read() {
        let RefOr::T(Schema::Object(schema)) = NewError::schema() else {
            panic!("an object")
        };
        for field in schema
            .properties
            .keys()
            .filter(|field| *field != "message" && *field != "source")
        {
            let body = json!({"message": "m", "source": "s", field: true});
            let found = problems(body);
            assert!(
                found.len() == 1 && found[0].starts_with(field.as_str()),
                "{field}: {found:?}"
            );
        }
    }
}
