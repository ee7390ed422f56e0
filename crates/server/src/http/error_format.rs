//! Formats of errors, by the protocol of a route.

use super::envelope::ErrorEnvelope;
use super::error::ApiError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use faultbook_protocols::otlp;
use serde::Serialize;

/// How a route writes its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// The JSON envelope.
    Envelope,
    /// The JSON envelope with `detail`, and `X-Sentry-Error`, which SDKs print.
    Sentry,
    /// The sentence as `detail`, and nothing else: build tools print a body with more as it is.
    Detail,
    /// What OTLP asks for: `google.rpc.Status` where the request is protobuf, else the JSON envelope with `message`.
    Otlp,
    /// A page (`web/failure.rs`).
    Page,
}

/// An error as it is written.
pub struct WrittenError {
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// A header beside it.
    pub header: Option<(HeaderName, HeaderValue)>,
}

/// The JSON envelope with its sentence under another name as well.
#[derive(Serialize)]
struct Extended<'a> {
    #[serde(flatten)]
    envelope: ErrorEnvelope<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// The sentence alone.
#[derive(Serialize)]
struct Detail<'a> {
    detail: &'a str,
}

const SENTRY_ERROR: HeaderName = HeaderName::from_static("x-sentry-error");

impl ErrorFormat {
    /// Writes an error in the answer to a request with these headers.
    #[must_use]
    pub fn write(self, error: &ApiError, request_id: &str, request: &HeaderMap) -> WrittenError {
        let sentence = error.sentence();
        let json = |detail, message| WrittenError {
            content_type: "application/json",
            body: serde_json::to_vec(&Extended {
                envelope: ErrorEnvelope::of(error, request_id),
                detail,
                message,
            })
            .unwrap_or_default(),
            header: None,
        };
        match self {
            Self::Envelope | Self::Page => json(None, None),
            Self::Detail => WrittenError {
                content_type: "application/json",
                body: serde_json::to_vec(&Detail { detail: sentence }).unwrap_or_default(),
                header: None,
            },
            Self::Sentry => WrittenError {
                header: HeaderValue::from_str(&sentence.replace(['\r', '\n'], " "))
                    .ok()
                    .map(|value| (SENTRY_ERROR, value)),
                ..json(Some(sentence), None)
            },
            Self::Otlp if is_protobuf(request) => WrittenError {
                content_type: PROTOBUF,
                body: otlp::Status {
                    code: rpc_code(error.code().status()),
                    message: sentence.to_owned(),
                }
                .encode(otlp::Encoding::Protobuf),
                header: None,
            },
            Self::Otlp => json(None, Some(sentence)),
        }
    }
}

/// The code of `google/rpc/code.proto` for a status.
fn rpc_code(status: StatusCode) -> i32 {
    match status.as_u16() {
        401 => 16,
        403 => 7,
        404 => 5,
        413 | 429 => 8,
        503 => 14,
        500.. => 13,
        _ => 3,
    }
}

/// The media type of protobuf in OTLP.
pub const PROTOBUF: &str = "application/x-protobuf";

/// Whether a request's body claims to be protobuf.
#[must_use]
pub fn is_protobuf(headers: &HeaderMap) -> bool {
    let named = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = named.and_then(|value| value.split(';').next());
    media_type.is_some_and(|name| name.trim().eq_ignore_ascii_case(PROTOBUF))
}
