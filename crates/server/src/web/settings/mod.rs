//! Settings.

pub mod audit;
pub mod integrations;
pub mod keys;
pub mod organization;
pub mod projects;
pub mod roles;
pub mod source_maps;
pub mod system_users;
pub mod team;

use super::page::see_other;
use super::visitor::Visitor;
use actix_web::HttpResponse;

/// Leads to the first page of the settings.
pub async fn go_first(_: Visitor) -> HttpResponse {
    see_other("/settings/projects")
}
