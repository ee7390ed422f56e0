//! Accounts: the profile and the acceptance of invitations.

use super::call::{Body, show_again, told};
use super::form::{Form, OpenForm};
use super::login::{HOME, signed_in};
use super::page::{Page, see_other_with};
use super::visitor::{Visitor, theme};
use crate::api::tenants as tenants_api;
use crate::http::error::{ApiError, ApiResult};
use crate::http::{audit, rate_limit};
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::errors::Actor;
use faultbook_domain::identity::{Invitations, Sessions};
use faultbook_domain::tenancy::Tenants;
use faultbook_web::account::{InvitePage, ProfilePage};
use faultbook_web::form::FormState;
use faultbook_web::shell::{Flash, Section};

const PROFILE: &str = "/profile";

async fn profile(visitor: &Visitor, typed: FormState) -> ApiResult<ProfilePage> {
    let shell = visitor.shell(Section::Elsewhere, "Profile").await?;
    Ok(ProfilePage::new(shell, None, typed))
}

/// Shows the profile.
///
/// # Errors
/// As [`Visitor`].
pub async fn show_profile(visitor: Visitor) -> ApiResult<Page<ProfilePage>> {
    Ok(Page::new(profile(&visitor, FormState::blank()).await?))
}

/// Changes the password, and ends the other sessions.
///
/// # Errors
/// As the route of the API; what was wrong is shown.
pub async fn change_password(
    form: Form,
    request: HttpRequest,
    sessions: Data<Sessions>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let principal = form.visitor.principal();
    let checking = rate_limit::begin_login(&request, &state).await?;
    let (current, new) = (form.raw("current_password"), form.raw("new_password"));
    let changed = sessions.change_password(principal, current, new).await;
    rate_limit::end_login(checking, &changed).await;
    match changed.map_err(ApiError::from) {
        Ok(_) => Ok(see_other_with(&request, PROFILE, &Flash::done("Password changed"))),
        Err(error) => {
            let error = match error.code().status().as_u16() {
                401 => ApiError::field("current_password", "is wrong"),
                _ => error,
            };
            show_again(&form, "password", error, async |typed| profile(&form.visitor, typed).await).await
        }
    }
}

/// Makes an organization that the visitor owns.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create_organization(
    form: Form,
    request: HttpRequest,
    tenants: Data<Tenants>,
) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "name").any_text(&form, "slug");
    let sent = body.sent_to_v1(&form.visitor)?;
    match tenants_api::create_tenant(sent, request.clone(), tenants).await {
        Ok(_) => Ok(see_other_with(&request, PROFILE, &Flash::done("Organization made"))),
        Err(error) => {
            show_again(&form, "organization", error, async |typed| profile(&form.visitor, typed).await).await
        }
    }
}

/// Shows where an invitation is accepted.
pub async fn show_invitation(token: Path<String>, request: HttpRequest) -> Page<InvitePage> {
    let page = InvitePage::new(theme(&request), token.into_inner(), FormState::blank());
    Page::new(page).secret()
}

/// Accepts an invitation, and signs its holder in.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn accept_invitation(
    token: Path<String>,
    form: OpenForm,
    request: HttpRequest,
    (invitations, sessions): (Data<Invitations>, Data<Sessions>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let (name, password) = (form.get("name").to_owned(), form.raw("password"));
    if name.is_empty() {
        let error = ApiError::field("name", "is required");
        return Ok(invited_again(&token, &form, &request, &error));
    }
    let checking = rate_limit::begin_login(&request, &state).await?;
    let accepted = invitations.accept(&token, name, password).await;
    rate_limit::end_login(checking, &accepted).await;
    match accepted.map_err(ApiError::from) {
        Ok((member, _)) => {
            audit::record_actor(&request, member.tenant_id, Actor::User(member.user_id));
            audit::detail(&request, &member.email);
            let logged_in = sessions.log_in(&member.email, password).await?;
            signed_in(HOME, &logged_in, (&sessions, &state))
        }
        Err(error) if error.code().status().is_client_error() => {
            Ok(invited_again(&token, &form, &request, &error))
        }
        Err(error) => Err(error),
    }
}

fn invited_again(token: &str, form: &OpenForm, request: &HttpRequest, error: &ApiError) -> HttpResponse {
    let typed = FormState::refused(told(form, "invite", error));
    let page = InvitePage::new(theme(request), token.to_owned(), typed);
    Page::new(page).secret().with_status(error.code().status()).respond_to(request)
}
