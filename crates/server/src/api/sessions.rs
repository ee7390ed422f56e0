//! Log-in, log-out and the current user.

use crate::http::caller::{AnonymousBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::request::{JsonBody, request};
use crate::http::request_id::RequestId;
use crate::http::session_cookie::{self, SESSION_COOKIE};
use crate::http::{audit, client, rate_limit};
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::TenantId;
use faultbook_domain::identity::{
    Access, AccessError, FailedSignIns, Member, MemberStatus, Roles, Sessions, User, csrf_token,
};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use uuid::Uuid;

request! {
    /// An address and a password.
    #[schema(example = json!({ "email": "ada@example.com", "password": "correct horse battery" }))]
    pub struct LoginRequest {
        /// The address.
        pub email: String,
        /// The password.
        pub password: String,
    }
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    id: Uuid,
    email: String,
    name: String,
    platform_admin: bool,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
}

impl UserView {
    /// The view of a person.
    #[must_use]
    pub fn of(user: User) -> Self {
        Self {
            id: user.id.0,
            email: user.email,
            name: user.name,
            platform_admin: user.platform_admin,
            created_at: user.created_at,
        }
    }
}

/// A session that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginView {
    /// Who logged in.
    pub user: UserView,
    /// To be sent as `X-CSRF-Token` with every change.
    pub csrf_token: String,
    /// When the session ends at the latest.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    pub expires_at: OffsetDateTime,
}

/// The current caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// The person, where it is one.
    pub user: Option<UserView>,
    /// `user:<id>`, `key:<id>` or `system_user:<id>`.
    pub actor: String,
    /// The tenant that requests outside `/api/v1` act in.
    pub tenant_id: Option<Uuid>,
    /// What may be done there.
    #[schema(example = json!(["errors:read"]))]
    pub permissions: Vec<String>,
    /// Whether the caller administers the platform.
    pub platform_admin: bool,
    /// Where the person belongs.
    pub memberships: Vec<MembershipView>,
    /// To be sent as `X-CSRF-Token` with every change; only for a session.
    pub csrf_token: Option<String>,
}

/// A person's place in a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipView {
    /// The member's id.
    pub member_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The tenant's short name.
    pub tenant_slug: String,
    /// The tenant's name.
    pub tenant_name: String,
    /// The role's name.
    pub role: String,
    /// `active` or `suspended`.
    pub status: &'static str,
}

/// Failed sign-ins that are written down at once after their request was answered; beyond, none is.
static NOTING: Semaphore = Semaphore::const_new(64);

/// Writes a failed sign-in to the audit log, after the answer, so that its time tells nothing.
pub fn note_failure(request: &HttpRequest, failed: &Data<FailedSignIns>, email: String) {
    let Ok(turn) = NOTING.try_acquire() else {
        return;
    };
    let state = request.app_data::<Data<AppState>>();
    let address = state.and_then(|state| client::address(request, &state.http.trusted_proxies));
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.map(|id| id.0).unwrap_or_default();
    let failed = failed.clone();
    actix_web::rt::spawn(async move {
        let address = address.map(|address| address.to_string());
        let noted = failed.record(&email, address.as_deref(), &id).await;
        drop(turn);
        if let Err(error) = noted {
            tracing::warn!(%error, "a failed sign-in is missing from the audit log");
        }
    });
}

/// Logs a person in: sets the session's cookie and answers the token that must be sent as `X-CSRF-Token`
/// with every change.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "Sessions",
    request_body = LoginRequest,
    responses((status = 200, description = "Who logged in", body = Envelope<LoginView>))
)]
pub async fn log_in(
    stranger: AnonymousBody,
    request: HttpRequest,
    (sessions, failed): (Data<Sessions>, Data<FailedSignIns>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let body = JsonBody::new(stranger.json(&request, &state).await?, true).limited(&state.limits);
    let LoginRequest { email, password } = body.read()?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let logged_in = sessions.log_in(&email, &password).await;
    rate_limit::end_login(checking, &logged_in).await;
    if matches!(logged_in, Err(AccessError::BadLogin)) {
        note_failure(&request, &failed, email);
    }
    let logged_in = logged_in?;
    let life = sessions.life();
    let cookie =
        session_cookie::carrying(logged_in.secret.reveal(), life.absolute, !state.development);
    let actor = Actor::User(logged_in.user.id);
    audit::record_actor(&request, TenantId(Uuid::nil()), actor);
    let view = LoginView {
        user: UserView::of(logged_in.user),
        csrf_token: logged_in.csrf_token,
        expires_at: logged_in.session.created_at + life.absolute,
    };
    let mut answer = Success::ok(view).secret().respond_to(&request);
    answer.add_cookie(&cookie)?;
    Ok(answer)
}

/// Ends the session. A key or a system user's token has none to end: 401.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "Sessions",
    responses((status = 204, description = "Logged out"))
)]
pub async fn log_out(
    caller: Caller,
    sessions: Data<Sessions>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let session = caller.principal().session;
    let session = session.ok_or_else(|| ApiError::new(Code::NoSession))?;
    sessions.log_out(session).await?;
    let mut answer = HttpResponse::NoContent().finish();
    answer.add_cookie(&session_cookie::forgotten(!state.development))?;
    Ok(answer)
}

/// Returns the current caller and their permissions.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "Sessions",
    responses((status = 200, description = "The caller", body = Envelope<MeView>))
)]
pub async fn get_me(
    caller: Caller,
    request: HttpRequest,
    sessions: Data<Sessions>,
    access: Data<Access>,
    roles: Data<Roles>,
) -> ApiResult<Success<MeView>> {
    let principal = caller.principal();
    let (user, members) = match principal.user() {
        Some(_) => {
            let (user, members) = sessions.who(principal).await?;
            (Some(user), members)
        }
        None => (None, Vec::new()),
    };
    let mut memberships = Vec::with_capacity(members.len());
    for member in members {
        memberships.extend(membership(&caller, member, (&access, &roles)).await?);
    }
    let tenant = principal.scope.tenant().0;
    let cookie = request.cookie(SESSION_COOKIE);
    let view = MeView {
        user: user.map(UserView::of),
        actor: principal.actor.to_string(),
        tenant_id: Some(tenant).filter(|id| !id.is_nil()),
        permissions: principal
            .permissions
            .iter()
            .map(|one| one.to_string())
            .collect(),
        platform_admin: principal.platform_admin,
        memberships,
        csrf_token: cookie
            .filter(|_| principal.session.is_some())
            .map(|cookie| csrf_token(cookie.value())),
    };
    Ok(Success::ok(view).secret())
}

/// A place in a tenant as its holder sees it; of a suspended one no more than that it is.
async fn membership(
    caller: &Caller,
    member: Member,
    (access, roles): (&Access, &Roles),
) -> ApiResult<Option<MembershipView>> {
    let named = member.tenant_id.to_string();
    let Some(tenant) = access.tenant(&named).await? else {
        return Ok(None);
    };
    let is_open = member.status == MemberStatus::Active && !tenant.suspended;
    let role = if is_open {
        let entered = access.enter(caller.principal(), &named).await?;
        let role_name = roles.role_names(entered.scope).await?;
        role_name(member.role_id)
    } else {
        String::new()
    };
    Ok(Some(MembershipView {
        member_id: member.id.0,
        tenant_id: tenant.id.0,
        tenant_slug: tenant.slug.to_string(),
        tenant_name: tenant.name,
        role,
        status: if is_open { "active" } else { "suspended" },
    }))
}
