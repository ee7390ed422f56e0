//! Reads OTLP/HTTP requests: exceptions and severe log records become reports, everything else is dropped.
//!
//! Sources: the definitions in <https://github.com/open-telemetry/opentelemetry-proto> and the semantic conventions of
//! OpenTelemetry.

mod attributes;
mod collector;
mod context;
mod event;
mod event_id;
mod id;
mod item;
mod json;
mod protobuf;
mod report;
mod scope;
mod severity;
mod signal;
mod status;
mod trim;
mod url;
mod value;

#[cfg(test)]
mod tests;

use crate::origin::Origin;
use collector::Collector;
use faultbook_domain::ingest::Report;
use signal::Signal;

pub use severity::{Severity, UnknownSeverity};
pub use status::Status;

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

/// What decides about log records without an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The least severity of a log record that becomes a report.
    pub min_severity: Severity,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_severity: Severity::ERROR,
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Received {
    /// The reports, each with an event id.
    pub reports: Vec<Report>,
    /// How many items of a kind (`log`, `span`, `metric`) became none.
    pub dropped: Vec<(&'static str, u64)>,
}

/// Why nothing of a request is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// The body is no request of its route and encoding.
    #[error("the body is no OTLP request: {0}")]
    Unreadable(String),
    /// A log record or span has more than [`Origin::max_event`] bytes, and there is no report beside it.
    #[error("a log record or span is too large")]
    TooLarge,
    /// It makes more or larger reports than one request may.
    #[error("the request holds too many errors")]
    TooMany,
}

/// Reads an `ExportLogsServiceRequest`. Records that carry an attribute of an exception, or are as severe as
/// `options` wants, become reports.
///
/// # Errors
/// [`Undecodable`] when nothing of it is kept.
pub fn read_logs(
    body: &[u8],
    encoding: Encoding,
    options: &Options,
    origin: &Origin<'_>,
) -> Result<Received, Undecodable> {
    read(body, encoding, Signal::Logs, options, origin)
}

/// Reads an `ExportTraceServiceRequest`. Span events named `exception` become reports.
///
/// # Errors
/// [`Undecodable`] when nothing of it is kept.
pub fn read_traces(
    body: &[u8],
    encoding: Encoding,
    options: &Options,
    origin: &Origin<'_>,
) -> Result<Received, Undecodable> {
    read(body, encoding, Signal::Traces, options, origin)
}

/// Reads an `ExportMetricsServiceRequest`, of which nothing becomes a report.
///
/// # Errors
/// [`Undecodable`] when nothing of it is kept.
pub fn read_metrics(
    body: &[u8],
    encoding: Encoding,
    options: &Options,
    origin: &Origin<'_>,
) -> Result<Received, Undecodable> {
    read(body, encoding, Signal::Metrics, options, origin)
}

fn read(
    body: &[u8],
    encoding: Encoding,
    signal: Signal,
    options: &Options,
    origin: &Origin<'_>,
) -> Result<Received, Undecodable> {
    let collector = || Collector::new(options, origin);
    let collector = match encoding {
        Encoding::Protobuf => {
            let mut collector = collector();
            protobuf::read(body, signal, &mut collector)?;
            collector
        }
        Encoding::Json => json::read(body, signal, collector)?,
    };
    collector.finish(signal.item())
}
