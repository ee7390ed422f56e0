//! System users.

use crate::api::system_users as api;
use crate::http::error::ApiResult;
use crate::http::extract::PathId;
use crate::web::call::{Body, done, home, show_again};
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::id::SystemUserId;
use faultbook_domain::identity::{Permission, RbacKind, Roles, SystemUsers};
use faultbook_web::form::FormState;
use faultbook_web::settings::{Secret, SystemUsersPage};
use faultbook_web::shell::{Flash, Section};

/// The services that the page needs.
pub type Programs = (Data<SystemUsers>, Data<Roles>);

const PATH: &str = "/settings/system-users";

/// System users that are shown.
const SHOWN: u32 = 1_000;

async fn page(
    visitor: &Visitor,
    (users, roles): &Programs,
    made: Option<Secret>,
    typed: FormState,
) -> ApiResult<SystemUsersPage> {
    visitor.require(Permission::KeysManage)?;
    let tenant = visitor.tenant_scope();
    let users = users.list(tenant, None, SHOWN).await?.items;
    let roles = roles.list(tenant, RbacKind::Role).await?;
    let shell = visitor.shell(Section::Settings, "System users").await?;
    Ok(SystemUsersPage::new(shell, users, roles, made, typed))
}

/// Shows the system users.
///
/// # Errors
/// 403 for those who may not manage keys.
pub async fn show(visitor: Visitor, services: Programs) -> ApiResult<Page<SystemUsersPage>> {
    Ok(Page::new(
        page(&visitor, &services, None, FormState::blank()).await?,
    ))
}

async fn shown_once(form: &Form, services: &Programs, secret: Secret) -> ApiResult<HttpResponse> {
    let page = page(&form.visitor, services, Some(secret), FormState::blank()).await?;
    Ok(Page::new(page).secret().respond_to(form.visitor.request()))
}

/// Makes a system user, and shows its token this once.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create(form: Form, services: Programs) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "name").text(&form, "role");
    let body = body.time_or_null(&form, "expires_at");
    let sent = body.sent_home(&form.visitor).await?;
    let (users, roles) = services.clone();
    match api::create_system_user(sent, users, roles).await {
        Ok(made) => {
            let of = form.get("name").to_owned();
            let text = made.into_data().token;
            shown_once(&form, &services, Secret { of, text }).await
        }
        Err(error) => {
            show_again(&form, "new", error, async |typed| {
                page(&form.visitor, &services, None, typed).await
            })
            .await
        }
    }
}

/// Changes a system user.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update(
    form: Form,
    id: PathId<SystemUserId>,
    services: Programs,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let body = Body::new().any_text(&form, "name").text(&form, "role");
    let body = body.time_or_null(&form, "expires_at").flag(&form, "active");
    let sent = body.sent_home(&form.visitor).await?;
    let (users, roles) = services.clone();
    match api::update_system_user(sent, PathId::of(id), users, roles).await {
        Ok(_) => Ok(see_other_with(
            form.visitor.request(),
            PATH,
            &Flash::done("System user saved"),
        )),
        Err(error) => {
            show_again(&form, &id.to_string(), error, async |typed| {
                page(&form.visitor, &services, None, typed).await
            })
            .await
        }
    }
}

/// Gives a system user a new token, and shows it this once.
///
/// # Errors
/// As the route of the API.
pub async fn rotate(
    form: Form,
    id: PathId<SystemUserId>,
    services: Programs,
) -> ApiResult<HttpResponse> {
    let (users, roles) = services.clone();
    let rotated = api::rotate_system_user(home(&form.visitor).await?, id, users, roles).await;
    match rotated {
        Ok(made) => {
            let of = "The new token".to_owned();
            let text = made.into_data().token;
            shown_once(&form, &services, Secret { of, text }).await
        }
        Err(error) => done::<()>(&form, Err(error), PATH, ""),
    }
}

/// Removes a system user.
///
/// # Errors
/// As the route of the API.
pub async fn delete(
    form: Form,
    id: PathId<SystemUserId>,
    users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<HttpResponse> {
    let deleted = api::delete_system_user(home(&form.visitor).await?, id, users, roles).await;
    done(&form, deleted, PATH, "System user deleted")
}
