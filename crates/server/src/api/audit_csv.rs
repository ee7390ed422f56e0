//! The audit log as comma-separated values (RFC 4180), streamed.

use crate::http::error::ApiResult;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use faultbook_domain::identity::{AuditEntry, AuditFilter, AuditLog};
use faultbook_domain::instant::clamped_instant;
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use futures_util::stream;
use std::sync::Arc;
use time::format_description::well_known::Rfc3339;

/// Most entries of a file.
const MOST: u32 = 10_000;

/// Entries that are read at once.
const STEP: u32 = 500;

/// Names of the columns.
const COLUMNS: &str =
    "at,actor,actor_name,action,target,target_name,old,new,ip_address,request_id\r\n";

/// What of the file is still to be written.
struct Rest {
    audit: Arc<dyn AuditLog>,
    tenant: TenantScope,
    filter: AuditFilter,
    /// A page that was read.
    page: Option<Page<AuditEntry>>,
    /// Where the next page begins.
    next: Option<Cursor>,
    left: u32,
}

/// Answers the newest entries of a filter as a file.
///
/// # Errors
/// 503 when the store is away.
pub async fn answer(
    audit: Arc<dyn AuditLog>,
    tenant: TenantScope,
    filter: AuditFilter,
) -> ApiResult<HttpResponse> {
    let first = audit
        .list_audit_entries(tenant, &filter, None, STEP)
        .await?;
    let total = first.total;
    let rest = Rest {
        audit,
        tenant,
        filter,
        page: Some(first),
        next: None,
        left: MOST,
    };
    let head = Ok(Bytes::from_static(COLUMNS.as_bytes()));
    let rows = stream::try_unfold(rest, |rest| async move { step(rest).await });
    let all = stream::StreamExt::chain(stream::iter([head]), rows);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""))
        .insert_header(("X-Total-Count", total.to_string()))
        .streaming(all))
}

/// Writes one page.
async fn step(mut rest: Rest) -> Result<Option<(Bytes, Rest)>, StoreError> {
    let page = match (rest.page.take(), rest.next) {
        (Some(page), _) => page,
        (None, None) => return Ok(None),
        (None, next) => {
            let (audit, filter) = (&rest.audit, &rest.filter);
            audit
                .list_audit_entries(rest.tenant, filter, next, STEP.min(rest.left))
                .await?
        }
    };
    let mut text = String::new();
    for entry in &page.items {
        push_row(&mut text, entry);
    }
    let written = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
    rest.left = rest.left.saturating_sub(written);
    rest.next = page.next.filter(|_| rest.left > 0);
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some((Bytes::from(text), rest)))
}

fn push_row(text: &mut String, entry: &AuditEntry) {
    let at = clamped_instant(entry.at).format(&Rfc3339);
    let cells = [
        at.as_deref().unwrap_or_default(),
        &entry.actor,
        &entry.actor_name,
        &entry.action,
        &entry.target,
        entry.target_name.as_deref().unwrap_or_default(),
        entry.old.as_deref().unwrap_or_default(),
        entry.new.as_deref().unwrap_or_default(),
        entry.ip_address.as_deref().unwrap_or_default(),
        &entry.request_id,
    ];
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_cell(text, cell);
    }
    text.push_str("\r\n");
}

/// Writes a cell. One that a spreadsheet would take for a formula begins with an apostrophe.
fn push_cell(text: &mut String, cell: &str) {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    if cell.contains([',', '"', '\r', '\n']) {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(guard);
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("{\"a\":1}", "\"{\"\"a\"\":1}\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(1,2)", "\"'@SUM(1,2)\""),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("", ""),
        ] {
            let mut text = String::new();
            push_cell(&mut text, cell);
            assert_eq!(text, expected, "{cell:?}");
        }
    }
}
