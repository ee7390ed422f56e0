//! Projects of the caller's tenant.

use crate::dto::{NewProject, ProjectList, ProjectView, read_new_project, read_project_change};
use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::denied::of_api;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::id::ProjectId;

/// Lists the projects that the caller may see, oldest first.
#[utoipa::path(
    get, path = "/api/projects", operation_id = "list_projects", tag = "Projects",
    responses((status = 200, description = "Every project", body = Envelope<ProjectList>))
)]
pub async fn list_projects(
    caller: Caller,
    state: Data<AppState>,
) -> ApiResult<Success<ProjectList>> {
    let projects = state.projects.list(caller.principal()).await?;
    Ok(Success::ok(ProjectList {
        total: projects.len(),
        projects: projects.into_iter().map(ProjectView::of).collect(),
        next_cursor: None,
    }))
}

/// Makes a project. A tenant has at most `limits.max_projects` projects: 400 beyond.
#[utoipa::path(
    post, path = "/api/projects", operation_id = "create_project", tag = "Projects",
    request_body = NewProject,
    responses((status = 201, description = "The project", body = Envelope<ProjectView>))
)]
pub async fn create_project(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<ProjectView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let (slug, wanted) = read_new_project(body)?;
    let project = state
        .projects
        .create(caller.principal(), slug, wanted)
        .await
        .map_err(of_api)?;
    audit::detail(&request, &project.slug);
    Ok(Success::created(ProjectView::of(project)))
}

/// One project.
#[utoipa::path(
    get, path = "/api/projects/{id}", operation_id = "get_project", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    responses((status = 200, description = "The project", body = Envelope<ProjectView>))
)]
pub async fn get_project(
    caller: Caller,
    id: Path<String>,
    state: Data<AppState>,
) -> ApiResult<Success<ProjectView>> {
    let id = named(&caller, &id)?;
    let project = state.projects.get(caller.principal(), id).await?;
    Ok(Success::ok(ProjectView::of(project)))
}

/// Changes a project; fields left out stay.
#[utoipa::path(
    put, path = "/api/projects/{id}", operation_id = "update_project", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    request_body = NewProject,
    responses((status = 200, description = "The project", body = Envelope<ProjectView>))
)]
pub async fn update_project(
    sender: AuthenticatedBody,
    id: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<ProjectView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let id = named(&caller, &id)?;
    let wanted = read_project_change(body)?;
    let project = state
        .projects
        .update(caller.principal(), id, wanted)
        .await?;
    audit::detail(&request, &project.slug);
    Ok(Success::ok(ProjectView::of(project)))
}

/// Puts a project out of sight, with all it holds. The default project stays.
#[utoipa::path(
    delete, path = "/api/projects/{id}", operation_id = "delete_project", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_project(
    caller: Caller,
    id: Path<String>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let id = named(&caller, &id)?;
    state.projects.delete(caller.principal(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A project that a path names by id, or by the slug of one that the caller sees.
fn named(caller: &Caller, text: &str) -> Result<ProjectId, ApiError> {
    match text.parse() {
        Ok(id) => Ok(id),
        Err(_) => caller
            .principal()
            .project(text)
            .ok_or_else(|| ApiError::field("id", "must be a UUID")),
    }
}
