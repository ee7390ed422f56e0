//! `ApiError`: an entry of the error table with its message, details and cause.

pub use super::code::Code;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use faultbook_domain::error_chain::error_chain;
use faultbook_domain::ingest::GroupCommitError;
use faultbook_domain::ingest::IngestError;
use faultbook_domain::store_error::StoreError;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// Where the fault is in a text, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
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
    closes: bool,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What routes return.
pub type ApiResult<T> = Result<T, ApiError>;

impl FieldProblem {
    /// Describes what is wrong with a field; `message` continues the sentence "field 'x' ...".
    #[must_use]
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            position: None,
            message: message.into(),
        }
    }

    /// With where the fault is in a text, in characters from 1.
    #[must_use]
    pub const fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }
}

impl ApiError {
    /// The error with its table's sentence.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            sentence: None,
            details: Vec::new(),
            headers: Vec::new(),
            closes: false,
            cause: None,
        }
    }

    /// A field at fault. `problem` continues the sentence "field 'x' ...".
    #[must_use]
    pub fn field(field: &str, problem: &str) -> Self {
        Self::fields(vec![FieldProblem::new(field, problem)])
    }

    /// Well-formed values that break a rule, under `/api/v1`; the first makes the sentence.
    #[must_use]
    pub fn rules(details: Vec<FieldProblem>) -> Self {
        let sentence = details
            .first()
            .map(|first| format!("Validation failed: {} {}", first.field, first.message));
        Self {
            sentence,
            details,
            ..Self::new(Code::ValidationFailed)
        }
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

    /// The same under `/api/v1`, where a well-formed value that breaks a rule is answered 422.
    #[must_use]
    pub fn into_rule(self) -> Self {
        match self.code {
            Code::InvalidInput => Self::rules(self.details),
            _ => self,
        }
    }

    /// With a sentence of its own.
    #[must_use]
    pub fn with_message(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = Some(sentence.into());
        self
    }

    /// With fields that are told.
    #[must_use]
    pub fn with_details(self, details: Vec<FieldProblem>) -> Self {
        Self { details, ..self }
    }

    /// With a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With the connection closed after the answer: the rest of the request is not read, so that nothing behind it
    /// can be told from it.
    #[must_use]
    pub const fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// Whether the connection is closed after the answer.
    #[must_use]
    pub const fn closes(&self) -> bool {
        self.closes
    }

    /// With what went wrong inside, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Arc<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// A defect of ours, or of what we build on.
    #[must_use]
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(Code::Internal).caused_by(Arc::new(cause) as Arc<_>)
    }

    /// Seconds until a retry makes sense.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with_header(
            actix_web::http::header::RETRY_AFTER,
            HeaderValue::from(seconds),
        )
    }

    /// The seconds after which a retry makes sense, where they are told.
    #[must_use]
    pub fn retry_seconds(&self) -> Option<&str> {
        let mut told = self.headers.iter();
        let told = told.find(|(name, _)| *name == actix_web::http::header::RETRY_AFTER);
        told.and_then(|(_, value)| value.to_str().ok())
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
        let cause = self.cause.as_deref();
        cause.map(|cause| error_chain(cause)).unwrap_or_default()
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

    /// `request_context` writes the body, since it knows the id of the request.
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
                .with_message("Invalid input: the report holds data that cannot be stored"),
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

impl From<GroupCommitError> for ApiError {
    fn from(error: GroupCommitError) -> Self {
        match error {
            GroupCommitError::Store(cause) => cause.into(),
            GroupCommitError::Full => Self::new(Code::Overloaded).retry_after(1),
            other => Self::new(Code::Unavailable)
                .retry_after(5)
                .caused_by(Arc::new(other) as Arc<_>),
        }
    }
}

impl From<IngestError> for ApiError {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Invalid(problem) => Self::field(problem.field(), problem.message()),
            IngestError::GroupCommit(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<actix_web::error::HttpError> for ApiError {
    /// A header of ours that cannot be written.
    fn from(error: actix_web::error::HttpError) -> Self {
        Self::internal(error)
    }
}
