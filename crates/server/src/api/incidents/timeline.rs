//! What happened to an incident, and what people write about it.

use super::visible::incident_of;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Json, PathId};
use crate::http::query::Query;
use crate::http::request::JsonBody;
use actix_web::web::Data;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::errors::{Actor, ActorNames};
use faultbook_domain::id::IncidentId;
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{Incident, IncidentChange, IncidentStatus, Incidents};
use faultbook_domain::page::Cursor;
use faultbook_domain::tenancy::TenantScope;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Characters of an update.
const UPDATE: usize = 10_000;

/// An entry of an incident's timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub struct TimelineView {
    /// Its number within the incident.
    #[schema(example = "3")]
    pub id: String,
    /// When it happened.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    pub at: OffsetDateTime,
    /// opened, update, status, severity, assigned, title, description or errors.
    #[schema(example = "update")]
    pub kind: String,
    /// Who did it.
    #[schema(example = "user:0198d3b0-7c00-7000-8000-000000000001")]
    pub actor: String,
    /// Their name; empty where it is not known any more.
    #[schema(example = "Ada Lovelace")]
    pub actor_name: String,
    /// What it was before.
    pub from: Option<String>,
    /// What it is since.
    pub to: Option<String>,
    /// What was said.
    pub text: Option<String>,
}

/// A page of an incident's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// Newest first.
    pub entries: Vec<TimelineView>,
    /// How many there are.
    pub total: u64,
    /// Where the next page starts; null on the last.
    pub next_cursor: Option<String>,
}

/// What somebody writes about an incident.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "text": "The new pool size is out", "status": "monitoring" }))]
pub struct NewIncidentUpdate {
    /// 1 to 10,000 characters.
    pub text: String,
    /// The status to set with it.
    pub status: Option<String>,
}

/// The views of entries with the names of their authors.
async fn views(
    tenant: TenantScope,
    entries: Vec<(u64, IncidentChange)>,
    names: &ActorNames,
) -> ApiResult<Vec<TimelineView>> {
    let actors = entries
        .iter()
        .filter_map(|(_, change)| Actor::from_stored(&change.actor));
    let names = names.of(tenant, actors.collect()).await?;
    let named = |actor: &str| {
        let found = Actor::from_stored(actor).and_then(|actor| names.get(&actor));
        found.map(|named| named.name.clone()).unwrap_or_default()
    };
    let view = |(place, change): (u64, IncidentChange)| TimelineView {
        id: place.to_string(),
        at: change.at,
        kind: match change.field.as_str() {
            "created" => "opened".to_owned(),
            "assigned_to" => "assigned".to_owned(),
            _ => change.field,
        },
        actor_name: named(&change.actor),
        actor: change.actor,
        from: change.from,
        to: change.to,
        text: change.text,
    };
    Ok(entries.into_iter().map(view).collect())
}

/// A page of an incident's timeline.
///
/// # Errors
/// 503 when the store is away.
pub async fn timeline_of(
    tenant: TenantScope,
    incident: &Incident,
    (after, limit): (Option<Cursor>, u32),
    (incidents, names): (&Incidents, &ActorNames),
) -> ApiResult<Timeline> {
    let before = after.map(|cursor| cursor.rank.unsigned_abs());
    let page = incidents.timeline(incident, before, limit).await?;
    let last = page.items.last().map(|(place, _)| *place);
    let next = last.filter(|place| *place > 1).map(|place| Cursor {
        rank: place.cast_signed(),
        id: incident.id.0,
    });
    Ok(Timeline {
        entries: views(tenant, page.items, names).await?,
        total: page.total,
        next_cursor: next.map(|next| next.to_string()),
    })
}

/// Lists what happened to an incident, newest first. Entries never change.
#[utoipa::path(
    get, path = "/api/alerts/incidents/{id}/timeline", tag = "Incidents",
    params(
        ("id" = uuid::Uuid, Path, description = "Incident id"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of entries", body = Envelope<Timeline>),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
        (status = 404, description = "Incident not found", body = ErrorEnvelope),
    )
)]
pub async fn list_timeline(
    caller: Caller,
    id: PathId<IncidentId>,
    query: Query,
    (incidents, rules): (Data<Incidents>, Data<AlertRules>),
    names: Data<ActorNames>,
) -> ApiResult<Success<Timeline>> {
    caller.require(Permission::IncidentsRead)?;
    let (incident, _) = incident_of(&caller, id.get()?, (&incidents, &rules)).await?;
    let services = (&**incidents, &**names);
    let page = timeline_of(caller.tenant_scope(), &incident, query.page()?, services);
    Ok(Success::ok(page.await?))
}

/// Reads an update.
fn read_update(body: JsonBody) -> Result<(String, Option<IncidentStatus>), ApiError> {
    let mut fields = body.fields()?;
    let text = fields.required("text");
    fields.check_length("text", &text, UPDATE);
    let expected = "must be one of open, investigating, identified, monitoring, resolved, closed";
    let status = fields.parsed("status", expected, |text| {
        text.to_ascii_lowercase().parse().ok()
    });
    fields.finish((text, status))
}

/// Writes an update of an incident, and sets its status with it if given.
#[utoipa::path(
    post, path = "/api/alerts/incidents/{id}/updates", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    request_body = NewIncidentUpdate,
    responses(
        (status = 201, description = "The entry of the timeline", body = Envelope<TimelineView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not change incidents", body = ErrorEnvelope),
        (status = 404, description = "Incident not found", body = ErrorEnvelope),
    )
)]
pub async fn post_update(
    Json { caller, body }: Json,
    id: PathId<IncidentId>,
    (incidents, rules): (Data<Incidents>, Data<AlertRules>),
    names: Data<ActorNames>,
) -> ApiResult<Success<TimelineView>> {
    caller.require(Permission::IncidentsWrite)?;
    let id = id.get()?;
    let update = read_update(body)?;
    incident_of(&caller, id, (&incidents, &rules)).await?;
    let tenant = caller.tenant_scope();
    let written = incidents
        .post_update(tenant, id, update, caller.actor())
        .await?;
    let written = written.ok_or_else(super::visible::not_found)?;
    let mut views = views(tenant, vec![written], &names).await?;
    let view = views.pop().ok_or_else(super::visible::not_found)?;
    Ok(Success::created(view))
}
