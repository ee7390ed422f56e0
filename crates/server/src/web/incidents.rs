//! Incidents.

use super::call::{Body, done, show_again};
use super::form::Form;
use super::page::{Page, see_other_with};
use super::visitor::Visitor;
use crate::api::incidents as api;
use crate::api::incidents::series::played;
use crate::api::incidents::timeline::{TimelineView, post_update, timeline_of};
use crate::api::incidents::visible::{details_of, incident_of, linked_ids, visible_incidents};
use crate::http::error::{ApiResult, Code};
use crate::http::extract::PathId;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::alerts::{AlertRules, Condition, Previews};
use faultbook_domain::errors::{ActorNames, ErrorFinder};
use faultbook_domain::id::{ErrorId, IncidentId};
use faultbook_domain::identity::{Members, Permission};
use faultbook_domain::incidents::{Incident, IncidentQuery, IncidentStatus, Incidents, reached};
use faultbook_domain::page::Cursor;
use faultbook_domain::tenancy::Projects;
use faultbook_web::form::FormState;
use faultbook_web::incidents::{
    IncidentList, IncidentShown, IncidentsPage, LinkedShown, Measured, NewIncidentPage, PAGE,
    TimelineShown,
};
use faultbook_web::shell::{Flash, Section};
use faultbook_web::ui;
use std::collections::HashMap;

/// The services that the page needs.
pub type Shown = (
    (Data<Incidents>, Data<AlertRules>, Data<Members>),
    (Data<ErrorFinder>, Data<ActorNames>),
    (Data<Projects>, Data<Previews>),
    Data<AppState>,
);

/// People who are offered as those who may work on an incident.
const PEOPLE: u32 = 200;

/// Entries of a timeline that are shown at once.
const ENTRIES: u32 = 50;

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
    ((incidents, rules, _), ..): &Shown,
    (status, skipped): (&str, u64),
) -> ApiResult<IncidentList> {
    let tenant = visitor.tenant_scope();
    let statuses = match status {
        "unresolved" => IncidentStatus::UNRESOLVED.to_vec(),
        named => named.parse::<IncidentStatus>().into_iter().collect(),
    };
    let query = IncidentQuery {
        statuses,
        of_project: visible_incidents(visitor, rules).await?,
        offset: skipped,
        limit: PAGE as u32,
        ..IncidentQuery::default()
    };
    let counts = incidents.counts(tenant, &query).await?;
    let page = incidents.list(tenant, query).await?;
    let count = |name: &str, of: &[IncidentStatus]| (name.to_owned(), counts.among(of));
    Ok(IncidentList {
        status: status.to_owned(),
        counts: vec![
            count("unresolved", &IncidentStatus::UNRESOLVED),
            count("resolved", &[IncidentStatus::Resolved]),
            count("closed", &[IncidentStatus::Closed]),
            count("all", &IncidentStatus::ALL),
        ],
        skipped,
        has_more: skipped + (page.items.len() as u64) < page.total,
        incidents: page.items,
    })
}

fn entry_of(entry: TimelineView) -> TimelineShown {
    let who = match entry.actor_name {
        name if !name.is_empty() => name,
        _ => entry.actor.clone(),
    };
    let is_server = entry.actor.starts_with("rule:") || entry.actor == "system";
    TimelineShown {
        at: entry.at,
        who: (!is_server).then_some(who),
        kind: entry.kind,
        from: entry.from,
        to: entry.to,
        text: entry.text,
    }
}

/// The errors of an incident; nothing where the visitor may not read errors.
async fn errors_of(
    visitor: &Visitor,
    incident: &Incident,
    (incidents, finder): (&Incidents, &ErrorFinder),
) -> ApiResult<Option<Vec<LinkedShown>>> {
    if visitor.require(Permission::ErrorsRead).is_err() {
        return Ok(None);
    }
    let linked = linked_ids(visitor, &[incident.id], incidents).await?;
    let ids = linked.into_values().flatten().map(ErrorId);
    let ids: Vec<ErrorId> = ids.collect();
    let details = details_of(visitor, &ids, finder).await?;
    let shown = details.into_iter().map(|one| {
        let summary = one.error.summary;
        let named = one.figures.and_then(|figures| figures.exception_type);
        LinkedShown {
            id: one.error.state.id.to_string(),
            name: named.unwrap_or(summary.message),
            level: ui::level_name(summary.level, summary.severity),
            count: one.error.state.count.unsigned_abs(),
        }
    });
    Ok(Some(shown.collect()))
}

/// What the rule of an incident measured; nothing where that takes too long now.
async fn measured_of(
    visitor: &Visitor,
    incident: &Incident,
    ((_, rules, _), _, (projects, previews), state): &Shown,
) -> ApiResult<Option<Measured>> {
    let services = (&***projects, &***previews);
    let played = played(visitor, incident, rules, services, state.clock.now()).await;
    let (rule, preview) = match played {
        Ok(Some(played)) => played,
        Ok(None) => return Ok(None),
        Err(busy) if busy.code() == Code::Overloaded => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some((from, _)) = preview.series.first().copied() else {
        return Ok(None);
    };
    let condition = Condition::parse(&rule.condition).ok();
    Ok(Some(Measured {
        values: preview.series.into_iter().map(|(_, value)| value).collect(),
        against: condition.map(|condition| (condition.comparison, preview.limit)),
        step: preview.slice,
        from,
    }))
}

async fn shown_of(
    visitor: &Visitor,
    services: &Shown,
    (id, after): (IncidentId, Option<Cursor>),
) -> ApiResult<IncidentShown> {
    let ((incidents, rules, _), (finder, names), ..) = services;
    let (incident, changes) = incident_of(visitor, id, (incidents, rules)).await?;
    let rule = match incident.rule_id {
        Some(id) => {
            let rule = rules.get(visitor.tenant_scope(), id).await?;
            Some((id.to_string(), rule.map(|rule| rule.name)))
        }
        None => None,
    };
    let page = (after, ENTRIES);
    let sources = (&***incidents, &***names);
    let timeline = timeline_of(visitor.tenant_scope(), &incident, page, sources).await?;
    Ok(IncidentShown {
        rule,
        reached: reached(&incident, &changes),
        timeline: timeline.entries.into_iter().map(entry_of).collect(),
        older: timeline.next_cursor,
        errors: errors_of(visitor, &incident, (incidents, finder)).await?,
        measured: measured_of(visitor, &incident, services).await?,
        incident,
    })
}

/// Which incidents are listed, and which of them is shown.
struct Place<'a> {
    status: &'a str,
    skipped: u64,
    asked: Option<IncidentId>,
    after: Option<Cursor>,
}

async fn page_of(
    visitor: &Visitor,
    services: &Shown,
    place: Place<'_>,
    typed: FormState,
) -> ApiResult<IncidentsPage> {
    visitor.require(Permission::IncidentsRead)?;
    let ((_, _, members), ..) = services;
    let list = list_of(visitor, services, (place.status, place.skipped)).await?;
    let people = people(visitor, members).await?;
    let first = list.incidents.first().map(|incident| incident.id);
    let one = match place.asked.or(first) {
        Some(id) => Some(shown_of(visitor, services, (id, place.after)).await?),
        None => None,
    };
    let shell = visitor.shell(Section::Incidents, "Incidents").await?;
    let one = (one, place.asked.is_some());
    Ok(IncidentsPage::new(shell, list, one, names(&people), typed))
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
    let place = Place {
        status: status_of(&query),
        skipped,
        asked: None,
        after: None,
    };
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
    let (after, _) = query.page()?;
    let place = Place {
        status: status_of(&query),
        skipped: 0,
        asked: Some(id.get()?),
        after,
    };
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
    services: (Data<Incidents>, Data<ErrorFinder>),
    members: Data<Members>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let body = Body::new().any_text(&form, "title").text(&form, "severity");
    let body = body.text(&form, "description").text(&form, "assigned_to");
    let body = match linked_in(&form) {
        errors if errors.is_empty() => body,
        errors => body.with("errors", errors),
    };
    match api::create_incident(body.sent_by(&form.visitor)?, services, state).await {
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
    let body = match form.has("errors") {
        true => body.with("errors", linked_in(&form)),
        false => body,
    };
    let ((incidents, rules, _), (finder, _), ..) = services.clone();
    let sent = body.sent_by(&form.visitor)?;
    match api::update_incident(sent, PathId::of(id), (incidents, rules), finder).await {
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
                let place = Place {
                    status: "unresolved",
                    skipped: 0,
                    asked: Some(id),
                    after: None,
                };
                page_of(&form.visitor, &services, place, typed).await
            })
            .await
        }
    }
}

/// The errors that a form names: ids, or addresses of their pages.
fn linked_in(form: &Form) -> Vec<String> {
    let named = form
        .get("errors")
        .split(|c: char| c.is_whitespace() || c == ',');
    let ids = named.map(|one| one.trim_end_matches('/').rsplit('/').next().unwrap_or(one));
    let ids = ids.map(|one| one.split(['?', '#']).next().unwrap_or(one).to_owned());
    ids.filter(|one| !one.is_empty()).collect()
}

/// Writes an update of an incident, and sets its status with it; without a text, the status alone.
///
/// # Errors
/// As the routes of the API.
pub async fn set_status(
    form: Form,
    id: PathId<IncidentId>,
    services: Shown,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let ((incidents, rules, _), (finder, names), ..) = services.clone();
    let back = format!("/incidents/{id}");
    if form.get("text").trim().is_empty() {
        let sent = Body::new()
            .any_text(&form, "status")
            .sent_by(&form.visitor)?;
        let services = (incidents, rules);
        let set = api::update_incident(sent, PathId::of(id), services, finder).await;
        let said = format!("Set to {}", form.get("status"));
        return done(&form, set, back, said);
    }
    let body = Body::new().any_text(&form, "text").text(&form, "status");
    let sent = body.sent_by(&form.visitor)?;
    match post_update(sent, PathId::of(id), (incidents, rules), names).await {
        Err(error) => {
            show_again(&form, "update", error, async |typed| {
                let place = Place {
                    status: "unresolved",
                    skipped: 0,
                    asked: Some(id),
                    after: None,
                };
                page_of(&form.visitor, &services, place, typed).await
            })
            .await
        }
        posted => done(&form, posted, back, "Update posted".to_owned()),
    }
}
