//! Channels: where alert rules may send.

use crate::api::integrations as api;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::web::call::{Body, done, show_again};
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::identity::Permission;
use faultbook_domain::notifications::{Integrations, Outbox};
use faultbook_web::form::FormState;
use faultbook_web::settings::{
    ChannelShown, IntegrationPage, IntegrationsPage, is_list, setting_names,
};
use faultbook_web::shell::{Flash, Section};

const PATH: &str = "/settings/integrations";

/// Shows the channels.
///
/// # Errors
/// 403 for those who may not manage them.
pub async fn list(
    visitor: Visitor,
    integrations: Data<Integrations>,
    outbox: Data<dyn Outbox>,
) -> ApiResult<Page<IntegrationsPage>> {
    visitor.require(Permission::IntegrationsManage)?;
    let channels = integrations.list(visitor.tenant_scope()).await?.into_iter();
    let waiting = outbox.next_attempts(visitor.tenant_scope()).await?;
    let channels = channels.map(|shown| ChannelShown {
        next_attempt: waiting
            .iter()
            .find(|(kind, _)| *kind == shown.kind)
            .map(|(_, at)| *at),
        shown,
    });
    let shell = visitor.shell(Section::Settings, "Integrations").await?;
    Ok(Page::new(IntegrationsPage::new(shell, channels.collect())))
}

async fn page(
    visitor: &Visitor,
    name: &str,
    integrations: &Integrations,
    typed: FormState,
) -> ApiResult<IntegrationPage> {
    visitor.require(Permission::IntegrationsManage)?;
    let kind = integrations.kind(name);
    let kind = kind.ok_or_else(|| ApiError::new(Code::IntegrationNotFound))?;
    let shown = integrations.get(visitor.tenant_scope(), kind).await?;
    let shell = visitor.shell(Section::Settings, "Integrations").await?;
    Ok(IntegrationPage::new(shell, shown, typed))
}

/// Shows the settings of a channel.
///
/// # Errors
/// 403 for those who may not manage them, 404.
pub async fn show(
    visitor: Visitor,
    name: Path<String>,
    integrations: Data<Integrations>,
) -> ApiResult<Page<IntegrationPage>> {
    Ok(Page::new(
        page(&visitor, &name, &integrations, FormState::blank()).await?,
    ))
}

/// The settings that a form describes; what is empty is left out.
fn body(form: &Form, kind: &str) -> Body {
    setting_names(kind)
        .into_iter()
        .fold(Body::new(), |body, name| match name {
            name if is_list(kind, name) => body.lines(form, name),
            "smtp_port" if form.has(name) => body.number_or_null(form, name),
            name => body.text(form, name),
        })
}

/// Sets a channel.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn set(
    form: Form,
    name: Path<String>,
    integrations: Data<Integrations>,
    outbox: Data<dyn Outbox>,
) -> ApiResult<HttpResponse> {
    let kind = name.to_string();
    let sent = body(&form, &kind).sent_by(&form.visitor)?;
    match api::set_integration(sent, name, integrations.clone(), outbox).await {
        Ok(_) => Ok(see_other_with(
            form.visitor.request(),
            PATH,
            &Flash::done("Saved. A test tells whether it works."),
        )),
        Err(error) => {
            show_again(&form, "channel", error, async |typed| {
                page(&form.visitor, &kind, &integrations, typed).await
            })
            .await
        }
    }
}

/// Sends a test through a channel.
///
/// # Errors
/// As the route of the API.
pub async fn test(
    form: Form,
    name: Path<String>,
    integrations: Data<Integrations>,
    outbox: Data<dyn Outbox>,
) -> ApiResult<HttpResponse> {
    let tested = api::test_integration(form.visitor.caller(), name, integrations, outbox).await;
    done(&form, tested, PATH, "Tested. The card tells how it went.")
}

/// Forgets the settings of a channel.
///
/// # Errors
/// As the route of the API.
pub async fn clear(
    form: Form,
    name: Path<String>,
    integrations: Data<Integrations>,
) -> ApiResult<HttpResponse> {
    let cleared = api::clear_integration(form.visitor.caller(), name, integrations).await;
    done(&form, cleared, PATH, "Forgotten")
}
