//! What a browser remembers: the colours, and the tenant to act in.

use super::failure::came_from;
use super::form::Form;
use super::page::see_other;
use super::visitor::{TENANT_COOKIE, THEME_COOKIE};
use crate::http::error::ApiResult;
use crate::state::AppState;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::Access;
use faultbook_web::shell::Theme;
use time::Duration;

/// How long they are remembered.
const LASTS: Duration = Duration::days(400);

/// Chooses the colours.
///
/// # Errors
/// As [`Form`].
pub async fn choose_theme(
    form: Form,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let theme = Theme::named(form.get("theme"));
    let back = came_from(&request).unwrap_or_else(|| "/errors".to_owned());
    let mut answer = see_other(back);
    answer.add_cookie(&remembered(THEME_COOKIE, theme.name(), &state))?;
    Ok(answer)
}

/// Chooses the tenant to act in.
///
/// # Errors
/// 403 for one that the visitor does not belong to.
pub async fn choose_tenant(
    form: Form,
    access: Data<Access>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let entered = form.visitor.enter(&access, form.get("tenant")).await?;
    let mut answer = see_other("/errors");
    let slug = entered.tenant.slug.as_str();
    answer.add_cookie(&remembered(TENANT_COOKIE, slug, &state))?;
    Ok(answer)
}

/// A cookie that lasts.
pub(super) fn remembered(name: &'static str, value: &str, state: &AppState) -> Cookie<'static> {
    Cookie::build(name, value.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(!state.development)
        .max_age(LASTS)
        .finish()
}
