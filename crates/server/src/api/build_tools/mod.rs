//! Routes below `/api/0`: what `sentry-cli` and the bundler plugins ask of a server.

pub mod bundles;
pub mod chunks;
pub mod deploys;
pub mod organization;
mod release_view;
pub mod releases;

use crate::http::caller::Caller;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::Json;
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::Permission;
use futures_util::future::LocalBoxFuture;

/// A caller who may upload, in the organization that the path names.
pub struct Uploader(pub Caller);

impl FromRequest for Uploader {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let caller = Caller::from_request(&request, payload);
        Box::pin(async move { Self::admit(caller.await?, &request).await })
    }
}

impl Uploader {
    /// Admits a caller.
    ///
    /// # Errors
    /// 404 for an organization that does not exist, 403 for a foreign one and without the permission.
    async fn admit(caller: Caller, request: &HttpRequest) -> ApiResult<Self> {
        let named = request.match_info().get("org").unwrap_or_default();
        caller
            .check_organization(named, &AppState::of(request)?.access)
            .await?;
        // Whoever reads it in the log of a build has no other way to learn what is missing.
        caller
            .require(Permission::ArtifactsWrite)
            .map_err(|refused| {
                refused.with_message("The token lacks the permission artifacts:write")
            })?;
        Ok(Self(caller))
    }

    /// The project of this slug, id or number.
    ///
    /// # Errors
    /// 403 for another project than the credential's own, 400 naming one that the organization does not have.
    pub fn project(&self, named: &str) -> ApiResult<ProjectId> {
        let numbered = || self.0.principal().project_numbered(named.parse().ok()?);
        let found = self.0.principal().project(named).or_else(numbered);
        found.ok_or_else(|| {
            if self.0.bound_project().is_some() {
                return ApiError::new(Code::PermissionDenied);
            }
            let shown: String = named.chars().take(100).collect();
            ApiError::new(Code::InvalidInput)
                .with_message(format!("The organization has no project named {shown:?}"))
        })
    }

    /// The projects of these names, each once.
    ///
    /// # Errors
    /// As [`project`](Self::project).
    pub fn projects(&self, named: &[String]) -> ApiResult<Vec<ProjectId>> {
        let mut found = Vec::with_capacity(named.len());
        for name in named {
            let project = self.project(name)?;
            if !found.contains(&project) {
                found.push(project);
            }
        }
        Ok(found)
    }
}

/// An [`Uploader`] and the JSON body that they sent.
pub struct UploaderJson {
    /// The caller.
    pub caller: Uploader,
    /// The body.
    pub body: JsonBody,
}

impl FromRequest for UploaderJson {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let sent = Json::from_request(&request, payload);
        Box::pin(async move {
            let Json { caller, body } = sent.await?;
            let caller = Uploader::admit(caller, &request).await?;
            Ok(Self { caller, body })
        })
    }
}
