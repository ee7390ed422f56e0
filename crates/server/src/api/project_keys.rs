//! DSN keys of projects: list, create, change, revoke.

use super::dsn::DsnAddress;
use super::projects::named;
use crate::http::audit_change::{AuditChange, fields};
use crate::http::caller::Caller;
use crate::http::denied::of_api;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::Json;
use crate::http::fields::Fields;
use crate::http::request::JsonBody;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::id::{ProjectId, ProjectKeyId};
use faultbook_domain::tenancy::{
    AllowedOrigin, InvalidOrigin, Project, ProjectKey, ProjectKeySettings, ProjectKeys,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A DSN key: with it SDKs hand reports into the project, and do nothing else. Pages and apps carry it, so it is no
/// secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectKey)]
pub struct ProjectKeyView {
    id: Uuid,
    #[schema(example = "Web shop")]
    name: String,
    /// 32 hex digits.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    public_key: String,
    /// What an SDK is given.
    #[schema(example = "https://0123456789abcdef0123456789abcdef@faults.example.com/1")]
    dsn: String,
    /// Whether it is accepted.
    enabled: bool,
    /// Origins of the web pages that may use it; any when empty.
    #[schema(example = json!(["https://shop.example", "https://*.shop.example"]))]
    allowed_origins: Vec<String>,
    /// The source of its reports, where they say none of their own.
    source: Option<String>,
    /// Requests a minute, in place of the configured limit.
    rate_limit: Option<u32>,
    /// To about a minute.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_used: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
}

impl ProjectKeyView {
    /// The view of a project's key.
    fn of(key: ProjectKey, project: &Project, address: &DsnAddress) -> Self {
        let origins = key.allowed_origins.iter().map(ToString::to_string);
        Self {
            id: key.id.0,
            dsn: address.dsn(&key.public_key, project.number),
            allowed_origins: origins.collect(),
            name: key.name,
            public_key: key.public_key,
            enabled: key.enabled,
            source: key.source,
            rate_limit: key.rate_limit,
            last_used: key.last_used,
            created_at: key.created_at,
        }
    }
}

/// A project's DSN keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectKeyList {
    /// Oldest first.
    pub keys: Vec<ProjectKeyView>,
    /// How many.
    pub total: usize,
}

/// A DSN key to be made, or what is to change of one.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "Web shop", "allowed_origins": ["https://shop.example", "https://*.shop.example"], "source": "shop",
    "rate_limit": 600
}))]
pub struct NewProjectKey {
    /// 1 to `limits.max_name` characters (200 by default).
    pub name: Option<String>,
    /// Whether it is accepted; true by default.
    pub enabled: Option<bool>,
    /// At most 100 origins of web pages that may use it: `https://shop.example`, with a port where it has one, or
    /// `https://*.shop.example` for every host below. Any by default, and when empty.
    pub allowed_origins: Option<Vec<String>>,
    /// The source of its reports, where they say none of their own; 1 to `limits.max_name` characters.
    pub source: Option<String>,
    /// Requests a minute, in place of the configured limit.
    #[schema(minimum = 1, maximum = 60_000_000)]
    pub rate_limit: Option<u32>,
}

fn read_settings(body: JsonBody) -> ApiResult<ProjectKeySettings> {
    let mut fields = body.fields()?;
    let source = fields.has("source").then(|| fields.name("source"));
    let rate_limit = fields
        .has("rate_limit")
        .then(|| read_rate_limit(&mut fields));
    let settings = ProjectKeySettings {
        name: fields.name("name"),
        enabled: fields.flag("enabled"),
        allowed_origins: read_origins(&mut fields),
        source,
        rate_limit,
    };
    fields.finish(settings)
}

fn read_rate_limit(fields: &mut Fields) -> Option<u32> {
    let given = fields.take("rate_limit")?;
    let rate = given.as_u64().and_then(|rate| u32::try_from(rate).ok());
    let rate = rate.filter(|rate| (1..=ProjectKey::MAX_RATE_LIMIT).contains(rate));
    if rate.is_none() {
        let most = ProjectKey::MAX_RATE_LIMIT;
        fields.problem(
            "rate_limit",
            &format!("must be a whole number from 1 to {most}"),
        );
    }
    rate
}

fn read_origins(fields: &mut Fields) -> Option<Vec<AllowedOrigin>> {
    const FIELD: &str = "allowed_origins";
    let texts = fields.strings(FIELD, "must be a list of origins")?;
    if texts.len() > ProjectKey::MAX_ORIGINS {
        let most = ProjectKey::MAX_ORIGINS;
        fields.problem(FIELD, &format!("must hold at most {most} origins"));
        return None;
    }
    let mut origins = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        match text.parse::<AllowedOrigin>() {
            Ok(origin) if origins.contains(&origin) => {}
            Ok(origin) => origins.push(origin),
            Err(invalid @ InvalidOrigin) => {
                let place = place + 1;
                fields.problem(
                    FIELD,
                    &format!("holds no origin at place {place}: {invalid}"),
                );
                return None;
            }
        }
    }
    Some(origins)
}

/// The project and the key that a path names.
fn placed(
    caller: &Caller,
    (project, key): &(String, String),
) -> ApiResult<(ProjectId, ProjectKeyId)> {
    let project = named(caller, project)?;
    let key = key.parse();
    let key = key.map_err(|_| ApiError::field("key_id", "must be a UUID"))?;
    Ok((project, key))
}

/// Lists a project's DSN keys, oldest first.
#[utoipa::path(
    get, path = "/api/projects/{id}/keys", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    responses(
        (status = 200, description = "Every key", body = Envelope<ProjectKeyList>),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_project_keys(
    caller: Caller,
    id: Path<String>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectKeyList>> {
    let id = named(&caller, &id)?;
    let (project, keys) = keys.list(caller.principal(), id).await?;
    let view = |key| ProjectKeyView::of(key, &project, &address);
    Ok(Success::ok(ProjectKeyList {
        total: keys.len(),
        keys: keys.into_iter().map(view).collect(),
    }))
}

/// The fields of a DSN key that the audit log tells.
const AUDITED: &[&str] = &["name", "enabled", "allowed_origins", "source", "rate_limit"];

/// Makes a DSN key. A project has at most `limits.max_project_keys` keys: 400 beyond. To change a key that
/// applications use, make another, deploy it, and delete the old one.
#[utoipa::path(
    post, path = "/api/projects/{id}/keys", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    request_body = NewProjectKey,
    responses(
        (status = 201, description = "The key", body = Envelope<ProjectKeyView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn create_project_key(
    Json { caller, body }: Json,
    id: Path<String>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectKeyView>> {
    let id = named(&caller, &id)?;
    let wanted = read_settings(body)?;
    let made = keys.create(caller.principal(), id, wanted).await;
    let (project, key) = made.map_err(of_api)?;
    let view = ProjectKeyView::of(key, &project, &address);
    let change = AuditChange::of("dsn_key", "created", view.id).named(&view.name);
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::created(view))
}

/// Changes a DSN key; fields left out stay, and null clears `source` and `rate_limit`. Every node knows within 5
/// seconds.
#[utoipa::path(
    put, path = "/api/projects/{id}/keys/{key_id}", tag = "Projects",
    params(
        ("id" = String, Path, description = "Project, by id or slug"),
        ("key_id" = uuid::Uuid, Path, description = "Key id"),
    ),
    request_body = NewProjectKey,
    responses(
        (status = 200, description = "The key", body = Envelope<ProjectKeyView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 404, description = "Project or key not found", body = ErrorEnvelope),
    )
)]
pub async fn update_project_key(
    Json { caller, body }: Json,
    path: Path<(String, String)>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<Success<ProjectKeyView>> {
    let place = placed(&caller, &path)?;
    let wanted = read_settings(body)?;
    let before = key_of(&caller, place, (&keys, &address)).await?;
    let (project, key) = keys.update(caller.principal(), place, wanted).await?;
    let view = ProjectKeyView::of(key, &project, &address);
    let change = AuditChange::of("dsn_key", "changed", view.id).named(&view.name);
    let change = change.from(fields(&before, AUDITED));
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::ok(view))
}

/// The view of a key as it is now.
async fn key_of(
    caller: &Caller,
    (project, id): (ProjectId, ProjectKeyId),
    (keys, address): (&ProjectKeys, &DsnAddress),
) -> ApiResult<Option<ProjectKeyView>> {
    let (project, all) = keys.list(caller.principal(), project).await?;
    let found = all.into_iter().find(|key| key.id == id);
    Ok(found.map(|key| ProjectKeyView::of(key, &project, address)))
}

/// Revokes a DSN key: every node refuses it within 5 seconds.
#[utoipa::path(
    delete, path = "/api/projects/{id}/keys/{key_id}", tag = "Projects",
    params(
        ("id" = String, Path, description = "Project, by id or slug"),
        ("key_id" = uuid::Uuid, Path, description = "Key id"),
    ),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "Project or key not found", body = ErrorEnvelope),
    )
)]
pub async fn revoke_project_key(
    caller: Caller,
    path: Path<(String, String)>,
    keys: Data<ProjectKeys>,
    address: DsnAddress,
) -> ApiResult<HttpResponse> {
    let place = placed(&caller, &path)?;
    let before = key_of(&caller, place, (&keys, &address)).await?;
    keys.revoke(caller.principal(), place).await?;
    if let Some(before) = before {
        let change = AuditChange::of("dsn_key", "deleted", before.id).named(&before.name);
        caller.record_change(change.from(fields(&before, AUDITED)));
    }
    Ok(HttpResponse::NoContent().finish())
}
