//! Projects with their DSNs.

use crate::api::dsn::DsnAddress;
use crate::api::projects::figures_of;
use crate::api::{project_keys, projects as api};
use crate::http::error::{ApiError, ApiResult};
use crate::web::call::{Body, done, show_again};
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::{ProjectKeys, Projects};
use faultbook_web::form::FormState;
use faultbook_web::settings::{ProjectShown, ProjectsPage};
use faultbook_web::shell::{Flash, Section};

/// The services that the page needs.
pub type Places = (Data<Projects>, Data<ProjectKeys>);

const PATH: &str = "/settings/projects";

async fn page(
    visitor: &Visitor,
    (projects, keys): &Places,
    address: &DsnAddress,
    one: Option<&str>,
    typed: FormState,
) -> ApiResult<ProjectsPage> {
    let all = projects.list(visitor.principal()).await?;
    let held = match one {
        None => Vec::new(),
        Some(slug) => {
            let id = visitor.project(slug)?;
            let (project, keys) = keys.list(visitor.principal(), id).await?;
            let dsn = |public_key: &str| address.dsn(public_key, project.number);
            let with_dsn = keys.into_iter().map(|key| {
                let dsn = dsn(&key.public_key);
                (key, dsn)
            });
            with_dsn.collect()
        }
    };
    let reads = visitor.require(Permission::ErrorsRead).is_ok();
    let figures = figures_of(visitor, visitor.scope(), projects).await?;
    let policy = projects.policy();
    let shown = all.into_iter().map(|project| {
        let own = figures.iter().find(|one| one.project == project.id);
        ProjectShown {
            occurrences: own.map(|own| own.occurrences).filter(|_| reads),
            last_error: own.and_then(|own| own.last_error_at),
            kept_days: Some(i64::from(policy.days(project.retention_days))),
            counts_days: project.counts_retention_days.map(i64::from),
            project,
        }
    });
    let shell = visitor.shell(Section::Settings, "Projects").await?;
    Ok(ProjectsPage::new(
        shell,
        shown.collect(),
        (one, held),
        true,
        typed,
    ))
}

/// Shows the projects.
///
/// # Errors
/// As [`Visitor`].
pub async fn list(
    visitor: Visitor,
    services: Places,
    address: DsnAddress,
) -> ApiResult<Page<ProjectsPage>> {
    Ok(Page::new(
        page(&visitor, &services, &address, None, FormState::blank()).await?,
    ))
}

/// Shows one project beside the others.
///
/// # Errors
/// 404.
pub async fn show(
    visitor: Visitor,
    slug: Path<String>,
    services: Places,
    address: DsnAddress,
) -> ApiResult<Page<ProjectsPage>> {
    let page = page(
        &visitor,
        &services,
        &address,
        Some(&slug),
        FormState::blank(),
    )
    .await?;
    Ok(Page::new(page))
}

/// Shows the page again with the form that was refused.
async fn again(
    (form, name): (&Form, &str),
    error: ApiError,
    services: &Places,
    address: &DsnAddress,
    one: Option<&str>,
) -> ApiResult<HttpResponse> {
    show_again(form, name, error, async |typed| {
        page(&form.visitor, services, address, one, typed).await
    })
    .await
}

fn said(form: &Form, slug: &str, text: &str) -> HttpResponse {
    see_other_with(
        form.visitor.request(),
        format!("{PATH}/{slug}"),
        &Flash::done(text),
    )
}

/// Makes a project.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn create(form: Form, services: Places, address: DsnAddress) -> ApiResult<HttpResponse> {
    let body = Body::new()
        .any_text(&form, "name")
        .text(&form, "slug")
        .text(&form, "platform");
    let sent = body.sent_by(&form.visitor)?;
    let projects = services.0.clone();
    match api::create_project(sent, projects, address.clone()).await {
        Ok(made) => {
            let slug = made.into_data().slug;
            let start = format!("/projects/{slug}/start");
            Ok(see_other_with(
                form.visitor.request(),
                start,
                &Flash::done("Project made"),
            ))
        }
        Err(error) => again((&form, "new"), error, &services, &address, None).await,
    }
}

/// Changes a project.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update(
    form: Form,
    slug: Path<String>,
    services: Places,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let body = Body::new()
        .any_text(&form, "name")
        .any_text(&form, "slug")
        .text_or_null(&form, "platform");
    let body = body
        .number_or_null(&form, "retention_days")
        .number_or_null(&form, "counts_retention_days");
    let sent = body.sent_by(&form.visitor)?;
    let (projects, keys) = services.clone();
    let named = Path::from(slug.to_string());
    match api::update_project(sent, named, projects, keys, address.clone()).await {
        Ok(changed) => Ok(said(&form, &changed.into_data().slug, "Project saved")),
        Err(error) => again((&form, "project"), error, &services, &address, Some(&slug)).await,
    }
}

/// Deletes a project whose short name was typed.
///
/// # Errors
/// As the route of the API; another name is asked for again.
pub async fn delete(
    form: Form,
    slug: Path<String>,
    services: Places,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let deleted = if form.get("confirm") == slug.as_str() {
        let named = Path::from(slug.to_string());
        let address = address.clone();
        api::delete_project(form.visitor.caller(), named, services.0.clone(), address).await
    } else {
        Err(ApiError::field(
            "confirm",
            "must be the short name of the project",
        ))
    };
    match deleted {
        Ok(_) => Ok(see_other_with(
            form.visitor.request(),
            PATH,
            &Flash::done("Project deleted"),
        )),
        Err(error) => again((&form, "delete"), error, &services, &address, Some(&slug)).await,
    }
}

/// Makes a DSN key.
///
/// # Errors
/// As the route of the API.
pub async fn create_key(
    form: Form,
    slug: Path<String>,
    services: Places,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let sent = Body::new().sent_by(&form.visitor)?;
    let named = Path::from(slug.to_string());
    let made =
        project_keys::create_project_key(sent, named, services.1.clone(), address.clone()).await;
    match made {
        Ok(_) => Ok(said(&form, &slug, "DSN key made")),
        Err(error) => again((&form, "key"), error, &services, &address, Some(&slug)).await,
    }
}

/// Changes a DSN key.
///
/// # Errors
/// As the route of the API; what was typed is shown again.
pub async fn update_key(
    form: Form,
    place: Path<(String, String)>,
    services: Places,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let (slug, key) = (*place).clone();
    let body = Body::new()
        .text(&form, "name")
        .flag(&form, "enabled")
        .lines(&form, "allowed_origins");
    let body = body
        .text_or_null(&form, "source")
        .number_or_null(&form, "rate_limit");
    let sent = body.sent_by(&form.visitor)?;
    let changed =
        project_keys::update_project_key(sent, place, services.1.clone(), address.clone()).await;
    match changed {
        Ok(_) => Ok(said(&form, &slug, "DSN key saved")),
        Err(error) => again((&form, &key), error, &services, &address, Some(&slug)).await,
    }
}

/// Revokes a DSN key.
///
/// # Errors
/// As the route of the API.
pub async fn revoke_key(
    form: Form,
    place: Path<(String, String)>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let (slug, _) = &*place;
    let back = format!("{PATH}/{slug}");
    let caller = form.visitor.caller();
    let revoked = project_keys::revoke_project_key(caller, place, keys, address).await;
    done(&form, revoked, back, "DSN key revoked")
}
