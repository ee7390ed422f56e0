//! Every page: its path, handlers and policy. Pages are no part of the OpenAPI document.

use super::settings::{
    self, audit, integrations, keys, organization, projects, roles, source_maps, system_users, team,
};
use super::{
    account, alerts, assets, dashboard, error, errors, find, incidents, login, monitoring,
    platform, preferences, releases, start,
};
use crate::http::policy::{Availability, Policy};
use crate::http::route::{Route, route};
use faultbook_domain::rate_limit::Class;

/// Every page.
#[must_use]
pub fn all() -> Vec<Route> {
    let mut all = of_entrance();
    all.extend(of_errors());
    all.extend(of_work());
    all.extend(of_settings());
    all.extend(of_accounts());
    all
}

/// A page for those who are signed in.
pub(super) fn page(path: &'static str) -> Route {
    route(path).policy(Policy::PAGE).from_own_pages()
}

/// A page for anybody.
pub(super) fn open_page(path: &'static str) -> Route {
    page(path).open()
}

fn of_entrance() -> Vec<Route> {
    vec![
        open_page("/assets/{file}")
            .available(Availability::Always)
            .get(assets::get_asset),
        page("/").get(login::go_home),
        open_page("/login")
            .available(Availability::Maintenance)
            .get(login::show_login)
            .post(login::log_in),
        open_page("/login/development").post(login::log_in_as_developer),
        open_page("/setup/{token}")
            .get(login::show_setup)
            .post(login::set_up),
        page("/logout")
            .available(Availability::Maintenance)
            .post(login::log_out),
        page("/theme").post(preferences::choose_theme),
        page("/tenant").post(preferences::choose_tenant),
    ]
}

fn of_errors() -> Vec<Route> {
    vec![
        page("/errors").get(errors::list),
        page("/errors/volume")
            .class(Class::Analytics)
            .get(errors::show_volume),
        page("/errors/bulk").post(errors::bulk::change),
        page("/errors/{id}").get(error::show),
        page("/errors/{id}/o/{occurrence}").get(error::show_occurrence),
        page("/errors/{id}/resolve").post(error::decide),
        page("/errors/{id}/ignore").post(error::decide),
        page("/errors/{id}/reopen").post(error::decide),
        page("/errors/{id}/assign").post(error::decide),
        page("/errors/{id}/follow").post(error::mark),
        page("/errors/{id}/bookmark").post(error::mark),
        page("/errors/{id}/comment").post(error::comment),
        page("/errors/{id}/uncomment").post(error::delete_comment),
        page("/errors/{id}/merge")
            .get(error::show_merge)
            .post(error::merge),
        page("/errors/{id}/split").post(error::split),
        page("/errors/{id}/symbolicate").post(error::symbolicate),
        page("/projects/{slug}/start").get(start::show),
        page("/projects/{slug}/test-error").post(start::send_test),
        page("/dashboard").get(dashboard::show),
        page("/find").get(find::find),
        page("/help/keys").get(find::show_keys),
    ]
}

fn of_work() -> Vec<Route> {
    vec![
        page("/alerts").get(alerts::list),
        page("/alerts/new")
            .audited()
            .get(alerts::show_new)
            .post(alerts::create),
        page("/alerts/check").post(alerts::check),
        page("/alerts/{id}")
            .audited()
            .get(alerts::show)
            .post(alerts::update),
        page("/alerts/{id}/switch").audited().post(alerts::switch),
        page("/alerts/{id}/test").audited().post(alerts::test),
        page("/alerts/{id}/delete").audited().post(alerts::delete),
        page("/incidents").get(incidents::list),
        page("/incidents/new")
            .get(incidents::show_new)
            .post(incidents::create),
        page("/incidents/{id}")
            .get(incidents::show)
            .post(incidents::update),
        page("/incidents/{id}/status").post(incidents::set_status),
        page("/releases")
            .audited()
            .get(releases::list)
            .post(releases::create),
        page("/releases/one").get(releases::show),
        page("/releases/change").audited().post(releases::update),
        page("/releases/deploys").audited().post(releases::deploy),
        page("/monitoring")
            .class(Class::Analytics)
            .get(monitoring::show),
        page("/status").get(monitoring::show_status),
    ]
}

fn of_settings() -> Vec<Route> {
    let setting = |path| page(path).audited();
    vec![
        page("/settings").get(settings::go_first),
        setting("/settings/projects")
            .get(projects::list)
            .post(projects::create),
        setting("/settings/projects/{slug}")
            .get(projects::show)
            .post(projects::update),
        setting("/settings/projects/{slug}/delete").post(projects::delete),
        setting("/settings/projects/{slug}/keys").post(projects::create_key),
        setting("/settings/projects/{slug}/keys/{key_id}").post(projects::update_key),
        setting("/settings/projects/{slug}/keys/{key_id}/revoke").post(projects::revoke_key),
        setting("/settings/keys").get(keys::show).post(keys::create),
        setting("/settings/keys/{id}/revoke").post(keys::revoke),
        setting("/settings/system-users")
            .get(system_users::show)
            .post(system_users::create),
        setting("/settings/system-users/{id}").post(system_users::update),
        setting("/settings/system-users/{id}/rotate").post(system_users::rotate),
        setting("/settings/system-users/{id}/delete").post(system_users::delete),
        setting("/settings/team").get(team::show),
        setting("/settings/team/invite").post(team::invite),
        setting("/settings/team/members/{id}").post(team::update_member),
        setting("/settings/team/members/{id}/remove").post(team::remove_member),
        setting("/settings/team/invitations/{id}/resend").post(team::resend),
        setting("/settings/team/invitations/{id}/withdraw").post(team::withdraw),
        setting("/settings/roles")
            .get(roles::show)
            .post(roles::create),
        setting("/settings/roles/{id}").post(roles::update),
        setting("/settings/roles/{id}/delete").post(roles::delete),
        setting("/settings/integrations").get(integrations::list),
        setting("/settings/integrations/{name}")
            .get(integrations::show)
            .post(integrations::set),
        setting("/settings/integrations/{name}/test").post(integrations::test),
        setting("/settings/integrations/{name}/clear").post(integrations::clear),
        page("/settings/source-maps").get(source_maps::list),
        page("/settings/source-maps/{id}").get(source_maps::show),
        setting("/settings/source-maps/{id}/delete").post(source_maps::delete),
        page("/settings/audit").get(audit::show),
        page("/settings/audit.csv").get(audit::download),
        setting("/settings/organization")
            .get(organization::show)
            .post(organization::update),
        setting("/settings/organization/delete").post(organization::delete),
        page("/platform")
            .available(Availability::Maintenance)
            .get(platform::show),
        setting("/platform/maintenance")
            .available(Availability::Maintenance)
            .post(platform::set_maintenance),
        setting("/platform/organizations").post(platform::create_tenant),
        setting("/platform/organizations/{id}").post(platform::set_suspended),
    ]
}

fn of_accounts() -> Vec<Route> {
    vec![
        page("/profile")
            .audited()
            .get(account::show_profile)
            .post(account::update_profile),
        open_page("/forgot")
            .get(account::show_forgot)
            .post(account::forget),
        open_page("/reset")
            .audited()
            .get(account::show_reset)
            .post(account::reset),
        page("/profile/password")
            .audited()
            .post(account::change_password),
        page("/profile/organizations")
            .audited()
            .post(account::create_organization),
        open_page("/invite/{token}")
            .audited()
            .get(account::show_invitation)
            .post(account::accept_invitation),
    ]
}
