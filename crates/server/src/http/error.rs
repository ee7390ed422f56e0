//! Every error that a client can see: one table of codes, statuses and sentences.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use faultbook_domain::port::StoreError;
use faultbook_domain::service::access::Refused;
use faultbook_domain::service::ingest::IngestError;
use faultbook_domain::service::lane::LaneError;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:ident, $sentence:literal;)+) => {
        /// The kinds of error a client can see.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The `code` in the answer.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The status of the answer.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// The `error` in the answer, where nothing more precise can be said.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }
        }
    };
}

codes! {
    /// A field is missing, of the wrong type or out of bounds.
    InvalidInput = "invalid_input", BAD_REQUEST, "Invalid input";
    /// The body is no JSON.
    InvalidJson = "invalid_json", BAD_REQUEST, "Invalid JSON in request body";
    /// The HTTP message itself is malformed.
    BadRequest = "bad_request", BAD_REQUEST, "Bad request";
    /// No credential.
    MissingApiKey = "missing_api_key", UNAUTHORIZED, "Missing API key";
    /// Unknown, malformed or revoked.
    InvalidApiKey = "invalid_api_key", UNAUTHORIZED, "Invalid API key";
    /// Past its date.
    ExpiredApiKey = "expired_api_key", UNAUTHORIZED, "API key has expired";
    /// The caller may not do this.
    PermissionDenied = "permission_denied", FORBIDDEN, "Permission denied";
    /// The caller's tenant is locked out.
    TenantSuspended = "tenant_suspended", FORBIDDEN, "Tenant is suspended";
    /// Unknown route.
    RouteNotFound = "not_found", NOT_FOUND, "Not found";
    /// No such error.
    ErrorNotFound = "error_not_found", NOT_FOUND, "Error not found";
    /// No such project.
    ProjectNotFound = "project_not_found", NOT_FOUND, "Project not found";
    /// No such API key.
    KeyNotFound = "api_key_not_found", NOT_FOUND, "API key not found";
    /// No such alert rule.
    RuleNotFound = "rule_not_found", NOT_FOUND, "Alert rule not found";
    /// No such incident.
    IncidentNotFound = "incident_not_found", NOT_FOUND, "Incident not found";
    /// No such channel.
    IntegrationNotFound = "integration_not_found", NOT_FOUND, "Integration not found";
    /// No such tenant.
    TenantNotFound = "tenant_not_found", NOT_FOUND, "Tenant not found";
    /// Another tenant's.
    ForeignTenant = "not_a_member", FORBIDDEN, "You are not a member of this tenant";
    /// Known route, wrong method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The body took too long.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    /// The body is too large.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "Request body is too large";
    /// The path or query is too long.
    UriTooLong = "uri_too_long", URI_TOO_LONG, "Request URI is too long";
    /// Not JSON, or an unknown encoding.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "Content-Type must be application/json";
    /// More requests than the caller's rate allows.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS,
        "Rate limit exceeded. Please try again later.";
    /// A defect of ours; the cause is in the log.
    Internal = "internal_error", INTERNAL_SERVER_ERROR, "Internal server error";
    /// The store refuses what it should take; the cause is in the log.
    Database = "database_error", INTERNAL_SERVER_ERROR, "Database error occurred";
    /// Too much is waiting.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "The service is busy. Please try again later.";
    /// A dependency is down.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE,
        "The service is temporarily unavailable. Please try again later.";
}

impl Code {
    /// The entry for an answer that was made without this table.
    #[must_use]
    pub fn for_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::RouteNotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            414 => Self::UriTooLong,
            415 => Self::UnsupportedMediaType,
            429 => Self::RateLimited,
            503 => Self::Unavailable,
            500.. => Self::Internal,
            _ => Self::BadRequest,
        }
    }
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// An error on its way to a client.
#[derive(Debug, Clone)]
pub struct ApiError {
    code: Code,
    sentence: Option<String>,
    details: Vec<FieldProblem>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What routes return.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// The error with its table's sentence.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            sentence: None,
            details: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// A field at fault. `problem` continues the sentence "field 'x' ...".
    #[must_use]
    pub fn field(field: &str, problem: &str) -> Self {
        Self::fields(vec![FieldProblem {
            field: field.to_owned(),
            message: problem.to_owned(),
        }])
    }

    /// Several fields at fault; the first makes the sentence.
    #[must_use]
    pub fn fields(details: Vec<FieldProblem>) -> Self {
        let sentence = details
            .first()
            .map(|first| format!("Invalid input: field '{}' {}", first.field, first.message));
        Self {
            sentence,
            details,
            ..Self::new(Code::InvalidInput)
        }
    }

    /// With a sentence of its own.
    #[must_use]
    pub fn saying(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = Some(sentence.into());
        self
    }

    /// With a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With what went wrong inside, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Arc<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Worth another try after this many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with_header(
            actix_web::http::header::RETRY_AFTER,
            HeaderValue::from(seconds),
        )
    }

    /// Its entry in the table.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence that the client reads.
    #[must_use]
    pub fn sentence(&self) -> &str {
        self.sentence.as_deref().unwrap_or(self.code.sentence())
    }

    /// The fields at fault.
    #[must_use]
    pub fn details(&self) -> &[FieldProblem] {
        &self.details
    }

    /// What went wrong inside, outermost first.
    #[must_use]
    pub fn cause_chain(&self) -> String {
        let mut chain = String::new();
        let mut next = self
            .cause
            .as_ref()
            .map(|cause| &**cause as &dyn std::error::Error);
        while let Some(cause) = next {
            if !chain.is_empty() {
                chain.push_str(": ");
            }
            chain.push_str(&cause.to_string());
            next = cause.source();
        }
        chain
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// The edge writes the body, because only it knows the request's id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.code.status());
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<Arc<StoreError>> for ApiError {
    fn from(error: Arc<StoreError>) -> Self {
        let api = match &*error {
            StoreError::Unavailable(_) => Self::new(Code::Unavailable).retry_after(5),
            StoreError::Rejected(_) => Self::new(Code::InvalidInput)
                .saying("Invalid input: the report holds data that cannot be stored"),
            _ => Self::new(Code::Database),
        };
        api.caused_by(error as Arc<dyn std::error::Error + Send + Sync>)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Arc::new(error).into()
    }
}

impl From<LaneError> for ApiError {
    fn from(error: LaneError) -> Self {
        match error {
            LaneError::Store(cause) => cause.into(),
            LaneError::Full => Self::new(Code::Overloaded).retry_after(1),
            other => Self::new(Code::Unavailable)
                .retry_after(5)
                .caused_by(Arc::new(other) as Arc<_>),
        }
    }
}

impl From<IngestError> for ApiError {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Invalid(problem) => {
                let sentence = problem.to_string();
                let message = sentence.split_once("' ").map_or("", |(_, rest)| rest);
                Self::field(problem.field(), message)
            }
            IngestError::Lane(error) => error.into(),
            other => Self::new(Code::Internal).caused_by(Arc::new(other) as Arc<_>),
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Expired => Self::new(Code::ExpiredApiKey),
            Refused::Suspended => Self::new(Code::TenantSuspended),
            Refused::Store(error) => error.into(),
            _ => Self::new(Code::InvalidApiKey),
        }
    }
}
