//! Uploaded bundles of scripts and source maps.

use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::PathId;
use crate::http::query::Query;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::artifacts::{Artifact, ArtifactFilter, ArtifactStore, Entry};
use faultbook_domain::id::{ArtifactId, ErrorId, ProjectId};
use faultbook_domain::identity::Permission;
use faultbook_symbolicate::{LateMaps, Symbolicator};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// An uploaded bundle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Artifact)]
pub struct ArtifactView {
    id: Uuid,
    /// The projects that use it, by slug.
    projects: Vec<String>,
    /// The release that it was uploaded for, the first of several.
    release: Option<String>,
    dist: Option<String>,
    /// Every place of use.
    places: Vec<ArtifactPlaceView>,
    /// Bytes as uploaded.
    size: u64,
    /// The entries of its manifest.
    files: u32,
    debug_ids: u32,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    uploaded_at: OffsetDateTime,
    /// When an event last used it, exact to a day.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_used: Option<OffsetDateTime>,
    uploaded_by: String,
}

/// Where a bundle is used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArtifactPlace)]
pub struct ArtifactPlaceView {
    project: String,
    release: Option<String>,
    dist: Option<String>,
}

/// A page of bundles.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArtifactList {
    /// Of the newest upload first.
    artifacts: Vec<ArtifactView>,
    total: u64,
    next_cursor: Option<String>,
}

/// A bundle with a page of its entries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArtifactDetail)]
pub struct ArtifactDetailView {
    #[serde(flatten)]
    #[schema(inline)]
    artifact: ArtifactView,
    /// In the order of the manifest.
    entries: Vec<ArtifactEntryView>,
    next_cursor: Option<String>,
}

/// An entry of a bundle. Contents are never served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArtifactEntry)]
pub struct ArtifactEntryView {
    #[schema(example = "~/static/js/app.min.js")]
    url: String,
    #[serde(rename = "type")]
    #[schema(example = "minified_source")]
    kind: &'static str,
    debug_id: Option<Uuid>,
    size: u64,
    /// Where the script says that its map is.
    sourcemap: Option<String>,
}

impl ArtifactView {
    fn of(artifact: Artifact, caller: &Caller) -> Self {
        let slug = |id: ProjectId| {
            let mut projects = caller.principal().projects.iter();
            let known = projects.find(|project| project.id == id);
            known.map_or_else(|| id.to_string(), |project| project.slug.to_string())
        };
        let mut projects: Vec<String> = Vec::new();
        for place in &artifact.places {
            let slug = slug(place.project_id);
            if !projects.contains(&slug) {
                projects.push(slug);
            }
        }
        let first = artifact.places.iter().find(|place| place.release.is_some());
        Self {
            id: artifact.id.0,
            projects,
            release: first.and_then(|place| place.release.clone()),
            dist: first.and_then(|place| place.dist.clone()),
            size: artifact.size,
            files: artifact.files,
            debug_ids: artifact.debug_ids,
            uploaded_at: artifact.uploaded_at,
            last_used: artifact.last_used,
            uploaded_by: artifact.uploaded_by,
            places: artifact
                .places
                .into_iter()
                .map(|place| ArtifactPlaceView {
                    project: slug(place.project_id),
                    release: place.release,
                    dist: place.dist,
                })
                .collect(),
        }
    }
}

impl From<Entry> for ArtifactEntryView {
    fn from(entry: Entry) -> Self {
        Self {
            url: entry.url,
            kind: entry.kind.as_str(),
            debug_id: entry.debug_id,
            size: entry.size,
            sourcemap: entry.source_map,
        }
    }
}

/// Lists uploaded bundles, of the newest upload first.
#[utoipa::path(
    get, path = "/api/artifacts", tag = "Source maps",
    params(
        ("project" = Option<String>, Query, description = "Project, by id or slug"),
        ("release" = Option<String>, Query, description = "Uploaded for this release"),
        ("dist" = Option<String>, Query, description = "Uploaded for this dist"),
        ("debug_id" = Option<String>, Query, description = "With an entry of this debug id"),
        ("url" = Option<String>, Query, description = "With an entry of this URL, as the manifest has it"),
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of bundles", body = Envelope<ArtifactList>),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_artifacts(
    caller: Caller,
    query: Query,
    artifacts: Data<dyn ArtifactStore>,
) -> ApiResult<Success<ArtifactList>> {
    caller.require(Permission::ErrorsRead)?;
    let scope = caller.scope_of(&query)?;
    let (after, limit) = query.page()?;
    let filter = ArtifactFilter {
        release: query.text("release").map(str::to_owned),
        dist: query.text("dist").map(str::to_owned),
        debug_id: query.parsed("debug_id", "must be a UUID", |text| {
            Uuid::try_parse(text).ok()
        })?,
        url: query.text("url").map(str::to_owned),
    };
    let page = artifacts
        .list_artifacts(&scope, &filter, after, limit)
        .await?;
    let shown = page.items.into_iter();
    Ok(Success::ok(ArtifactList {
        artifacts: shown
            .map(|artifact| ArtifactView::of(artifact, &caller))
            .collect(),
        total: page.total,
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}

/// One bundle with its entries.
#[utoipa::path(
    get, path = "/api/artifacts/{id}", tag = "Source maps",
    params(
        ("id" = Uuid, Path, description = "The bundle's id"),
        ("limit" = Option<u32>, Query, description = "Entries: 1 to 1000, 100 by default", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page of entries before"),
    ),
    responses((status = 200, description = "The bundle", body = Envelope<ArtifactDetailView>))
)]
pub async fn get_artifact(
    caller: Caller,
    id: PathId<ArtifactId>,
    query: Query,
    artifacts: Data<dyn ArtifactStore>,
) -> ApiResult<Success<ArtifactDetailView>> {
    caller.require(Permission::ErrorsRead)?;
    let id = id.get()?;
    let found = artifacts.get_artifact(caller.scope(), id).await?;
    let artifact = found.ok_or_else(|| ApiError::new(Code::ArtifactNotFound))?;
    let limit = query.number("limit", 1..=1_000)?.unwrap_or(100);
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let from = query.parsed(
        "cursor",
        "must be a cursor from an earlier answer",
        |text| text.parse().ok(),
    )?;
    let from: u32 = from.unwrap_or(0);
    let mut entries = artifacts.list_entries(id, from, limit + 1).await?;
    let has_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    Ok(Success::ok(ArtifactDetailView {
        artifact: ArtifactView::of(artifact, &caller),
        entries: entries.into_iter().map(ArtifactEntryView::from).collect(),
        next_cursor: has_more.then(|| from.saturating_add(limit).to_string()),
    }))
}

/// Deletes a bundle: frames that were made readable with it stay so.
///
/// A key of one project takes away that project's use alone.
#[utoipa::path(
    delete, path = "/api/artifacts/{id}", tag = "Source maps",
    params(("id" = Uuid, Path, description = "The bundle's id")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "Bundle not found", body = ErrorEnvelope),
    )
)]
pub async fn delete_artifact(
    caller: Caller,
    id: PathId<ArtifactId>,
    artifacts: Data<dyn ArtifactStore>,
    symbolicator: Data<Symbolicator>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ArtifactsWrite)?;
    let found = artifacts.remove_artifact(caller.scope(), id.get()?).await?;
    symbolicator.forget();
    if !found {
        return Err(ApiError::new(Code::ArtifactNotFound));
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Makes the occurrences of an error readable with what is uploaded by now.
///
/// Done in the background, for the newest 1,000 occurrences. It counts nothing, fires no rule and reopens nothing.
#[utoipa::path(
    post, path = "/api/errors/{id}/symbolicate", tag = "Source maps",
    params(("id" = Uuid, Path, description = "The error's id")),
    responses(
        (status = 202, description = "It is going on"),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn symbolicate_error(
    caller: Caller,
    id: PathId<ErrorId>,
    late_maps: Data<LateMaps>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsWrite)?;
    if !late_maps.request(caller.scope(), id.get()?).await? {
        return Err(ApiError::new(Code::ErrorNotFound));
    }
    Ok(HttpResponse::Accepted().finish())
}
