//! The shape of every `/api` answer.

use super::error::{ApiError, FieldProblem};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

/// A successful answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Envelope<T> {
    /// Always `true`.
    success: bool,
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// What was asked for.
    data: T,
}

impl<T> Envelope<T> {
    /// Wraps an answer.
    pub const fn of(data: T) -> Self {
        Self {
            success: true,
            status: "success",
            data,
        }
    }
}

/// A failed answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorEnvelope<'a> {
    /// Always `false`.
    pub success: bool,
    /// Always `error`.
    #[schema(example = "error")]
    pub status: &'static str,
    /// What went wrong, as a sentence.
    #[schema(example = "Invalid input: field 'message' is required")]
    pub error: &'a str,
    /// What went wrong, for programs.
    #[schema(example = "invalid_input")]
    pub code: &'a str,
    /// The request's id, as in the log.
    pub request_id: &'a str,
    /// The fields at fault, where fields are.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub details: &'a [FieldProblem],
}

impl<'a> ErrorEnvelope<'a> {
    /// Describes an error in the answer to the request of this id.
    #[must_use]
    pub fn of(error: &'a ApiError, request_id: &'a str) -> Self {
        Self {
            success: false,
            status: "error",
            error: error.sentence(),
            code: error.code().name(),
            request_id,
            details: error.details(),
        }
    }
}

/// A successful answer with its status.
#[derive(Debug)]
pub struct Success<T> {
    status: StatusCode,
    data: T,
    room: usize,
    is_secret: bool,
}

impl<T> Success<T> {
    const fn of(status: StatusCode, data: T) -> Self {
        Self {
            status,
            data,
            room: 0,
            is_secret: false,
        }
    }

    /// 200.
    pub const fn ok(data: T) -> Self {
        Self::of(StatusCode::OK, data)
    }

    /// 201.
    pub const fn created(data: T) -> Self {
        Self::of(StatusCode::CREATED, data)
    }

    /// 202.
    pub const fn accepted(data: T) -> Self {
        Self::of(StatusCode::ACCEPTED, data)
    }

    /// What was asked for, for pages.
    pub fn into_data(self) -> T {
        self.data
    }

    /// With room for a body of about so many bytes: a large one that grows by doubling takes three times its size.
    #[must_use]
    pub fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// Holds a secret: no cache keeps the answer.
    #[must_use]
    pub fn secret(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }
}

impl<T: Serialize> Responder for Success<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let bytes = Vec::with_capacity(self.room);
        let mut answer = respond(self.status, &Envelope::of(self.data), bytes);
        if self.is_secret {
            let headers = answer.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        answer
    }
}

/// A JSON answer.
pub fn json_response(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    respond(status, body, Vec::new())
}

fn respond(status: StatusCode, body: &impl Serialize, mut bytes: Vec<u8>) -> HttpResponse {
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => HttpResponse::build(status)
            .content_type("application/json")
            .body(bytes),
        Err(error) => ApiError::internal(error).error_response(),
    }
}
