//! Reads what Sentry SDKs and OpenTelemetry exporters send: pure functions from the bytes of a body to reports.

pub mod origin;
pub mod repair;
