//! The audit log.

use crate::api::audit::read_filter;
use crate::api::audit_csv;
use crate::http::error::{ApiResult, Code};
use crate::http::query::Query;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use faultbook_domain::identity::{AuditEntry, AuditFilter, AuditLog, Permission};
use faultbook_domain::page::Page as Entries;
use faultbook_web::form::{FormState, Refused};
use faultbook_web::settings::{AuditPage, AuditShown, AuditSought};
use faultbook_web::shell::Section;
use serde_json::{Map, Value};

fn shown(entry: AuditEntry) -> AuditShown {
    let who = match entry.actor_name.as_str() {
        "" => entry.actor,
        name => name.to_owned(),
    };
    AuditShown {
        at: entry.at,
        who,
        action: entry.action,
        changes: changes(entry.old.as_deref(), entry.new.as_deref()),
        target: entry.target_name.unwrap_or(entry.target),
        detail: entry.detail,
        address: entry.ip_address,
        request_id: entry.request_id,
    }
}

/// The fields that changed, with what they were and are.
fn changes(old: Option<&str>, new: Option<&str>) -> Vec<(String, Option<String>, Option<String>)> {
    let read = |text: Option<&str>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    };
    let (old, new) = (read(old), read(new));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let said = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let told = |name: &String| {
        let of = |side: &Map<String, Value>| side.get(name).and_then(said);
        (name.clone(), of(&old), of(&new))
    };
    names.into_iter().map(told).collect()
}

/// What the form was filled with.
fn sought(query: &Query) -> AuditSought {
    let text = |name: &str| query.text(name).unwrap_or_default().to_owned();
    AuditSought {
        actor: text("actor"),
        action: text("action"),
        q: text("q"),
        since: text("since"),
        until: text("until"),
    }
}

/// Reads the filter without fields that were left blank.
fn filter_of(query: &Query) -> ApiResult<AuditFilter> {
    let sought = sought(query);
    let given = [
        ("actor", sought.actor),
        ("action", sought.action),
        ("q", sought.q),
        ("since", sought.since),
        ("until", sought.until),
    ];
    let given: Vec<(&str, String)> = given
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    read_filter(&crate::web::errors::api_query(&given))
}

/// Shows who changed what. A filter that cannot be read is shown again.
///
/// # Errors
/// 403 for those who may not manage the team, 400 for a bad parameter.
pub async fn show(
    visitor: Visitor,
    query: Query,
    audit: Data<dyn AuditLog>,
) -> ApiResult<Page<AuditPage>> {
    visitor.require(Permission::TeamManage)?;
    visitor.require_whole_tenant()?;
    let shell = visitor.shell(Section::Settings, "Audit").await?;
    let filter = match filter_of(&query) {
        Ok(filter) => filter,
        Err(error) if error.code() == Code::InvalidInput => {
            let problems = error.details().iter();
            let problems = problems.map(|one| (one.field.clone(), one.message.clone()));
            let typed = FormState::refused(Refused {
                form: "filter".to_owned(),
                values: Vec::new(),
                problems: problems.collect(),
                sentence: error.sentence().to_owned(),
            });
            let page = AuditPage::new(shell, Vec::new(), (0, None), Some(sought(&query)), typed);
            return Ok(Page::new(page).with_status(StatusCode::BAD_REQUEST));
        }
        Err(error) => return Err(error),
    };
    let (after, limit) = query.page()?;
    let tenant = visitor.tenant_scope();
    let page: Entries<AuditEntry> = audit
        .list_audit_entries(tenant, &filter, after, limit)
        .await?;
    let entries = page.items.into_iter().map(shown).collect();
    let rest = (page.total, page.next.map(|next| next.to_string()));
    let filter = Some(sought(&query));
    let page = AuditPage::new(shell, entries, rest, filter, FormState::blank());
    Ok(Page::new(page))
}

/// Answers what is shown as a file.
///
/// # Errors
/// 403 for those who may not manage the team, 400 for a bad parameter.
pub async fn download(
    visitor: Visitor,
    query: Query,
    audit: Data<dyn AuditLog>,
) -> ApiResult<HttpResponse> {
    visitor.require(Permission::TeamManage)?;
    visitor.require_whole_tenant()?;
    let filter = filter_of(&query)?;
    audit_csv::answer(audit.into_inner(), visitor.tenant_scope(), filter).await
}
