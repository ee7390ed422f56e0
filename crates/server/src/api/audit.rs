//! The audit log of a tenant.

use super::audit_csv;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::TenantCaller;
use crate::http::query::Query;
use actix_web::http::header::ACCEPT;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::identity::{AuditEntry, AuditFilter, AuditLog, Permission};
use faultbook_domain::search::fold;
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// One change to a tenant, its team or its settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    id: Uuid,
    /// `user:<id>`, `key:<id>`, `system_user:<id>` or `system`.
    actor: String,
    /// Their name then; empty where it was not known.
    #[schema(example = "Ada Lovelace")]
    actor_name: String,
    /// Kind and verb; method and route of what has no kind, and of older entries.
    #[schema(example = "rule.changed")]
    action: String,
    /// Kind and id; the request's path of what has no kind, and of older entries.
    #[schema(example = "integration:slack")]
    target: String,
    /// What the target was called then.
    target_name: Option<String>,
    /// What the fields that changed were; null for what was created. Secrets are `***`.
    #[schema(value_type = Option<Object>, example = json!({ "threshold": 50 }))]
    old: Option<Box<RawValue>>,
    /// What they are; null for what was deleted. Secrets are `***`.
    #[schema(value_type = Option<Object>, example = json!({ "threshold": 25 }))]
    new: Option<Box<RawValue>>,
    /// What more is to be said.
    detail: Option<String>,
    ip_address: Option<String>,
    request_id: String,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
}

impl AuditView {
    /// The view of an entry.
    #[must_use]
    pub fn of(entry: AuditEntry) -> Self {
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self {
            id: entry.id.0,
            actor: entry.actor,
            actor_name: entry.actor_name,
            action: entry.action,
            target: entry.target,
            target_name: entry.target_name,
            old: raw(entry.old),
            new: raw(entry.new),
            detail: entry.detail,
            ip_address: entry.ip_address,
            request_id: entry.request_id,
            at: entry.at,
        }
    }
}

/// Entries of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// Newest first.
    pub entries: Vec<AuditView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// Characters of the words that are looked for.
const WORDS_LONGEST: usize = 200;

/// Reads which entries are wanted.
///
/// # Errors
/// 400 naming the parameter.
pub fn read_filter(query: &Query) -> ApiResult<AuditFilter> {
    let text = |name: &str| query.text(name).filter(|text| !text.is_empty());
    let owned = |name: &str| text(name).map(str::to_owned);
    let (since, until) = query.range()?;
    let words = text("q").unwrap_or_default();
    if words.chars().count() > WORDS_LONGEST {
        let message = format!("must be at most {WORDS_LONGEST} characters long");
        return Err(ApiError::field("q", &message));
    }
    let words = fold(words);
    Ok(AuditFilter {
        actor: owned("actor"),
        action: owned("action"),
        target: owned("target"),
        words: words.split_whitespace().map(str::to_owned).collect(),
        since,
        until,
    })
}

/// Whether the caller wants text with commas.
fn wants_csv(request: &HttpRequest, query: &Query) -> ApiResult<bool> {
    let format = query.parsed("format", "must be csv or json", |text| match text {
        "csv" => Some(true),
        "json" => Some(false),
        _ => None,
    })?;
    let accept = request.headers().get(ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    let is_csv = |kind: &str| {
        let media = kind.split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("text/csv")
    };
    Ok(format.unwrap_or_else(|| accept.is_some_and(|all| all.split(',').any(is_csv))))
}

/// Lists what was changed in the tenant, its team and its settings, newest first. Entries are kept 400 days
/// unless `retention.audit_days` is set.
///
/// With `Accept: text/csv` or `format=csv` the newest 10,000 come as a file for spreadsheets, and `X-Total-Count` says how
/// many there are.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/audit", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("actor" = Option<String>, Query, description = "An actor, their name or e-mail address, exactly"),
        ("action" = Option<String>, Query, description = "An action such as rule.changed, or a kind such as rule"),
        ("target" = Option<String>, Query, description = "A target such as integration:slack, exactly"),
        ("q" = Option<String>, Query, description = "Words in names and detail"),
        ("since" = Option<String>, Query, description = "From this time on (RFC 3339, or a day)"),
        ("until" = Option<String>, Query, description = "Before this time"),
        ("format" = Option<String>, Query, description = "csv or json"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of entries", body = Envelope<AuditList>))
)]
pub async fn list_audit(
    caller: TenantCaller,
    request: HttpRequest,
    query: Query,
    audit: Data<dyn AuditLog>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::TeamManage)?;
    caller.require_whole_tenant()?;
    let filter = read_filter(&query).map_err(ApiError::into_rule)?;
    if wants_csv(&request, &query).map_err(ApiError::into_rule)? {
        return audit_csv::answer(audit.into_inner(), caller.scope, filter).await;
    }
    let (after, limit) = query.page()?;
    let page = audit
        .list_audit_entries(caller.scope, &filter, after, limit)
        .await?;
    let list = AuditList {
        entries: page.items.into_iter().map(AuditView::of).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    };
    Ok(Success::ok(list).respond_to(&request))
}
