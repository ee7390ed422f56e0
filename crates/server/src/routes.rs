//! Every route: its path, its methods and handlers, and its policy.

use crate::api::{
    alerts, analytics, api_keys, artifacts, audit, breakdown, build_tools, errors, find, grouping,
    health, incidents, integrations, invitations, members, monitoring, orgs, passwords, platform,
    profile, project_keys, projects, releases, roles, sessions, stream, system_users, tags, team,
    tenants, test_error, trends,
};
use crate::http::policy::{Availability, Policy};
use crate::http::route::{Route, route};
use crate::ingest::{self, otlp, sentry};
use faultbook_domain::rate_limit::Class;

/// Every route. The OpenAPI document must describe each of them: a test compares.
#[must_use]
pub fn all() -> Vec<Route> {
    let mut all = of_server();
    all.extend(of_errors());
    all.extend(of_releases());
    all.extend(of_alerts());
    all.extend(of_settings());
    all.extend(of_sdks());
    all.extend(of_build_tools());
    all.extend(of_v1());
    all
}

fn of_server() -> Vec<Route> {
    let probe = |path| route(path).open().available(Availability::Always);
    let open = |path| route(path).open();
    vec![
        probe("/health").get(health::get_health),
        probe("/livez").get(health::get_livez),
        open("/readyz")
            .available(Availability::Maintenance)
            .get(health::get_readyz),
        open("/metrics")
            .available(Availability::Maintenance)
            .get(health::get_metrics),
        open("/openapi.json").get(health::get_openapi),
    ]
}

fn of_errors() -> Vec<Route> {
    let analytics = |path| route(path).class(Class::Analytics);
    vec![
        route("/api/errors")
            .get(errors::list_errors)
            .post(ingest::create_error)
            .class(Class::Ingest),
        route("/api/errors/batch")
            .post(ingest::create_errors)
            .class(Class::Ingest),
        route("/api/errors/facets").get(errors::list_facets),
        analytics("/api/errors/counts").get(errors::count_errors),
        analytics("/api/attention").get(errors::get_attention),
        route("/api/errors/bulk")
            .conflicts()
            .post(errors::bulk::change_errors),
        route("/api/jobs/{id}").get(errors::bulk::get_job),
        route("/api/errors/{id}")
            .get(errors::get_error)
            .delete(errors::delete_error),
        route("/api/errors/{id}/resolve").put(errors::resolve_error),
        route("/api/errors/{id}/ignore").put(errors::ignore_error),
        route("/api/errors/{id}/reopen").put(errors::reopen_error),
        route("/api/errors/{id}/unresolve").put(errors::unresolve_error),
        route("/api/errors/{id}/assign").put(errors::assign_error),
        route("/api/errors/{id}/bookmark")
            .put(errors::bookmark_error)
            .delete(errors::remove_bookmark),
        route("/api/errors/{id}/follow")
            .put(errors::follow_error)
            .delete(errors::unfollow_error),
        route("/api/errors/{id}/activity").get(errors::list_activity),
        route("/api/errors/{id}/comments")
            .get(errors::list_comments)
            .post(errors::create_comment),
        route("/api/errors/{id}/comments/{comment_id}")
            .put(errors::update_comment)
            .delete(errors::delete_comment),
        route("/api/errors/{id}/occurrences").get(errors::list_occurrences),
        route("/api/errors/{id}/symbolicate").post(artifacts::symbolicate_error),
        route("/api/errors/{id}/occurrences/{occurrence_id}").get(errors::get_occurrence),
        route("/api/errors/{id}/neighbors").get(errors::get_neighbors),
        route("/api/errors/{id}/often-with").get(errors::list_company),
        route("/api/errors/{id}/similar").get(errors::list_similar_errors),
        route("/api/errors/{id}/tags").get(tags::list_error_tags),
        route("/api/errors/{id}/tags/{key}").get(tags::list_error_tag_values),
        route("/api/tags").get(tags::list_tag_keys),
        route("/api/tags/{key}/values").get(tags::list_known_values),
        route("/api/stream").get(stream::stream_errors),
        route("/api/errors/{id}/grouping").get(grouping::explain_grouping),
        route("/api/find").get(find::find),
        route("/api/grouping/explain").post(grouping::explain_report),
        route("/api/errors/{id}/merge").post(grouping::merge_error),
        route("/api/errors/{id}/split").post(grouping::split_error),
        analytics("/api/stats").get(analytics::get_stats),
        analytics("/api/analytics/trends").get(trends::get_trends),
        analytics("/api/analytics/breakdown").get(breakdown::get_breakdown),
        analytics("/api/analytics/performance").get(monitoring::get_performance),
        analytics("/api/monitoring/services").get(monitoring::get_services),
        analytics("/api/monitoring/metrics").get(monitoring::get_system_metrics),
        analytics("/api/monitoring/uptime").get(monitoring::get_uptime),
        route("/service_status").get(monitoring::get_service_status),
        route("/orgs/{org_id}/errors")
            .get(orgs::list_org_errors)
            .post(orgs::log_org_error)
            .class(Class::Ingest),
    ]
}

fn of_releases() -> Vec<Route> {
    let audited = |path| route(path).audited();
    vec![
        audited("/api/releases")
            .get(releases::list_releases)
            .post(releases::create_release),
        audited("/api/releases/{version}").get(releases::get_release),
        audited("/api/releases/{version}/deploys").post(releases::create_deploy),
        audited("/api/artifacts").get(artifacts::list_artifacts),
        audited("/api/artifacts/{id}")
            .get(artifacts::get_artifact)
            .delete(artifacts::delete_artifact),
    ]
}

fn of_alerts() -> Vec<Route> {
    vec![
        route("/api/alerts/rules")
            .audited()
            .get(alerts::list_rules)
            .post(alerts::create_rule),
        route("/api/alerts/rules/check").post(alerts::preview::check_condition),
        route("/api/alerts/rules/preview")
            .post(alerts::preview::preview_rule)
            .class(Class::Analytics),
        route("/api/alerts/channels").get(alerts::channel::list_channels),
        route("/api/alerts/rules/{id}")
            .audited()
            .get(alerts::get_rule)
            .put(alerts::update_rule)
            .delete(alerts::delete_rule),
        route("/api/alerts/rules/{id}/test")
            .audited()
            .post(alerts::test_rule),
        route("/api/alerts/history").get(alerts::list_firings),
        route("/api/alerts/incidents")
            .get(incidents::list_incidents)
            .post(incidents::create_incident),
        route("/api/alerts/incidents/{id}")
            .get(incidents::get_incident)
            .put(incidents::update_incident),
        route("/api/alerts/incidents/{id}/timeline").get(incidents::timeline::list_timeline),
        route("/api/alerts/incidents/{id}/updates").post(incidents::timeline::post_update),
        route("/api/alerts/incidents/{id}/series").get(incidents::series::get_series),
    ]
}

fn of_settings() -> Vec<Route> {
    let settings = |path| route(path).audited();
    vec![
        settings("/api/settings/api-keys")
            .get(api_keys::list_api_keys)
            .post(api_keys::create_api_key),
        settings("/api/settings/api-keys/{id}").delete(api_keys::revoke_api_key),
        settings("/api/settings/integrations").get(integrations::list_integrations),
        settings("/api/settings/integrations/{name}")
            .put(integrations::set_integration)
            .delete(integrations::clear_integration),
        settings("/api/settings/integrations/{name}/test").post(integrations::test_integration),
        settings("/api/projects")
            .conflicts()
            .get(projects::list_projects)
            .post(projects::create_project),
        settings("/api/projects/{id}")
            .conflicts()
            .get(projects::get_project)
            .put(projects::update_project)
            .delete(projects::delete_project),
        settings("/api/projects/{id}/test-error").post(test_error::send_test_error),
        settings("/api/projects/{id}/keys")
            .get(project_keys::list_project_keys)
            .post(project_keys::create_project_key),
        settings("/api/projects/{id}/keys/{key_id}")
            .put(project_keys::update_project_key)
            .delete(project_keys::revoke_project_key),
        settings("/api/settings/team")
            .conflicts()
            .get(team::list_team),
        settings("/api/settings/team/invite")
            .conflicts()
            .post(team::invite_member),
    ]
}

fn of_sdks() -> Vec<Route> {
    let of = |policy, path| {
        let route = route(path).policy(policy);
        route.with_or_without_slash().from_any_origin()
    };
    let sentry = |path| of(Policy::SENTRY, path);
    let otlp = |path| of(Policy::OTLP, path);
    vec![
        sentry("/api/{number}/envelope/").post(sentry::receive_envelope),
        sentry("/api/{number}/store/").post(sentry::receive_event),
        sentry("/api/{number}/security/")
            .also("/api/{number}/csp-report/")
            .post(sentry::receive_security_report),
        otlp("/v1/logs").post(otlp::receive_logs),
        otlp("/v1/traces").post(otlp::receive_traces),
        otlp("/v1/metrics").post(otlp::receive_metrics),
        otlp("/api/{number}/otlp/v1/logs")
            .also("/api/{number}/integration/otlp/v1/logs")
            .post(otlp::receive_logs_of_project),
        otlp("/api/{number}/otlp/v1/traces")
            .also("/api/{number}/integration/otlp/v1/traces")
            .post(otlp::receive_traces_of_project),
    ]
}

fn of_build_tools() -> Vec<Route> {
    use build_tools::{bundles, chunks, deploys, organization, releases};
    let of = |path| {
        route(path)
            .policy(Policy::BUILD_TOOLS)
            .with_or_without_slash()
    };
    vec![
        of("/api/0/").get(organization::get_build_tools_root),
        of("/api/0/auth/").get(organization::get_build_tools_caller),
        of("/api/0/users/me/regions/").get(organization::list_regions),
        of("/api/0/organizations/{org}/").get(organization::get_build_tools_organization),
        of("/api/0/organizations/{org}/repos/").get(organization::list_repositories),
        of("/api/0/organizations/{org}/chunk-upload/")
            .get(chunks::get_chunk_options)
            .post(chunks::upload_chunk),
        of("/api/0/organizations/{org}/artifactbundle/assemble/").post(bundles::assemble_bundle),
        of("/api/0/organizations/{org}/releases/{version}/assemble/")
            .post(bundles::assemble_release_bundle),
        of("/api/0/organizations/{org}/releases/")
            .also("/api/0/projects/{org}/{project}/releases/")
            .get(releases::list_build_releases)
            .post(releases::create_build_release),
        of("/api/0/organizations/{org}/releases/{version}/")
            .also("/api/0/projects/{org}/{project}/releases/{version}/")
            .get(releases::get_build_release)
            .put(releases::update_build_release)
            .delete(releases::delete_build_release),
        of("/api/0/organizations/{org}/releases/{version}/previous-with-commits/")
            .get(releases::get_previous_release),
        of("/api/0/organizations/{org}/releases/{version}/deploys/")
            .get(deploys::list_build_deploys)
            .post(deploys::create_build_deploy),
    ]
}

fn of_v1() -> Vec<Route> {
    let v1 = |path| route(path).policy(Policy::V1);
    vec![
        v1("/api/v1/auth/login")
            .open()
            .available(Availability::Maintenance)
            .post(sessions::log_in),
        v1("/api/v1/auth/logout").post(sessions::log_out),
        v1("/api/v1/auth/me").get(sessions::get_me),
        v1("/api/v1/auth/password").post(passwords::change_password),
        v1("/api/v1/auth/forgot")
            .open()
            .post(passwords::forget_password),
        v1("/api/v1/auth/reset")
            .open()
            .post(passwords::reset_password),
        v1("/api/v1/auth/profile")
            .get(profile::get_profile)
            .put(profile::update_profile),
        v1("/api/v1/permissions").get(roles::list_catalogue),
        v1("/api/v1/platform/maintenance")
            .available(Availability::Maintenance)
            .get(platform::get_maintenance)
            .put(platform::set_maintenance),
        v1("/api/v1/invitations/accept")
            .open()
            .post(invitations::accept_invitation),
        v1("/api/v1/tenants")
            .get(tenants::list_tenants)
            .post(tenants::create_tenant),
        v1("/api/v1/tenants/{id}")
            .get(tenants::get_tenant)
            .put(tenants::update_tenant)
            .delete(tenants::delete_tenant),
        v1("/api/v1/tenants/{id}/suspend").post(tenants::suspend_tenant),
        v1("/api/v1/tenants/{id}/activate").post(tenants::activate_tenant),
        v1("/api/v1/tenants/{id}/audit").get(audit::list_audit),
        v1("/api/v1/tenants/{id}/members")
            .get(members::list_members)
            .post(members::add_member),
        v1("/api/v1/tenants/{id}/members/{member_id}")
            .get(members::get_member)
            .put(members::update_member)
            .delete(members::remove_member),
        v1("/api/v1/tenants/{id}/roles")
            .get(roles::list_roles)
            .post(roles::create_role),
        v1("/api/v1/tenants/{id}/roles/{role_id}")
            .get(roles::get_role)
            .put(roles::update_role)
            .delete(roles::delete_role),
        v1("/api/v1/tenants/{id}/policies")
            .get(roles::list_policies)
            .post(roles::create_policy),
        v1("/api/v1/tenants/{id}/policies/{policy_id}")
            .get(roles::get_policy)
            .put(roles::update_policy)
            .delete(roles::delete_policy),
        v1("/api/v1/tenants/{id}/permissions")
            .get(roles::list_permissions)
            .post(roles::create_permission),
        v1("/api/v1/tenants/{id}/permissions/{permission_id}")
            .get(roles::get_permission)
            .put(roles::update_permission)
            .delete(roles::delete_permission),
        v1("/api/v1/tenants/{id}/system-users")
            .get(system_users::list_system_users)
            .post(system_users::create_system_user),
        v1("/api/v1/tenants/{id}/system-users/{system_user_id}")
            .get(system_users::get_system_user)
            .put(system_users::update_system_user)
            .delete(system_users::delete_system_user),
        v1("/api/v1/tenants/{id}/system-users/{system_user_id}/rotate")
            .post(system_users::rotate_system_user),
        v1("/api/v1/tenants/{id}/invitations")
            .get(invitations::list_invitations)
            .post(invitations::create_invitation),
        v1("/api/v1/tenants/{id}/invitations/{invitation_id}")
            .delete(invitations::cancel_invitation),
        v1("/api/v1/tenants/{id}/invitations/{invitation_id}/resend")
            .post(invitations::resend_invitation),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::policy::{Authentication, Contract};
    use actix_web::http::Method;
    use std::collections::BTreeSet;

    fn policy(method: &Method, path: &str) -> Policy {
        let route = all().into_iter().find(|route| route.path() == path);
        route.unwrap().policies().of_method(method)
    }

    /// The routes of which something holds, as `METHOD path`.
    fn those(holds: impl Fn(&Policy) -> bool) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for route in all() {
            for (method, policy) in &route.policies().methods {
                if holds(policy) {
                    found.insert(format!("{method} {}", route.path()));
                }
            }
        }
        found
    }

    #[test]
    fn a_route_belongs_to_one_class() {
        for (method, path, class) in [
            (Method::POST, "/api/errors", Class::Ingest),
            (Method::POST, "/api/errors/batch", Class::Ingest),
            (Method::POST, "/orgs/{org_id}/errors", Class::Ingest),
            (Method::GET, "/orgs/{org_id}/errors", Class::General),
            (Method::GET, "/api/errors", Class::General),
            (Method::HEAD, "/api/errors", Class::General),
            (Method::POST, "/api/errors/bulk", Class::General),
            (Method::GET, "/api/stats", Class::Analytics),
            (Method::HEAD, "/api/analytics/trends", Class::Analytics),
            (Method::GET, "/api/monitoring/uptime", Class::Analytics),
            (Method::GET, "/api/settings/api-keys", Class::General),
        ] {
            assert_eq!(policy(&method, path).class, class, "{method} {path}");
        }
    }

    #[test]
    fn changes_of_tenants_settings_rules_projects_and_releases_are_audited() {
        let audited = those(|policy| policy.audited);
        for route in all() {
            let starts = [
                "/api/v1/",
                "/api/alerts/rules",
                "/api/settings/",
                "/api/projects",
                "/api/releases",
                "/api/artifacts",
                "/api/0/",
            ];
            // They change nothing.
            let questions = ["/api/alerts/rules/check", "/api/alerts/rules/preview"];
            let expected = starts.iter().any(|start| route.path().starts_with(start))
                && !questions.contains(&route.path());
            for (method, _) in &route.policies().methods {
                let name = format!("{method} {}", route.path());
                assert_eq!(audited.contains(&name), expected, "{name}");
            }
        }
    }

    #[test]
    fn what_is_open_and_what_answers_during_maintenance_is_listed_here() {
        let open = those(|policy| policy.authentication == Authentication::Open);
        let expected = [
            "GET /health",
            "GET /livez",
            "GET /metrics",
            "GET /openapi.json",
            "GET /readyz",
            "POST /api/v1/auth/forgot",
            "POST /api/v1/auth/login",
            "POST /api/v1/auth/reset",
            "POST /api/v1/invitations/accept",
        ];
        assert_eq!(open, expected.map(str::to_owned).into());
        let during = those(|policy| policy.availability != Availability::Operation);
        let expected = [
            "GET /api/v1/platform/maintenance",
            "GET /health",
            "GET /livez",
            "GET /metrics",
            "GET /readyz",
            "POST /api/v1/auth/login",
            "PUT /api/v1/platform/maintenance",
        ];
        assert_eq!(during, expected.map(str::to_owned).into());
    }

    #[test]
    fn the_contract_of_v1_is_that_of_its_paths() {
        for route in all() {
            let is_v1 = route.path().starts_with("/api/v1/");
            for (_, policy) in &route.policies().methods {
                assert_eq!(policy.contract == Contract::V1, is_v1, "{}", route.path());
            }
        }
    }
}
