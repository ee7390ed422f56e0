//! Alert rules, their test, and the history of firings.

pub mod channel;
pub mod firing;
pub mod preview;
pub mod rule;

use crate::api::alerts::firing::{DeliveryCountsView, FiringList, FiringView};
use crate::api::alerts::rule::{NewRule, RuleList, RuleView, read_rule, recent_from};
use crate::api::list_query::{occurrence_cursor, occurrence_cursor_text};
use crate::http::audit_change::{AuditChange, fields};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::alerts::{AlertRule, AlertRules, Alerting, DeliveryStatus, TestRuleError};
use faultbook_domain::id::RuleId;
use faultbook_domain::identity::Permission;
use faultbook_domain::notifications::{HistoryQuery, Integrations, Outbox};
use faultbook_domain::rate_limit::Spending;
use faultbook_domain::store_error::StoreError;
use std::sync::Arc;
use time::Duration;

/// Days of which deliveries are counted where no range is given.
const COUNTED_DAYS: i64 = 30;

fn not_found() -> ApiError {
    ApiError::new(Code::RuleNotFound)
}

/// The caller's rule of this id.
async fn rule_of(caller: &Caller, id: PathId<RuleId>, rules: &AlertRules) -> ApiResult<AlertRule> {
    let rule = rules.get(caller.tenant_scope(), id.get()?).await?;
    rule.filter(|rule| caller.principal().may_see_rule(&rule.condition))
        .ok_or_else(not_found)
}

/// Goes on only if a rule of this condition will exist for the caller.
fn require_own(caller: &Caller, condition: &str) -> ApiResult<()> {
    if caller.principal().may_see_rule(condition) {
        return Ok(());
    }
    let sentence = "Permission denied: the condition must name the key's own project";
    Err(ApiError::new(Code::PermissionDenied).with_message(sentence))
}

/// A rule with its highest values of the last hours.
async fn shown(
    caller: &Caller,
    rule: AlertRule,
    (rules, state): (&AlertRules, &AppState),
) -> ApiResult<Success<RuleView>> {
    let now = state.clock.now();
    let (tenant, since) = (caller.tenant_scope(), recent_from(now));
    let peaks = rules.peaks(tenant, Some(rule.id), since).await?;
    Ok(Success::ok(RuleView::of(rule, &peaks, now)))
}

/// The fields of a rule that the audit log tells.
const AUDITED: &[&str] = &[
    "name",
    "condition",
    "threshold",
    "time_window",
    "enabled",
    "notifications",
    "open_incident",
    "include_ignored",
];

/// Lists the alert rules.
#[utoipa::path(
    get, path = "/api/alerts/rules", tag = "Alerts",
    responses(
        (status = 200, description = "Every rule, oldest first; with a key bound to a project, those whose condition names it", body = Envelope<RuleList>),
        (status = 403, description = "The key may not read alerts", body = ErrorEnvelope),
    )
)]
pub async fn list_rules(
    caller: Caller,
    all: Data<AlertRules>,
    state: Data<AppState>,
) -> ApiResult<Success<RuleList>> {
    caller.require(Permission::AlertsRead)?;
    let mut rules = all.list(caller.tenant_scope()).await?;
    rules.retain(|rule| caller.principal().may_see_rule(&rule.condition));
    let now = state.clock.now();
    let peaks = all
        .peaks(caller.tenant_scope(), None, recent_from(now))
        .await?;
    let view = |rule| RuleView::of(rule, &peaks, now);
    Ok(Success::ok(RuleList {
        total: rules.len(),
        rules: rules.into_iter().map(view).collect(),
    }))
}

/// Makes an alert rule.
#[utoipa::path(
    post, path = "/api/alerts/rules", tag = "Alerts",
    request_body = NewRule,
    responses(
        (status = 201, description = "The rule", body = Envelope<RuleView>),
        (status = 400, description = "Invalid input; a condition's error points at the position. Also beyond `limits.max_rules` rules (500 by default)", body = ErrorEnvelope),
        (status = 403, description = "The key may not change alerts, or is bound to a project that the condition does not name", body = ErrorEnvelope),
    )
)]
pub async fn create_rule(
    Json { caller, body }: Json,
    rules: Data<AlertRules>,
    integrations: Data<Integrations>,
    state: Data<AppState>,
) -> ApiResult<Success<RuleView>> {
    caller.require(Permission::AlertsWrite)?;
    let settings = read_rule(
        body,
        None,
        state.limits.max_condition,
        &integrations.kinds(),
    )?;
    require_own(&caller, &settings.condition)?;
    let made = rules.create(caller.tenant_scope(), settings).await?;
    let rule = made.ok_or_else(|| {
        let most = state.limits.max_rules;
        let sentence = format!("Invalid input: a tenant may have at most {most} alert rules");
        ApiError::new(Code::InvalidInput).with_message(sentence)
    })?;
    state.wake_alerts();
    let change = AuditChange::of("rule", "created", rule.id).named(&rule.name);
    let view = RuleView::of(rule, &[], state.clock.now());
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::created(view))
}

/// Gets one alert rule.
#[utoipa::path(
    get, path = "/api/alerts/rules/{id}", tag = "Alerts",
    params(("id" = uuid::Uuid, Path, description = "Rule id")),
    responses(
        (status = 200, description = "The rule", body = Envelope<RuleView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read alerts", body = ErrorEnvelope),
        (status = 404, description = "Rule not found", body = ErrorEnvelope),
    )
)]
pub async fn get_rule(
    caller: Caller,
    id: PathId<RuleId>,
    rules: Data<AlertRules>,
    state: Data<AppState>,
) -> ApiResult<Success<RuleView>> {
    caller.require(Permission::AlertsRead)?;
    let rule = rule_of(&caller, id, &rules).await?;
    shown(&caller, rule, (&rules, &state)).await
}

/// Changes an alert rule. What is left out stays.
#[utoipa::path(
    put, path = "/api/alerts/rules/{id}", tag = "Alerts",
    params(("id" = uuid::Uuid, Path, description = "Rule id")),
    request_body = NewRule,
    responses(
        (status = 200, description = "The rule", body = Envelope<RuleView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not change alerts, or is bound to a project that the condition does not name", body = ErrorEnvelope),
        (status = 404, description = "Rule not found", body = ErrorEnvelope),
    )
)]
pub async fn update_rule(
    Json { caller, body }: Json,
    id: PathId<RuleId>,
    rules: Data<AlertRules>,
    integrations: Data<Integrations>,
    state: Data<AppState>,
) -> ApiResult<Success<RuleView>> {
    caller.require(Permission::AlertsWrite)?;
    let rule = rule_of(&caller, id, &rules).await?;
    let settings = read_rule(
        body,
        Some(&rule),
        state.limits.max_condition,
        &integrations.kinds(),
    )?;
    require_own(&caller, &settings.condition)?;
    let changed = rules.update(&rule, settings).await?;
    state.wake_alerts();
    let before = RuleView::of(rule, &[], state.clock.now());
    let rule = changed.ok_or_else(not_found)?;
    let change = AuditChange::of("rule", "changed", rule.id).named(&rule.name);
    let change = change.from(fields(&before, AUDITED));
    let after = RuleView::of(rule.clone(), &[], state.clock.now());
    caller.record_change(change.to(fields(&after, AUDITED)));
    shown(&caller, rule, (&rules, &state)).await
}

/// Removes an alert rule. What it fired stays in the history.
#[utoipa::path(
    delete, path = "/api/alerts/rules/{id}", tag = "Alerts",
    params(("id" = uuid::Uuid, Path, description = "Rule id")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not change alerts", body = ErrorEnvelope),
        (status = 404, description = "Rule not found", body = ErrorEnvelope),
    )
)]
pub async fn delete_rule(
    caller: Caller,
    id: PathId<RuleId>,
    rules: Data<AlertRules>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AlertsWrite)?;
    let rule = rule_of(&caller, id, &rules).await?;
    if rules.delete(caller.tenant_scope(), rule.id).await? {
        let change = AuditChange::of("rule", "deleted", rule.id).named(&rule.name);
        let before = RuleView::of(rule, &[], state.clock.now());
        caller.record_change(change.from(fields(&before, AUDITED)));
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(not_found())
    }
}

/// Says why a rule could not be tried out: what a rule holds is never a defect of ours.
fn test_refused(error: TestRuleError) -> ApiError {
    match error {
        TestRuleError::Condition(error) => ApiError::field("condition", &error.to_string()),
        TestRuleError::Unmeasured(StoreError::Unavailable(cause)) => {
            StoreError::Unavailable(cause).into()
        }
        TestRuleError::Store(error) => error.into(),
        error => ApiError::new(Code::InvalidInput)
            .with_message("Invalid input: the database cannot answer what the rule asks")
            .caused_by(Arc::new(error) as Arc<_>),
    }
}

/// Sends a marked test message through a rule's channels.
///
/// With rate limits on, a tenant and a caller test at most `rate_limits.channel_tests` times a minute: 429 beyond.
#[utoipa::path(
    post, path = "/api/alerts/rules/{id}/test", tag = "Alerts",
    params(("id" = uuid::Uuid, Path, description = "Rule id")),
    responses(
        (status = 202, description = "On its way; the history tells how far it got", body = Envelope<FiringView>),
        (status = 400, description = "Not a UUID, or a rule that cannot be evaluated", body = ErrorEnvelope),
        (status = 403, description = "The key may not change alerts", body = ErrorEnvelope),
        (status = 404, description = "Rule not found", body = ErrorEnvelope),
    )
)]
pub async fn test_rule(
    caller: Caller,
    id: PathId<RuleId>,
    rules: Data<AlertRules>,
    alerting: Data<Alerting>,
    state: Data<AppState>,
) -> ApiResult<Success<FiringView>> {
    caller.require(Permission::AlertsWrite)?;
    let rule = rule_of(&caller, id, &rules).await?;
    caller.spend(rule.tenant_id, Spending::RuleTest).await?;
    let tried = alerting.try_out(&rule).await;
    let (firing, deliveries) = tried.map_err(test_refused)?;
    state.wake_delivery();
    caller.record_change(AuditChange::of("rule", "tested", rule.id).named(&rule.name));
    Ok(Success::accepted(FiringView::of(firing, deliveries)))
}

/// The conditions whose firings the caller may see: those that fired and name the project of a key that is bound to one,
/// `None` (all) for others.
///
/// # Errors
/// When the store fails.
pub async fn seen_conditions(
    caller: &Caller,
    outbox: &Data<dyn Outbox>,
) -> ApiResult<Option<Vec<String>>> {
    if !caller.principal().project_bound {
        return Ok(None);
    }
    let mut fired = outbox.list_fired_conditions(caller.tenant_scope()).await?;
    fired.retain(|condition| caller.principal().may_see_rule(condition));
    Ok(Some(fired))
}

/// Lists what rules fired, with how far each message got. Firings are kept 90 days unless
/// `retention.firing_days` is set.
#[utoipa::path(
    get, path = "/api/alerts/history", tag = "Alerts",
    params(
        ("rule_id" = Option<uuid::Uuid>, Query, description = "Of one rule"),
        ("status" = Option<String>, Query, description = "With a delivery that is pending, delivered or failed"),
        ("since" = Option<String>, Query, description = "From this time on (RFC 3339, or a day)"),
        ("until" = Option<String>, Query, description = "Before this time"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page, newest first", body = Envelope<FiringList>),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read alerts", body = ErrorEnvelope),
    )
)]
pub async fn list_firings(
    caller: Caller,
    query: Query,
    outbox: Data<dyn Outbox>,
    state: Data<AppState>,
) -> ApiResult<Success<FiringList>> {
    caller.require(Permission::AlertsRead)?;
    let limit = query.number("limit", 1..=100)?.unwrap_or(50) as u32;
    let rule = query.parsed("rule_id", "must be a UUID", |text| text.parse().ok())?;
    let expected = "must be a cursor from an earlier answer";
    let after = query.parsed("cursor", expected, occurrence_cursor)?;
    let tenant = caller.tenant_scope();
    let conditions = seen_conditions(&caller, &outbox).await?;
    let expected = "must be one of pending, delivered, failed";
    let status = query.parsed("status", expected, DeliveryStatus::from_stored)?;
    let (since, until) = query.range()?;
    let wanted = HistoryQuery {
        rule,
        conditions,
        status,
        since,
        until,
        after,
        limit,
    };
    let page = outbox.list_firings(tenant, &wanted).await?;
    let month = state.clock.now() - Duration::days(COUNTED_DAYS);
    let counted = HistoryQuery {
        since: since.or(until.is_none().then_some(month)),
        ..wanted
    };
    let counts = outbox.count_deliveries(tenant, &counted).await?;
    let items = page.items.into_iter();
    Ok(Success::ok(FiringList {
        history: items
            .map(|(firing, sent)| FiringView::of(firing, sent))
            .collect(),
        total: page.total,
        next_cursor: page.next.map(occurrence_cursor_text),
        counts: DeliveryCountsView::of(counts),
    }))
}
