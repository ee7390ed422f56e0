//! The caller's team.

use crate::api::invitations::{NewInvitation, read_invitation, unless_unsent};
use crate::api::members::{MemberList, MemberView};
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::denied::of_api;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::{audit, rate_limit};
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::web::Data;
use faultbook_domain::identity::Permission;
use faultbook_domain::rate_limit::Spending;

/// Members and invitations shown at most; `/api/v1` has pages.
const SHOWN: u32 = 1_000;

/// Lists the members of the caller's tenant and who is invited.
#[utoipa::path(
    get, path = "/api/settings/team", operation_id = "list_team", tag = "Settings",
    responses((status = 200, description = "The team", body = Envelope<MemberList>))
)]
pub async fn list_team(caller: Caller, state: Data<AppState>) -> ApiResult<Success<MemberList>> {
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let tenant = caller.tenant_scope();
    let role_name = state.roles.role_names(tenant).await?;
    let members = state.members.list(tenant, None, SHOWN).await?;
    let invited = state.invitations.list(tenant, None, SHOWN).await?;
    let now = state.clock.now();
    let pending = invited.items.into_iter().filter(|one| one.is_pending(now));
    let mut team: Vec<MemberView> = members
        .items
        .into_iter()
        .map(|member| MemberView::of(member, &role_name))
        .collect();
    team.extend(pending.map(|one| MemberView::invited(one, &role_name)));
    Ok(Success::ok(MemberList {
        total: team.len() as u64,
        members: team,
        next_cursor: None,
    }))
}

/// Invites somebody into the caller's tenant. A letter with the token goes out if there is a mail server;
/// without one use `POST /api/v1/tenants/{id}/invitations`, which answers the token.
///
/// A tenant has at most `limits.max_invitations` invitations: 400 beyond. With rate limits on, a tenant and a
/// caller invite at most `rate_limits.invitations` a minute: 429 beyond.
#[utoipa::path(
    post, path = "/api/settings/team/invite", operation_id = "invite_member", tag = "Settings",
    request_body = NewInvitation,
    responses((status = 201, description = "Who is invited", body = Envelope<MemberView>))
)]
pub async fn invite_member(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<MemberView>> {
    let (who, body) = sender.json(&request, &state).await?;
    who.require(Permission::TeamManage)?;
    who.require_whole_tenant()?;
    let (email, role) = read_invitation(body, false)?;
    let own = who.scope().tenant();
    let caller = who.enter(&request, &state, &own.to_string()).await?;
    let place = (&request, &**state);
    let spender = rate_limit::spend(place, who.principal(), own, Spending::Invitation).await?;
    let invited = state.invitations.invite(&caller, email, &role).await;
    let invited = unless_unsent(spender, invited).await.map_err(of_api)?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let invitation = invited.invitation;
    let role = role_name(invitation.role_id);
    audit::detail(&request, format!("{} as {role}", invitation.email));
    Ok(Success::created(MemberView::invited(
        invitation, &role_name,
    )))
}
