//! Puts bundles together.

use super::chunks::refused;
use super::{Uploader, UploaderJson};
use crate::http::audit;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::request::JsonBody;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::artifacts::{ChunkDigest, Place};
use faultbook_domain::id::ProjectId;
use faultbook_domain::releases::{Releases, Version};
use faultbook_symbolicate::{Assembled, Assembly, Progress, Uploads};
use serde::Serialize;
use utoipa::ToSchema;

/// The longest dist, in characters.
const MAX_DIST: usize = 200;

/// Why a call of a build tool failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildToolsError)]
pub struct DetailView {
    /// A sentence.
    detail: String,
}

/// A bundle whose chunks were sent.
#[derive(Debug, ToSchema)]
#[schema(as = NewBundle, example = json!({
    "checksum": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "chunks": ["2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"],
    "projects": ["shop"], "version": "shop@1.4.2", "dist": "1"
}))]
pub struct NewBundle {
    /// SHA-1 of the whole bundle.
    pub checksum: String,
    /// SHA-1 of each chunk, in order.
    pub chunks: Vec<String>,
    /// Projects that use it, by slug, id or number.
    pub projects: Vec<String>,
    /// The release that it is of.
    pub version: Option<String>,
    /// The distribution of the release.
    pub dist: Option<String>,
}

/// How far a bundle is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BundleState)]
#[serde(rename_all = "camelCase")]
pub struct BundleView {
    /// `not_found` while chunks are missing, `created` while it is worked on, `ok`, `error`.
    #[schema(example = "ok")]
    state: &'static str,
    /// The chunks that are to be sent.
    missing_chunks: Vec<String>,
    /// What is wrong.
    detail: Option<String>,
}

impl From<Progress> for BundleView {
    fn from(progress: Progress) -> Self {
        let (state, missing, detail) = match progress {
            Progress::Missing(missing) => ("not_found", missing, None),
            Progress::Created => ("created", Vec::new(), None),
            Progress::Stored => ("ok", Vec::new(), None),
            Progress::Failed(sentence) => ("error", Vec::new(), Some(sentence)),
        };
        Self {
            state,
            missing_chunks: missing.iter().map(ToString::to_string).collect(),
            detail,
        }
    }
}

/// What a body asks for.
struct Wanted {
    checksum: ChunkDigest,
    chunks: Vec<ChunkDigest>,
    projects: Vec<String>,
    version: Option<Version>,
    dist: Option<String>,
}

fn read_bundle(body: JsonBody, with_projects: bool) -> ApiResult<Wanted> {
    const DIGEST: &str = "must be a SHA-1 in hexadecimal digits";
    const DIGESTS: &str = "must be an array of SHA-1 in hexadecimal digits";
    let mut fields = body.fields()?;
    let checksum = fields.parsed("checksum", DIGEST, |text| text.parse().ok());
    let checksum = fields.demand("checksum", checksum);
    let chunks = fields.strings("chunks", DIGESTS).unwrap_or_default();
    let digests: Result<Vec<ChunkDigest>, _> = chunks.iter().map(|text| text.parse()).collect();
    if digests.is_err() {
        fields.problem("chunks", DIGESTS);
    }
    let projects = fields.strings("projects", "must be an array of strings");
    let projects = projects.unwrap_or_default();
    if with_projects && projects.is_empty() {
        fields.problem("projects", "is required");
    }
    let version = fields.text("version").filter(|text| !text.is_empty());
    let version = version.and_then(|text| {
        let version = Version::new(text);
        if let Err(invalid) = &version {
            fields.problem("version", &invalid.to_string());
        }
        version.ok()
    });
    let dist = fields
        .bounded("dist", MAX_DIST)
        .filter(|text| !text.is_empty());
    fields.conclude(checksum.zip(digests.ok()).map(|(checksum, chunks)| Wanted {
        checksum,
        chunks,
        projects,
        version,
        dist,
    }))
}

/// Puts a bundle together whose chunks were sent.
///
/// Asked again, it answers how far the bundle is. Places that are new are added to a bundle that is known.
#[utoipa::path(
    post, path = "/api/0/organizations/{org}/artifactbundle/assemble/", tag = "Build tools",
    params(("org" = String, Path, description = "The tenant's slug or id")),
    request_body = NewBundle,
    responses(
        (status = 200, description = "How far it is", body = BundleView),
        (status = 507, description = "The tenant's files take up what they may", body = DetailView),
    )
)]
pub async fn assemble_bundle(
    UploaderJson { caller, body }: UploaderJson,
    request: HttpRequest,
    uploads: Data<Uploads>,
) -> ApiResult<HttpResponse> {
    let wanted = read_bundle(body, true)?;
    let projects = caller.projects(&wanted.projects)?;
    assemble(&caller, (&uploads, &request), wanted, &projects).await
}

/// Puts a bundle together for the projects of a release, as older build tools do.
#[utoipa::path(
    post, path = "/api/0/organizations/{org}/releases/{version}/assemble/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    request_body = NewBundle,
    responses((status = 200, description = "How far it is", body = BundleView))
)]
pub async fn assemble_release_bundle(
    UploaderJson { caller, body }: UploaderJson,
    path: Path<(String, String)>,
    request: HttpRequest,
    uploads: Data<Uploads>,
    releases: Data<Releases>,
) -> ApiResult<HttpResponse> {
    let (_, named) = path.into_inner();
    let version = Version::new(named).map_err(|_| ApiError::new(Code::ReleaseNotFound))?;
    let found = releases.projects_of(caller.0.scope(), &version).await?;
    if found.is_empty() {
        return Err(ApiError::new(Code::ReleaseNotFound));
    }
    let wanted = Wanted {
        version: Some(version),
        ..read_bundle(body, false)?
    };
    assemble(&caller, (&uploads, &request), wanted, &found).await
}

async fn assemble(
    caller: &Uploader,
    (uploads, request): (&Uploads, &HttpRequest),
    wanted: Wanted,
    projects: &[ProjectId],
) -> ApiResult<HttpResponse> {
    let place = |project: &ProjectId| Place {
        project_id: *project,
        release: wanted.version.as_ref().map(ToString::to_string),
        dist: wanted.dist.clone(),
    };
    let assembly = Assembly {
        checksum: wanted.checksum,
        places: projects.iter().map(place).collect(),
        chunks: wanted.chunks,
        uploaded_by: caller.0.actor().to_string(),
    };
    let assembled = uploads.assemble(caller.0.tenant_scope(), &assembly).await;
    let Assembled { progress, is_new } = assembled.map_err(refused)?;
    if is_new {
        caller.0.record_detail(assembly.checksum);
    } else {
        // Asked how far it is, and not changed.
        audit::withhold(request);
    }
    Ok(HttpResponse::Ok().json(BundleView::from(progress)))
}
