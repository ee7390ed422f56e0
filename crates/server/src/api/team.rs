//! The team of the caller's tenant, in the shapes of the settings pages.

use crate::api::invitations::{NewInvitation, unless_unsent};
use crate::api::members::{MemberList, MemberView};
use crate::http::audit_change::AuditChange;
use crate::http::caller::Caller;
use crate::http::denied::of_api;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::extract::Json;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::identity::{Access, Invitations, Members, Permission, Roles};
use faultbook_domain::rate_limit::Spending;

/// Members and invitations shown at most; `/api/v1` has pages.
const SHOWN: u32 = 1_000;

/// Lists the members of the caller's tenant and who is invited.
#[utoipa::path(
    get, path = "/api/settings/team", tag = "Settings",
    responses((status = 200, description = "The team", body = Envelope<MemberList>))
)]
pub async fn list_team(
    caller: Caller,
    roles: Data<Roles>,
    members: Data<Members>,
    invitations: Data<Invitations>,
    state: Data<AppState>,
) -> ApiResult<Success<MemberList>> {
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let tenant = caller.tenant_scope();
    let role_name = roles.role_names(tenant).await?;
    let members = members.list(tenant, None, SHOWN).await?;
    let invited = invitations.list(tenant, None, SHOWN).await?;
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
    post, path = "/api/settings/team/invite", tag = "Settings",
    request_body = NewInvitation,
    responses((status = 201, description = "Who is invited", body = Envelope<MemberView>))
)]
pub async fn invite_member(
    Json { caller: who, body }: Json,
    invitations: Data<Invitations>,
    roles: Data<Roles>,
    access: Data<Access>,
) -> ApiResult<Success<MemberView>> {
    who.require(Permission::TeamManage)?;
    who.require_whole_tenant()?;
    let NewInvitation { email, role } = body.read()?;
    let own = who.scope().tenant();
    let caller = who.enter(&access, &own.to_string()).await?;
    let spender = who.spend(own, Spending::Invitation).await?;
    let invited = invitations.invite(&caller, email.0, &role).await;
    let invited = unless_unsent(spender, invited).await.map_err(of_api)?;
    let role_name = roles.role_names(caller.scope).await?;
    let invitation = invited.invitation;
    let change = AuditChange::of("invitation", "created", invitation.id).named(&invitation.email);
    let new = [
        ("email", invitation.email.clone()),
        ("role", role_name(invitation.role_id)),
    ];
    let new = new.map(|(field, value)| (field.to_owned(), value.into()));
    who.record_change(change.to(new.into_iter().collect()));
    Ok(Success::created(MemberView::invited(
        invitation, &role_name,
    )))
}
