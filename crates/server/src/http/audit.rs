//! Writes down who changed what: every change on a route whose policy says so, by the route's path and method, so that
//! no handler has to.

use super::audit_change::AuditChange;
use super::client;
use super::request_id::RequestId;
use crate::state::AppState;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, web};
use faultbook_domain::errors::{Actor, ActorNames, NamedActor};
use faultbook_domain::id::{AuditId, TenantId};
use faultbook_domain::identity::AuditEntry;

/// What a request's handlers found out for the audit log.
#[derive(Debug, Clone)]
struct Witnessed {
    tenant: TenantId,
    actor: Actor,
    detail: Option<String>,
    change: Option<AuditChange>,
}

/// Notes whose tenant is changed, and who does it. The last note counts.
pub fn record_actor(request: &HttpRequest, tenant: TenantId, actor: Actor) {
    let known = request.extensions_mut().remove::<Witnessed>();
    request.extensions_mut().insert(Witnessed {
        tenant,
        actor,
        detail: None,
        change: known.and_then(|known| known.change),
    });
}

/// Notes what more is to be said: the id or name of what was made. Never a secret.
pub fn detail(request: &HttpRequest, text: impl std::fmt::Display) {
    if let Some(witnessed) = request.extensions_mut().get_mut::<Witnessed>() {
        witnessed.detail = Some(text.to_string());
    }
}

/// Notes what was changed. The last note counts.
pub fn change(request: &HttpRequest, change: AuditChange) {
    if let Some(witnessed) = request.extensions_mut().get_mut::<Witnessed>() {
        witnessed.change = Some(change);
    }
}

/// Notes that nothing was changed, whatever the status of the answer says: a page answers a refusal by another page.
pub fn withhold(request: &HttpRequest) {
    request.extensions_mut().remove::<Witnessed>();
}

/// Writes a change down once it was made.
pub async fn record(request: &HttpRequest, route: &'static str, status: StatusCode) {
    let changes = ![Method::GET, Method::HEAD].contains(request.method());
    // Pages answer what was done by sending the browser elsewhere.
    let is_done = status.is_success() || status == StatusCode::SEE_OTHER;
    if !changes || !is_done {
        return;
    }
    let witnessed = request.extensions().get::<Witnessed>().cloned();
    let state = request.app_data::<web::Data<AppState>>();
    let (Some(witnessed), Some(state)) = (witnessed, state) else {
        return;
    };
    let mut noted = Noted {
        action: format!("{} {route}", request.method()),
        target: request.path().to_owned(),
        ..Noted::default()
    };
    if let Some(change) = witnessed.change {
        // A change that changed nothing is none.
        let Some((old, new)) = change.values() else {
            return;
        };
        noted = Noted {
            action: change.action,
            target: change.target,
            name: change.name,
            old,
            new,
        };
    }
    let place = (witnessed.tenant, witnessed.actor);
    write(request, state, place, (noted, witnessed.detail)).await;
}

/// What an entry says of the change.
#[derive(Debug, Default)]
struct Noted {
    action: String,
    target: String,
    name: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

async fn write(
    request: &HttpRequest,
    state: &AppState,
    (tenant, actor): (TenantId, Actor),
    (noted, detail): (Noted, Option<String>),
) {
    let now = state.clock.now();
    let id = request.extensions().get::<RequestId>().cloned();
    let named = match request.app_data::<web::Data<ActorNames>>() {
        Some(names) => names.one(tenant, actor).await,
        None => NamedActor::unnamed(actor),
    };
    let entry = AuditEntry {
        id: AuditId(state.ids.next_id(now)),
        tenant_id: tenant,
        actor: actor.to_string(),
        actor_name: named.name,
        actor_email: named.email,
        action: noted.action,
        target: noted.target,
        target_name: noted.name,
        old: noted.old,
        new: noted.new,
        detail,
        ip_address: client::address(request, &state.http.trusted_proxies)
            .map(|address| address.to_string()),
        request_id: id.map(|id| id.0).unwrap_or_default(),
        at: now,
    };
    if let Err(error) = state.audit.append_audit_entry(&entry).await {
        // The change was made and is answered: the log keeps what the table could not take.
        tracing::error!(%error, ?entry, "a change is missing from the audit log");
    }
}
