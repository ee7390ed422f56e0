//! The list of rules, and what they sent.

use super::standing;
use crate::api::list_query::{occurrence_cursor, occurrence_cursor_text};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::web::Data;
use faultbook_domain::alerts::{AlertRules, DeliveryStatus};
use faultbook_domain::id::RuleId;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::notifications::{HistoryQuery, Outbox};
use faultbook_web::alerts::{AlertsPage, DeliveryFilter, RuleShown};
use faultbook_web::shell::Section;
use time::Duration;

/// Firings of a page.
const FIRINGS: u32 = 50;

/// The time of which messages are counted.
const COUNTED: Duration = Duration::days(30);

/// Hours of which the highest value is shown.
const HOURS: i64 = 24;

/// Shows all rules, and what they sent.
///
/// # Errors
/// 403 for those who may not read alerts, 400 for a bad parameter.
pub async fn list(
    visitor: Visitor,
    query: Query,
    rules: Data<AlertRules>,
    outbox: Data<dyn Outbox>,
    state: Data<AppState>,
) -> ApiResult<Page<AlertsPage>> {
    visitor.require(Permission::AlertsRead)?;
    let tenant = visitor.tenant_scope();
    let rule = query.parsed("rule", "must be a UUID", |text| text.parse::<RuleId>().ok())?;
    let expected = "must be a cursor from an earlier page";
    let wanted = HistoryQuery {
        rule,
        conditions: None,
        after: query.parsed("cursor", expected, occurrence_cursor)?,
        status: query.parsed(
            "status",
            "must be one of pending, delivered, failed",
            DeliveryStatus::from_stored,
        )?,
        since: None,
        until: None,
        limit: FIRINGS,
    };
    let status = query.text("status").unwrap_or_default().to_owned();
    let all = rules.list(tenant).await?;
    let now = state.clock.now();
    let page = outbox.list_firings(tenant, &wanted).await?;
    let counted = HistoryQuery {
        since: Some(now - COUNTED),
        ..wanted.clone()
    };
    let counts = outbox.count_deliveries(tenant, &counted).await?;
    let mut history = page.items;
    if let Some(status) = wanted.status {
        for (_, deliveries) in &mut history {
            deliveries.retain(|delivery| delivery.status == status);
        }
    }
    let named = rule.map(|id| {
        let found = all.iter().find(|rule| rule.id == id);
        (
            id.to_string(),
            found
                .map_or("a deleted rule", |rule| rule.name.as_str())
                .to_owned(),
        )
    });
    let filter = DeliveryFilter {
        status,
        rule: named,
        counts: [counts.all(), counts.pending, counts.failed].map(Some),
        older: page.next.map(occurrence_cursor_text),
    };
    let first = hour_of(now) - Duration::hours(HOURS - 1);
    let peaks = rules.peaks(tenant, None, first).await?;
    let recent = |rule: RuleId| {
        let peak = |hour: i64| {
            let at = first + Duration::hours(hour);
            let found = peaks
                .iter()
                .find(|peak| peak.rule == rule && peak.hour == at);
            found.map(|peak| peak.value)
        };
        (0..HOURS).map(peak).collect()
    };
    let shown = all.into_iter().map(|rule| RuleShown {
        standing: standing(&rule, now),
        recent: recent(rule.id),
        rule,
    });
    let shell = visitor.shell(Section::Alerts, "Alerts").await?;
    Ok(Page::new(AlertsPage::new(
        shell,
        shown.collect(),
        history,
        filter,
    )))
}
