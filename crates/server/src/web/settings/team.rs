//! Members and who is invited.

use crate::api::dsn::DsnAddress;
use crate::api::{invitations as invitations_api, members as members_api};
use crate::http::error::ApiResult;
use crate::http::extract::PathId;
use crate::state::AppState;
use crate::web::call::{Body, done, home, show_again};
use crate::web::form::Form;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::id::{InvitationId, MemberId};
use faultbook_domain::identity::{Invitations, Members, Permission, RbacKind, Roles};
use faultbook_web::form::FormState;
use faultbook_web::settings::{Invited, TeamPage};
use faultbook_web::shell::Section;

/// The services that the page needs.
pub type Team = (Data<Members>, Data<Invitations>, Data<Roles>);

const PATH: &str = "/settings/team";

/// Members and invitations that are shown.
const SHOWN: u32 = 1_000;

async fn page(
    visitor: &Visitor,
    (members, invitations, roles): &Team,
    made: Option<Invited>,
    typed: FormState,
) -> ApiResult<TeamPage> {
    visitor.require(Permission::TeamRead)?;
    let tenant = visitor.tenant_scope();
    let now = AppState::of(visitor.request())?.clock.now();
    let members = members.list(tenant, None, SHOWN).await?.items;
    let invited = invitations
        .list(tenant, None, SHOWN)
        .await?
        .items
        .into_iter();
    let named = |actor: &str| {
        let id = actor.strip_prefix("user:").unwrap_or_default();
        let found = members
            .iter()
            .find(|member| member.user_id.to_string() == id);
        found.map(|member| member.name.clone()).unwrap_or_default()
    };
    let invited = invited.filter(|one| one.is_pending(now)).map(|one| {
        let by = named(&one.invited_by);
        (one, by)
    });
    let invited = invited.collect();
    let roles = roles.list(tenant, RbacKind::Role).await?;
    let shell = visitor.shell(Section::Settings, "Team").await?;
    Ok(TeamPage::new(shell, (members, invited), roles, made, typed))
}

/// Shows the team.
///
/// # Errors
/// 403 for those who may not see it.
pub async fn show(visitor: Visitor, services: Team) -> ApiResult<Page<TeamPage>> {
    Ok(Page::new(
        page(&visitor, &services, None, FormState::blank()).await?,
    ))
}

async fn shown_once(
    form: &Form,
    services: &Team,
    made: invitations_api::NewInvitationView,
    address: &DsnAddress,
) -> ApiResult<HttpResponse> {
    let invited = Invited {
        link: address.page(&format!("/invite/{}", made.token)),
        email: made.invitation.email,
        is_sent: made.email_sent,
    };
    let page = page(&form.visitor, services, Some(invited), FormState::blank()).await?;
    Ok(Page::new(page).secret().respond_to(form.visitor.request()))
}

/// Invites somebody, and shows the address that accepts it this once.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn invite(
    form: Form,
    services: Team,
    address: DsnAddress,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "email").text(&form, "role");
    let sent = body.sent_home(&form.visitor).await?;
    let (_, invitations, roles) = services.clone();
    match invitations_api::create_invitation(sent, invitations, roles, state).await {
        Ok(made) => shown_once(&form, &services, made.into_data(), &address).await,
        Err(error) => {
            show_again(&form, "invite", error, async |typed| {
                page(&form.visitor, &services, None, typed).await
            })
            .await
        }
    }
}

/// Sends an invitation again, and shows its new address this once.
///
/// # Errors
/// As the route of the API.
pub async fn resend(
    form: Form,
    id: PathId<InvitationId>,
    services: Team,
    address: DsnAddress,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let caller = home(&form.visitor).await?;
    let (_, invitations, roles) = services.clone();
    match invitations_api::resend_invitation(caller, id, invitations, roles, state).await {
        Ok(made) => shown_once(&form, &services, made.into_data(), &address).await,
        Err(error) => done::<()>(&form, Err(error), PATH, ""),
    }
}

/// Takes an invitation back.
///
/// # Errors
/// As the route of the API.
pub async fn withdraw(
    form: Form,
    id: PathId<InvitationId>,
    invitations: Data<Invitations>,
    roles: Data<Roles>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let caller = home(&form.visitor).await?;
    let withdrawn = invitations_api::cancel_invitation(caller, id, invitations, roles, state).await;
    done(&form, withdrawn, PATH, "Invitation withdrawn")
}

/// Changes a member's role or state.
///
/// # Errors
/// As the route of the API.
pub async fn update_member(
    form: Form,
    id: PathId<MemberId>,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<HttpResponse> {
    let body = Body::new().text(&form, "role").text(&form, "status");
    let sent = body.sent_home(&form.visitor).await?;
    let changed = members_api::update_member(sent, id, members, roles).await;
    done(&form, changed, PATH, "Member changed")
}

/// Takes a member out of the team.
///
/// # Errors
/// As the route of the API.
pub async fn remove_member(
    form: Form,
    id: PathId<MemberId>,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<HttpResponse> {
    let caller = home(&form.visitor).await?;
    let removed = members_api::remove_member(caller, id, members, roles).await;
    done(&form, removed, PATH, "Member removed")
}
