//! Projects of the caller's tenant.

use super::dsn::DsnAddress;
use crate::http::audit_change::{AuditChange, fields};
use crate::http::caller::Caller;
use crate::http::denied::of_api;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::Json;
use crate::http::fields::Fields;
use crate::http::request::JsonBody;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::Permission;
use faultbook_domain::retention::RetentionPolicy;
use faultbook_domain::tenancy::{
    Project, ProjectFigures, ProjectKeys, ProjectSettings, Projects, Scope, Slug,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    id: Uuid,
    /// Its short name in addresses.
    #[schema(example = "shop")]
    pub slug: String,
    #[schema(example = "Shop")]
    name: String,
    #[schema(example = "javascript")]
    platform: Option<String>,
    /// Days that occurrences are kept, as set; the server's default when null.
    retention_days: Option<i32>,
    /// Days that counts are kept, as set; the server's default when null.
    counts_retention_days: Option<i32>,
    /// Days that occurrences are kept.
    #[schema(example = 90)]
    kept_days: u16,
    /// Days that counts are kept.
    #[schema(example = 400)]
    counts_kept_days: u16,
    /// Occurrences of the last 30 UTC days, today included; null for those who may not read errors.
    #[schema(example = 1204)]
    occurrences_30d: Option<u64>,
    /// When an error last occurred; null where none did, and for those who may not read errors.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_error_at: Option<OffsetDateTime>,
    /// A small integer that names it where only a number fits.
    number: i64,
    /// The public key of its oldest enabled DSN key; null when there is none.
    public_key: Option<String>,
    /// What an SDK is given: the DSN of that key.
    #[schema(example = "https://0123456789abcdef0123456789abcdef@faults.example.com/1")]
    dsn: Option<String>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
}

impl ProjectView {
    /// The view of a project with its current DSN key.
    #[must_use]
    pub fn of(
        project: Project,
        public_key: Option<String>,
        (address, policy): (&DsnAddress, RetentionPolicy),
    ) -> Self {
        let dsn = public_key.as_deref();
        let dsn = dsn.map(|public_key| address.dsn(public_key, project.number));
        let counts_kept_days = policy.counts_days(&project);
        Self {
            id: project.id.0,
            slug: project.slug.to_string(),
            name: project.name,
            platform: project.platform,
            kept_days: policy.days(project.retention_days),
            counts_kept_days,
            retention_days: project.retention_days,
            counts_retention_days: project.counts_retention_days,
            occurrences_30d: None,
            last_error_at: None,
            number: project.number,
            public_key,
            dsn,
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }

    /// With what was reported into it.
    #[must_use]
    pub fn with_figures(mut self, figures: Option<&ProjectFigures>) -> Self {
        self.occurrences_30d = figures.map(|figures| figures.occurrences);
        self.last_error_at = figures.and_then(|figures| figures.last_error_at);
        self
    }
}

/// What was reported into projects that the caller may see; nothing for those who may not read errors.
///
/// # Errors
/// 503 when the store is away.
pub async fn figures_of(
    caller: &Caller,
    scope: &Scope,
    projects: &Projects,
) -> ApiResult<Vec<ProjectFigures>> {
    match caller.require(Permission::ErrorsRead) {
        Ok(()) => Ok(projects.figures(scope).await?),
        Err(_) => Ok(Vec::new()),
    }
}

/// The view of one project with its figures.
async fn view_of(
    caller: &Caller,
    (project, public_key): (Project, Option<String>),
    (projects, address): (&Projects, &DsnAddress),
) -> ApiResult<ProjectView> {
    let scope = caller.scope().narrowed_to(project.id);
    let figures = figures_of(caller, &scope, projects).await?;
    let view = ProjectView::of(project, public_key, (address, projects.policy()));
    Ok(view.with_figures(figures.first()))
}

/// Projects.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectList {
    /// Oldest first.
    pub projects: Vec<ProjectView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// A project to be made, or what is to change of one.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "Shop", "slug": "shop", "platform": "javascript", "retention_days": 30 }))]
pub struct NewProject {
    /// 1 to `limits.max_name` characters (200 by default).
    pub name: String,
    /// Lowercase letters, digits and single inner hyphens; made out of the name by default.
    pub slug: Option<String>,
    /// What it runs on.
    pub platform: Option<String>,
    /// Days that occurrences are kept, 1 to 36,500; null for the server's default.
    #[schema(minimum = 1, maximum = 36500)]
    pub retention_days: Option<i32>,
    /// Days that counts are kept, 1 to 36,500 and at least as many as occurrences; null for the server's default.
    #[schema(minimum = 1, maximum = 36500)]
    pub counts_retention_days: Option<i32>,
}

/// Reads a project to be made.
///
/// # Errors
/// 400.
pub fn read_new_project(body: JsonBody) -> Result<(Slug, ProjectSettings), ApiError> {
    let mut fields = body.fields()?;
    let wanted = read_fields(&mut fields);
    let name = fields.demand("name", wanted.name.clone());
    let Some(name) = name else {
        return Err(fields.fault());
    };
    let slug = wanted.slug.clone().or_else(|| slug_of(&name));
    match fields.demand("slug", slug) {
        Some(slug) => fields.finish((slug, wanted)),
        None => Err(fields.fault()),
    }
}

/// Reads what is to change of a project.
///
/// # Errors
/// 400.
pub fn read_project_change(body: JsonBody) -> Result<ProjectSettings, ApiError> {
    let mut fields = body.fields()?;
    let wanted = read_fields(&mut fields);
    fields.finish(wanted)
}

fn read_fields(fields: &mut Fields) -> ProjectSettings {
    let platform = fields.has("platform").then(|| fields.name("platform"));
    ProjectSettings {
        slug: fields.slug("slug"),
        name: fields.name("name"),
        platform,
        retention_days: read_days(fields, "retention_days"),
        counts_retention_days: read_days(fields, "counts_retention_days"),
    }
}

/// Reads a number of days; `Some(None)` for null, `None` where nothing is said.
fn read_days(fields: &mut Fields, field: &str) -> Option<Option<i32>> {
    fields.has(field).then(|| {
        let days = fields.whole(field, 1..=36_500);
        days.and_then(|days| i32::try_from(days).ok())
    })
}

/// `My Shop!` as `my-shop`; nothing when no letter or digit is left.
fn slug_of(name: &str) -> Option<Slug> {
    let lower = name.to_lowercase();
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let words: Vec<&str> = lower
        .split(|c| !is_part(c))
        .filter(|word| !word.is_empty())
        .collect();
    let slug = words.join("-");
    let cut = slug.get(..Slug::MAX_LENGTH).unwrap_or(&slug);
    cut.trim_end_matches('-').parse().ok()
}

/// The fields of a project that the audit log tells.
const AUDITED: &[&str] = &[
    "name",
    "slug",
    "platform",
    "retention_days",
    "counts_retention_days",
];

/// Lists the projects that the caller may see, oldest first.
#[utoipa::path(
    get, path = "/api/projects", tag = "Projects",
    responses((status = 200, description = "Every project", body = Envelope<ProjectList>))
)]
pub async fn list_projects(
    caller: Caller,
    projects: Data<Projects>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectList>> {
    let all = projects.list(caller.principal()).await?;
    let mut current = keys.current(caller.principal(), None).await?;
    let figures = figures_of(&caller, caller.scope(), &projects).await?;
    let view = |project: Project| {
        let public_key = current.remove(&project.id);
        let own = figures.iter().find(|one| one.project == project.id);
        let view = ProjectView::of(project, public_key, (&address, projects.policy()));
        view.with_figures(own)
    };
    Ok(Success::ok(ProjectList {
        total: all.len(),
        projects: all.into_iter().map(view).collect(),
        next_cursor: None,
    }))
}

/// Makes a project. A tenant has at most `limits.max_projects` projects: 400 beyond.
#[utoipa::path(
    post, path = "/api/projects", tag = "Projects",
    request_body = NewProject,
    responses((status = 201, description = "The project", body = Envelope<ProjectView>))
)]
pub async fn create_project(
    Json { caller, body }: Json,
    projects: Data<Projects>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectView>> {
    let (slug, wanted) = read_new_project(body)?;
    let project = projects
        .create(caller.principal(), slug, wanted)
        .await
        .map_err(of_api)?;
    let public_key = Some(project.first_key.clone());
    let view = view_of(&caller, (project, public_key), (&projects, &address)).await?;
    let change = AuditChange::of("project", "created", view.id).named(&view.name);
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::created(view))
}

/// One project.
#[utoipa::path(
    get, path = "/api/projects/{id}", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    responses((status = 200, description = "The project", body = Envelope<ProjectView>))
)]
pub async fn get_project(
    caller: Caller,
    id: Path<String>,
    projects: Data<Projects>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectView>> {
    let id = named(&caller, &id)?;
    let project = projects.get(caller.principal(), id).await?;
    let public_key = current_key(&keys, &caller, id).await?;
    let view = view_of(&caller, (project, public_key), (&projects, &address)).await?;
    Ok(Success::ok(view))
}

/// Changes a project; fields left out stay.
#[utoipa::path(
    put, path = "/api/projects/{id}", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    request_body = NewProject,
    responses((status = 200, description = "The project", body = Envelope<ProjectView>))
)]
pub async fn update_project(
    Json { caller, body }: Json,
    id: Path<String>,
    projects: Data<Projects>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectView>> {
    let id = named(&caller, &id)?;
    let wanted = read_project_change(body)?;
    let before = projects.get(caller.principal(), id).await?;
    let updated = projects.update(caller.principal(), id, wanted).await;
    let project = updated.map_err(of_api)?;
    let public_key = current_key(&keys, &caller, id).await?;
    let place = (&address, projects.policy());
    let before = ProjectView::of(before, public_key.clone(), place);
    let view = view_of(&caller, (project, public_key), (&projects, &address)).await?;
    let change = AuditChange::of("project", "changed", id).named(&view.name);
    let change = change.from(fields(&before, AUDITED));
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::ok(view))
}

/// Puts a project out of sight, with all it holds. The default project stays.
#[utoipa::path(
    delete, path = "/api/projects/{id}", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_project(
    caller: Caller,
    id: Path<String>,
    projects: Data<Projects>,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let id = named(&caller, &id)?;
    let before = projects.get(caller.principal(), id).await?;
    projects.delete(caller.principal(), id).await?;
    let change = AuditChange::of("project", "deleted", id).named(&before.name);
    let before = ProjectView::of(before, None, (&address, projects.policy()));
    caller.record_change(change.from(fields(&before, AUDITED)));
    Ok(HttpResponse::NoContent().finish())
}

/// The public key that a project is shown with.
async fn current_key(
    keys: &ProjectKeys,
    caller: &Caller,
    id: ProjectId,
) -> ApiResult<Option<String>> {
    let mut current = keys.current(caller.principal(), Some(id)).await?;
    Ok(current.remove(&id))
}

/// A project that a path names by id, or by the slug of one that the caller sees.
pub(super) fn named(caller: &Caller, text: &str) -> Result<ProjectId, ApiError> {
    match text.parse() {
        Ok(id) => Ok(id),
        Err(_) => caller
            .principal()
            .project(text)
            .ok_or_else(|| ApiError::field("id", "must be a UUID")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_slugs() {
        for (name, slug) in [
            ("Shop", Some("shop")),
            ("  My Shop, 2nd ed. ", Some("my-shop-2nd-ed")),
            ("日本", None),
        ] {
            let made = slug_of(name).map(|slug| slug.to_string());
            assert_eq!(made.as_deref(), slug, "{name}");
        }
        let long = slug_of(&"ab-".repeat(40)).unwrap();
        assert!(long.as_str().len() <= Slug::MAX_LENGTH);
    }
}
