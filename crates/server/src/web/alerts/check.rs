//! A rule that is not saved: what is wrong with it, and when it would have fired.

use super::Editing;
use super::editor::editor;
use crate::api::alerts::preview::{check_condition, preview_of};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::Json;
use crate::state::AppState;
use crate::web::call::Body;
use crate::web::form::Form;
use crate::web::page::{Page, is_fragment};
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::alerts::{Condition, Previews};
use faultbook_domain::identity::Permission;
use faultbook_domain::notifications::Integrations;
use faultbook_domain::tenancy::Projects;
use faultbook_web::Template;
use faultbook_web::alerts::{Checked, Preview, PreviewShown, Spell, changed};
use faultbook_web::form::{FormState, Refused};

/// The services that look at a rule that is not saved.
pub type PreviewServices = (Data<Integrations>, Data<Projects>, Data<Previews>);

/// Times that a preview lists.
const SPELLS: usize = 10;

/// What is found of a rule that is not saved, and when it would have fired, or why that cannot be told now.
async fn looked_at(
    form: &Form,
    (integrations, projects, previews): &PreviewServices,
    state: &Data<AppState>,
) -> ApiResult<(Checked, Preview)> {
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
        return Ok((bad, Preview::Unasked));
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
        return Ok((bad, Preview::Unasked));
    };
    let wanted = body().flag(form, "include_ignored");
    let shown = preview(form, wanted, (integrations, projects, previews), state).await;
    let shown = match shown {
        Ok(shown) => Preview::Shown(shown),
        // Too many look at once, or the rule has what the check does not read: no reason to lose what was typed.
        Err(refused) if matches!(refused.code(), Code::Overloaded | Code::InvalidInput) => {
            Preview::Failed(refused.sentence().to_owned())
        }
        Err(refused) => return Err(refused),
    };
    Ok((Checked::Good(sentence, found.warnings), shown))
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
    previews: PreviewServices,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    form.visitor.require(Permission::AlertsWrite)?;
    let (checked, preview) = looked_at(&form, &previews, &state).await?;
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
