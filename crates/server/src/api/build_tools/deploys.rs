//! Deploys as build tools know them.

use super::release_view::BuildDeployView;
use super::releases::{named, scope};
use super::{Uploader, UploaderJson};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::request::JsonBody;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::releases::{Deploy, NewDeploy, ReleaseError, Releases};
use utoipa::ToSchema;

/// One time that a release was put into use.
#[derive(Debug, ToSchema)]
#[schema(as = NewBuildDeploy)]
#[expect(dead_code, reason = "it describes the body")]
pub struct NewBuildDeploy {
    environment: String,
    name: Option<String>,
    url: Option<String>,
    #[schema(rename = "dateStarted")]
    date_started: Option<String>,
    /// Now by default.
    #[schema(rename = "dateFinished")]
    date_finished: Option<String>,
}

fn read_deploy(body: JsonBody) -> ApiResult<NewDeploy> {
    let mut fields = body.fields()?;
    let environment = fields.name("environment");
    let environment = fields.demand("environment", environment);
    let (at, url) = (fields.time("dateFinished"), fields.page_url("url"));
    fields.conclude(environment.map(|environment| NewDeploy {
        environment,
        at,
        url,
    }))
}

/// Lists the newest deploys of a release, newest first.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/releases/{version}/deploys/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    responses((status = 200, description = "The deploys", body = [BuildDeployView]))
)]
pub async fn list_build_deploys(
    caller: Uploader,
    request: HttpRequest,
    releases: Data<Releases>,
) -> ApiResult<HttpResponse> {
    let found = releases
        .of_version(&scope(&caller, &request)?, &named(&request)?)
        .await?;
    if found.is_empty() {
        return Err(ApiError::new(Code::ReleaseNotFound));
    }
    let mut deploys: Vec<Deploy> = found
        .into_iter()
        .flat_map(|detail| detail.deploys)
        .collect();
    deploys.sort_by_key(|deploy| std::cmp::Reverse((deploy.at, deploy.id)));
    let shown: Vec<BuildDeployView> = deploys.into_iter().map(BuildDeployView::from).collect();
    Ok(HttpResponse::Ok().json(shown))
}

/// Tells that a release was put into use, in each project that has it.
#[utoipa::path(
    post, path = "/api/0/organizations/{org}/releases/{version}/deploys/", tag = "Build tools",
    params(
        ("org" = String, Path, description = "The tenant's slug or id"),
        ("version" = String, Path, description = "Version, percent-encoded"),
    ),
    request_body = NewBuildDeploy,
    responses((status = 201, description = "The deploy", body = BuildDeployView))
)]
pub async fn create_build_deploy(
    UploaderJson { caller, body }: UploaderJson,
    request: HttpRequest,
    releases: Data<Releases>,
) -> ApiResult<HttpResponse> {
    let (scope, version) = (scope(&caller, &request)?, named(&request)?);
    let wanted = read_deploy(body)?;
    let mut made = None;
    for project in releases.projects_of(&scope, &version).await? {
        let own = scope.narrowed_to(project);
        let deploy = releases.deploy(&own, &version, wanted.clone()).await;
        match deploy {
            Ok(deploy) => made = Some(deploy),
            Err(ReleaseError::Store(error)) => return Err(error.into()),
            // Removed meanwhile.
            Err(_) => {}
        }
    }
    let deploy = made.ok_or_else(|| ApiError::new(Code::ReleaseNotFound))?;
    caller.0.record_detail(&deploy.environment);
    Ok(HttpResponse::Created().json(BuildDeployView::from(deploy)))
}
