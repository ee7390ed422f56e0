//! API keys.

use crate::api::api_keys as api;
use crate::http::error::ApiResult;
use crate::http::extract::PathId;
use crate::web::call::{Body, done, show_again};
use crate::web::form::Form;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::{ApiKeys, Permission};
use faultbook_domain::tenancy::Projects;
use faultbook_web::form::FormState;
use faultbook_web::settings::{KeysPage, Secret};
use faultbook_web::shell::Section;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// The services that the page needs.
pub type Keys = (Data<ApiKeys>, Data<Projects>);

const PATH: &str = "/settings/keys";

async fn page(
    visitor: &Visitor,
    (api_keys, projects): &Keys,
    made: Option<Secret>,
    typed: FormState,
) -> ApiResult<KeysPage> {
    visitor.require(Permission::KeysManage)?;
    let keys = api_keys.list(visitor.principal()).await?;
    let projects = projects.list(visitor.principal()).await?;
    let shell = visitor.shell(Section::Settings, "API keys").await?;
    Ok(KeysPage::new(shell, keys, projects, made, typed))
}

/// Shows the keys.
///
/// # Errors
/// 403 for those who may not manage keys.
pub async fn show(visitor: Visitor, services: Keys) -> ApiResult<Page<KeysPage>> {
    Ok(Page::new(
        page(&visitor, &services, None, FormState::blank()).await?,
    ))
}

/// When a key expires that is valid for so many days.
fn expiry(days: &str, now: OffsetDateTime) -> Option<String> {
    let days: i64 = days.parse().ok()?;
    (now + Duration::days(days.clamp(1, 36_500)))
        .format(&Rfc3339)
        .ok()
}

/// Makes a key, and shows its secret this once.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create(
    form: Form,
    services: Keys,
    state: Data<crate::state::AppState>,
) -> ApiResult<HttpResponse> {
    let set = form.text("permissions").into_iter();
    let ticked = form.all("permission");
    let names: Vec<&str> = set.chain(ticked).collect();
    let body = Body::new()
        .any_text(&form, "name")
        .with("permissions", names);
    let body = body
        .text(&form, "project")
        .number_or_null(&form, "rate_limit");
    let body = match expiry(form.get("expires"), state.clock.now()) {
        Some(at) => body.with("expires_at", at),
        None => body,
    };
    let sent = body.sent_by(&form.visitor)?;
    match api::create_api_key(sent, services.0.clone()).await {
        Ok(made) => {
            let secret = Secret {
                of: form.get("name").to_owned(),
                text: made.into_data().api_key,
            };
            let page = page(&form.visitor, &services, Some(secret), FormState::blank()).await?;
            Ok(Page::new(page).secret().respond_to(form.visitor.request()))
        }
        Err(error) => {
            show_again(&form, "key", error, async |typed| {
                page(&form.visitor, &services, None, typed).await
            })
            .await
        }
    }
}

/// Revokes a key.
///
/// # Errors
/// As the route of the API.
pub async fn revoke(
    form: Form,
    id: PathId<KeyId>,
    api_keys: Data<ApiKeys>,
) -> ApiResult<HttpResponse> {
    let revoked = api::revoke_api_key(form.visitor.caller(), id, api_keys).await;
    done(&form, revoked, PATH, "Key revoked")
}
