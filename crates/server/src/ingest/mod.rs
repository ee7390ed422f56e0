//! Handlers that accept reports: `POST /api/errors`, `POST /api/errors/batch`, and those of SDKs and exporters.

pub mod batch;
pub mod dsn_key;
pub mod otlp;
pub mod receiver;
pub mod report;
pub mod sentry;

use crate::api::errors::view::ErrorView;
use crate::http::body::{self, Body, BodyLimits, Format};
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::{client, json, metrics};
use crate::ingest::batch::{BatchItem, Outcomes, QueuedBatch, QueuedReport};
use crate::ingest::report::{NewError, ReportRequest};
use crate::settings::Limits;
use crate::state::AppState;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{Either, HttpRequest, HttpResponse, Responder};
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::{
    Destination, Ingest, IngestError, IngestOutcome, Report, TenantOccurrence, WriteMode,
};
use serde_json::Value;
use std::sync::Arc;

/// Bytes of a batch that are prepared between two pauses.
const PAUSE_AFTER: usize = 64 << 10;

/// Reports an error.
///
/// Similar reports share one error whose count grows. When a 201 arrives, the report is stored. With
/// `Prefer: respond-async`, or while the database is away, it is durably queued and answered 202, where
/// there is a queue.
#[utoipa::path(
    post, path = "/api/errors", tag = "Errors", request_body = NewError,
    responses(
        (status = 201, description = "The error after this report", body = Envelope<ErrorView>),
        (status = 202, description = "The report is durably queued", body = Envelope<QueuedReport>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not report", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn create_error(
    AuthenticatedBody { caller, payload }: AuthenticatedBody,
    request: HttpRequest,
    ingest: Data<Ingest>,
    state: Data<AppState>,
) -> ApiResult<Either<Success<ErrorView>, Success<QueuedReport>>> {
    let limit = state.limits.max_body;
    let formats = [Format::Json];
    let (_, body) = receive(&caller, &request, payload, &state, limit, &formats).await?;
    let origin = Origin::of(&request, &state);
    let read = json::parse(&body.bytes, state.limits.max_values)?;
    let (to, report) = origin.report(&caller, read)?;
    let taken = ingest
        .submit_in(to, report, write_mode(&request))
        .await
        .map_err(ApiError::from);
    count(&taken);
    Ok(match taken? {
        IngestOutcome::Stored(accepted) => {
            Either::Left(Success::created(ErrorView::of_accepted(&accepted)))
        }
        IngestOutcome::Queued(occurrence) => {
            Either::Right(Success::accepted(QueuedReport::of(&occurrence)))
        }
    })
}

/// Reports up to 1,000 errors at once.
///
/// An array, or newline-delimited JSON. Each report has its own outcome: a bad one never costs a good one. A
/// report may be as large as that of `POST /api/errors`.
#[utoipa::path(
    post, path = "/api/errors/batch", tag = "Errors",
    request_body(
        content((Vec<NewError> = "application/json"), (String = "application/x-ndjson"))
    ),
    responses(
        (status = 201, description = "One outcome per report, in order", body = Envelope<Vec<BatchItem>>),
        (status = 202, description = "Reports are durably queued", body = Envelope<QueuedBatch>),
        (status = 400, description = "No array, or too many reports", body = ErrorEnvelope),
        (status = 403, description = "The key may not report", body = ErrorEnvelope),
        (status = 413, description = "Larger than 16 MiB", body = ErrorEnvelope),
    )
)]
pub async fn create_errors(
    AuthenticatedBody { caller, payload }: AuthenticatedBody,
    request: HttpRequest,
    ingest: Data<Ingest>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let formats = [Format::Json, Format::JsonLines];
    let limit = state.limits.max_batch_body;
    let (format, body) = receive(&caller, &request, payload, &state, limit, &formats).await?;
    let Body { bytes, lease } = body;
    let most = state.limits.max_batch_items;
    let items = match format {
        Format::Json => json::elements(&bytes, most)?,
        Format::JsonLines => json::lines(&bytes, most)?,
    };
    let origin = Origin::of(&request, &state);
    let mut good = Vec::with_capacity(items.len());
    let mut refused = Vec::with_capacity(items.len());
    let mut since_pause = 0;
    for item in items {
        let prepared = origin.prepare(&caller, (&ingest, &state.limits), item);
        refused.push(prepared.map(|report| good.push(report)).err());
        since_pause += item.len();
        if since_pause > PAUSE_AFTER {
            // Other requests of this worker go on.
            tokio::task::yield_now().await;
            since_pause = 0;
        }
    }
    drop(bytes);
    let taken = ingest.submit_prepared(good, write_mode(&request)).await?;
    let answer = outcomes(refused, taken).respond_to(&request);
    let answer = answer.map_into_boxed_body();
    drop(lease);
    Ok(answer)
}

/// One outcome for each report of a batch, in order.
fn outcomes(
    refused: Vec<Option<ApiError>>,
    taken: Vec<Result<IngestOutcome, IngestError>>,
) -> Either<Success<Outcomes>, Success<QueuedBatch>> {
    // Names, ids and times of an error take less than a kilobyte, escapes a tenth of most texts.
    let texts: usize = taken.iter().map(text_bytes).sum();
    let room = texts + texts / 10 + (refused.len() << 10);
    let mut taken = taken.into_iter();
    let mut queued = Vec::new();
    let outcomes = refused.into_iter().map(|refused| {
        let outcome: Result<IngestOutcome, ApiError> = match refused {
            Some(error) => Err(error),
            None => match taken.next() {
                Some(outcome) => outcome.map_err(ApiError::from),
                None => Err(ApiError::new(Code::Internal)),
            },
        };
        count(&outcome);
        if let Ok(IngestOutcome::Queued(occurrence)) = &outcome {
            queued.push(occurrence.event_id);
        }
        outcome
    });
    let outcomes = Outcomes::of(outcomes.collect());
    if queued.is_empty() {
        Either::Left(Success::created(outcomes).with_room(room))
    } else {
        Either::Right(Success::accepted(QueuedBatch::of(queued, outcomes)))
    }
}

/// Bytes of text that the outcome of a report shows.
fn text_bytes(outcome: &Result<IngestOutcome, IngestError>) -> usize {
    match outcome {
        Ok(IngestOutcome::Stored(accepted)) => accepted.occurrence.text_bytes(),
        Ok(IngestOutcome::Queued(_)) | Err(_) => 0,
    }
}

/// What the caller prefers: `Prefer: respond-async` (RFC 7240) is heard, anything else is not ours.
fn write_mode(request: &HttpRequest) -> WriteMode {
    let mut preferences = request
        .headers()
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let name = |preference: &str| {
        preference
            .split([';', '='])
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("respond-async"))
    };
    if preferences.any(name) {
        WriteMode::Async
    } else {
        WriteMode::Sync
    }
}

pub(crate) fn count(outcome: &Result<IngestOutcome, ApiError>) {
    metrics::record_report(match outcome {
        Ok(IngestOutcome::Stored(_)) => "stored",
        Ok(IngestOutcome::Queued(_)) => "queued",
        Err(_) => "refused",
    });
}

/// The body of a caller that may report, in one of these formats.
async fn receive(
    caller: &Caller,
    request: &HttpRequest,
    mut payload: Payload,
    state: &AppState,
    limit: usize,
    formats: &[Format],
) -> ApiResult<(Format, Body)> {
    let timeout = state.http.body_timeout;
    let format = caller.require(Permission::ErrorsWrite).and_then(|()| {
        let format = body::format(request.headers())?;
        if formats.contains(&format) {
            Ok(format)
        } else {
            Err(ApiError::new(Code::UnsupportedMediaType))
        }
    });
    match format {
        Ok(format) => {
            let limits = BodyLimits::decoded(limit, timeout);
            let lease = Arc::clone(&state.bodies).lease(body::Origin::Known);
            let body = body::read(request, &mut payload, limits, lease).await?;
            Ok((format, body))
        }
        Err(error) => Err(body::refuse(error, &mut payload).await),
    }
}

/// What the request itself says about its reports.
pub(crate) struct Origin {
    user_agent: Option<String>,
    address: Option<String>,
}

impl Origin {
    pub(crate) fn of(request: &HttpRequest, state: &AppState) -> Self {
        let address = client::address(request, &state.http.trusted_proxies);
        Self {
            user_agent: client::user_agent(request),
            address: address.map(|address| address.to_string()),
        }
    }

    /// Writes it into a report.
    pub(crate) fn sign(&self, report: &mut Report) {
        report.user_agent.clone_from(&self.user_agent);
        report.ip_address.clone_from(&self.address);
    }

    /// Reads one report of a batch and makes it ready to be stored.
    fn prepare(
        &self,
        caller: &Caller,
        (ingest, limits): (&Ingest, &Limits),
        item: &[u8],
    ) -> ApiResult<TenantOccurrence> {
        if item.len() > limits.max_body {
            return Err(ApiError::new(Code::PayloadTooLarge));
        }
        let (to, report) = self.report(caller, json::parse(item, limits.max_values)?)?;
        let prepared = ingest.prepare(to, report);
        prepared.map_err(|problem| ApiError::from(IngestError::from(problem)))
    }

    fn report(&self, caller: &Caller, body: Value) -> ApiResult<(Destination, Report)> {
        let ReportRequest {
            mut report,
            project,
        } = ReportRequest::read(body)?;
        let project = project.map_or_else(
            || Ok(caller.default_project()),
            |name| caller.project(&name),
        )?;
        self.sign(&mut report);
        Ok((
            Destination {
                tenant: caller.scope().tenant(),
                project,
            },
            report,
        ))
    }
}
