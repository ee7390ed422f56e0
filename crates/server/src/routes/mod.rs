//! Every route: which path leads to which handler.

pub mod alerts;
pub mod analytics;
pub mod api_keys;
pub mod errors;
pub mod grouping;
pub mod health;
pub mod incidents;
pub mod integrations;
mod list_query;
pub mod monitoring;
pub mod org_errors;
pub mod report;

use crate::http::resource::{PathMethods, path};
use actix_web::http::Method;

/// Every path with its methods. The OpenAPI document must describe each of them: a test compares.
#[must_use]
pub fn all() -> Vec<PathMethods> {
    vec![
        path("/health").on(Method::GET, health::get_health),
        path("/livez").on(Method::GET, health::get_livez),
        path("/readyz").on(Method::GET, health::get_readyz),
        path("/metrics").on(Method::GET, health::get_metrics),
        path("/openapi.json").on(Method::GET, health::get_openapi),
        path("/api/errors")
            .on(Method::GET, errors::list_errors)
            .on(Method::POST, report::create_error),
        path("/api/errors/batch").on(Method::POST, report::create_errors),
        path("/api/errors/bulk").on(Method::POST, errors::change_errors),
        path("/api/errors/{id}")
            .on(Method::GET, errors::get_error)
            .on(Method::DELETE, errors::delete_error),
        path("/api/errors/{id}/resolve").on(Method::PUT, errors::resolve_error),
        path("/api/errors/{id}/unresolve").on(Method::PUT, errors::unresolve_error),
        path("/api/errors/{id}/occurrences").on(Method::GET, errors::list_occurrences),
        path("/api/errors/{id}/grouping").on(Method::GET, grouping::explain_grouping),
        path("/api/errors/{id}/merge").on(Method::POST, grouping::merge_error),
        path("/api/errors/{id}/split").on(Method::POST, grouping::split_error),
        path("/api/stats").on(Method::GET, analytics::get_stats),
        path("/api/analytics/trends").on(Method::GET, analytics::get_trends),
        path("/api/analytics/performance").on(Method::GET, monitoring::get_performance),
        path("/api/monitoring/services").on(Method::GET, monitoring::get_services),
        path("/api/monitoring/metrics").on(Method::GET, monitoring::get_system_metrics),
        path("/api/monitoring/uptime").on(Method::GET, monitoring::get_uptime),
        path("/service_status").on(Method::GET, monitoring::get_service_status),
        path("/api/alerts/rules")
            .on(Method::GET, alerts::list_rules)
            .on(Method::POST, alerts::create_rule),
        path("/api/alerts/rules/{id}")
            .on(Method::GET, alerts::get_rule)
            .on(Method::PUT, alerts::update_rule)
            .on(Method::DELETE, alerts::delete_rule),
        path("/api/alerts/rules/{id}/test").on(Method::POST, alerts::test_rule),
        path("/api/alerts/history").on(Method::GET, alerts::list_firings),
        path("/api/alerts/incidents")
            .on(Method::GET, incidents::list_incidents)
            .on(Method::POST, incidents::create_incident),
        path("/api/alerts/incidents/{id}")
            .on(Method::GET, incidents::get_incident)
            .on(Method::PUT, incidents::update_incident),
        path("/api/settings/api-keys")
            .on(Method::GET, api_keys::list_api_keys)
            .on(Method::POST, api_keys::create_api_key),
        path("/api/settings/api-keys/{id}").on(Method::DELETE, api_keys::revoke_api_key),
        path("/api/settings/integrations").on(Method::GET, integrations::list_integrations),
        path("/api/settings/integrations/{name}")
            .on(Method::PUT, integrations::set_integration)
            .on(Method::DELETE, integrations::clear_integration),
        path("/api/settings/integrations/{name}/test")
            .on(Method::POST, integrations::test_integration),
        path("/orgs/{org_id}/errors")
            .on(Method::GET, org_errors::list_org_errors)
            .on(Method::POST, org_errors::log_org_error),
    ]
}
