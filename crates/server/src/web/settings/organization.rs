//! The organization itself.

use crate::api::tenants as api;
use crate::http::error::{ApiError, ApiResult};
use crate::web::call::{Body, home, show_again};
use crate::web::form::Form;
use crate::web::page::{Page, see_other, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::Tenants;
use faultbook_web::form::FormState;
use faultbook_web::settings::OrganizationPage;
use faultbook_web::shell::{Flash, Section};

const PATH: &str = "/settings/organization";

async fn page(visitor: &Visitor, typed: FormState) -> ApiResult<OrganizationPage> {
    visitor.require(Permission::TenantManage)?;
    let tenant = home(visitor).await?.tenant.clone();
    let shell = visitor.shell(Section::Settings, "Organization").await?;
    Ok(OrganizationPage::new(shell, tenant, typed))
}

/// Shows the organization.
///
/// # Errors
/// 403 for those who may not manage it.
pub async fn show(visitor: Visitor) -> ApiResult<Page<OrganizationPage>> {
    Ok(Page::new(page(&visitor, FormState::blank()).await?))
}

/// Renames the organization.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update(form: Form, tenants: Data<Tenants>) -> ApiResult<HttpResponse> {
    let sent = Body::new()
        .any_text(&form, "name")
        .sent_home(&form.visitor)
        .await?;
    match api::update_tenant(sent, tenants).await {
        Ok(_) => Ok(see_other_with(
            form.visitor.request(),
            PATH,
            &Flash::done("Organization saved"),
        )),
        Err(error) => {
            show_again(&form, "organization", error, async |typed| {
                page(&form.visitor, typed).await
            })
            .await
        }
    }
}

/// Deletes the organization, whose short name was typed.
///
/// # Errors
/// As the route of the API; another name is asked for again.
pub async fn delete(form: Form, tenants: Data<Tenants>) -> ApiResult<HttpResponse> {
    let caller = home(&form.visitor).await?;
    let deleted = if form.get("confirm") == caller.tenant.slug.as_str() {
        api::delete_tenant(caller, tenants).await
    } else {
        Err(ApiError::field(
            "confirm",
            "must be the short name of the organization",
        ))
    };
    match deleted {
        Ok(_) => Ok(see_other("/login?note=out")),
        Err(error) => {
            show_again(&form, "delete", error, async |typed| {
                page(&form.visitor, typed).await
            })
            .await
        }
    }
}
