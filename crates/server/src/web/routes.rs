//! Every page: its path, handlers and policy. Pages are no part of the OpenAPI document.

use super::{assets, errors, login, preferences};
use crate::http::policy::{Availability, Policy};
use crate::http::route::{Route, route};

/// Every page.
#[must_use]
pub fn all() -> Vec<Route> {
    let mut all = of_entrance();
    all.extend(of_errors());
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
    vec![page("/errors").get(errors::list)]
}
