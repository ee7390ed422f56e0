//! Resolves, ignores, reopens and assigns errors; bookmarks and follows.

use super::decision_fields::{read_assignment, read_resolution, read_terms};
use super::not_found;
use super::past::ErrorPast;
use super::triage_view::TriageView;
use super::view::ErrorView;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Json, OptionalJson};
use crate::state::AppState;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::errors::{
    Actor, DecisionError, Decisions, Discussion, ErrorFinder, Mark, Overview, TrendShape, Triage,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Where an error is resolved.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "in": "next_release" }))]
pub struct ResolveRequest {
    /// `now` (the default), `current_release`, `next_release` or `release`.
    #[schema(rename = "in")]
    pub place: Option<String>,
    /// The version, with `release`.
    pub release: Option<String>,
}

/// What reopens an ignored error: whichever comes first; nothing: never.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "count": 100 }))]
pub struct IgnoreRequest {
    /// A time in the future.
    #[schema(value_type = Option<String>)]
    pub until: Option<OffsetDateTime>,
    /// So many further occurrences: 1 to 1,000,000.
    pub count: Option<i64>,
    /// So many further users: 1 to 1,000,000.
    pub users: Option<i64>,
    /// `next`: a release newer than all that are known.
    pub release: Option<String>,
}

/// Who is to work on an error.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "assigned_to": "me" }))]
pub struct AssignRequest {
    /// `me`, a member's id or e-mail address, or null for nobody.
    #[schema(required)]
    pub assigned_to: Option<String>,
}

/// Resolves an error. The same call again changes nothing; another release starts anew.
#[utoipa::path(
    put, path = "/api/errors/{id}/resolve", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    request_body = Option<ResolveRequest>,
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "Not a UUID, or no release of the project is known", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn resolve_error(
    OptionalJson { caller, body }: OptionalJson,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    let id = own_error(&caller, &id)?;
    let mut fields = body.fields()?;
    let resolve_in = read_resolution(&mut fields);
    let resolve_in = fields.finish(resolve_in)?;
    let decided = services
        .decisions
        .resolve(caller.scope(), id, resolve_in, caller.actor());
    decided.await.map_err(|error| refused(error, "in"))?;
    services.shown(&caller, id).await
}

/// Ignores an error until the first of some terms is met. The same terms again change nothing; others start anew.
#[utoipa::path(
    put, path = "/api/errors/{id}/ignore", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    request_body = Option<IgnoreRequest>,
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "Not a UUID, or terms that cannot be", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn ignore_error(
    OptionalJson { caller, body }: OptionalJson,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    let id = own_error(&caller, &id)?;
    let mut fields = body.fields()?;
    let terms = read_terms(&mut fields, services.state.clock.now());
    let terms = fields.finish(terms)?;
    let decided = services
        .decisions
        .ignore(caller.scope(), id, terms, caller.actor());
    decided.await.map_err(|error| refused(error, "release"))?;
    services.shown(&caller, id).await
}

/// Opens a resolved or ignored error again, and ends the regression of an open one. Idempotent.
#[utoipa::path(
    put, path = "/api/errors/{id}/reopen", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn reopen_error(
    caller: Caller,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    let id = own_error(&caller, &id)?;
    let decided = services
        .decisions
        .reopen(caller.scope(), id, caller.actor());
    decided.await.map_err(|error| refused(error, "id"))?;
    services.shown(&caller, id).await
}

/// Opens a resolved or ignored error again, as `reopen` does.
#[utoipa::path(
    put, path = "/api/errors/{id}/unresolve", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn unresolve_error(
    caller: Caller,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    reopen_error(caller, id, services).await
}

/// Assigns an error to an active member, or to nobody.
#[utoipa::path(
    put, path = "/api/errors/{id}/assign", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    request_body = AssignRequest,
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "Not a UUID, or no active member", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn assign_error(
    Json { caller, body }: Json,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    let id = own_error(&caller, &id)?;
    if !body.value.is_object() {
        return Err(ApiError::field("assigned_to", "is required"));
    }
    let mut fields = body.fields()?;
    let to = read_assignment(&mut fields);
    let to = fields.conclude(to)?;
    let assigned = services
        .decisions
        .assign(caller.scope(), id, &to, caller.actor());
    assigned
        .await
        .map_err(|error| refused(error, "assigned_to"))?;
    services.shown(&caller, id).await
}

/// Sets the caller's bookmark.
#[utoipa::path(
    put, path = "/api/errors/{id}/bookmark", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses((status = 200, description = "The error", body = Envelope<ErrorView>))
)]
pub async fn bookmark_error(
    caller: Caller,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    let id = services.mark(&caller, &id, (Mark::Bookmark, true)).await?;
    services.shown(&caller, id).await
}

/// Removes the caller's bookmark, if there is one.
#[utoipa::path(
    delete, path = "/api/errors/{id}/bookmark", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses((status = 204, description = "There is none"))
)]
pub async fn remove_bookmark(
    caller: Caller,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<HttpResponse> {
    services.mark(&caller, &id, (Mark::Bookmark, false)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Follows an error: members only.
#[utoipa::path(
    put, path = "/api/errors/{id}/follow", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "The caller is no member", body = ErrorEnvelope),
    )
)]
pub async fn follow_error(
    caller: Caller,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    let id = services.mark(&caller, &id, (Mark::Follow, true)).await?;
    services.shown(&caller, id).await
}

/// Follows an error no more.
#[utoipa::path(
    delete, path = "/api/errors/{id}/follow", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 204, description = "The caller does not follow it"),
        (status = 400, description = "The caller is no member", body = ErrorEnvelope),
    )
)]
pub async fn unfollow_error(
    caller: Caller,
    id: Path<String>,
    services: TriageServices,
) -> ApiResult<HttpResponse> {
    services.mark(&caller, &id, (Mark::Follow, false)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The services of triage.
pub struct TriageServices {
    decisions: Data<Decisions>,
    discussion: Data<Discussion>,
    triage: Data<Triage>,
    finder: Data<ErrorFinder>,
    overview: Data<Overview>,
    state: Data<AppState>,
}

impl actix_web::FromRequest for TriageServices {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, actix_web::Error>>;

    fn from_request(
        request: &actix_web::HttpRequest,
        payload: &mut actix_web::dev::Payload,
    ) -> Self::Future {
        let mut extract = || {
            Ok(Self {
                decisions: Data::from_request(request, payload).into_inner()?,
                discussion: Data::from_request(request, payload).into_inner()?,
                triage: Data::from_request(request, payload).into_inner()?,
                finder: Data::from_request(request, payload).into_inner()?,
                overview: Data::from_request(request, payload).into_inner()?,
                state: Data::from_request(request, payload).into_inner()?,
            })
        };
        std::future::ready(extract())
    }
}

impl TriageServices {
    async fn mark(&self, caller: &Caller, id: &str, mark: (Mark, bool)) -> ApiResult<ErrorId> {
        let id = own_error(caller, id)?;
        let is_member = matches!(caller.actor(), Actor::User(_));
        if mark.0 == Mark::Follow && !is_member {
            let error = self.triage.get(caller.scope(), id).await?;
            error.ok_or_else(not_found)?;
            return Err(ApiError::field("follow", "is for members only"));
        }
        let found = self
            .discussion
            .mark(caller.scope(), id, caller.actor(), mark)
            .await?;
        if found { Ok(id) } else { Err(not_found()) }
    }

    /// Shows an error as `GET` does.
    async fn shown(&self, caller: &Caller, id: ErrorId) -> ApiResult<Success<ErrorView>> {
        self.show(caller, id, TrendShape::default()).await
    }

    /// Shows one error, whole.
    ///
    /// # Errors
    /// 404.
    pub(super) async fn show(
        &self,
        caller: &Caller,
        id: ErrorId,
        trend: TrendShape,
    ) -> ApiResult<Success<ErrorView>> {
        let scope = caller.scope();
        let mut detail = self.triage.get(scope, id).await?.ok_or_else(not_found)?;
        detail.figures = self.finder.figures(scope, id, trend).await?;
        let history = self.overview.history(scope, id).await?;
        let history = history.ok_or_else(not_found)?;
        let merged = history.fingerprints.iter().filter_map(|one| one.merged);
        let actors = merged.map(|(actor, _)| actor).collect();
        let names = self.discussion.names(scope.tenant_scope(), actors).await?;
        let past = ErrorPast::of(detail.latest.as_ref(), history, &names);
        let errors = [&detail.error];
        let people = self.discussion.people(scope, &errors, caller.actor());
        let people = people.await?.remove(&id).unwrap_or_default();
        let triage = TriageView::of(&detail.error, people);
        let view = ErrorView::of_detail(detail, self.state.clock.now());
        Ok(Success::ok(view.with_triage(triage).with_past(past)))
    }
}

/// Checks that the caller may decide about errors, and reads the id of one.
fn own_error(caller: &Caller, id: &str) -> ApiResult<ErrorId> {
    caller.require(Permission::ErrorsResolve)?;
    id.parse()
        .map_err(|_| ApiError::field("id", "must be a UUID"))
}

fn refused(error: DecisionError, field: &str) -> ApiError {
    match error {
        DecisionError::NotFound => not_found(),
        DecisionError::NoRelease => {
            ApiError::field(field, "needs a release, and none of the project is known")
        }
        DecisionError::TooManyReleases(most) => ApiError::field(
            "release",
            &format!("must be a known one: there can be at most {most} releases of a project"),
        ),
        DecisionError::NoMember => ApiError::field(field, "must be an active member"),
        DecisionError::Store(error) => error.into(),
        other => ApiError::field(field, &other.to_string()),
    }
}
