//! Reads what Sentry SDKs and OpenTelemetry exporters send: pure functions from the bytes of a body to reports.

mod bounded;
pub mod origin;
pub mod otlp;
pub mod repair;
pub mod sentry;
mod size;
