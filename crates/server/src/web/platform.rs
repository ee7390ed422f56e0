//! The installation as a whole: organizations and maintenance.

use super::call::{Body, done, show_again};
use super::form::Form;
use super::page::{Page, see_other_with};
use super::visitor::Visitor;
use crate::api::{platform as platform_api, tenants as tenants_api};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::tenancy::{Platform, Tenants, require_platform_admin};
use faultbook_web::form::FormState;
use faultbook_web::platform::PlatformPage;
use faultbook_web::shell::{Flash, Section};

/// The services that the page needs.
pub type Installation = (Data<Tenants>, Data<Platform>);

const PATH: &str = "/platform";

async fn page(
    visitor: &Visitor,
    query: &Query,
    (tenants, platform): &Installation,
    typed: FormState,
) -> ApiResult<PlatformPage> {
    require_platform_admin(visitor.principal())?;
    let (after, limit) = query.page()?;
    let page = tenants.list(visitor.principal(), after, limit).await?;
    let is_closed = platform.refresh().await?;
    let shell = visitor.shell(Section::Platform, "Platform").await?;
    let rest = (page.total, page.next.map(|next| next.to_string()));
    Ok(PlatformPage::new(shell, page.items, rest, is_closed, typed))
}

/// Shows the organizations, and whether the installation is closed.
///
/// # Errors
/// 403 for those who do not administer the platform.
pub async fn show(
    visitor: Visitor,
    query: Query,
    services: Installation,
) -> ApiResult<Page<PlatformPage>> {
    Ok(Page::new(
        page(&visitor, &query, &services, FormState::blank()).await?,
    ))
}

/// Closes the installation for maintenance, or opens it.
///
/// # Errors
/// As the route of the API.
pub async fn set_maintenance(form: Form, platform: Data<Platform>) -> ApiResult<HttpResponse> {
    let closed = form.get("enabled") == "true";
    let sent = Body::new()
        .with("enabled", closed)
        .sent_to_v1(&form.visitor)?;
    let set = platform_api::set_maintenance(sent, platform).await;
    let said = if closed {
        "Closed for maintenance"
    } else {
        "Open again"
    };
    done(&form, set, PATH, said)
}

/// Makes an organization.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create_tenant(
    form: Form,
    query: Query,
    services: Installation,
) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "name").any_text(&form, "slug");
    let sent = body.sent_to_v1(&form.visitor)?;
    let request = form.visitor.request().clone();
    match tenants_api::create_tenant(sent, request.clone(), services.0.clone()).await {
        Ok(_) => Ok(see_other_with(
            &request,
            PATH,
            &Flash::done("Organization made"),
        )),
        Err(error) => {
            show_again(&form, "organization", error, async |typed| {
                page(&form.visitor, &query, &services, typed).await
            })
            .await
        }
    }
}

/// Suspends an organization, or lets it in again.
///
/// # Errors
/// As the routes of the API.
pub async fn set_suspended(
    form: Form,
    tenant: Path<String>,
    tenants: Data<Tenants>,
) -> ApiResult<HttpResponse> {
    let (caller, request) = (form.visitor.caller(), form.visitor.request().clone());
    let (set, said) = if form.get("suspended") == "true" {
        (
            tenants_api::suspend_tenant(caller, tenant, request, tenants).await,
            "Suspended",
        )
    } else {
        (
            tenants_api::activate_tenant(caller, tenant, request, tenants).await,
            "Active again",
        )
    };
    done(&form, set, PATH, said)
}
