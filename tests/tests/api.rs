//! Black-box tests of the running server, each on SQLite and on PostgreSQL with Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

#[path = "api/alert_bounds.rs"]
mod alert_bounds;
#[path = "api/alert_figures.rs"]
mod alert_figures;
#[path = "api/alert_rules.rs"]
mod alert_rules;
#[path = "api/alerts.rs"]
mod alerts;
#[path = "api/analytics.rs"]
mod analytics;
#[path = "api/api_keys.rs"]
mod api_keys;
#[path = "api/artifact_uploads.rs"]
mod artifact_uploads;
#[path = "api/audit.rs"]
mod audit;
#[path = "api/batch.rs"]
mod batch;
#[path = "api/body_bounds.rs"]
mod body_bounds;
#[path = "api/bound_keys.rs"]
mod bound_keys;
#[path = "api/bulk.rs"]
mod bulk;
#[path = "api/cache.rs"]
mod cache;
#[path = "api/commands.rs"]
mod commands;
#[path = "api/credentials.rs"]
mod credentials;
#[path = "api/documents.rs"]
mod documents;
#[path = "api/durability.rs"]
mod durability;
#[path = "api/error_reference.rs"]
mod error_reference;
#[path = "api/error_table.rs"]
mod error_table;
#[path = "api/faults.rs"]
mod faults;
#[path = "api/feedback.rs"]
mod feedback;
#[path = "api/figures.rs"]
mod figures;
#[path = "api/find.rs"]
mod find;
#[path = "api/grouping.rs"]
mod grouping;
#[path = "api/guarding.rs"]
mod guarding;
#[path = "api/hardening.rs"]
mod hardening;
#[path = "api/hostile_values.rs"]
mod hostile_values;
#[path = "api/incidents.rs"]
mod incidents;
#[path = "api/integrations.rs"]
mod integrations;
#[path = "api/isolation.rs"]
mod isolation;
#[path = "api/letters.rs"]
mod letters;
#[path = "api/list_filters.rs"]
mod list_filters;
#[path = "api/list_pages.rs"]
mod list_pages;
#[path = "api/list_parameters.rs"]
mod list_parameters;
#[path = "api/monitoring.rs"]
mod monitoring;
#[path = "api/occurrences.rs"]
mod occurrences;
#[path = "api/operations.rs"]
mod operations;
#[path = "api/org_errors.rs"]
mod org_errors;
#[path = "api/otel_clients.rs"]
mod otel_clients;
#[path = "api/otlp_routes.rs"]
mod otlp_routes;
#[path = "api/outages.rs"]
mod outages;
#[path = "api/passwords.rs"]
mod passwords;
#[path = "api/production.rs"]
mod production;
#[path = "api/profiles.rs"]
mod profiles;
#[path = "api/project_keys.rs"]
mod project_keys;
#[path = "api/projects.rs"]
mod projects;
#[path = "api/protocol.rs"]
mod protocol;
#[path = "api/queue.rs"]
mod queue;
#[path = "api/rate_limits.rs"]
mod rate_limits;
#[path = "api/release_bounds.rs"]
mod release_bounds;
#[path = "api/releases.rs"]
mod releases;
#[path = "api/report_body.rs"]
mod report_body;
#[path = "api/report_fields.rs"]
mod report_fields;
#[path = "api/report_text.rs"]
mod report_text;
#[path = "api/retention.rs"]
mod retention;
#[path = "api/roles.rs"]
mod roles;
#[path = "api/search.rs"]
mod search;
#[path = "api/secrets.rs"]
mod secrets;
#[path = "api/sentry_bodies.rs"]
mod sentry_bodies;
#[path = "api/sentry_clients.rs"]
mod sentry_clients;
#[path = "api/sentry_routes.rs"]
mod sentry_routes;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/source_maps.rs"]
mod source_maps;
#[path = "api/standing.rs"]
mod standing;
#[path = "api/stream.rs"]
mod stream;
#[path = "api/stream_readers.rs"]
mod stream_readers;
#[path = "api/team.rs"]
mod team;
#[path = "api/tenancy.rs"]
mod tenancy;
#[path = "api/tenant_limits.rs"]
mod tenant_limits;
#[path = "api/times.rs"]
mod times;
#[path = "api/triage.rs"]
mod triage;
