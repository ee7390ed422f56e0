//! The OpenAPI document, generated from the handlers.

use crate::dto;
use crate::http::envelope::ErrorEnvelope;
use crate::http::error::FieldProblem;
use crate::routes::{
    alerts, analytics, api_keys, errors, grouping, health, incidents, integrations, monitoring,
    org_errors, report,
};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Faultbook",
        description = "A self-hosted error log: report errors, have similar ones grouped and counted exactly, \
            and look at them.\n\nEvery request but health checks carries a key, as `X-API-Key` or as a bearer \
            token. In development the key is `test-api-key`.\n\nEvery failure has one shape: `success`, \
            `status`, `error` (a sentence), `code`, `request_id`, and `details` where fields are at fault.",
        license(name = "Apache-2.0"),
    ),
    paths(
        health::get_health, health::get_livez, health::get_readyz, health::get_metrics, health::get_openapi,
        report::create_error, report::create_errors,
        errors::list_errors, errors::change_errors, errors::get_error, errors::delete_error,
        errors::resolve_error, errors::unresolve_error, errors::list_occurrences, grouping::explain_grouping, grouping::merge_error, grouping::split_error,
        analytics::get_stats, analytics::get_trends, monitoring::get_performance, monitoring::get_services,
        monitoring::get_system_metrics, monitoring::get_uptime, monitoring::get_service_status,
        api_keys::list_api_keys, api_keys::create_api_key, api_keys::revoke_api_key,
        alerts::list_rules, alerts::create_rule, alerts::get_rule, alerts::update_rule, alerts::delete_rule,
        alerts::test_rule, alerts::list_firings, incidents::list_incidents, incidents::create_incident,
        incidents::get_incident, incidents::update_incident, integrations::list_integrations,
        integrations::set_integration, integrations::clear_integration, integrations::test_integration,
        org_errors::list_org_errors, org_errors::log_org_error,
    ),
    components(schemas(
        dto::NewError, dto::ErrorView, dto::ErrorList, dto::OccurrenceView, dto::OccurrenceList, dto::BatchItem,
        dto::BulkRequest, dto::BulkDone, dto::Resolved, dto::Grouping, dto::MergeRequest, dto::SplitRequest, dto::QueuedReport, dto::QueuedBatch, dto::StatsView, dto::TrendView,
        dto::NewKeyRequest, dto::NewRule, dto::NewIncident, dto::NewOrgError, dto::OrgError, dto::OrgErrorLogged, health::Health, ErrorEnvelope, FieldProblem,
    )),
    tags(
        (name = "Errors", description = "Report errors, look at them, decide about them"),
        (name = "Grouping", description = "Why reports share an error, and correcting it"),
        (name = "Analytics", description = "How many, when"),
        (name = "Alerts", description = "When to tell whom, and what was told"),
        (name = "Incidents", description = "What people work on"),
        (name = "Integrations", description = "Through which channels people are told"),
        (name = "Settings", description = "Who may call"),
        (name = "Monitoring", description = "How the installation fares: measured on every node"),
        (name = "Organizations", description = "Error events of an organization, in their bare shapes"),
        (name = "Operations", description = "Health and figures of the server"),
    ),
    security(("key" = []), ("bearer" = [])),
    modifiers(&Credentials),
)]
struct ApiDocument;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
        let bearer =
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        components.add_security_scheme("key", key);
        components.add_security_scheme("bearer", bearer);
    }
}

/// The document.
#[must_use]
pub fn document() -> Document {
    ApiDocument::openapi()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_documented_and_nothing_else() {
        let routes: BTreeSet<(String, String)> = routes::all()
            .iter()
            .flat_map(|path| {
                path.methods()
                    .iter()
                    .map(|method| (path.path().to_owned(), method.as_str().to_lowercase()))
            })
            .collect();
        let document = serde_json::to_value(document()).unwrap();
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(|method| (path.clone(), method.clone()))
            })
            .collect();
        assert_eq!(routes, documented);
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    }

    #[test]
    fn handlers_are_named_by_their_operation() {
        let document = serde_json::to_value(document()).unwrap();
        let operations = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|methods| {
                methods
                    .as_object()
                    .unwrap()
                    .values()
                    .map(|operation| operation["operationId"].clone())
            });
        let operations: Vec<_> = operations.collect();
        let unique: BTreeSet<String> = operations
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(unique.len(), operations.len());
    }
}
