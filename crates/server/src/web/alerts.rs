//! Alert rules, their editor, and what they sent.

use super::call::{Body, done, show_again};
use super::form::Form;
use super::page::{Page, is_fragment, see_other_with};
use super::visitor::Visitor;
use crate::api::alerts as api;
use crate::api::alerts::preview::{check_condition, preview_of};
use crate::api::alerts::rule::unknown_because;
use crate::api::list_query::{occurrence_cursor, occurrence_cursor_text};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::alerts::{
    AlertRule, AlertRules, Alerting, Condition, DeliveryStatus, Previews,
};
use faultbook_domain::id::RuleId;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::notifications::{HistoryQuery, Integrations, Outbox};
use faultbook_domain::tenancy::Projects;
use faultbook_web::Template;
use faultbook_web::alerts::{
    AlertsPage, Channel, Checked, DeliveryFilter, EditorPage, PreviewShown, RuleForm, RuleShown,
    Spell, Standing, changed,
};
use faultbook_web::form::{FormState, Refused};
use faultbook_web::shell::{Flash, Section};
use time::{Duration, OffsetDateTime};

/// The services that the editor needs.
pub type Editing = (Data<AlertRules>, Data<Integrations>);

/// The services that look at a rule that is not saved.
pub type Looking = (Data<Integrations>, Data<Projects>, Data<Previews>);

/// Times that a preview lists.
const SPELLS: usize = 10;

/// Firings of a page.
const FIRINGS: u32 = 50;

/// The time of which messages are counted.
const COUNTED: Duration = Duration::days(30);

/// Hours of which the highest value is shown.
const HOURS: i64 = 24;

fn standing(rule: &AlertRule, now: OffsetDateTime) -> Standing {
    if !rule.enabled {
        return Standing::Off;
    }
    match (unknown_because(rule, now), rule.state.active) {
        (Some(reason), _) => Standing::Unknown(reason),
        (None, true) => Standing::Firing(rule.state.since.unwrap_or(now)),
        (None, false) => Standing::Calm,
    }
}

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

async fn rule_of(visitor: &Visitor, id: RuleId, rules: &AlertRules) -> ApiResult<AlertRule> {
    let rule = rules.get(visitor.tenant_scope(), id).await?;
    rule.ok_or_else(|| ApiError::new(Code::RuleNotFound))
}

async fn editor(
    visitor: &Visitor,
    (rules, integrations): &Editing,
    id: Option<RuleId>,
    typed: FormState,
    (checked, preview): (Checked, Option<PreviewShown>),
) -> ApiResult<EditorPage> {
    visitor.require(Permission::AlertsRead)?;
    let now = AppState::of(visitor.request())?.clock.now();
    let rule = match id {
        Some(id) => Some(rule_of(visitor, id, rules).await?),
        None => None,
    };
    let channels = integrations.list(visitor.tenant_scope()).await?;
    let channels = channels.iter().map(|shown| Channel {
        name: shown.kind.to_string(),
        to: shown.to.clone(),
    });
    let edited = RuleForm {
        rule: rule.map(|rule| {
            let standing = standing(&rule, now);
            (rule, standing)
        }),
        typed,
        channels: channels.collect(),
    };
    let shell = visitor.shell(Section::Alerts, "").await?;
    Ok(EditorPage::new(shell, edited, checked, preview))
}

/// Shows the editor of a new rule.
///
/// # Errors
/// 403 for those who may not change alerts.
pub async fn show_new(visitor: Visitor, services: Editing) -> ApiResult<Page<EditorPage>> {
    visitor.require(Permission::AlertsWrite)?;
    let page = editor(
        &visitor,
        &services,
        None,
        FormState::blank(),
        (Checked::Unchecked, None),
    );
    Ok(Page::new(page.await?))
}

/// Shows the editor of a rule.
///
/// # Errors
/// 403 for those who may not read alerts, 404.
pub async fn show(
    visitor: Visitor,
    id: PathId<RuleId>,
    services: Editing,
) -> ApiResult<Page<EditorPage>> {
    let page = editor(
        &visitor,
        &services,
        Some(id.get()?),
        FormState::blank(),
        (Checked::Unchecked, None),
    );
    Ok(Page::new(page.await?))
}

/// The rule that a form describes.
fn body(form: &Form) -> Body {
    let body = Body::new()
        .any_text(form, "name")
        .any_text(form, "condition");
    let body = body
        .number_or_null(form, "threshold")
        .text(form, "time_window");
    let body = body
        .all(form, "notifications", "notifications")
        .flag(form, "enabled");
    body.text_or_null(form, "open_incident")
}

/// Makes a rule.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create(
    form: Form,
    services: Editing,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (rules, integrations) = services.clone();
    let made = api::create_rule(
        body(&form).sent_by(&form.visitor)?,
        rules,
        integrations,
        state,
    )
    .await;
    match made {
        Ok(_) => {
            let said = Flash::done(format!("{} is watched", form.get("name")));
            Ok(see_other_with(form.visitor.request(), "/alerts", &said))
        }
        Err(error) => {
            show_again(&form, "rule", error, async |typed| {
                editor(
                    &form.visitor,
                    &services,
                    None,
                    typed,
                    (Checked::Unchecked, None),
                )
                .await
            })
            .await
        }
    }
}

/// Changes a rule.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update(
    form: Form,
    id: PathId<RuleId>,
    services: Editing,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let (rules, integrations) = services.clone();
    let sent = body(&form).sent_by(&form.visitor)?;
    let saved = api::update_rule(sent, PathId::of(id), rules, integrations, state).await;
    match saved {
        Ok(_) => {
            let said = Flash::done("Rule saved");
            Ok(see_other_with(
                form.visitor.request(),
                format!("/alerts/{id}"),
                &said,
            ))
        }
        Err(error) => {
            show_again(&form, "rule", error, async |typed| {
                editor(
                    &form.visitor,
                    &services,
                    Some(id),
                    typed,
                    (Checked::Unchecked, None),
                )
                .await
            })
            .await
        }
    }
}

/// Switches a rule on or off.
///
/// # Errors
/// As the route of the API.
pub async fn switch(
    form: Form,
    id: PathId<RuleId>,
    (rules, integrations): Editing,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let enabled = form.get("enabled") == "true";
    let sent = Body::new()
        .with("enabled", enabled)
        .sent_by(&form.visitor)?;
    let changed = api::update_rule(sent, id, rules, integrations, state).await;
    let said = if enabled {
        "The rule is watched"
    } else {
        "The rule is off"
    };
    done(&form, changed, "/alerts", said)
}

/// Sends a test through a rule's channels.
///
/// # Errors
/// As the route of the API.
pub async fn test(
    form: Form,
    id: PathId<RuleId>,
    rules: Data<AlertRules>,
    alerting: Data<Alerting>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    let sent = api::test_rule(
        form.visitor.caller(),
        PathId::of(id),
        rules,
        alerting,
        state,
    )
    .await;
    let address = if sent.is_ok() {
        format!("/alerts?rule={id}#deliveries")
    } else {
        format!("/alerts/{id}")
    };
    done(&form, sent, address, "A test is on its way")
}

/// Removes a rule.
///
/// # Errors
/// As the route of the API.
pub async fn delete(
    form: Form,
    id: PathId<RuleId>,
    rules: Data<AlertRules>,
) -> ApiResult<HttpResponse> {
    let deleted = api::delete_rule(form.visitor.caller(), id, rules).await;
    done(&form, deleted, "/alerts", "Rule deleted")
}

/// What is found of a rule that is not saved, and when it would have fired. What cannot be found out now is left out.
async fn looked_at(
    form: &Form,
    (integrations, projects, previews): &Looking,
    state: &Data<AppState>,
) -> ApiResult<(Checked, Option<PreviewShown>)> {
    let body = || {
        let body = Body::new()
            .any_text(form, "condition")
            .text(form, "time_window");
        match form.text("threshold") {
            Some(_) => body.number_or_null(form, "threshold"),
            None => body,
        }
    };
    if form.get("condition").is_empty() {
        let message = "Say what it watches".to_owned();
        let bad = Checked::Bad {
            field: "condition".to_owned(),
            message,
            suggestions: Vec::new(),
        };
        return Ok((bad, None));
    }
    let sent = body().sent_by(&form.visitor)?;
    let found = check_condition(sent, projects.clone(), state.clone())
        .await?
        .into_data();
    let (Some(sentence), true) = (found.sentence, found.valid) else {
        let bad = Checked::Bad {
            field: found.field.unwrap_or("condition").to_owned(),
            message: found.message.unwrap_or_default(),
            suggestions: found.suggestions,
        };
        return Ok((bad, None));
    };
    let shown = preview(form, body(), (integrations, projects, previews), state).await;
    Ok((Checked::Good(sentence, found.warnings), shown.ok()))
}

async fn preview(
    form: &Form,
    body: Body,
    services: (&Integrations, &Projects, &Previews),
    state: &AppState,
) -> ApiResult<PreviewShown> {
    let condition =
        Condition::parse(form.get("condition")).map_err(|_| ApiError::new(Code::InvalidInput))?;
    let Json { caller, body } = body.sent_by(&form.visitor)?;
    let preview = preview_of((&caller, body), services, state).await?;
    let to = preview.to;
    let spell = |spell: faultbook_domain::alerts::Spell| Spell {
        at: spell.at,
        lasted: spell.until.unwrap_or(to) - spell.at,
        is_open: spell.until.is_none(),
        highest: spell.highest,
    };
    Ok(PreviewShown {
        days: u32::try_from((to - preview.from).whole_days()).unwrap_or_default(),
        from: preview.from,
        to,
        against: (condition.comparison, preview.limit),
        values: preview.series.into_iter().map(|(_, value)| value).collect(),
        slice: preview.slice,
        fired: preview.fired,
        messages: preview.messages,
        spells: preview
            .firings
            .into_iter()
            .map(spell)
            .take(SPELLS)
            .collect(),
        is_cut: preview.capped,
    })
}

/// Looks at a rule that is not saved: the parts of the editor that change for a script, otherwise the editor.
///
/// # Errors
/// 403 for those who may not change alerts.
pub async fn check(
    form: Form,
    services: Editing,
    looking: Looking,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    form.visitor.require(Permission::AlertsWrite)?;
    let (checked, preview) = looked_at(&form, &looking, &state).await?;
    let request = form.visitor.request();
    if is_fragment(request) {
        let clock = faultbook_web::Clock::new(state.clock.now());
        let (message, preview) = changed(clock, checked, preview);
        let parts = [message.render(), preview.render()];
        let html: Result<String, _> = parts.into_iter().collect();
        let html = html.map_err(ApiError::internal)?;
        return Ok(HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(html));
    }
    let typed = FormState::refused(Refused {
        form: "rule".to_owned(),
        values: form.pairs().to_vec(),
        problems: Vec::new(),
        sentence: String::new(),
    });
    let id = form.text("rule").and_then(|id| id.parse().ok());
    let page = editor(&form.visitor, &services, id, typed, (checked, preview)).await?;
    Ok(Page::new(page).respond_to(request))
}
