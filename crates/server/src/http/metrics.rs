//! Prometheus metrics of requests and reports.

use actix_web::http::Method;
use faultbook_symbolicate::Done;
use faultbook_symbolicate::reason::Reason;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// Upper bounds of the buckets of request times, in seconds.
const SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Starts collecting, once per process.
///
/// # Errors
/// When a recorder is installed already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    metrics::describe_histogram!(
        "faultbook_http_request_seconds",
        metrics::Unit::Seconds,
        "Time from a request's headers to its answer, by route, method and status class"
    );
    metrics::describe_counter!("faultbook_reports_total", "Reports by outcome");
    metrics::describe_counter!(
        "faultbook_alert_rule_failures_total",
        "Evaluations of alert rules that failed"
    );
    metrics::describe_counter!(
        "faultbook_http_failures_total",
        "Requests answered with a status of 500 or above, by error code"
    );
    metrics::describe_counter!(
        "faultbook_ingest_dropped_items_total",
        "Items of SDKs and exporters that are accepted and not kept, by type"
    );
    metrics::describe_counter!(
        "faultbook_client_discarded_total",
        "Items that SDKs tell to have discarded themselves, by reason and category"
    );
    metrics::describe_counter!(
        "faultbook_symbolicated_frames_total",
        "Frames of scripts by whether they became readable, and why not"
    );
    metrics::describe_counter!(
        "faultbook_symbolication_maps_total",
        "Source maps that reports needed, by whether they were kept in memory (hit) or had to be read (read)"
    );
    metrics::describe_gauge!(
        "faultbook_symbolication_cache_bytes",
        metrics::Unit::Bytes,
        "Memory of the source maps that are kept"
    );
    metrics::describe_histogram!(
        "faultbook_symbolication_seconds",
        metrics::Unit::Seconds,
        "Time that reports with frames of scripts waited for source maps"
    );
    metrics::gauge!("faultbook_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// The method as a label with few values.
#[must_use]
pub fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Notes one answered request.
pub fn record_request(method: &'static str, route: Option<&str>, status: u16, elapsed: Duration) {
    let class = match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    let route = route.unwrap_or("unknown").to_owned();
    metrics::histogram!("faultbook_http_request_seconds", "route" => route, "method" => method, "status" => class)
        .record(elapsed.as_secs_f64());
}

/// Notes what became of one report.
pub fn record_report(outcome: &'static str) {
    metrics::counter!("faultbook_reports_total", "outcome" => outcome).increment(1);
}

/// Notes items that were accepted and dropped.
pub fn record_dropped_items(kind: &'static str, items: u64) {
    metrics::counter!("faultbook_ingest_dropped_items_total", "type" => kind).increment(items);
}

/// Notes what a client says to have discarded.
pub fn record_client_discard(reason: &'static str, category: &'static str, items: u64) {
    metrics::counter!("faultbook_client_discarded_total", "reason" => reason, "category" => category)
        .increment(items);
}

/// Notes what became of the frames of one report.
pub fn record_symbolication(done: &Done, elapsed: Duration, cached_bytes: u64) {
    for (reason, frames) in &done.frames {
        // What is readable without its text is told apart by the reason alone.
        let is_readable = reason.is_none_or(|reason| reason == Reason::NoSource);
        let status = if is_readable { "ok" } else { "failed" };
        let reason = reason.map_or("", Reason::as_str);
        metrics::counter!("faultbook_symbolicated_frames_total", "status" => status, "reason" => reason)
            .increment(*frames as u64);
    }
    for (outcome, maps) in [("hit", done.hits), ("read", done.reads)] {
        metrics::counter!("faultbook_symbolication_maps_total", "outcome" => outcome)
            .increment(maps as u64);
    }
    // A gauge is a double.
    #[expect(
        clippy::cast_precision_loss,
        reason = "bytes of memory are far below 2^53"
    )]
    metrics::gauge!("faultbook_symbolication_cache_bytes").set(cached_bytes as f64);
    metrics::histogram!("faultbook_symbolication_seconds").record(elapsed.as_secs_f64());
}

/// Notes one request that failed on our side.
pub fn record_failure(code: &'static str) {
    metrics::counter!("faultbook_http_failures_total", "code" => code).increment(1);
}
