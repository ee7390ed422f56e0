//! What is done to one rule outside its editor.

use super::Editing;
use crate::api::alerts as api;
use crate::http::error::ApiResult;
use crate::http::extract::PathId;
use crate::state::AppState;
use crate::web::call::{Body, done};
use crate::web::form::Form;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::alerts::{AlertRules, Alerting};
use faultbook_domain::id::RuleId;

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
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let deleted = api::delete_rule(form.visitor.caller(), id, rules, state).await;
    done(&form, deleted, "/alerts", "Rule deleted")
}
