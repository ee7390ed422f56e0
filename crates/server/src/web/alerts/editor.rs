//! The editor of a rule.

use super::{Editing, standing};
use crate::api::alerts as api;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::PathId;
use crate::state::AppState;
use crate::web::call::{Body, show_again};
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::alerts::{AlertRule, AlertRules};
use faultbook_domain::id::RuleId;
use faultbook_domain::identity::Permission;
use faultbook_web::alerts::{Channel, Checked, EditorPage, Preview, RuleForm};
use faultbook_web::form::FormState;
use faultbook_web::shell::{Flash, Section};

async fn rule_of(visitor: &Visitor, id: RuleId, rules: &AlertRules) -> ApiResult<AlertRule> {
    let rule = rules.get(visitor.tenant_scope(), id).await?;
    rule.ok_or_else(|| ApiError::new(Code::RuleNotFound))
}

pub(super) async fn editor(
    visitor: &Visitor,
    (rules, integrations): &Editing,
    id: Option<RuleId>,
    typed: FormState,
    (checked, preview): (Checked, Preview),
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
        (Checked::Unchecked, Preview::Unasked),
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
        (Checked::Unchecked, Preview::Unasked),
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
        .flag(form, "enabled")
        .flag(form, "include_ignored");
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
                    (Checked::Unchecked, Preview::Unasked),
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
                    (Checked::Unchecked, Preview::Unasked),
                )
                .await
            })
            .await
        }
    }
}
