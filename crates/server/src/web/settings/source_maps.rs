//! Uploaded source maps.

use crate::api::artifacts as api;
use crate::api::dsn::DsnAddress;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::PathId;
use crate::http::query::Query;
use crate::web::call::done;
use crate::web::form::Form;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::artifacts::{ArtifactFilter, ArtifactStore};
use faultbook_domain::id::ArtifactId;
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::Projects;
use faultbook_symbolicate::Symbolicator;
use faultbook_web::settings::{SourceMapPage, SourceMapsPage, UploadTarget};
use faultbook_web::shell::Section;

const PATH: &str = "/settings/source-maps";
/// Bundles of a page.
const SHOWN: u32 = 50;
/// Entries of a bundle that are shown.
const ENTRIES: u32 = 500;
/// The word of these pages among the settings.
const WORD: &str = "Source maps";

/// Shows the uploads, newest first, with the lines that a build needs.
///
/// # Errors
/// 403 for those who may not read errors, 400 for a bad parameter.
pub async fn list(
    visitor: Visitor,
    query: Query,
    (artifacts, projects): (Data<dyn ArtifactStore>, Data<Projects>),
    address: DsnAddress,
) -> ApiResult<Page<SourceMapsPage>> {
    visitor.require(Permission::ErrorsRead)?;
    let scope = visitor.scope_of(&query)?;
    let (after, _) = query.page()?;
    let filter = ArtifactFilter::default();
    let page = artifacts
        .list_artifacts(&scope, &filter, after, SHOWN)
        .await?;
    let projects = projects.list(visitor.principal()).await?;
    let shell = visitor.shell(Section::Settings, WORD).await?;
    let slug = visitor.principal().tenant_slug.as_ref();
    let project = match (shell.project.as_str(), projects.first()) {
        ("", Some(first)) => first.slug.to_string(),
        (named, _) => named.to_owned(),
    };
    let target = UploadTarget {
        url: address.base_url(),
        organization: slug.map_or_else(|| scope.tenant().to_string(), ToString::to_string),
        project,
    };
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(Page::new(SourceMapsPage::new(
        shell,
        page.items,
        (projects, target),
        (page.total, next),
    )))
}

/// Shows an upload with its files.
///
/// # Errors
/// 403 for those who may not read errors, 404.
pub async fn show(
    visitor: Visitor,
    id: PathId<ArtifactId>,
    (artifacts, projects): (Data<dyn ArtifactStore>, Data<Projects>),
) -> ApiResult<Page<SourceMapPage>> {
    visitor.require(Permission::ErrorsRead)?;
    let id = id.get()?;
    let found = artifacts.get_artifact(visitor.scope(), id).await?;
    let bundle = found.ok_or_else(|| ApiError::new(Code::ArtifactNotFound))?;
    let entries = artifacts.list_entries(id, 0, ENTRIES).await?;
    let projects = projects.list(visitor.principal()).await?;
    let shell = visitor.shell(Section::Settings, WORD).await?;
    Ok(Page::new(SourceMapPage::new(
        shell, bundle, &projects, entries,
    )))
}

/// Deletes an upload.
///
/// # Errors
/// As the route of the API.
pub async fn delete(
    form: Form,
    id: PathId<ArtifactId>,
    (artifacts, symbolicator): (Data<dyn ArtifactStore>, Data<Symbolicator>),
) -> ApiResult<HttpResponse> {
    let deleted = api::delete_artifact(form.visitor.caller(), id, artifacts, symbolicator).await;
    done(&form, deleted, PATH, "Upload deleted")
}
