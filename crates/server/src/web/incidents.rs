//! Incidents.

use super::call::{Body, done, show_again};
use super::form::Form;
use super::page::{Page, see_other_with};
use super::visitor::Visitor;
use crate::api::incidents as api;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::PathId;
use crate::http::query::Query;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::id::IncidentId;
use faultbook_domain::identity::{Members, Permission};
use faultbook_domain::incidents::{
    Incident, IncidentChange, IncidentQuery, IncidentStatus, Incidents,
};
use faultbook_web::form::FormState;
use faultbook_web::incidents::{
    IncidentList, IncidentShown, IncidentsPage, NewIncidentPage, PAGE, TimelineShown,
};
use faultbook_web::shell::{Flash, Section};
use std::collections::HashMap;

/// The services that the page needs.
pub type Shown = (Data<Incidents>, Data<AlertRules>, Data<Members>);

/// People who are offered as those who may work on an incident.
const PEOPLE: u32 = 200;

/// The names of the people of the tenant, by the text form of who they are; nothing for those who may not know them.
async fn people(visitor: &Visitor, members: &Members) -> ApiResult<HashMap<String, String>> {
    if visitor.require(Permission::TeamRead).is_err() {
        return Ok(HashMap::new());
    }
    let page = members.list(visitor.tenant_scope(), None, PEOPLE).await?;
    let named = page.items.into_iter();
    Ok(named
        .map(|one| (format!("user:{}", one.user_id), one.name))
        .collect())
}

fn names(people: &HashMap<String, String>) -> Vec<String> {
    let mut names: Vec<String> = people.values().cloned().collect();
    names.sort();
    names
}

async fn list_of(
    visitor: &Visitor,
    incidents: &Incidents,
    (status, skipped): (&str, u64),
) -> ApiResult<IncidentList> {
    let tenant = visitor.tenant_scope();
    let wanted = |status, limit| IncidentQuery {
        status,
        offset: skipped,
        limit,
        ..IncidentQuery::default()
    };
    let named: Option<IncidentStatus> = status.parse().ok();
    let page = if status == "unresolved" {
        let mut page = incidents.list(tenant, wanted(None, 100)).await?;
        page.items.retain(|incident| !incident.status.is_over());
        page.total = page.items.len() as u64;
        page
    } else {
        incidents.list(tenant, wanted(named, PAGE as u32)).await?
    };
    Ok(IncidentList {
        status: status.to_owned(),
        counts: vec![(status.to_owned(), page.total)],
        skipped,
        has_more: status != "unresolved" && skipped + (page.items.len() as u64) < page.total,
        incidents: page.items,
    })
}

/// What happened to an incident, newest first, as its history tells it.
fn timeline(changes: Vec<IncidentChange>, people: &HashMap<String, String>) -> Vec<TimelineShown> {
    let entry = |change: IncidentChange| TimelineShown {
        at: change.at,
        who: match change.actor.as_str() {
            actor if actor.starts_with("rule:") || actor == "system" => None,
            actor => Some(
                people
                    .get(actor)
                    .cloned()
                    .unwrap_or_else(|| actor.to_owned()),
            ),
        },
        kind: if change.field == "created" {
            "opened".to_owned()
        } else {
            change.field
        },
        from: change.from,
        to: change.to,
        text: None,
    };
    changes.into_iter().rev().map(entry).collect()
}

fn reached(
    incident: &Incident,
    changes: &[IncidentChange],
) -> Vec<(IncidentStatus, time::OffsetDateTime)> {
    let of_status = changes.iter().filter(|change| change.field == "status");
    let mut first: Vec<(IncidentStatus, time::OffsetDateTime)> = Vec::new();
    let began = changes
        .iter()
        .find(|change| change.field == "status")
        .and_then(|change| change.from.clone());
    let began = began
        .and_then(|status| status.parse().ok())
        .unwrap_or(incident.status);
    first.push((began, incident.created_at));
    for change in of_status {
        let status = change.to.as_deref().and_then(|status| status.parse().ok());
        let Some(status) = status else { continue };
        if !first.iter().any(|(known, _)| *known == status) {
            first.push((status, change.at));
        }
    }
    first
}

async fn page_of(
    visitor: &Visitor,
    (incidents, rules, members): &Shown,
    (status, skipped, asked): (&str, u64, Option<IncidentId>),
    typed: FormState,
) -> ApiResult<IncidentsPage> {
    visitor.require(Permission::IncidentsRead)?;
    let tenant = visitor.tenant_scope();
    let list = list_of(visitor, incidents, (status, skipped)).await?;
    let people = people(visitor, members).await?;
    let shown = asked.or_else(|| list.incidents.first().map(|incident| incident.id));
    let found = match shown {
        Some(id) => incidents.get(tenant, id).await?,
        None => None,
    };
    let one = match found {
        None if asked.is_some() => return Err(ApiError::new(Code::IncidentNotFound)),
        None => None,
        Some((incident, changes)) => {
            let rule = match incident.rule_id {
                Some(id) => {
                    let rule = rules.get(tenant, id).await?;
                    Some((id.to_string(), rule.map(|rule| rule.name)))
                }
                None => None,
            };
            Some(IncidentShown {
                rule,
                reached: reached(&incident, &changes),
                timeline: timeline(changes, &people),
                older: None,
                errors: None,
                measured: None,
                incident,
            })
        }
    };
    let shell = visitor.shell(Section::Incidents, "Incidents").await?;
    let names = names(&people);
    Ok(IncidentsPage::new(
        shell,
        list,
        (one, asked.is_some()),
        names,
        typed,
    ))
}

fn status_of(query: &Query) -> &str {
    match query.text("status") {
        Some(known @ ("resolved" | "closed" | "all")) => known,
        _ => "unresolved",
    }
}

/// Shows incidents, and the newest of them.
///
/// # Errors
/// 403 for those who may not read incidents, 400 for a bad parameter.
pub async fn list(
    visitor: Visitor,
    query: Query,
    services: Shown,
) -> ApiResult<Page<IncidentsPage>> {
    let skipped = query.number("skip", 0..=10_000)?.unwrap_or(0);
    let place = (status_of(&query), skipped, None);
    let page = page_of(&visitor, &services, place, FormState::blank()).await?;
    Ok(Page::new(page))
}

/// Shows one incident beside the others.
///
/// # Errors
/// 403 for those who may not read incidents, 404.
pub async fn show(
    visitor: Visitor,
    id: PathId<IncidentId>,
    query: Query,
    services: Shown,
) -> ApiResult<Page<IncidentsPage>> {
    let place = (status_of(&query), 0, Some(id.get()?));
    let page = page_of(&visitor, &services, place, FormState::blank()).await?;
    Ok(Page::new(page))
}

async fn new_page(
    visitor: &Visitor,
    members: &Members,
    typed: FormState,
) -> ApiResult<NewIncidentPage> {
    visitor.require(Permission::IncidentsWrite)?;
    let people = people(visitor, members).await?;
    let shell = visitor.shell(Section::Incidents, "New incident").await?;
    Ok(NewIncidentPage::new(shell, names(&people), typed))
}

/// Shows the form in which an incident is opened.
///
/// # Errors
/// 403 for those who may not change incidents.
pub async fn show_new(
    visitor: Visitor,
    members: Data<Members>,
) -> ApiResult<Page<NewIncidentPage>> {
    Ok(Page::new(
        new_page(&visitor, &members, FormState::blank()).await?,
    ))
}

/// Opens an incident.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create(
    form: Form,
    incidents: Data<Incidents>,
    members: Data<Members>,
    state: Data<crate::state::AppState>,
) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "title").text(&form, "severity");
    let body = body.text(&form, "description").text(&form, "assigned_to");
    match api::create_incident(body.sent_by(&form.visitor)?, incidents, state).await {
        Ok(made) => {
            let address = format!("/incidents/{}", made.into_data().id);
            Ok(see_other_with(
                form.visitor.request(),
                address,
                &Flash::done("Incident opened"),
            ))
        }
        Err(error) => {
            show_again(&form, "incident", error, async |typed| {
                new_page(&form.visitor, &members, typed).await
            })
            .await
        }
    }
}

/// Changes what an incident is called, how bad it is, who works on it.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update(
    form: Form,
    id: PathId<IncidentId>,
    services: Shown,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let body = Body::new().any_text(&form, "title").text(&form, "severity");
    let body = body
        .any_text(&form, "description")
        .text_or_null(&form, "assigned_to");
    let (incidents, rules, _) = services.clone();
    let sent = body.sent_by(&form.visitor)?;
    match api::update_incident(sent, PathId::of(id), incidents, rules).await {
        Ok(_) => {
            let address = format!("/incidents/{id}");
            Ok(see_other_with(
                form.visitor.request(),
                address,
                &Flash::done("Incident saved"),
            ))
        }
        Err(error) => {
            show_again(&form, "change", error, async |typed| {
                page_of(&form.visitor, &services, ("unresolved", 0, Some(id)), typed).await
            })
            .await
        }
    }
}

/// Takes an incident to another status.
///
/// # Errors
/// As the route of the API.
pub async fn set_status(
    form: Form,
    id: PathId<IncidentId>,
    incidents: Data<Incidents>,
    rules: Data<AlertRules>,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let sent = Body::new()
        .any_text(&form, "status")
        .sent_by(&form.visitor)?;
    let set = api::update_incident(sent, PathId::of(id), incidents, rules).await;
    let said = format!("Set to {}", form.get("status"));
    done(&form, set, format!("/incidents/{id}"), said)
}
