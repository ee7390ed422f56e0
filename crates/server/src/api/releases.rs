//! Releases and their deploys.

use crate::http::cached::{self, Fresh};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::Json;
use crate::http::query::Query;
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::Permission;
use faultbook_domain::instant::micros;
use faultbook_domain::page::InvalidCursor;
use faultbook_domain::releases::{
    Deploy, NewDeploy, ReleaseChange, ReleaseDetail, ReleaseError, ReleasePage, ReleasePlace,
    Releases, Version,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A release: a version of a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Release)]
pub struct ReleaseView {
    /// Unique within the project.
    #[schema(example = "shop@1.4.2")]
    version: String,
    project_id: Uuid,
    /// When it was released, as announced.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    released_at: Option<OffsetDateTime>,
    /// When it became known here.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    /// What it was built of.
    #[schema(example = "7d8e9fab")]
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    /// Where people read about it.
    url: Option<String>,
    /// The newest deploys, at most 100, newest first.
    deploys: Vec<DeployView>,
    /// What it did; absent for whoever may not read errors.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    did: Option<ReleaseFiguresView>,
}

/// What a release did: figures of its stored occurrences.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReleaseFigures)]
pub struct ReleaseFiguresView {
    /// Time of its earliest occurrence; null without any.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    first_seen: Option<OffsetDateTime>,
    /// Time of its latest occurrence; null without any.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_seen: Option<OffsetDateTime>,
    occurrences: u64,
    /// Errors that occurred in it.
    errors: u64,
    /// Errors whose earliest occurrence is of it.
    new_errors: u64,
    /// Times that it reopened a resolved error.
    regressions: u64,
    /// Users whom it failed.
    users: u64,
}

/// One time that a release was put into use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deploy)]
pub struct DeployView {
    id: Uuid,
    #[schema(example = "production")]
    environment: String,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    url: Option<String>,
}

/// A page of releases.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReleaseList {
    /// Newest first.
    pub releases: Vec<ReleaseView>,
    /// `semantic` where all versions are semantic and of one name, otherwise `time`.
    #[schema(example = "semantic")]
    pub order: &'static str,
    /// How many there are.
    pub total: u64,
    /// Always false: the total is exact.
    pub total_capped: bool,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

impl ReleaseView {
    fn of(detail: ReleaseDetail, caller: &Caller) -> Self {
        let ReleaseDetail {
            release,
            figures,
            deploys,
        } = detail;
        let may_read = caller.require(Permission::ErrorsRead).is_ok();
        let did = may_read.then_some(ReleaseFiguresView {
            first_seen: release.first_seen,
            last_seen: release.last_seen,
            occurrences: figures.occurrences,
            errors: figures.errors,
            new_errors: figures.new_errors,
            regressions: figures.regressions,
            users: figures.users,
        });
        Self {
            version: release.version.to_string(),
            project_id: release.project_id.0,
            released_at: release.released_at,
            created_at: release.created_at,
            git_ref: release.git_ref,
            url: release.url,
            deploys: deploys.into_iter().map(DeployView::of).collect(),
            did,
        }
    }
}

impl DeployView {
    fn of(deploy: Deploy) -> Self {
        Self {
            id: deploy.id.0,
            environment: deploy.environment,
            at: deploy.at,
            url: deploy.url,
        }
    }
}

/// A release to be announced, or what more is said of a known one: fields left out stay, null clears one.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "version": "shop@1.4.2", "project": "shop", "ref": "7d8e9fab", "url": "https://ci.example/builds/7",
    "released_at": "2026-11-27T08:00:00Z"
}))]
pub struct NewRelease {
    /// 1 to 200 characters, no control characters, no blank at either end, neither `.` nor `..`.
    pub version: String,
    /// Project, by id or slug; the key's own by default, otherwise the default project.
    pub project: Option<String>,
    /// What it was built of, such as a commit; 1 to `limits.max_name` characters (200 by default).
    #[schema(rename = "ref")]
    pub git_ref: Option<String>,
    /// An http(s) URL.
    pub url: Option<String>,
    /// When it was released (RFC 3339).
    pub released_at: Option<String>,
}

/// One time that a release was put into use.
#[derive(Debug, ToSchema)]
#[schema(as = NewDeploy, example = json!({
    "environment": "production", "at": "2026-11-27T08:15:00Z", "url": "https://ci.example/deploys/12"
}))]
pub struct NewReleaseDeploy {
    /// 1 to `limits.max_name` characters (200 by default).
    pub environment: String,
    /// When it was (RFC 3339); now by default.
    pub at: Option<String>,
    /// An http(s) URL.
    pub url: Option<String>,
}

fn read_release(body: JsonBody) -> ApiResult<(Version, Option<String>, ReleaseChange)> {
    let mut fields = body.fields()?;
    let version = fields.text("version").and_then(|text| {
        let version = Version::new(text);
        if let Err(invalid) = &version {
            fields.problem("version", &invalid.to_string());
        }
        version.ok()
    });
    let version = fields.demand("version", version);
    let project = fields.text("project");
    let git_ref = fields.has("ref").then(|| fields.name("ref"));
    let url = fields.has("url").then(|| fields.page_url("url"));
    let released_at = fields
        .has("released_at")
        .then(|| fields.time("released_at"));
    let change = ReleaseChange {
        git_ref,
        url,
        released_at,
    };
    fields.conclude(version.map(|version| (version, project, change)))
}

fn read_deploy(body: JsonBody) -> ApiResult<NewDeploy> {
    let mut fields = body.fields()?;
    let environment = fields.name("environment");
    let environment = fields.demand("environment", environment);
    let (at, url) = (fields.time("at"), fields.page_url("url"));
    fields.conclude(environment.map(|environment| NewDeploy {
        environment,
        at,
        url,
    }))
}

/// The version that a path names: a text that cannot be one names no release.
fn named(version: &Path<String>) -> ApiResult<Version> {
    Version::new(version.as_str()).map_err(|_| ApiError::new(Code::ReleaseNotFound))
}

/// Says why a release could not be found, announced or deployed.
#[must_use]
pub fn refused(error: ReleaseError) -> ApiError {
    match error {
        ReleaseError::NotFound => ApiError::new(Code::ReleaseNotFound),
        ReleaseError::Ambiguous => {
            ApiError::field("project", "is required: several projects have this release")
        }
        ReleaseError::Store(error) => error.into(),
        full => ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {full}")),
    }
}

fn require_announcing(caller: &Caller) -> ApiResult<()> {
    caller
        .require(Permission::ErrorsWrite)
        .or_else(|_| caller.require(Permission::ArtifactsWrite))
}

/// The place of a page as clients see it, with the project that the list was narrowed to: the cursor of one list is
/// none of another.
#[must_use]
pub fn cursor_text(place: &ReleasePlace, only: Option<ProjectId>) -> String {
    let only = only.map_or(Uuid::nil(), |project| project.0);
    let bytes = [
        &micros(place.at).to_be_bytes(),
        place.project.0.as_bytes().as_slice(),
        only.as_bytes(),
        place.version.as_str().as_bytes(),
    ];
    URL_SAFE_NO_PAD.encode(bytes.concat())
}

/// Reads the place of a page of a list that was narrowed to this project.
#[must_use]
pub fn read_cursor(text: &str, only: Option<ProjectId>) -> Option<ReleasePlace> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (at, rest) = bytes.split_first_chunk::<8>()?;
    let (project, rest) = rest.split_first_chunk::<16>()?;
    let (of, version) = rest.split_first_chunk::<16>()?;
    let is_own = Uuid::from_bytes(*of) == only.map_or(Uuid::nil(), |project| project.0);
    let at = i128::from(i64::from_be_bytes(*at)) * 1_000;
    let version = std::str::from_utf8(version).ok()?;
    Some(ReleasePlace {
        at: OffsetDateTime::from_unix_timestamp_nanos(at).ok()?,
        version: Version::new(version).ok().filter(|_| is_own)?,
        project: ProjectId(Uuid::from_bytes(*project)),
    })
}

/// Lists releases, newest first: those of one project by version where all are semantic and of one name, otherwise
/// by time.
#[utoipa::path(
    get, path = "/api/releases", tag = "Releases",
    params(
        ("project" = Option<String>, Query, description = "Project, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of releases", body = Envelope<ReleaseList>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_releases(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    releases: Data<Releases>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let limit = query.number("limit", 1..=100)?.unwrap_or(50) as usize;
    let scope = caller.scope_of(&query)?;
    let named = query.text("project");
    let only = named.and_then(|_| scope.projects().first().copied());
    let expected = InvalidCursor.to_string();
    let after = query.parsed("cursor", &expected, |text| read_cursor(text, only))?;
    let key = format!("releases:{:?}:{limit}:{after:?}", scope.projects());
    let kept = (&scope, key.as_str(), state.cache_times.lists);
    cached::answer(&request, &state, kept, || async {
        let page = releases.list(&scope, after.as_ref(), limit).await?;
        let ReleasePage {
            releases,
            order,
            total,
            next,
        } = page;
        let next_cursor = next.map(|place| cursor_text(&place, only));
        let next = next_cursor.as_ref().map(|cursor| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            if let Some(named) = named {
                query.append_pair("project", named);
            }
            query.append_pair("limit", &limit.to_string());
            query.append_pair("cursor", cursor);
            format!("/api/releases?{}", query.finish())
        });
        let view = |detail| ReleaseView::of(detail, &caller);
        let body = Envelope::of(ReleaseList {
            releases: releases.into_iter().map(view).collect(),
            order: order.as_str(),
            total,
            total_capped: false,
            next_cursor,
        });
        let total = None;
        Ok(Fresh { body, next, total })
    })
    .await
}

/// One release.
#[utoipa::path(
    get, path = "/api/releases/{version}", tag = "Releases",
    params(
        ("version" = String, Path, description = "Version, percent-encoded"),
        ("project" = Option<String>, Query, description = "Project, by id or slug; needed where several have the release"),
    ),
    responses((status = 200, description = "The release", body = Envelope<ReleaseView>))
)]
pub async fn get_release(
    caller: Caller,
    version: Path<String>,
    query: Query,
    releases: Data<Releases>,
) -> ApiResult<Success<ReleaseView>> {
    caller.require(Permission::ErrorsRead)?;
    let scope = caller.scope_of(&query)?;
    let found = releases.get(&scope, &named(&version)?).await;
    let view = ReleaseView::of(found.map_err(refused)?, &caller);
    Ok(Success::ok(view))
}

/// Announces a release, before or after its first report; or says more of a known one.
///
/// Needs `errors:write` or `artifacts:write`. A project has at most `limits.max_releases` releases: 400 beyond.
#[utoipa::path(
    post, path = "/api/releases", tag = "Releases",
    request_body = NewRelease,
    responses(
        (status = 200, description = "It was known", body = Envelope<ReleaseView>),
        (status = 201, description = "It is new", body = Envelope<ReleaseView>),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn create_release(
    Json { caller, body }: Json,
    releases: Data<Releases>,
) -> ApiResult<Success<ReleaseView>> {
    require_announcing(&caller)?;
    let (version, project, change) = read_release(body)?;
    let project = match project {
        Some(named) => caller.project(&named)?,
        None => caller.default_project(),
    };
    let announced = releases.announce(caller.scope(), (project, &version), change);
    let (detail, is_new) = announced.await.map_err(refused)?;
    caller.record_detail(&version);
    let view = ReleaseView::of(detail, &caller);
    Ok(if is_new {
        Success::created(view)
    } else {
        Success::ok(view)
    })
}

/// Tells that a release was put into use. Told again, it was so again.
///
/// Needs `errors:write` or `artifacts:write`. The newest `limits.max_deploys` of a release are kept.
#[utoipa::path(
    post, path = "/api/releases/{version}/deploys", tag = "Releases",
    params(
        ("version" = String, Path, description = "Version, percent-encoded"),
        ("project" = Option<String>, Query, description = "Project, by id or slug; needed where several have the release"),
    ),
    request_body = NewReleaseDeploy,
    responses((status = 201, description = "The deploy", body = Envelope<DeployView>))
)]
pub async fn create_deploy(
    Json { caller, body }: Json,
    version: Path<String>,
    query: Query,
    releases: Data<Releases>,
) -> ApiResult<Success<DeployView>> {
    require_announcing(&caller)?;
    let scope = caller.scope_of(&query)?;
    let version = named(&version)?;
    let wanted = read_deploy(body)?;
    let deploy = releases.deploy(&scope, &version, wanted).await;
    let deploy = deploy.map_err(refused)?;
    caller.record_detail(&deploy.environment);
    Ok(Success::created(DeployView::of(deploy)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let (one, other) = (ProjectId(Uuid::from_u128(1)), ProjectId(Uuid::from_u128(2)));
        for text in ["1.0", "shop@1 (☃)"] {
            let place = ReleasePlace {
                at: datetime!(1969-07-20 20:17:40.000_001 UTC),
                version: Version::new(text).unwrap(),
                project: one,
            };
            for only in [None, Some(one)] {
                let cursor = cursor_text(&place, only);
                assert_eq!(read_cursor(&cursor, only), Some(place.clone()));
                assert_eq!(read_cursor(&cursor, Some(other)), None);
            }
            let of_all = cursor_text(&place, None);
            assert_eq!(read_cursor(&of_all, Some(one)), None);
        }
        for text in ["", "AAAA", "not base64!", &URL_SAFE_NO_PAD.encode([0; 41])] {
            assert_eq!(read_cursor(text, None), None, "{text}");
        }
    }
}
