//! Invitations into a tenant, and their acceptance.

use crate::api::members::MemberView;
use crate::http::audit;
use crate::http::audit_change::{AuditChange, fields};
use crate::http::caller::AnonymousBody;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{PathId, TenantCaller, TenantJson};
use crate::http::query::Query;
use crate::http::rate_limit::{self, Spender};
use crate::http::request::{Email, JsonBody, Name, request};
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{InvitationId, RbacItemId};
use faultbook_domain::identity::{
    AccessError, Invitation, Invitations, Invited, Permission, Roles,
};
use faultbook_domain::rate_limit::Spending;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    id: Uuid,
    /// Their address.
    pub email: String,
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

/// The fields of an invitation that the audit log tells.
const AUDITED: &[&str] = &["email", "role", "expires_at"];

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

impl NewInvitationView {
    /// Describes an invitation, and names it in the audit log.
    fn of(
        invited: Invited,
        (caller, verb): (&TenantCaller, &str),
        now: OffsetDateTime,
        role_name: &impl Fn(RbacItemId) -> String,
    ) -> Self {
        let invitation = InvitationView::of(invited.invitation, now, role_name);
        let change = AuditChange::of("invitation", verb, invitation.id).named(&invitation.email);
        caller.record_change(change.to(fields(&invitation, AUDITED)));
        Self {
            invitation,
            token: invited.token.reveal().to_owned(),
            email_sent: invited.email_sent,
        }
    }
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

request! {
    /// Somebody to be invited.
    #[schema(example = json!({ "email": "newuser@company.com", "role": "viewer" }))]
    pub struct NewInvitation {
        /// Their address.
        #[schema(value_type = String)]
        pub email: Email,
        /// A role's name or id; not above your own.
        pub role: String,
    }
}

request! {
    /// The acceptance of an invitation.
    #[schema(example = json!({ "token": "iv_live_...", "name": "New User", "password": "correct horse battery" }))]
    pub struct AcceptRequest {
        /// The invitation's token.
        pub token: String,
        /// Your name; an account that exists keeps its own.
        #[schema(value_type = String)]
        pub name: Name,
        /// A new password, or the one of the account that exists.
        pub password: String,
    }
}

/// Lists the tenant's invitations, newest first.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/invitations", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of invitations", body = Envelope<InvitationList>))
)]
pub async fn list_invitations(
    caller: TenantCaller,
    query: Query,
    invitations: Data<Invitations>,
    roles: Data<Roles>,
    state: Data<AppState>,
) -> ApiResult<Success<InvitationList>> {
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let (after, limit) = query.page()?;
    let page = invitations.list(caller.scope, after, limit).await?;
    let role_name = roles.role_names(caller.scope).await?;
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
    post, path = "/api/v1/tenants/{id}/invitations", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewInvitation,
    responses((status = 201, description = "The invitation with its token", body = Envelope<NewInvitationView>))
)]
pub async fn create_invitation(
    TenantJson { caller, body }: TenantJson,
    invitations: Data<Invitations>,
    roles: Data<Roles>,
    state: Data<AppState>,
) -> ApiResult<Success<NewInvitationView>> {
    caller.require(Permission::TeamManage)?;
    let NewInvitation { email, role } = body.read()?;
    let spender = caller.spend(Spending::Invitation).await?;
    let invited = invitations.invite(&caller, email.0, &role).await;
    let invited = unless_unsent(spender, invited).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let view = NewInvitationView::of(invited, (&caller, "created"), state.clock.now(), &role_name);
    Ok(Success::created(view).secret())
}

/// Sends an invitation again, with a new token and seven more days; the old token stops working.
///
/// With rate limits on, a tenant and a caller send at most `rate_limits.invitations` a minute again: 429 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/invitations/{invitation_id}/resend",
    tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("invitation_id" = uuid::Uuid, Path, description = "Invitation id")),
    responses((status = 200, description = "The invitation with its new token", body = Envelope<NewInvitationView>))
)]
pub async fn resend_invitation(
    caller: TenantCaller,
    id: PathId<InvitationId>,
    invitations: Data<Invitations>,
    roles: Data<Roles>,
    state: Data<AppState>,
) -> ApiResult<Success<NewInvitationView>> {
    caller.require(Permission::TeamManage)?;
    let id = id.get()?;
    let spender = caller.spend(Spending::Resend).await?;
    let invited = invitations.resend(&caller, id).await;
    let invited = unless_unsent(spender, invited).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let view = NewInvitationView::of(invited, (&caller, "resent"), state.clock.now(), &role_name);
    Ok(Success::ok(view).secret())
}

/// Counts nothing where no letter can have gone out.
pub async fn unless_unsent(
    spender: Spender,
    invited: Result<Invited, AccessError>,
) -> Result<Invited, AccessError> {
    if matches!(&invited, Err(denied) if !matches!(denied, AccessError::Mail(_))) {
        spender.spent_nothing().await;
    }
    invited
}

/// Takes an invitation back. Nobody takes back an invitation into a role above their own: 403.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/invitations/{invitation_id}",
    tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("invitation_id" = uuid::Uuid, Path, description = "Invitation id")),
    responses((status = 204, description = "The invitation was withdrawn"))
)]
pub async fn cancel_invitation(
    caller: TenantCaller,
    id: PathId<InvitationId>,
    invitations: Data<Invitations>,
    roles: Data<Roles>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let withdrawn = invitations.withdraw(&caller, id).await?;
    let change = AuditChange::of("invitation", "deleted", id).named(&withdrawn.email);
    let role_name = roles.role_names(caller.scope).await?;
    let view = InvitationView::of(withdrawn, state.clock.now(), &role_name);
    caller.record_change(change.from(fields(&view, AUDITED)));
    Ok(HttpResponse::NoContent().finish())
}

/// What the audit log tells of an invitation that was accepted.
pub fn accepted_by(member: &MemberView) -> AuditChange {
    let change = AuditChange::of("invitation", "accepted", member.id).named(&member.email);
    change.to(fields(member, AUDITED))
}

/// Accepts an invitation. Needs no credential but its token. Who has an account already proves it with its
/// password; anybody else gets one of this name and password. A suspended tenant answers 403, the token of a
/// deleted one is unknown.
#[utoipa::path(
    post, path = "/api/v1/invitations/accept", tag = "Members",
    security(()), request_body = AcceptRequest,
    responses((status = 201, description = "The member", body = Envelope<MemberView>))
)]
pub async fn accept_invitation(
    stranger: AnonymousBody,
    request: HttpRequest,
    invitations: Data<Invitations>,
    state: Data<AppState>,
) -> ApiResult<Success<MemberView>> {
    rate_limit::listen(&request, &state)?;
    let body = JsonBody::new(stranger.json(&request, &state).await?, true).limited(&state.limits);
    let accept: AcceptRequest = body.read()?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let accepted = invitations
        .accept(&accept.token, accept.name.0, &accept.password)
        .await;
    rate_limit::end_login(checking, &accepted).await;
    let (member, role) = accepted.map_err(ApiError::from)?;
    audit::record_actor(&request, member.tenant_id, Actor::User(member.user_id));
    let view = MemberView::of(member, &|_| role.clone());
    audit::change(&request, accepted_by(&view));
    Ok(Success::created(view))
}
