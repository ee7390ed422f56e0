//! The OpenAPI document, generated from the handlers and the policies of their routes.
//!
//! Generating it is a megabyte of code, which the binary does not carry: it serves `openapi.json` (`openapi_file.rs`),
//! and a test sees to it that both say the same.

use crate::api::{
    alerts, analytics, api_keys, artifacts, audit, breakdown, build_tools, errors, find, grouping,
    health, incidents, integrations, invitations, members, monitoring, orgs, passwords, platform,
    profile, project_keys, projects, releases, roles, sessions, stream, system_users, tags, team,
    tenants, test_error, trends,
};
use crate::http::envelope::ErrorEnvelope;
use crate::http::error::{Code, FieldProblem};
use crate::http::error_format::ErrorFormat;
use crate::http::policy::{Authentication, Availability, Policy};
use crate::http::session_cookie::SESSION_COOKIE;
use crate::ingest::{self, otlp, sentry};
use crate::routes;
use actix_web::http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, OpenApi as Document, Ref, RefOr, Required, Response, ResponseBuilder,
};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Faultbook",
        description = "A self-hosted error log: report errors; similar ones are grouped and counted exactly.\n\nEvery request but health checks carries a credential: a key, as `X-API-Key` or as a \
            bearer token; a system user's bearer token; or a session's cookie, with `X-CSRF-Token` on every change \
            and `X-Tenant` (id or slug) to choose one of several tenants. In development the key is `test-api-key`.\n\nEvery failure has one shape: `success`, \
            `status`, `error` (a sentence), `code`, `request_id`, and `details` where fields are at fault.",
        license(name = "Apache-2.0"),
    ),
    paths(
        health::get_health, health::get_livez, health::get_readyz, health::get_metrics, health::get_openapi,
        ingest::create_error, ingest::create_errors,
        sentry::receive_envelope, sentry::receive_event, sentry::receive_security_report,
        otlp::receive_logs, otlp::receive_traces, otlp::receive_metrics,
        otlp::receive_logs_of_project, otlp::receive_traces_of_project,
        errors::list_errors, errors::list_facets, errors::count_errors, errors::get_neighbors, errors::list_company, errors::get_attention, errors::get_occurrence, errors::list_similar_errors, errors::bulk::change_errors, errors::bulk::get_job, errors::get_error, errors::delete_error,
        errors::resolve_error, errors::ignore_error, errors::reopen_error, errors::unresolve_error, errors::assign_error,
        errors::bookmark_error, errors::remove_bookmark, errors::follow_error, errors::unfollow_error, errors::list_activity,
        errors::list_comments, errors::create_comment, errors::update_comment, errors::delete_comment,
        errors::list_occurrences, tags::list_error_tags, tags::list_error_tag_values, tags::list_tag_keys, tags::list_known_values, stream::stream_errors,
        find::find, grouping::explain_grouping, grouping::explain_report, grouping::merge_error, grouping::split_error,
        analytics::get_stats, trends::get_trends, breakdown::get_breakdown, monitoring::get_performance, monitoring::get_services,
        monitoring::get_system_metrics, monitoring::get_uptime, monitoring::get_service_status,
        api_keys::list_api_keys, api_keys::create_api_key, api_keys::revoke_api_key,
        alerts::list_rules, alerts::create_rule, alerts::get_rule, alerts::update_rule, alerts::delete_rule,
        alerts::preview::check_condition, alerts::preview::preview_rule, alerts::channel::list_channels,
        alerts::test_rule, alerts::list_firings, incidents::list_incidents, incidents::create_incident,
        incidents::get_incident, incidents::update_incident, incidents::timeline::list_timeline,
        incidents::timeline::post_update, incidents::series::get_series, integrations::list_integrations,
        integrations::set_integration, integrations::clear_integration, integrations::test_integration,
        orgs::list_org_errors, orgs::log_org_error,
        releases::list_releases, releases::get_release, releases::create_release, releases::create_deploy,
        projects::list_projects, projects::create_project, projects::get_project, projects::update_project,
        projects::delete_project, test_error::send_test_error, project_keys::list_project_keys, project_keys::create_project_key,
        project_keys::update_project_key, project_keys::revoke_project_key, team::list_team, team::invite_member,
        sessions::log_in, sessions::log_out, sessions::get_me, passwords::change_password, passwords::forget_password, passwords::reset_password,
        profile::get_profile, profile::update_profile,
        tenants::list_tenants, tenants::create_tenant, tenants::get_tenant, tenants::update_tenant,
        tenants::delete_tenant, tenants::suspend_tenant, tenants::activate_tenant, audit::list_audit,
        members::list_members, members::add_member, members::get_member, members::update_member, members::remove_member,
        invitations::list_invitations, invitations::create_invitation, invitations::resend_invitation,
        invitations::cancel_invitation, invitations::accept_invitation,
        roles::list_roles, roles::create_role, roles::get_role, roles::update_role, roles::delete_role,
        roles::list_policies, roles::create_policy, roles::get_policy, roles::update_policy, roles::delete_policy,
        roles::list_catalogue, roles::list_permissions, roles::create_permission,
        roles::get_permission, roles::update_permission, roles::delete_permission,
        system_users::list_system_users, system_users::create_system_user, system_users::get_system_user,
        system_users::update_system_user, system_users::rotate_system_user, system_users::delete_system_user,
        platform::get_maintenance, platform::set_maintenance,
        artifacts::list_artifacts, artifacts::get_artifact, artifacts::delete_artifact, artifacts::symbolicate_error,
        build_tools::organization::get_build_tools_root, build_tools::organization::get_build_tools_caller,
        build_tools::organization::list_regions, build_tools::organization::get_build_tools_organization,
        build_tools::organization::list_repositories, build_tools::chunks::get_chunk_options, build_tools::chunks::upload_chunk,
        build_tools::bundles::assemble_bundle, build_tools::bundles::assemble_release_bundle,
        build_tools::releases::list_build_releases, build_tools::releases::create_build_release,
        build_tools::releases::get_build_release, build_tools::releases::update_build_release,
        build_tools::releases::delete_build_release, build_tools::releases::get_previous_release,
        build_tools::deploys::list_build_deploys, build_tools::deploys::create_build_deploy,
    ),
    components(schemas(
        ingest::report::NewError, errors::view::ErrorView, errors::view::ErrorList, errors::view::OccurrenceView, errors::view::OccurrenceList, ingest::batch::BatchItem,
        build_tools::bundles::DetailView, build_tools::bundles::NewBundle, build_tools::releases::NewBuildRelease, build_tools::deploys::NewBuildDeploy,
        stream::StreamEvent, errors::bulk::BulkRequest, errors::bulk::BulkView, errors::bulk::JobStarted, errors::bulk::JobView, grouping::Grouping, grouping::Explained, grouping::MergeRequest, grouping::SplitRequest, ingest::batch::QueuedReport, ingest::batch::QueuedBatch, analytics::StatsView, trends::TrendView,
        api_keys::NewKeyRequest, sessions::LoginRequest, passwords::PasswordRequest, passwords::ForgottenPassword, passwords::PasswordResetRequest, profile::ProfileChangeRequest, tenants::NewTenant, tenants::TenantChange, projects::NewProject, releases::NewRelease, releases::NewReleaseDeploy, project_keys::NewProjectKey, members::NewMember,
        members::MemberChangeRequest, invitations::NewInvitation, invitations::AcceptRequest, roles::NewRole, roles::NewPolicy, roles::NewPermission,
        system_users::NewSystemUser, system_users::SystemUserChangeRequest, platform::Maintenance, alerts::rule::NewRule, alerts::preview::ConditionToCheck, alerts::preview::RuleToPreview, incidents::NewIncident, incidents::timeline::NewIncidentUpdate, orgs::NewOrgError, orgs::OrgError, orgs::OrgErrorLogged, health::Health, sentry::EventId, ErrorEnvelope, FieldProblem,
    )),
    tags(
        (name = "Errors", description = "Report, list, resolve and delete errors"),
        (name = "SDKs", description = "What Sentry SDKs and OpenTelemetry exporters send.\n\nGive an SDK the `dsn` that \
            `GET /api/projects` shows: `sentry_sdk.init(dsn=\"http://KEY@HOST:8080/NUMBER\")`. Give an exporter \
            `OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:8080` and `OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY`. By hand:\n\n\
            ```sh\ncurl http://HOST:8080/api/NUMBER/envelope/ -H 'X-Sentry-Auth: Sentry sentry_key=KEY' --data-binary \
            $'{}\\n{\"type\":\"event\"}\\n{\"message\":\"It works\"}'\n\
            curl http://HOST:8080/v1/logs -H 'X-API-Key: KEY' -H 'Content-Type: application/json' -d \
            '{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"severityText\":\"ERROR\",\"body\":{\"stringValue\":\"It works\"}}]}]}]}'\n```"),
        (name = "Source maps", description = "Uploaded bundles of scripts and source maps"),
        (name = "Build tools", description = "What `sentry-cli` and the bundler plugins upload source maps with"),
        (name = "Releases", description = "Versions of projects: known from reports, or announced"),
        (name = "Grouping", description = "Explain grouping; merge and split errors"),
        (name = "Analytics", description = "Stats and trends"),
        (name = "Alerts", description = "Alert rules and the history of firings"),
        (name = "Incidents", description = "Incidents with their timeline and errors"),
        (name = "Integrations", description = "Settings of notification channels"),
        (name = "Settings", description = "API keys and the team"),
        (name = "Projects", description = "Projects: reports are grouped within one"),
        (name = "Sessions", description = "Log-in, log-out and passwords"),
        (name = "Tenants", description = "Tenants: isolated organizations"),
        (name = "Members", description = "Members and invitations of a tenant"),
        (name = "Roles", description = "Roles, policies and permissions"),
        (name = "System users", description = "System users: programs that act for a tenant"),
        (name = "Platform", description = "Maintenance mode of the installation"),
        (name = "Monitoring", description = "Health and performance, measured on every node"),
        (name = "Organizations", description = "Error events of an organization"),
        (name = "Operations", description = "Health checks and metrics of the server"),
    ),
    security(("key" = []), ("bearer" = []), ("session" = [])),
    modifiers(&Credentials, &Refusals, &Aliases, &ErrorTable),
)]
struct ApiDocument;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
        let bearer =
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE)));
        components.add_security_scheme("key", key);
        components.add_security_scheme("bearer", bearer);
        components.add_security_scheme("session", cookie);
        for (name, header) in [("dsn", "X-Sentry-Auth"), ("dsn_header", "Authorization")] {
            let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(header)));
            components.add_security_scheme(name, scheme);
        }
        let query = SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("sentry_key")));
        components.add_security_scheme("dsn_query", query);
    }
}

/// What any operation may answer beside what its own description says, and who may call it, by its route's policy.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut Document) {
        for route in routes::all() {
            let Some(item) = document.paths.paths.get_mut(route.path()) else {
                continue;
            };
            for (method, policy) in &route.policies().methods {
                let (operation, takes_body) = match *method {
                    Method::GET => (&mut item.get, false),
                    Method::DELETE => (&mut item.delete, false),
                    Method::POST => (&mut item.post, true),
                    _ => (&mut item.put, true),
                };
                if let Some(operation) = operation {
                    describe(operation, route.path(), policy, takes_body);
                }
            }
        }
    }
}

/// Describes the other paths of a route as the route itself.
struct Aliases;

impl Modify for Aliases {
    fn modify(&self, document: &mut Document) {
        for route in routes::all() {
            for alias in route.aliases() {
                let Some(mut item) = document.paths.paths.get(route.path()).cloned() else {
                    continue;
                };
                let operations = [
                    &mut item.get,
                    &mut item.post,
                    &mut item.put,
                    &mut item.delete,
                ];
                for operation in operations.into_iter().flatten() {
                    let id = operation.operation_id.take().unwrap_or_default();
                    operation.operation_id = Some(format!("{id}_alias"));
                    name_parameters(operation, alias);
                }
                document.paths.paths.insert((*alias).to_owned(), item);
            }
        }
    }
}

/// Describes the parameters that another path of a route has beside those of the route.
fn name_parameters(operation: &mut Operation, path: &str) {
    let names = path.split(['{', '}']).skip(1).step_by(2);
    let parameters = operation.parameters.get_or_insert_default();
    for name in names {
        let is_named = |known: &RefOr<_>| matches!(known, RefOr::T(Parameter { name: own, .. }) if own == name);
        if parameters.iter().any(is_named) {
            continue;
        }
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build();
        parameters.push(RefOr::T(parameter));
    }
}

fn describe(operation: &mut Operation, path: &str, policy: &Policy, takes_body: bool) {
    let schemes: &[&str] = match policy.authentication {
        Authentication::Credential | Authentication::Open => &[],
        Authentication::DsnKey => &["dsn", "dsn_header", "dsn_query"],
        Authentication::AnyKey => &["key", "bearer", "dsn", "dsn_header", "dsn_query"],
    };
    if policy.authentication == Authentication::Open && operation.security.is_none() {
        operation.security = Some(vec![SecurityRequirement::default()]);
    } else if !schemes.is_empty() {
        let one = |name: &&str| SecurityRequirement::new(*name, Vec::<String>::new());
        operation.security = Some(schemes.iter().map(one).collect());
    }
    for (status, description) in refusals(path, policy, takes_body) {
        let known = &mut operation.responses.responses;
        known
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(refusal(description, policy.errors)));
    }
}

fn refusals(
    path: &str,
    policy: &Policy,
    takes_body: bool,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let about_callers = [
        ("400", "Invalid input"),
        ("401", "No valid credential"),
        ("403", "The caller lacks the permission"),
        ("429", "Too many requests, or failures of this address"),
        ("500", "A defect, or a service that failed"),
    ];
    let about_bodies = [
        ("408", "The body took too long"),
        ("413", "The body is too large"),
        ("415", "An unsupported type or encoding of the body"),
    ];
    let of_v1 = policy.is_v1();
    let missing = path.contains('{') || of_v1;
    let asks_callers = policy.authentication != Authentication::Open || takes_body;
    let fails = policy.availability != Availability::Always;
    about_callers
        .into_iter()
        .filter(move |_| asks_callers)
        .chain(about_bodies.into_iter().filter(move |_| takes_body))
        .chain(policy.conflicts.then_some(("409", "Taken, or in use")))
        .chain(of_v1.then_some(("422", "A value breaks a rule")))
        .chain(missing.then_some(("404", "Not found")))
        .chain(fails.then_some((
            "503",
            "Temporarily unavailable; retry after `Retry-After` seconds",
        )))
}

fn refusal(description: &str, errors: ErrorFormat) -> Response {
    let schema = match errors {
        ErrorFormat::Detail => "BuildToolsError",
        _ => "ErrorEnvelope",
    };
    ResponseBuilder::new()
        .description(description)
        .content(
            "application/json",
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(schema)))
                .build(),
        )
        .build()
}

/// Puts the table of errors where people read.
struct ErrorTable;

impl Modify for ErrorTable {
    fn modify(&self, document: &mut Document) {
        let description = document.info.description.get_or_insert_default();
        description.push_str("\n\n| code | status | error | when |\n|---|---|---|---|\n");
        for code in Code::ALL {
            description.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                code.name(),
                code.status().as_u16(),
                code.sentence(),
                code.description().trim(),
            ));
        }
    }
}

/// The document as the handlers describe it, an item a line: what `openapi.json` must say.
///
/// # Errors
/// When it cannot be written down.
pub fn generated_text() -> serde_json::Result<String> {
    let document = serde_json::to_value(ApiDocument::openapi())?;
    Ok(format!("{document:#}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi_file::pretty_text;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_is_the_one_that_is_served() {
        let told = "openapi.json is out of date: run `just openapi`";
        assert!(
            generated_text().unwrap() == pretty_text().unwrap(),
            "{told}"
        );
        assert!(
            include_str!("../openapi.json") == pretty_text().unwrap(),
            "{told}"
        );
    }

    #[test]
    fn every_route_is_documented_and_nothing_else() {
        let routes: BTreeSet<(String, String)> = routes::all()
            .iter()
            .flat_map(|route| {
                let methods = &route.policies().methods;
                let paths = std::iter::once(route.path()).chain(route.aliases().iter().copied());
                let paths: Vec<&str> = paths.collect();
                let of_method = |(method, _): &(Method, Policy)| {
                    let method = method.as_str().to_lowercase();
                    let named = paths
                        .iter()
                        .map(|path| ((*path).to_owned(), method.clone()));
                    named.collect::<Vec<_>>()
                };
                methods.iter().flat_map(of_method).collect::<Vec<_>>()
            })
            .collect();
        let document = serde_json::to_value(ApiDocument::openapi()).unwrap();
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
        let document = serde_json::to_value(ApiDocument::openapi()).unwrap();
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
