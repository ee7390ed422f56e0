//! Handlers for OpenTelemetry exporters: logs and traces become errors, metrics are accepted and dropped.

use super::dsn_key::{self, DsnCaller};
use super::receiver::{self, Receiver, Sender};
use super::sentry::project_number;
use crate::http::body::{self, Body};
use crate::http::caller::{identify, presents_key};
use crate::http::envelope::ErrorEnvelope;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::error_format::{PROTOBUF, is_protobuf};
use crate::http::{body::Format, metrics};
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::Destination;
use faultbook_protocols::origin::Origin;
use faultbook_protocols::otlp::{self, Encoding, Options, Received, Undecodable};

/// Writes the handlers of one signal: for the route that the key's project decides, and for the one that names it.
macro_rules! receives {
    ($($(#[doc = $doc:literal])+ $name:ident, $named:ident, $read:path, $path:literal, $named_path:literal;)+) => {
        $(
            $(#[doc = $doc])+
            #[utoipa::path(
                post, path = $path, tag = "SDKs",
                request_body(
                    content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json"))
                ),
                responses(
                    (status = 200, description = "Accepted: no bytes of protobuf, or `{}`"),
                    (status = 400, description = "The body cannot be decoded", body = ErrorEnvelope),
                )
            )]
            pub async fn $name(
                receiver: Receiver,
                request: HttpRequest,
                payload: web::Payload,
            ) -> ApiResult<HttpResponse> {
                receive(&receiver, &request, (payload, None), $read).await
            }

            $(#[doc = $doc])+
            #[utoipa::path(
                post, path = $named_path, tag = "SDKs",
                params(("number" = String, Path, description = "The project's number")),
                request_body(
                    content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json"))
                ),
                responses(
                    (status = 200, description = "Accepted: no bytes of protobuf, or `{}`"),
                    (status = 400, description = "The body cannot be decoded", body = ErrorEnvelope),
                    (status = 404, description = "The path names no project's number", body = ErrorEnvelope),
                )
            )]
            pub async fn $named(
                receiver: Receiver,
                request: HttpRequest,
                payload: web::Payload,
            ) -> ApiResult<HttpResponse> {
                let number = project_number(&request);
                receive(&receiver, &request, (payload, Some(number)), $read).await
            }
        )+
    };
}

receives! {
    /// Receives log records of OpenTelemetry.
    ///
    /// Records with an exception or of `otlp.min_severity` become occurrences; all else is accepted and dropped.
    receive_logs, receive_logs_of_project, otlp::read_logs, "/v1/logs", "/api/{number}/otlp/v1/logs";
    /// Receives spans of OpenTelemetry.
    ///
    /// Span events that are exceptions become occurrences; all else is accepted and dropped.
    receive_traces, receive_traces_of_project, otlp::read_traces, "/v1/traces", "/api/{number}/otlp/v1/traces";
}

/// Receives metrics of OpenTelemetry.
///
/// Accepted and dropped, so that an exporter that sends all signals to one address logs no errors.
#[utoipa::path(
    post, path = "/v1/metrics", tag = "SDKs",
    request_body(
        content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json"))
    ),
    responses(
        (status = 200, description = "Accepted: no bytes of protobuf, or `{}`"),
        (status = 400, description = "The body cannot be decoded", body = ErrorEnvelope),
    )
)]
pub async fn receive_metrics(
    receiver: Receiver,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    receive(&receiver, &request, (payload, None), otlp::read_metrics).await
}

type Read = fn(&[u8], Encoding, &Options, &Origin<'_>) -> Result<Received, Undecodable>;

async fn receive(
    receiver: &Receiver,
    request: &HttpRequest,
    (payload, number): (web::Payload, Option<ApiResult<i64>>),
    read: Read,
) -> ApiResult<HttpResponse> {
    let mut payload = payload.into_inner();
    let admitted = async {
        let number = number.transpose()?;
        let admitted = admit(receiver, request, number).await?;
        Ok((admitted, encoding(request)?))
    };
    let ((to, source), encoding) = match admitted.await {
        Ok(admitted) => admitted,
        Err(error) => return Err(body::refuse(error, &mut payload).await),
    };
    let reading = receiver
        .begin(request, &mut payload, body::Origin::Known)
        .await?;
    let body: Body = reading.finish().await?;
    let sender = Sender::of(request, &receiver.state, source.as_deref());
    let options = Options {
        min_severity: receiver.state.otlp_min_severity,
    };
    let read = move |bytes: &[u8], origin: &Origin<'_>| read(bytes, encoding, &options, origin);
    let (received, lease) = receiver::parse(body, sender, read).await?;
    for (kind, items) in received.dropped {
        metrics::record_dropped_items(kind, items);
    }
    receiver.submit(to, received.reports).await?;
    drop(lease);
    Ok(match encoding {
        Encoding::Protobuf => HttpResponse::Ok().content_type(PROTOBUF).finish(),
        Encoding::Json => HttpResponse::Ok()
            .content_type(ContentType::json())
            .body("{}"),
    })
}

/// Where the caller's reports go, and the source of those that name none.
///
/// # Errors
/// 401 without a key and for a wrong API key, 403 for a DSN key that is not accepted and a lacking permission.
async fn admit(
    receiver: &Receiver,
    request: &HttpRequest,
    number: Option<i64>,
) -> ApiResult<(Destination, Option<String>)> {
    if presents_key(request.headers()) {
        let caller = identify(request).await?;
        caller.require(Permission::ErrorsWrite)?;
        let project = match number {
            Some(number) => caller.project_numbered(number)?,
            None => caller.default_project(),
        };
        let tenant = caller.scope().tenant();
        return Ok((Destination { tenant, project }, None));
    }
    let Some(key) = dsn_key::presented(request) else {
        return Err(ApiError::new(Code::MissingApiKey));
    };
    let caller = DsnCaller::admit(request, &receiver.keys, &key, number).await?;
    Ok((caller.destination(), caller.source().map(str::to_owned)))
}

/// What the body is written in.
///
/// # Errors
/// 415 for anything but protobuf and JSON.
fn encoding(request: &HttpRequest) -> ApiResult<Encoding> {
    if is_protobuf(request.headers()) {
        return Ok(Encoding::Protobuf);
    }
    match body::format(request.headers()) {
        Ok(Format::Json) => Ok(Encoding::Json),
        _ => Err(ApiError::new(Code::UnsupportedMediaType)
            .with_message("Content-Type must be application/x-protobuf or application/json")),
    }
}

impl From<Undecodable> for ApiError {
    fn from(undecodable: Undecodable) -> Self {
        let code = match undecodable {
            Undecodable::TooLarge | Undecodable::TooMany => Code::PayloadTooLarge,
            _ => Code::BadRequest,
        };
        Self::new(code).with_message(format!("{}: {undecodable}", code.sentence()))
    }
}
