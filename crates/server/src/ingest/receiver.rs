//! Receives what SDKs and exporters send: reads bodies and hands reports in.

use crate::http::body::{self, Body, BodyLease, BodyLimits, Reading, Tolerance};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::{client, metrics};
use crate::ingest::count;
use crate::state::AppState;
use actix_web::dev::Payload;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpRequest};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::ingest::{Destination, Ingest, IngestError, Report, WriteMode};
use faultbook_domain::tenancy::ProjectKeys;
use faultbook_protocols::origin::Origin;
use faultbook_protocols::sentry::retrace;
use faultbook_symbolicate::{Done, LateMaps, Symbolicator};
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Instant;
use time::OffsetDateTime;

/// Bytes of a body that are read on the worker's own thread: larger ones would hold up its other requests.
const INLINE: usize = 128 << 10;

/// Reports that are handed in at once.
const CHUNK: usize = 500;

/// What receiving takes of the server.
pub struct Receiver {
    /// The state of the server.
    pub state: Data<AppState>,
    /// Stores reports.
    pub ingest: Data<Ingest>,
    /// Finds DSN keys.
    pub keys: Data<ProjectKeys>,
    /// Makes frames of scripts readable.
    pub symbolicator: Data<Symbolicator>,
    /// Remembers which maps were missing.
    pub late_maps: Data<LateMaps>,
}

impl FromRequest for Receiver {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let receiver = || {
            Some(Self {
                state: request.app_data::<Data<AppState>>()?.clone(),
                ingest: request.app_data::<Data<Ingest>>()?.clone(),
                keys: request.app_data::<Data<ProjectKeys>>()?.clone(),
                symbolicator: request.app_data::<Data<Symbolicator>>()?.clone(),
                late_maps: request.app_data::<Data<LateMaps>>()?.clone(),
            })
        };
        ready(receiver().ok_or_else(|| ApiError::new(Code::Internal)))
    }
}

impl Receiver {
    /// Begins to read a body of a client that is known, or not yet.
    ///
    /// # Errors
    /// As [`body::read`].
    pub async fn begin<'a>(
        &self,
        request: &'a HttpRequest,
        payload: &'a mut Payload,
        origin: body::Origin,
    ) -> ApiResult<Reading<'a>> {
        let limits = BodyLimits {
            sent: self.state.limits.max_envelope,
            bytes: self.state.limits.max_envelope_decoded,
            timeout: self.state.http.body_timeout,
            tolerance: Tolerance::Lenient,
        };
        let lease = Arc::clone(&self.state.bodies).lease(origin);
        Reading::begin(request, payload, limits, lease).await
    }

    /// Makes the frames of a report readable that are of minified scripts, before it is grouped by them.
    async fn symbolicate(&self, to: Destination, report: &mut Report) -> Option<Done> {
        let context = report.context.as_mut().filter(|_| report.is_javascript)?;
        let started = Instant::now();
        let release = report.release.as_deref();
        let done = self
            .symbolicator
            .symbolicate(to.project, release, context)
            .await;
        metrics::record_symbolication(&done, started.elapsed(), self.symbolicator.cached_bytes());
        if done.changed {
            retrace(report);
        }
        Some(done).filter(|done| !done.misses.is_empty() || done.ran_out)
    }

    /// Remembers what stored occurrences missed. Never fails: an upload then helps the next ones alone.
    async fn note_misses(&self, to: Destination, missed: Vec<(Fingerprint, Done)>) {
        for (fingerprint, done) in missed {
            if let Err(error) = self.late_maps.note((to.project, fingerprint), &done).await {
                tracing::debug!(%error, "what an event missed is not remembered");
            }
        }
    }

    /// Hands reports in, and returns once they are stored or durably queued. An invalid one costs no other.
    ///
    /// # Errors
    /// 400 when none is valid, 503 when they can be neither stored nor queued: the client sends all of them again, and
    /// those that were stored are recognized by their event ids.
    pub async fn submit(&self, to: Destination, reports: Vec<Report>) -> ApiResult<()> {
        let mut refused = None;
        let mut kept = 0;
        let mut reports = reports.into_iter();
        while reports.len() > 0 {
            let mut prepared = Vec::with_capacity(reports.len().min(CHUNK));
            let mut missed = Vec::new();
            for mut report in reports.by_ref().take(CHUNK) {
                let done = self.symbolicate(to, &mut report).await;
                match self.ingest.prepare(to, report) {
                    Ok(occurrence) => {
                        missed.extend(done.map(|done| (occurrence.1.fingerprint, done)));
                        prepared.push(occurrence);
                    }
                    Err(problem) => refused = Some(ApiError::from(IngestError::from(problem))),
                }
            }
            for outcome in self
                .ingest
                .submit_prepared(prepared, WriteMode::Sync)
                .await?
            {
                let outcome = outcome.map_err(ApiError::from);
                count(&outcome);
                outcome?;
                kept += 1;
            }
            self.note_misses(to, missed).await;
        }
        match refused {
            Some(error) if kept == 0 => Err(error),
            _ => Ok(()),
        }
    }
}

/// What a request says of itself, with texts of its own.
pub struct Sender {
    received_at: OffsetDateTime,
    address: Option<String>,
    user_agent: Option<String>,
    source: Option<String>,
    max_event: usize,
}

impl Sender {
    /// Describes the sender of a request whose key has this source.
    #[must_use]
    pub fn of(request: &HttpRequest, state: &AppState, source: Option<&str>) -> Self {
        let address = client::address(request, &state.http.trusted_proxies);
        Self {
            received_at: state.clock.now(),
            address: address.map(|address| address.to_string()),
            user_agent: client::user_agent(request),
            source: source.map(str::to_owned),
            max_event: state.limits.max_event,
        }
    }

    fn origin(&self) -> Origin<'_> {
        Origin {
            received_at: self.received_at,
            client_address: self.address.as_deref(),
            user_agent: self.user_agent.as_deref(),
            source: self.source.as_deref(),
            max_event: self.max_event,
        }
    }
}

/// Reads a body into reports, a large one off the worker's thread.
///
/// # Errors
/// Those of `read`.
pub async fn parse<T, E>(
    body: Body,
    sender: Sender,
    read: impl FnOnce(&[u8], &Origin<'_>) -> Result<T, E> + Send + 'static,
) -> ApiResult<(T, BodyLease)>
where
    T: Send + 'static,
    E: Into<ApiError> + Send + 'static,
{
    let Body { bytes, lease } = body;
    let read = if bytes.len() <= INLINE {
        read(&bytes, &sender.origin())
    } else {
        web::block(move || read(&bytes, &sender.origin()))
            .await
            .map_err(ApiError::internal)?
    };
    Ok((read.map_err(Into::into)?, lease))
}
