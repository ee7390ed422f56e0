//! What is decided and said about one error.

use crate::api::artifacts::symbolicate_error;
use crate::api::errors::{
    TriageServices, assign_error, ignore_error, not_found, reopen_error, resolve_error,
};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, OptionalJson, PathId};
use crate::http::request::JsonBody;
use crate::state::AppState;
use crate::web::errors::bulk::{former_owner, told, wish};
use crate::web::form::Form;
use crate::web::page::{see_other, see_other_with};
use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use faultbook_domain::errors::{Comment, Discussion, Mark};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_symbolicate::LateMaps;
use faultbook_web::link::own_path;
use faultbook_web::shell::Flash;
use serde_json::Value;

/// Where a form of an error leads back to.
pub(super) fn back(form: &Form, id: &str) -> String {
    let back = own_path(form.get("back")).filter(|back| !back.is_empty());
    back.map_or_else(|| format!("/errors/{id}"), str::to_owned)
}

/// Resolves, ignores, reopens or assigns an error, as the API's routes do.
///
/// # Errors
/// 403 for those who may not, 404 for an error that they do not see.
pub async fn decide(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let state = form.visitor.service::<AppState>()?;
    let mut body = wish(&form, state.clock.now())?;
    let action = form
        .get("action")
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    body.remove("action");
    let (caller, back) = (form.visitor.caller(), back(&form, &id));
    let services = TriageServices::extract(&request)
        .await
        .map_err(|_| ApiError::new(Code::Internal))?;
    let body = JsonBody::new(Value::Object(body), false).limited(&state.limits);
    let former = former_owner(&form.visitor, form.get("action"), &[id.as_str()]).await?;
    let own = Path::from(id.to_string());
    let done = match action.as_str() {
        "resolve" => resolve_error(OptionalJson { caller, body }, own, services).await,
        "ignore" => ignore_error(OptionalJson { caller, body }, own, services).await,
        "reopen" => reopen_error(caller, own, services).await,
        "assign" => assign_error(Json { caller, body }, own, services).await,
        _ => {
            return Err(ApiError::field(
                "action",
                "must be resolve, ignore, reopen or assign",
            ));
        }
    };
    let said = match done {
        Ok(_) => told(
            form.get("action"),
            &[id.to_string()],
            0,
            (&back, former.as_deref()),
        ),
        Err(refused) if refused.code() == Code::InvalidInput => Flash::failed(refused.sentence()),
        Err(refused) => return Err(refused),
    };
    Ok(see_other_with(&request, back, &said))
}

/// Sets or removes the reader's bookmark, or has them follow the error or not.
///
/// # Errors
/// As [`decide`].
pub async fn mark(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    form.visitor.require(Permission::ErrorsResolve)?;
    let mark = match request.path().ends_with("/follow") {
        true => Mark::Follow,
        false => Mark::Bookmark,
    };
    let own: ErrorId = id.parse().map_err(|_| not_found())?;
    let set = form.get("set") == "true";
    let discussion = form.visitor.service::<Discussion>()?;
    let (scope, actor) = (form.visitor.scope(), form.visitor.actor());
    match discussion.mark(scope, own, actor, (mark, set)).await? {
        true => Ok(see_other(back(&form, &id))),
        false => Err(not_found()),
    }
}

/// Writes a comment.
///
/// # Errors
/// As the API's route.
pub async fn comment(
    form: Form,
    id: Path<String>,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    form.visitor.require(Permission::ErrorsResolve)?;
    let own: ErrorId = id.parse().map_err(|_| not_found())?;
    let back = back(&form, &id);
    let text = form.get("text");
    if text.is_empty() || text.chars().count() > Comment::MAX_CHARS {
        let said = Flash::failed("A comment has 1 to 10,000 characters.");
        return Ok(see_other_with(&request, back, &said));
    }
    let discussion = form.visitor.service::<Discussion>()?;
    let (scope, actor) = (form.visitor.scope(), form.visitor.actor());
    let written = discussion.comment(scope, own, text, actor).await;
    written.map_err(|error| crate::api::errors::comment_refused(error, not_found))?;
    Ok(see_other(back))
}

/// Deletes a comment.
///
/// # Errors
/// As the API's route.
pub async fn delete_comment(form: Form, id: Path<String>) -> ApiResult<HttpResponse> {
    let back = back(&form, &id);
    let path = Path::from((id.into_inner(), form.get("comment").to_owned()));
    let discussion = form.visitor.service::<Discussion>()?;
    crate::api::errors::delete_comment(form.visitor.caller(), path, discussion).await?;
    Ok(see_other(back))
}

/// Reads the frames of an error's occurrences again with what is uploaded by now.
///
/// # Errors
/// As the API's route.
pub async fn symbolicate(
    form: Form,
    id: PathId<ErrorId>,
    path: Path<String>,
    late_maps: Data<LateMaps>,
) -> ApiResult<HttpResponse> {
    let back = back(&form, &path);
    symbolicate_error(form.visitor.caller(), id, late_maps).await?;
    let said = Flash::done("The frames are read again; reload in a moment");
    Ok(see_other_with(form.visitor.request(), back, &said))
}
