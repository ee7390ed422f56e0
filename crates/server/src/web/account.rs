//! Accounts: the profile and the acceptance of invitations.

use super::call::{Body, show_again, told};
use super::form::{Form, OpenForm};
use super::login::{HOME, signed_in};
use super::page::{Page, see_other, see_other_with};
use super::preferences::remembered;
use super::visitor::{THEME_COOKIE, Visitor, theme, zone};
use crate::api::invitations::accepted_by;
use crate::api::members::MemberView;
use crate::api::passwords::{password_set, send_link, tell_changed};
use crate::api::profile as profile_api;
use crate::api::tenants as tenants_api;
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::http::{audit, client, rate_limit};
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::errors::Actor;
use faultbook_domain::identity::{Invitations, PasswordResets, Profiles, Sessions, TimeZone};
use faultbook_domain::tenancy::Tenants;
use faultbook_web::account::{ForgotPage, InvitePage, ProfilePage, ProfileShown, ResetPage};
use faultbook_web::form::FormState;
use faultbook_web::shell::{Flash, Section, Theme};

const PROFILE: &str = "/profile";

/// UTC by a name that nobody has without having chosen it.
const UTC: &str = "Etc/UTC";

async fn profile(
    visitor: &Visitor,
    profiles: &Profiles,
    typed: FormState,
) -> ApiResult<ProfilePage> {
    let (user, own) = profiles.get(visitor.principal()).await?;
    let mails = own.notifications;
    let shown = ProfileShown {
        name: user.name,
        time_zone: zone(own.time_zone).to_owned(),
        theme: own.theme.as_str().to_owned(),
        shortcuts: own.shortcuts,
        notifications: vec![
            ("assigned", "An error is assigned to me", mails.assigned),
            ("mentioned", "Somebody mentions me", mails.mentioned),
            (
                "followed",
                "Something happens to an error that I follow",
                mails.followed,
            ),
        ],
    };
    let shell = visitor.shell(Section::Elsewhere, "Profile").await?;
    Ok(ProfilePage::new(shell, shown, typed))
}

/// Shows the profile.
///
/// # Errors
/// As [`Visitor`].
pub async fn show_profile(
    visitor: Visitor,
    profiles: Data<Profiles>,
) -> ApiResult<Page<ProfilePage>> {
    Ok(Page::new(
        profile(&visitor, &profiles, FormState::blank()).await?,
    ))
}

/// Changes the profile.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update_profile(
    form: Form,
    profiles: Data<Profiles>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let chosen = |name: &str| form.all("notify").any(|one| one == name);
    let mails = serde_json::json!({
        "assigned": chosen("assigned"), "mentioned": chosen("mentioned"), "followed": chosen("followed"),
    });
    let zone = match form.get("time_zone") {
        // Nobody chose what every profile begins with: on pages, it stands for the browser's.
        "" => TimeZone::default().as_str(),
        "UTC" => UTC,
        other => other,
    };
    let body = Body::new()
        .any_text(&form, "name")
        .with("time_zone", zone)
        .text(&form, "theme");
    let body = body.flag(&form, "shortcuts").with("notifications", mails);
    match profile_api::update_profile(body.sent_to_v1(&form.visitor)?, profiles.clone()).await {
        Ok(_) => {
            let mut answer = see_other_with(
                form.visitor.request(),
                PROFILE,
                &Flash::done("Profile saved"),
            );
            // The browser's own choice goes before the profile's: here they are the same.
            answer.add_cookie(&remembered(
                THEME_COOKIE,
                Theme::named(form.get("theme")).name(),
                &state,
            ))?;
            Ok(answer)
        }
        Err(error) => {
            show_again(&form, "profile", error, async |typed| {
                profile(&form.visitor, &profiles, typed).await
            })
            .await
        }
    }
}

/// Changes the password, and ends the other sessions.
///
/// # Errors
/// As the route of the API; what was wrong is shown.
pub async fn change_password(
    form: Form,
    request: HttpRequest,
    sessions: Data<Sessions>,
    (profiles, resets): (Data<Profiles>, Data<PasswordResets>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let principal = form.visitor.principal();
    let checking = rate_limit::begin_login(&request, &state).await?;
    let (current, new) = (form.raw("current_password"), form.raw("new_password"));
    let changed = sessions.change_password(principal, current, new).await;
    rate_limit::end_login(checking, &changed).await;
    match changed.map_err(ApiError::from) {
        Ok(user) => {
            tell_changed(
                &resets,
                user,
                client::address(&request, &state.http.trusted_proxies),
            );
            Ok(see_other_with(
                &request,
                PROFILE,
                &Flash::done("Password changed"),
            ))
        }
        Err(error) => {
            show_again(&form, "password", error, async |typed| {
                profile(&form.visitor, &profiles, typed).await
            })
            .await
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
    profiles: Data<Profiles>,
) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "name").any_text(&form, "slug");
    let sent = body.sent_to_v1(&form.visitor)?;
    match tenants_api::create_tenant(sent, request.clone(), tenants).await {
        Ok(_) => Ok(see_other_with(
            &request,
            PROFILE,
            &Flash::done("Organization made"),
        )),
        Err(error) => {
            show_again(&form, "organization", error, async |typed| {
                profile(&form.visitor, &profiles, typed).await
            })
            .await
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
        Ok((member, role)) => {
            audit::record_actor(&request, member.tenant_id, Actor::User(member.user_id));
            let shown = MemberView::of(member.clone(), &|_| role.clone());
            audit::change(&request, accepted_by(&shown));
            let logged_in = sessions.log_in(&member.email, password).await?;
            signed_in(HOME, &logged_in, (&sessions, &state))
        }
        Err(error) if error.code().status().is_client_error() => {
            Ok(invited_again(&token, &form, &request, &error))
        }
        Err(error) => Err(error),
    }
}

fn invited_again(
    token: &str,
    form: &OpenForm,
    request: &HttpRequest,
    error: &ApiError,
) -> HttpResponse {
    let typed = FormState::refused(told(form, "invite", error));
    let page = InvitePage::new(theme(request), token.to_owned(), typed);
    Page::new(page)
        .secret()
        .with_status(error.code().status())
        .respond_to(request)
}

/// Shows where a letter is asked for that sets a forgotten password.
pub async fn show_forgot(request: HttpRequest) -> Page<ForgotPage> {
    Page::new(ForgotPage::new(theme(&request), false, FormState::blank()))
}

/// Sends such a letter, after the answer, which is the same for every address.
///
/// # Errors
/// 429 for too many.
pub async fn forget(
    form: OpenForm,
    request: HttpRequest,
    resets: Data<PasswordResets>,
    state: Data<AppState>,
) -> ApiResult<Page<ForgotPage>> {
    let email = form.get("email").to_lowercase();
    if !email_address::EmailAddress::is_valid(&email) {
        let error = ApiError::field("email", "must be an e-mail address");
        let typed = FormState::refused(told(&form, "forgot", &error));
        let page = Page::new(ForgotPage::new(theme(&request), false, typed));
        return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    rate_limit::count_forgotten(&request, &state).await?;
    send_link(
        &resets,
        email,
        client::address(&request, &state.http.trusted_proxies),
    );
    Ok(Page::new(ForgotPage::new(
        theme(&request),
        true,
        FormState::blank(),
    )))
}

/// Shows where the password of a letter's token is set.
pub async fn show_reset(query: Query, request: HttpRequest) -> Page<ResetPage> {
    let token = query.text("token").unwrap_or_default().to_owned();
    Page::new(ResetPage::new(theme(&request), token, FormState::blank())).secret()
}

/// Sets the password of a letter's token, and ends all sessions of its holder.
///
/// # Errors
/// As the route of the API; what was wrong is shown.
pub async fn reset(
    form: OpenForm,
    request: HttpRequest,
    resets: Data<PasswordResets>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let reset = resets.reset(form.get("token"), form.raw("password")).await;
    rate_limit::end_login(checking, &reset).await;
    match reset.map_err(ApiError::from) {
        Ok((user, members)) => {
            if let Some(member) = members.first() {
                audit::record_actor(&request, member.tenant_id, Actor::User(user.id));
                audit::change(&request, password_set("password_reset", &user));
                audit::detail(&request, &user.email);
            }
            tell_changed(
                &resets,
                user,
                client::address(&request, &state.http.trusted_proxies),
            );
            Ok(see_other("/login?note=reset"))
        }
        Err(error) if error.code().status().is_client_error() => {
            let typed = FormState::refused(told(&form, "reset", &error));
            let page = ResetPage::new(theme(&request), form.get("token").to_owned(), typed);
            let page = Page::new(page).secret().with_status(error.code().status());
            Ok(page.respond_to(&request))
        }
        Err(error) => Err(error),
    }
}
