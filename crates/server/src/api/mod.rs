//! The HTTP API by context: each file holds the handlers of a context with their request and view types.

pub mod alerts;
pub mod analytics;
pub mod api_keys;
pub mod audit;
pub mod errors;
pub mod grouping;
pub mod health;
pub mod incidents;
pub mod integrations;
pub mod invitations;
mod list_query;
pub mod members;
pub mod monitoring;
pub mod orgs;
pub mod platform;
pub mod projects;
pub mod roles;
pub mod sessions;
pub mod system_users;
pub mod team;
pub mod tenants;

use self::roles::{permissions, policies};
use crate::http::envelope::Success;
use crate::http::error::{ApiError, FieldProblem};
use crate::http::resource::{PathMethods, path};
use crate::ingest;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use std::str::FromStr;

/// Every path with its methods. The OpenAPI document must describe each of them: a test compares.
#[must_use]
pub fn all() -> Vec<PathMethods> {
    let mut all = of_api();
    all.extend(of_v1());
    all
}

fn of_api() -> Vec<PathMethods> {
    vec![
        path("/health").on(Method::GET, health::get_health),
        path("/livez").on(Method::GET, health::get_livez),
        path("/readyz").on(Method::GET, health::get_readyz),
        path("/metrics").on(Method::GET, health::get_metrics),
        path("/openapi.json").on(Method::GET, health::get_openapi),
        path("/api/errors")
            .on(Method::GET, errors::list_errors)
            .on(Method::POST, ingest::create_error),
        path("/api/errors/batch").on(Method::POST, ingest::create_errors),
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
            .on(Method::GET, orgs::list_org_errors)
            .on(Method::POST, orgs::log_org_error),
        path("/api/projects")
            .on(Method::GET, projects::list_projects)
            .on(Method::POST, projects::create_project),
        path("/api/projects/{id}")
            .on(Method::GET, projects::get_project)
            .on(Method::PUT, projects::update_project)
            .on(Method::DELETE, projects::delete_project),
        path("/api/settings/team").on(Method::GET, team::list_team),
        path("/api/settings/team/invite").on(Method::POST, team::invite_member),
    ]
}

fn of_v1() -> Vec<PathMethods> {
    vec![
        path("/api/v1/auth/login").on(Method::POST, sessions::log_in),
        path("/api/v1/auth/logout").on(Method::POST, sessions::log_out),
        path("/api/v1/auth/me").on(Method::GET, sessions::get_me),
        path("/api/v1/auth/password").on(Method::POST, sessions::change_password),
        path("/api/v1/permissions").on(Method::GET, permissions::list_catalogue),
        path("/api/v1/platform/maintenance")
            .on(Method::GET, platform::get_maintenance)
            .on(Method::PUT, platform::set_maintenance),
        path("/api/v1/invitations/accept").on(Method::POST, invitations::accept_invitation),
        path("/api/v1/tenants")
            .on(Method::GET, tenants::list_tenants)
            .on(Method::POST, tenants::create_tenant),
        path("/api/v1/tenants/{id}")
            .on(Method::GET, tenants::get_tenant)
            .on(Method::PUT, tenants::update_tenant)
            .on(Method::DELETE, tenants::delete_tenant),
        path("/api/v1/tenants/{id}/suspend").on(Method::POST, tenants::suspend_tenant),
        path("/api/v1/tenants/{id}/activate").on(Method::POST, tenants::activate_tenant),
        path("/api/v1/tenants/{id}/audit").on(Method::GET, audit::list_audit),
        path("/api/v1/tenants/{id}/members")
            .on(Method::GET, members::list_members)
            .on(Method::POST, members::add_member),
        path("/api/v1/tenants/{id}/members/{member_id}")
            .on(Method::GET, members::get_member)
            .on(Method::PUT, members::update_member)
            .on(Method::DELETE, members::remove_member),
        path("/api/v1/tenants/{id}/roles")
            .on(Method::GET, roles::list_roles)
            .on(Method::POST, roles::create_role),
        path("/api/v1/tenants/{id}/roles/{role_id}")
            .on(Method::GET, roles::get_role)
            .on(Method::PUT, roles::update_role)
            .on(Method::DELETE, roles::delete_role),
        path("/api/v1/tenants/{id}/policies")
            .on(Method::GET, policies::list_policies)
            .on(Method::POST, policies::create_policy),
        path("/api/v1/tenants/{id}/policies/{policy_id}")
            .on(Method::GET, policies::get_policy)
            .on(Method::PUT, policies::update_policy)
            .on(Method::DELETE, policies::delete_policy),
        path("/api/v1/tenants/{id}/permissions")
            .on(Method::GET, permissions::list_permissions)
            .on(Method::POST, permissions::create_permission),
        path("/api/v1/tenants/{id}/permissions/{permission_id}")
            .on(Method::GET, permissions::get_permission)
            .on(Method::PUT, permissions::update_permission)
            .on(Method::DELETE, permissions::delete_permission),
        path("/api/v1/tenants/{id}/system-users")
            .on(Method::GET, system_users::list_system_users)
            .on(Method::POST, system_users::create_system_user),
        path("/api/v1/tenants/{id}/system-users/{system_user_id}")
            .on(Method::GET, system_users::get_system_user)
            .on(Method::PUT, system_users::update_system_user)
            .on(Method::DELETE, system_users::delete_system_user),
        path("/api/v1/tenants/{id}/system-users/{system_user_id}/rotate")
            .on(Method::POST, system_users::rotate_system_user),
        path("/api/v1/tenants/{id}/invitations")
            .on(Method::GET, invitations::list_invitations)
            .on(Method::POST, invitations::create_invitation),
        path("/api/v1/tenants/{id}/invitations/{invitation_id}")
            .on(Method::DELETE, invitations::cancel_invitation),
        path("/api/v1/tenants/{id}/invitations/{invitation_id}/resend")
            .on(Method::POST, invitations::resend_invitation),
    ]
}

/// An id in a path.
///
/// # Errors
/// 422 naming the parameter.
pub fn id_of<T: FromStr>(parameter: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| {
        ApiError::rules(vec![FieldProblem {
            field: parameter.to_owned(),
            message: "must be a UUID".to_owned(),
        }])
    })
}

/// An answer that holds a secret: no cache keeps it.
pub fn once<T: Serialize>(answer: Success<T>, request: &HttpRequest) -> HttpResponse {
    let mut answer = answer.respond_to(request);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
