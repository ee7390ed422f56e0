//! Releases and their deploys.

use super::call::{Body, show_again};
use super::form::Form;
use super::page::{Page, see_other_with};
use super::visitor::Visitor;
use crate::api::releases as api;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::identity::Permission;
use faultbook_domain::page::InvalidCursor;
use faultbook_domain::releases::{Releases, Version};
use faultbook_domain::tenancy::Projects;
use faultbook_web::form::FormState;
use faultbook_web::releases::{ReleasePage, ReleasesPage, address};
use faultbook_web::shell::{Flash, Section};

/// Releases of a page.
const SHOWN: usize = 50;

/// The services that the list needs.
pub type Listing = (Data<Releases>, Data<Projects>);

async fn list_page(
    visitor: &Visitor,
    query: &Query,
    (releases, projects): &Listing,
    typed: FormState,
) -> ApiResult<ReleasesPage> {
    visitor.require(Permission::ErrorsRead)?;
    let scope = visitor.scope_of(query)?;
    let only = query
        .text("project")
        .and_then(|_| scope.projects().first().copied());
    let expected = InvalidCursor.to_string();
    let after = query.parsed("cursor", &expected, |text| api::read_cursor(text, only))?;
    let page = releases.list(&scope, after.as_ref(), SHOWN).await?;
    let next = page.next.map(|place| api::cursor_text(&place, only));
    let projects = projects.list(visitor.principal()).await?;
    let shell = visitor.shell(Section::Releases, "Releases").await?;
    Ok(ReleasesPage::new(
        shell,
        page.releases,
        projects,
        (page.total, next),
        typed,
    ))
}

/// Shows releases, newest first.
///
/// # Errors
/// 403 for those who may not read errors, 400 for a bad parameter.
pub async fn list(
    visitor: Visitor,
    query: Query,
    services: Listing,
) -> ApiResult<Page<ReleasesPage>> {
    Ok(Page::new(
        list_page(&visitor, &query, &services, FormState::blank()).await?,
    ))
}

async fn one_page(
    visitor: &Visitor,
    (version, project): (&str, &str),
    releases: &Releases,
    typed: FormState,
) -> ApiResult<ReleasePage> {
    visitor.require(Permission::ErrorsRead)?;
    let version = Version::new(version).map_err(|_| ApiError::new(Code::ReleaseNotFound))?;
    let scope = match project {
        "" => visitor.scope().clone(),
        named => visitor.scope().narrowed_to(visitor.project(named)?),
    };
    let detail = releases.get(&scope, &version).await.map_err(api::refused)?;
    let mut projects = visitor.principal().projects.iter();
    let project = projects.find(|project| project.id == detail.release.project_id);
    let slug = project
        .map(|project| project.slug.to_string())
        .unwrap_or_default();
    let shell = visitor
        .shell(Section::Releases, version.to_string())
        .await?;
    Ok(ReleasePage::new(shell, detail, slug, typed))
}

/// Shows one release.
///
/// # Errors
/// 403 for those who may not read errors, 404.
pub async fn show(
    visitor: Visitor,
    query: Query,
    releases: Data<Releases>,
) -> ApiResult<Page<ReleasePage>> {
    let named = (
        query.text("version").unwrap_or_default(),
        query.text("project").unwrap_or_default(),
    );
    Ok(Page::new(
        one_page(&visitor, named, &releases, FormState::blank()).await?,
    ))
}

fn announced(form: &Form) -> Body {
    let body = Body::new().any_text(form, "version").text(form, "project");
    let body = body.text_or_null(form, "ref").text_or_null(form, "url");
    body.time_or_null(form, "released_at")
}

fn shown(form: &Form, said: &str) -> HttpResponse {
    let address = address(form.get("version"), form.get("project"));
    see_other_with(form.visitor.request(), address, &Flash::done(said))
}

/// Announces a release.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create(form: Form, query: Query, services: Listing) -> ApiResult<HttpResponse> {
    let sent = announced(&form).sent_by(&form.visitor)?;
    match api::create_release(sent, services.0.clone()).await {
        Ok(_) => Ok(shown(&form, "Release announced")),
        Err(error) => {
            show_again(&form, "release", error, async |typed| {
                list_page(&form.visitor, &query, &services, typed).await
            })
            .await
        }
    }
}

/// Says more of a release.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update(form: Form, releases: Data<Releases>) -> ApiResult<HttpResponse> {
    let sent = announced(&form).sent_by(&form.visitor)?;
    match api::create_release(sent, releases.clone()).await {
        Ok(_) => Ok(shown(&form, "Release saved")),
        Err(error) => again(&form, "release", error, &releases).await,
    }
}

/// Tells a deploy.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn deploy(form: Form, releases: Data<Releases>) -> ApiResult<HttpResponse> {
    let body = Body::new()
        .any_text(&form, "environment")
        .text_or_null(&form, "url");
    let body = match form.text("at") {
        Some(_) => body.time_or_null(&form, "at"),
        None => body,
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("project", form.get("project"))
        .finish();
    let version = Path::from(form.get("version").to_owned());
    let told = api::create_deploy(
        body.sent_by(&form.visitor)?,
        version,
        Query::of(&query),
        releases.clone(),
    )
    .await;
    match told {
        Ok(_) => Ok(shown(&form, "Deploy told")),
        Err(error) => again(&form, "deploy", error, &releases).await,
    }
}

async fn again(
    form: &Form,
    name: &str,
    error: ApiError,
    releases: &Releases,
) -> ApiResult<HttpResponse> {
    let named = (form.get("version"), form.get("project"));
    show_again(form, name, error, async |typed| {
        one_page(&form.visitor, named, releases, typed).await
    })
    .await
}
