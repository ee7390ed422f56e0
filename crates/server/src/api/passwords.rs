//! Changing a password, and setting a forgotten one.

use crate::http::audit;
use crate::http::audit_change::AuditChange;
use crate::http::caller::{AnonymousBody, AuthenticatedBody};
use crate::http::client;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::rate_limit;
use crate::http::request::{Email, JsonBody, request};
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::Actor;
use faultbook_domain::identity::{AccessError, PasswordResets, Sessions, User};
use faultbook_domain::log_limit::LogLimit;
use serde::Serialize;
use serde_json::Map;
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

request! {
    /// A new password.
    #[schema(example = json!({
        "current_password": "correct horse battery", "new_password": "correct horse battery staple"
    }))]
    pub struct PasswordRequest {
        /// The password so far.
        pub current_password: String,
        /// 8 characters to 1,024 bytes.
        pub new_password: String,
    }
}

request! {
    /// Whose password was forgotten.
    #[schema(example = json!({ "email": "ada@example.com" }))]
    pub struct ForgottenPassword {
        /// The address.
        #[schema(value_type = String)]
        pub email: Email,
    }
}

request! {
    /// A new password in place of a forgotten one.
    #[schema(example = json!({ "token": "6b1f...", "password": "correct horse battery staple" }))]
    pub struct PasswordResetRequest {
        /// The token of the link.
        pub token: String,
        /// 8 characters to 1,024 bytes.
        pub password: String,
    }
}

/// What is told whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetAnnounced {
    /// A sentence.
    #[schema(example = "If the address belongs to an account, a link is on its way to it.")]
    pub message: &'static str,
}

impl ResetAnnounced {
    /// The same for every address.
    pub const ALWAYS: Self = Self {
        message: "If the address belongs to an account, a link is on its way to it.",
    };
}

/// Letters that are sent at once after their request was answered; beyond, none is.
static SENDING: Semaphore = Semaphore::const_new(64);
/// What is logged of letters that were not sent: anybody can ask for one.
static UNSENT: LogLimit = LogLimit::new(5, Duration::from_secs(60));

/// Sends a letter after the answer, so that neither the answer nor its time tells whether there is somebody to send it
/// to.
fn send_later(letter: impl Future<Output = Result<bool, AccessError>> + 'static) {
    let Ok(turn) = SENDING.try_acquire() else {
        if let Some(held_back) = UNSENT.allow() {
            tracing::warn!(
                held_back,
                "too many letters about passwords at once; one is not sent"
            );
        }
        return;
    };
    actix_web::rt::spawn(async move {
        let sent = letter.await;
        drop(turn);
        if let Err(error) = sent
            && let Some(held_back) = UNSENT.allow()
        {
            tracing::error!(%error, cause = ?error, held_back, "a letter about a password was not sent");
        }
    });
}

/// Sends a link that sets a new password, after the answer.
pub fn send_link(resets: &Data<PasswordResets>, email: String, from: Option<IpAddr>) {
    let resets = resets.clone();
    send_later(async move { resets.request(&email, from).await });
}

/// Tells a person that their password was changed, after the answer.
pub fn tell_changed(resets: &Data<PasswordResets>, user: User, from: Option<IpAddr>) {
    let resets = resets.clone();
    send_later(async move { resets.tell_changed(&user, from).await });
}

/// What the audit log tells of a new password.
pub fn password_set(verb: &str, user: &User) -> AuditChange {
    let change = AuditChange::of("user", verb, user.id).named(&user.name);
    change.from(Map::new()).to(Map::new()).secret("password")
}

/// Changes the caller's password, and logs them out everywhere else. A wrong current password is answered 422 and
/// counts as a failed login.
#[utoipa::path(
    post, path = "/api/v1/auth/password", tag = "Sessions",
    request_body = PasswordRequest,
    responses((status = 204, description = "Changed"))
)]
pub async fn change_password(
    sender: AuthenticatedBody,
    request: HttpRequest,
    sessions: Data<Sessions>,
    resets: Data<PasswordResets>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let (caller, body) = sender.json(&request, &state).await?;
    let principal = caller.principal();
    // Before the body is judged: who has no password has nothing to change.
    principal.session.ok_or(AccessError::Permission)?;
    let change: PasswordRequest = JsonBody::new(body, true).read()?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let changed = sessions
        .change_password(principal, &change.current_password, &change.new_password)
        .await;
    rate_limit::end_login(checking, &changed).await;
    let from = client::address(&request, &state.http.trusted_proxies);
    let user = changed?;
    caller.record_change(password_set("password_changed", &user));
    tell_changed(&resets, user, from);
    Ok(HttpResponse::NoContent().finish())
}

/// Sends a link that sets a new password to an address, if it belongs to an active member of a tenant who can be sent
/// mail: by the installation's `notifications.email`, else by the mail server of the person's only tenant if a holder of
/// `tenant:manage` set it last. The answer is the same for every address.
///
/// A person gets at most 3 an hour. With rate limits on, an address asks at most `rate_limits.failed_logins` times a
/// minute: 429 beyond.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot", tag = "Sessions",
    security(()), request_body = ForgottenPassword,
    responses((status = 202, description = "Whoever it is", body = Envelope<ResetAnnounced>))
)]
pub async fn forget_password(
    stranger: AnonymousBody,
    request: HttpRequest,
    resets: Data<PasswordResets>,
    state: Data<AppState>,
) -> ApiResult<Success<ResetAnnounced>> {
    let body = JsonBody::new(stranger.json(&request, &state).await?, true).limited(&state.limits);
    let ForgottenPassword { email } = body.read()?;
    rate_limit::count_forgotten(&request, &state).await?;
    let from = client::address(&request, &state.http.trusted_proxies);
    send_link(&resets, email.0, from);
    Ok(Success::accepted(ResetAnnounced::ALWAYS))
}

/// Sets a new password with the token of a link, and logs the person out everywhere. The token works for an hour, once;
/// a refused password does not use it up.
#[utoipa::path(
    post, path = "/api/v1/auth/reset", tag = "Sessions",
    security(()), request_body = PasswordResetRequest,
    responses((status = 204, description = "Set; nobody is logged in"))
)]
pub async fn reset_password(
    stranger: AnonymousBody,
    request: HttpRequest,
    resets: Data<PasswordResets>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let body = JsonBody::new(stranger.json(&request, &state).await?, true).limited(&state.limits);
    let PasswordResetRequest { token, password } = body.read()?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let reset = resets.reset(&token, &password).await;
    rate_limit::end_login(checking, &reset).await;
    let (user, members) = reset?;
    if let Some(member) = members.first() {
        audit::record_actor(&request, member.tenant_id, Actor::User(user.id));
        audit::change(&request, password_set("password_reset", &user));
        audit::detail(&request, &user.email);
    }
    let from = client::address(&request, &state.http.trusted_proxies);
    tell_changed(&resets, user, from);
    Ok(HttpResponse::NoContent().finish())
}
