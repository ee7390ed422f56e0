//! The audit log.

use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::web::Data;
use faultbook_domain::identity::{AuditEntry, AuditLog, Members, Permission};
use faultbook_web::form::FormState;
use faultbook_web::settings::{AuditPage, AuditShown};
use faultbook_web::shell::Section;
use std::collections::HashMap;

/// People whose names are known.
const PEOPLE: u32 = 1_000;

fn shown(entry: AuditEntry, people: &HashMap<String, String>) -> AuditShown {
    AuditShown {
        at: entry.at,
        who: people.get(&entry.actor).cloned().unwrap_or(entry.actor),
        action: entry.action,
        target: String::new(),
        changes: Vec::new(),
        detail: entry.detail,
        address: entry.ip_address,
        request_id: entry.request_id,
    }
}

/// Shows who changed what.
///
/// # Errors
/// 403 for those who may not manage the team, 400 for a bad parameter.
pub async fn show(
    visitor: Visitor,
    query: Query,
    audit: Data<dyn AuditLog>,
    members: Data<Members>,
) -> ApiResult<Page<AuditPage>> {
    visitor.require(Permission::TeamManage)?;
    let tenant = visitor.tenant_scope();
    let (after, limit) = query.page()?;
    let page = audit.list_audit_entries(tenant, after, limit).await?;
    let people = members.list(tenant, None, PEOPLE).await?.items.into_iter();
    let people = people
        .map(|one| (format!("user:{}", one.user_id), one.name))
        .collect();
    let entries = page
        .items
        .into_iter()
        .map(|entry| shown(entry, &people))
        .collect();
    let rest = (page.total, page.next.map(|next| next.to_string()));
    let shell = visitor.shell(Section::Settings, "Audit").await?;
    Ok(Page::new(AuditPage::new(
        shell,
        entries,
        rest,
        None,
        FormState::blank(),
    )))
}
