//! Releases as build tools know them. They are those of `/api/releases`.

use super::bundles::DetailView;
use super::release_view::{BuildReleaseView, shown, shown_all};
use super::{Uploader, UploaderJson};
use crate::api::dsn::DsnAddress;
use crate::api::releases::{cursor_text, read_cursor};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::http::request::JsonBody;
use actix_web::http::header::LINK;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::artifacts::ArtifactStore;
use faultbook_domain::id::ProjectId;
use faultbook_domain::page::InvalidCursor;
use faultbook_domain::releases::{
    CommitStore, ReleaseChange, ReleaseCommits, ReleaseError, Releases, Version,
};
use faultbook_domain::tenancy::Scope;
use faultbook_symbolicate::Symbolicator;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Releases of a page.
const PAGE: usize = 100;

/// A release to be made known, or what more is said of it.
#[derive(Debug, ToSchema)]
#[schema(as = NewBuildRelease)]
#[expect(dead_code, reason = "it describes the body")]
pub struct NewBuildRelease {
    /// Needed to create one.
    version: Option<String>,
    /// Projects, by slug, id or number; those that have it by default.
    projects: Option<Vec<String>>,
    url: Option<String>,
    #[schema(rename = "ref")]
    git_ref: Option<String>,
    #[schema(rename = "dateReleased")]
    date_released: Option<String>,
    /// The commits, newest first.
    #[schema(value_type = Option<Vec<Object>>)]
    commits: Option<Vec<Value>>,
    /// The repositories with the commit that each is at.
    #[schema(value_type = Option<Vec<Object>>)]
    refs: Option<Vec<Value>>,
}

/// What a body says of a release.
struct Said {
    version: Option<String>,
    projects: Vec<String>,
    change: ReleaseChange,
    commits: Option<Vec<Value>>,
    refs: Option<Vec<Value>>,
}

fn read_release(body: JsonBody) -> ApiResult<Said> {
    let mut fields = body.fields()?;
    let version = fields.text("version");
    let projects = fields.strings("projects", "must be an array of strings");
    let mut list = |name| match fields.take(name) {
        Some(Value::Array(sent)) => Some(ReleaseCommits::kept(&sent)),
        _ => None,
    };
    let (commits, refs) = (list("commits"), list("refs"));
    let newest = |list: &Option<Vec<Value>>, name: &str| {
        let id = list.as_ref()?.first()?.get(name)?.as_str()?;
        Some(id.chars().take(200).collect::<String>())
    };
    let of_commits = newest(&commits, "id").or_else(|| newest(&refs, "commit"));
    let own = fields.text("ref").filter(|text| !text.is_empty());
    let url = fields.page_url("url");
    let released_at = fields.time("dateReleased");
    fields.finish(Said {
        version,
        projects: projects.unwrap_or_default(),
        change: ReleaseChange {
            git_ref: of_commits.or(own).map(Some),
            url: url.map(Some),
            released_at: released_at.map(Some),
        },
        commits,
        refs,
    })
}

/// The version that a path names.
pub(super) fn named(request: &HttpRequest) -> ApiResult<Version> {
    // What actix leaves encoded: `%`, `/` and `+`.
    let text = percent_decode_str(request.match_info().query("version")).decode_utf8_lossy();
    Version::new(text).map_err(|_| ApiError::new(Code::ReleaseNotFound))
}

/// What of the tenant a path is about: the project that it names, else all of the caller's.
pub(super) fn scope(caller: &Uploader, request: &HttpRequest) -> ApiResult<Scope> {
    match request.match_info().get("project") {
        Some(named) => Ok(caller.0.scope().narrowed_to(caller.project(named)?)),
        None => Ok(caller.0.scope().clone()),
    }
}

/// The projects that a release is written into: those of the body or the path, else those that have it, else the default.
async fn targets(
    caller: &Uploader,
    request: &HttpRequest,
    (said, version): (&Said, &Version),
    releases: &Releases,
) -> ApiResult<Vec<ProjectId>> {
    let scope = scope(caller, request)?;
    if request.match_info().get("project").is_some() {
        return Ok(scope.projects().to_vec());
    }
    if !said.projects.is_empty() {
        return caller.projects(&said.projects);
    }
    let known = releases.projects_of(&scope, version).await?;
    Ok(if known.is_empty() {
        vec![caller.0.default_project()]
    } else {
        known
    })
}

fn refused(error: ReleaseError) -> ApiError {
    match error {
        ReleaseError::Store(error) => error.into(),
        ReleaseError::NotFound => ApiError::new(Code::ReleaseNotFound),
        other => ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {other}")),
    }
}

/// Writes a release into projects, and returns whether it is new in any.
async fn write(
    caller: &Uploader,
    request: &HttpRequest,
    (version, said): (&Version, Said),
    (releases, commits): (&Releases, &dyn CommitStore),
) -> ApiResult<bool> {
    let mut is_new = false;
    for project in targets(caller, request, (&said, version), releases).await? {
        let announced = releases
            .announce(caller.0.scope(), (project, version), said.change.clone())
            .await;
        is_new |= announced.map_err(refused)?.1;
        if said.commits.is_some() || said.refs.is_some() {
            commits
                .set_commits(&ReleaseCommits {
                    project_id: project,
                    version: version.clone(),
                    commits: said.commits.clone().unwrap_or_default(),
                    refs: said.refs.clone().unwrap_or_default(),
                })
                .await?;
        }
    }
    caller.0.record_detail(version);
    Ok(is_new)
}

/// Lists releases, newest first, as a bare array; `Link` leads to the next page.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/releases/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("cursor" = Option<String>, Query, description = "The cursor of a page"),
    ),
    responses((status = 200, description = "A page of releases", body = [BuildReleaseView]))
)]
pub async fn list_build_releases(
    caller: Uploader,
    request: HttpRequest,
    query: Query,
    address: DsnAddress,
    (releases, commits): (Data<Releases>, Data<dyn CommitStore>),
) -> ApiResult<HttpResponse> {
    let scope = scope(&caller, &request)?;
    let expected = InvalidCursor.to_string();
    let after = query.parsed("cursor", &expected, |text| read_cursor(text, None))?;
    let page = releases.list(&scope, after.as_ref(), PAGE).await?;
    let commits = commits.list_commits(&scope).await?;
    let url = format!("{}{}", address.base_url(), request.path());
    let cursor = page.next.as_ref().map(|place| cursor_text(place, None));
    let next = format!(
        "<{url}?cursor={cursor}>; rel=\"next\"; results=\"{}\"; cursor=\"{cursor}\"",
        cursor.is_some(),
        cursor = cursor.as_deref().unwrap_or_default(),
    );
    let previous = format!("<{url}?cursor=>; rel=\"previous\"; results=\"false\"; cursor=\"\"");
    Ok(HttpResponse::Ok()
        .insert_header((LINK, format!("{previous}, {next}")))
        .json(shown_all(page.releases, &commits, &caller.0)))
}

/// Makes a release known, or says more of it.
#[utoipa::path(
    post, path = "/api/0/organizations/{org}/releases/", tag = "Build tools",
    params(("org" = String, Path, description = "The tenant's slug or id")),
    request_body = NewBuildRelease,
    responses(
        (status = 201, description = "It is new", body = BuildReleaseView),
        (status = 208, description = "It was known", body = BuildReleaseView),
    )
)]
pub async fn create_build_release(
    UploaderJson { caller, body }: UploaderJson,
    request: HttpRequest,
    (releases, commits): (Data<Releases>, Data<dyn CommitStore>),
) -> ApiResult<HttpResponse> {
    let said = read_release(body)?;
    let text = said.version.clone();
    let text = text.ok_or_else(|| ApiError::field("version", "is required"))?;
    let version = Version::new(text);
    let version = version.map_err(|invalid| ApiError::field("version", &invalid.to_string()))?;
    let is_new = write(&caller, &request, (&version, said), (&releases, &**commits)).await?;
    let view = view_of(&caller, &request, &version, (&releases, &**commits)).await?;
    let mut answer = if is_new {
        HttpResponse::Created()
    } else {
        HttpResponse::AlreadyReported()
    };
    Ok(answer.json(view))
}

async fn view_of(
    caller: &Uploader,
    request: &HttpRequest,
    version: &Version,
    (releases, commits): (&Releases, &dyn CommitStore),
) -> ApiResult<BuildReleaseView> {
    let scope = scope(caller, request)?;
    let found = releases.of_version(&scope, version).await?;
    let commits = commits.list_commits(&scope).await?;
    shown(found, &commits, &caller.0).ok_or_else(|| ApiError::new(Code::ReleaseNotFound))
}

/// One release, of all the projects that have it.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/releases/{version}/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    responses((status = 200, description = "The release", body = BuildReleaseView))
)]
pub async fn get_build_release(
    caller: Uploader,
    request: HttpRequest,
    (releases, commits): (Data<Releases>, Data<dyn CommitStore>),
) -> ApiResult<HttpResponse> {
    let view = view_of(
        &caller,
        &request,
        &named(&request)?,
        (&releases, &**commits),
    )
    .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Says more of a release, which is made known where it is not.
#[utoipa::path(
    put, path = "/api/0/organizations/{org}/releases/{version}/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    request_body = NewBuildRelease,
    responses((status = 200, description = "The release", body = BuildReleaseView))
)]
pub async fn update_build_release(
    UploaderJson { caller, body }: UploaderJson,
    request: HttpRequest,
    (releases, commits): (Data<Releases>, Data<dyn CommitStore>),
) -> ApiResult<HttpResponse> {
    let version = named(&request)?;
    let said = read_release(body)?;
    write(&caller, &request, (&version, said), (&releases, &**commits)).await?;
    let view = view_of(&caller, &request, &version, (&releases, &**commits)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Deletes a release with its deploys and its uploads. Its occurrences stay.
#[utoipa::path(
    delete, path = "/api/0/organizations/{org}/releases/{version}/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    responses((status = 204, description = "It is deleted"), (status = 404, description = "Unknown", body = DetailView))
)]
pub async fn delete_build_release(
    caller: Uploader,
    request: HttpRequest,
    releases: Data<Releases>,
    artifacts: Data<dyn ArtifactStore>,
    symbolicator: Data<Symbolicator>,
) -> ApiResult<HttpResponse> {
    let version = named(&request)?;
    let scope = scope(&caller, &request)?;
    let projects = releases.projects_of(&scope, &version).await?;
    for project in &projects {
        artifacts
            .remove_artifacts_of_release(&scope, *project, version.as_str())
            .await?;
        releases.remove(&scope, *project, &version).await?;
    }
    symbolicator.forget();
    if projects.is_empty() {
        return Err(ApiError::new(Code::ReleaseNotFound));
    }
    caller.0.record_detail(&version);
    Ok(HttpResponse::NoContent().finish())
}

/// The newest older release of these projects that has commits, else `{}`.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/releases/{version}/previous-with-commits/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    responses((status = 200, description = "The release, or an empty object", body = Object))
)]
pub async fn get_previous_release(
    caller: Uploader,
    request: HttpRequest,
    (releases, commits): (Data<Releases>, Data<dyn CommitStore>),
) -> ApiResult<HttpResponse> {
    let version = named(&request)?;
    let scope = scope(&caller, &request)?;
    let projects = releases.projects_of(&scope, &version).await?;
    let summaries = commits.list_commits(&scope).await?;
    for project in projects {
        let scope = scope.narrowed_to(project);
        let older = releases.list_older(&scope, &version).await?;
        let has_commits = |known: &&Version| {
            let mut own = summaries.iter().filter(|one| one.project_id == project);
            own.any(|one| one.version == **known && one.last.is_some())
        };
        if let Some(previous) = older.iter().find(has_commits) {
            let found = releases.of_version(&scope, previous).await?;
            if let Some(view) = shown(found, &summaries, &caller.0) {
                return Ok(HttpResponse::Ok().json(view));
            }
        }
    }
    Ok(HttpResponse::Ok().json(json!({})))
}
