//! Inviting people into a tenant.

use crate::api::members::MemberView;
use crate::api::{id_of, once};
use crate::http::audit;
use crate::http::caller::{AnonymousBody, AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::fields::Fields;
use crate::http::query::Query;
use crate::http::rate_limit::{self, Spender};
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::RbacItemId;
use faultbook_domain::identity::AccessError;
use faultbook_domain::identity::Invited;
use faultbook_domain::identity::{Invitation, Permission};
use faultbook_domain::rate_limit::Spending;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    id: Uuid,
    email: String,
    /// The role's name.
    role: String,
    role_id: Uuid,
    /// `pending`, `accepted` or `expired`.
    status: &'static str,
    /// Who invited them.
    invited_by: String,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    accepted_at: Option<OffsetDateTime>,
}

impl InvitationView {
    /// The view of an invitation.
    pub fn of(
        invitation: Invitation,
        now: OffsetDateTime,
        role_name: &impl Fn(RbacItemId) -> String,
    ) -> Self {
        let status = match invitation.accepted_at {
            Some(_) => "accepted",
            None if invitation.is_pending(now) => "pending",
            None => "expired",
        };
        Self {
            id: invitation.id.0,
            email: invitation.email,
            role: role_name(invitation.role_id),
            role_id: invitation.role_id.0,
            status,
            invited_by: invitation.invited_by,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            accepted_at: invitation.accepted_at,
        }
    }
}

/// An invitation just made or renewed.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewInvitationView {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: InvitationView,
    /// The token that accepts it: shown this once.
    #[schema(example = "iv_live_...")]
    pub token: String,
    /// Whether a letter went out.
    pub email_sent: bool,
}

/// Invitations.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationList {
    /// Newest first.
    pub invitations: Vec<InvitationView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// Somebody to be invited.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "email": "newuser@company.com", "role": "viewer" }))]
pub struct NewInvitation {
    /// Their address.
    pub email: String,
    /// A role's name or id; not above your own.
    pub role: String,
}

/// Reads somebody to be invited. `of_v1` tells whether a broken rule is answered 422.
///
/// # Errors
/// 400, 422.
pub fn read_invitation(body: Value, of_v1: bool) -> Result<(String, String), ApiError> {
    let mut fields = if of_v1 {
        Fields::v1(body)
    } else {
        Fields::of(body)
    }?;
    let email = fields.email("email");
    let email = fields.demand("email", email).unwrap_or_default();
    let role = fields.required("role");
    fields.finish((email, role))
}

/// The acceptance of an invitation.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "token": "iv_live_...", "name": "New User", "password": "correct horse battery" }))]
pub struct AcceptRequest {
    /// The invitation's token.
    pub token: String,
    /// Your name; an account that exists keeps its own.
    pub name: String,
    /// A new password, or the one of the account that exists.
    pub password: String,
}

/// Reads token, name and password.
///
/// # Errors
/// 400, 422.
pub fn read_acceptance(body: Value) -> Result<(String, String, String), ApiError> {
    let mut fields = Fields::v1(body)?;
    let token = fields.required("token");
    let name = fields.name("name");
    let name = fields.demand("name", name).unwrap_or_default();
    let password = fields.required("password");
    fields.finish((token, name, password))
}

/// Lists the tenant's invitations, newest first.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/invitations", operation_id = "list_invitations", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of invitations", body = Envelope<InvitationList>))
)]
pub async fn list_invitations(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<InvitationList>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let (after, limit) = Query::of(request.query_string()).page()?;
    let page = state.invitations.list(caller.scope, after, limit).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let now = state.clock.now();
    let view = |one| InvitationView::of(one, now, &role_name);
    Ok(Success::ok(InvitationList {
        invitations: page.items.into_iter().map(view).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Invites somebody. The answer holds the token, which is shown this once and works for 7 days.
///
/// A tenant has at most `limits.max_invitations` invitations: 422 beyond. With rate limits on, a tenant and a
/// caller invite at most `rate_limits.invitations` a minute: 429 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/invitations", operation_id = "create_invitation", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewInvitation,
    responses((status = 201, description = "The invitation with its token", body = Envelope<NewInvitationView>))
)]
pub async fn create_invitation(
    sender: AuthenticatedBody,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (who, body) = sender.json(&request, &state).await?;
    let caller = who.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamManage)?;
    let (email, role) = read_invitation(body, true)?;
    let (principal, tenant) = (who.principal(), caller.scope.id());
    let place = (&request, &**state);
    let spender = rate_limit::spend(place, principal, tenant, Spending::Invitation).await?;
    let invited = state.invitations.invite(&caller, email, &role).await;
    let invited = unless_unsent(spender, invited).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let view = view(invited, &state, &request, &role_name);
    Ok(once(Success::created(view), &request))
}

/// Sends an invitation again, with a new token and seven more days; the old token stops working.
///
/// With rate limits on, a tenant and a caller send at most `rate_limits.invitations` a minute again: 429 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/invitations/{invitation_id}/resend",
    operation_id = "resend_invitation", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("invitation_id" = uuid::Uuid, Path, description = "Invitation id")),
    responses((status = 200, description = "The invitation with its new token", body = Envelope<NewInvitationView>))
)]
pub async fn resend_invitation(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let who = caller;
    let caller = who.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamManage)?;
    let id = id_of("invitation_id", &id)?;
    let (principal, tenant) = (who.principal(), caller.scope.id());
    let place = (&request, &**state);
    let spender = rate_limit::spend(place, principal, tenant, Spending::Resend).await?;
    let invited = state.invitations.resend(&caller, id).await;
    let invited = unless_unsent(spender, invited).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let view = view(invited, &state, &request, &role_name);
    Ok(once(Success::ok(view), &request))
}

/// Counts nothing where no letter can have gone out.
pub async fn unless_unsent(
    spender: Spender<'_>,
    invited: Result<Invited, AccessError>,
) -> Result<Invited, AccessError> {
    if matches!(&invited, Err(denied) if !matches!(denied, AccessError::Mail(_))) {
        spender.spent_nothing().await;
    }
    invited
}

fn view(
    invited: Invited,
    state: &AppState,
    request: &HttpRequest,
    role_name: &impl Fn(RbacItemId) -> String,
) -> NewInvitationView {
    let Invited {
        invitation,
        token,
        email_sent,
    } = invited;
    let role = role_name(invitation.role_id);
    audit::detail(request, format!("{} as {role}", invitation.email));
    NewInvitationView {
        invitation: InvitationView::of(invitation, state.clock.now(), role_name),
        token: token.reveal().to_owned(),
        email_sent,
    }
}

/// Takes an invitation back. Nobody takes back an invitation into a role above their own: 403.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/invitations/{invitation_id}",
    operation_id = "cancel_invitation", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("invitation_id" = uuid::Uuid, Path, description = "Invitation id")),
    responses((status = 204, description = "Taken back"))
)]
pub async fn cancel_invitation(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("invitation_id", &id)?;
    state.invitations.withdraw(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Accepts an invitation. Needs no credential but its token. Who has an account already proves it with its
/// password; anybody else gets one of this name and password. A suspended tenant answers 403, the token of a
/// deleted one is unknown.
#[utoipa::path(
    post, path = "/api/v1/invitations/accept", operation_id = "accept_invitation", tag = "Members",
    security(()), request_body = AcceptRequest,
    responses((status = 201, description = "The member", body = Envelope<MemberView>))
)]
pub async fn accept_invitation(
    stranger: AnonymousBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<MemberView>> {
    rate_limit::listen(&request, &state)?;
    let (token, name, password) = read_acceptance(stranger.json(&request, &state).await?)?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let accepted = state.invitations.accept(&token, name, &password).await;
    rate_limit::end_login(checking, &accepted).await;
    let (member, role) = accepted.map_err(ApiError::from)?;
    audit::record_actor(&request, member.tenant_id, Actor::User(member.user_id));
    audit::detail(&request, &member.email);
    Ok(Success::created(MemberView::of(member, &|_| role.clone())))
}
