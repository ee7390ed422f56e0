//! The first page of a project, and its test error.

use super::form::Form;
use super::page::{Page, see_other_with};
use super::visitor::Visitor;
use crate::api::dsn::DsnAddress;
use crate::api::test_error::report_test;
use crate::http::error::ApiResult;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::Overview;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::Ingest;
use faultbook_domain::tenancy::{ProjectKeys, Projects};
use faultbook_web::shell::{Flash, Section};
use faultbook_web::start::{StartPage, Target};

/// Shows how to report into a project, and waits for its first error.
///
/// # Errors
/// 404 for a project that the visitor does not see.
pub async fn show(
    visitor: Visitor,
    slug: Path<String>,
    address: DsnAddress,
    (projects, keys): (Data<Projects>, Data<ProjectKeys>),
    overview: Data<Overview>,
) -> ApiResult<Page<StartPage>> {
    visitor.require(Permission::ErrorsRead)?;
    let id = visitor.project(&slug)?;
    let project = projects.get(visitor.principal(), id).await?;
    let mut current = keys.current(visitor.principal(), Some(id)).await?;
    let key = current.remove(&id).unwrap_or_default();
    let dsn = match key.as_str() {
        "" => String::new(),
        key => address.dsn(key, project.number),
    };
    let base = address.page("");
    let number = project.number;
    let target = Target {
        dsn,
        base,
        number,
        key,
    };
    let scope = visitor.scope().narrowed_to(id);
    let waiting = overview.tallies(&scope).await?.all().errors == 0;
    let shell = visitor
        .shell(Section::Errors, format!("Start · {}", project.name))
        .await?;
    let named = (project.slug.to_string(), project.name);
    Ok(Page::new(StartPage::new(shell, named, &target, waiting)))
}

/// Reports a test error into a project.
///
/// # Errors
/// 403 for those who may not report, 404 for a project that they do not see.
pub async fn send_test(
    form: Form,
    slug: Path<String>,
    request: HttpRequest,
    ingest: Data<Ingest>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let project = form.visitor.project(&slug)?;
    report_test(&form.visitor, project, (&ingest, &state)).await?;
    let said = Flash::done("Test error sent");
    Ok(see_other_with(
        &request,
        format!("/errors?project={}", slug.as_str()),
        &said,
    ))
}
