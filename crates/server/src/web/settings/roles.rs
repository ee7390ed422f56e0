//! Roles, policies and permissions.

use crate::api::roles as api;
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::PathId;
use crate::web::call::{Body, done, home, show_again};
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::id::RbacItemId;
use faultbook_domain::identity::{Access, Permission, RbacKind, Roles};
use faultbook_web::form::FormState;
use faultbook_web::settings::RolesPage;
use faultbook_web::shell::{Flash, Section};

const PATH: &str = "/settings/roles";

async fn page(visitor: &Visitor, roles: &Roles, typed: FormState) -> ApiResult<RolesPage> {
    visitor.require(Permission::TeamRead)?;
    let tenant = visitor.tenant_scope();
    let of = async |kind| roles.list(tenant, kind).await;
    let all = of(RbacKind::Role).await?;
    let policies = of(RbacKind::Policy).await?;
    let permissions = of(RbacKind::Permission).await?;
    let shell = visitor.shell(Section::Settings, "Roles").await?;
    Ok(RolesPage::new(shell, all, policies, permissions, typed))
}

/// Shows roles, policies and permissions.
///
/// # Errors
/// 403 for those who may not see the team.
pub async fn show(visitor: Visitor, roles: Data<Roles>) -> ApiResult<Page<RolesPage>> {
    Ok(Page::new(page(&visitor, &roles, FormState::blank()).await?))
}

fn kind(form: &Form) -> ApiResult<RbacKind> {
    match form.get("kind") {
        "role" => Ok(RbacKind::Role),
        "policy" => Ok(RbacKind::Policy),
        "permission" => Ok(RbacKind::Permission),
        _ => Err(ApiError::field(
            "kind",
            "must be role, policy or permission",
        )),
    }
}

fn body(form: &Form, kind: RbacKind) -> Body {
    let body = match form.text("name") {
        Some(name) => Body::new().with("name", name),
        None => Body::new(),
    };
    let body = body.any_text(form, "description");
    match kind {
        RbacKind::Role => body.all(form, "member", "policies"),
        RbacKind::Policy => body.all(form, "member", "permissions"),
        RbacKind::Permission => body,
    }
}

/// Makes a role, a policy or a permission.
///
/// # Errors
/// As the routes of the API; what was typed is shown again.
pub async fn create(form: Form, roles: Data<Roles>) -> ApiResult<HttpResponse> {
    let kind = kind(&form)?;
    let sent = body(&form, kind).sent_home(&form.visitor).await?;
    let made = match kind {
        RbacKind::Role => api::create_role(sent, roles.clone()).await,
        RbacKind::Policy => api::create_policy(sent, roles.clone()).await,
        RbacKind::Permission => api::create_permission(sent, roles.clone()).await,
    };
    match made {
        Ok(_) => Ok(see_other_with(
            form.visitor.request(),
            PATH,
            &Flash::done(format!("{} made", form.get("name"))),
        )),
        Err(error) => {
            show_again(&form, form.get("kind"), error, async |typed| {
                page(&form.visitor, &roles, typed).await
            })
            .await
        }
    }
}

/// Changes a role, a policy or a permission.
///
/// # Errors
/// As the routes of the API.
pub async fn update(
    form: Form,
    id: PathId<RbacItemId>,
    roles: Data<Roles>,
    access: Data<Access>,
) -> ApiResult<HttpResponse> {
    let kind = kind(&form)?;
    let sent = body(&form, kind).sent_home(&form.visitor).await?;
    let changed = match kind {
        RbacKind::Role => api::update_role(sent, id, roles, access).await,
        RbacKind::Policy => api::update_policy(sent, id, roles, access).await,
        RbacKind::Permission => api::update_permission(sent, id, roles, access).await,
    };
    done(&form, changed, PATH, "Saved")
}

/// Removes a role, a policy or a permission.
///
/// # Errors
/// As the routes of the API.
pub async fn delete(
    form: Form,
    id: PathId<RbacItemId>,
    roles: Data<Roles>,
) -> ApiResult<HttpResponse> {
    let caller = home(&form.visitor).await?;
    let deleted = match kind(&form)? {
        RbacKind::Role => api::delete_role(caller, id, roles).await,
        RbacKind::Policy => api::delete_policy(caller, id, roles).await,
        RbacKind::Permission => api::delete_permission(caller, id, roles).await,
    };
    done(&form, deleted, PATH, "Deleted")
}
