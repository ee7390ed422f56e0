//! Comments on errors, and their activity.

use super::not_found;
use super::triage_view::{ActorView, MemberReference};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::query::Query;
use crate::http::request::JsonBody;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::errors::{
    Activity, Comment, CommentDetail, CommentError, Discussion, NamedActor,
};
use faultbook_domain::id::{CommentId, ErrorId};
use faultbook_domain::identity::Permission;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A comment on an error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentView {
    id: Uuid,
    /// Markdown.
    text: String,
    author: ActorView,
    /// Active members whose addresses follow an `@` in the text.
    mentions: Vec<MemberReference>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
}

impl CommentView {
    fn of(detail: CommentDetail) -> Self {
        let CommentDetail {
            comment,
            author,
            mentions,
        } = detail;
        Self {
            id: comment.id.0,
            text: comment.text,
            author: author.into(),
            mentions: mentions.into_iter().map(MemberReference::from).collect(),
            created_at: comment.created_at,
            updated_at: comment.updated_at,
        }
    }
}

/// A page of comments.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommentList {
    /// Oldest first.
    comments: Vec<CommentView>,
    /// How many there are.
    total: u64,
    /// Always false: the total is exact.
    total_capped: bool,
    /// Where the next page starts; null on the last.
    next_cursor: Option<String>,
}

/// A comment to be written, or its new text.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "text": "Seen since the deploy, @ada@example.com" }))]
pub struct CommentRequest {
    /// Markdown, 1 to 10,000 characters.
    pub text: String,
}

/// An entry of an error's activity.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activity)]
pub struct ActivityView {
    id: Uuid,
    /// created, resolved, reopened, regressed, ignored, assigned, commented, merged or split.
    #[schema(example = "resolved")]
    kind: &'static str,
    actor: ActorView,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    /// More about it, by its kind.
    #[schema(value_type = Object)]
    data: Value,
}

impl ActivityView {
    fn of((entry, actor): (Activity, NamedActor)) -> Self {
        Self {
            id: entry.id.0,
            kind: entry.kind().as_str(),
            actor: actor.into(),
            at: entry.at,
            data: entry.change.data(),
        }
    }
}

/// A page of an error's activity.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityList {
    /// Newest first.
    activity: Vec<ActivityView>,
    /// How many entries there are.
    total: u64,
    /// Always false: the total is exact.
    total_capped: bool,
    /// Where the next page starts; null on the last.
    next_cursor: Option<String>,
}

/// Lists an error's activity, newest first.
#[utoipa::path(
    get, path = "/api/errors/{id}/activity", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of entries", body = Envelope<ActivityList>),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn list_activity(
    caller: Caller,
    id: PathId<ErrorId>,
    query: Query,
    discussion: Data<Discussion>,
) -> ApiResult<Success<ActivityList>> {
    caller.require(Permission::ErrorsRead)?;
    let (after, limit) = query.page()?;
    let id = id.get()?;
    let page = discussion
        .activity(caller.scope(), id, after, limit)
        .await?;
    let page = page.ok_or_else(not_found)?;
    Ok(Success::ok(ActivityList {
        activity: page.items.into_iter().map(ActivityView::of).collect(),
        total: page.total,
        total_capped: false,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Lists an error's comments, oldest first.
#[utoipa::path(
    get, path = "/api/errors/{id}/comments", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of comments", body = Envelope<CommentList>),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn list_comments(
    caller: Caller,
    id: PathId<ErrorId>,
    query: Query,
    discussion: Data<Discussion>,
) -> ApiResult<Success<CommentList>> {
    caller.require(Permission::ErrorsRead)?;
    let (after, limit) = query.page()?;
    let id = id.get()?;
    let page = discussion
        .comments(caller.scope(), id, after, limit)
        .await?;
    let page = page.ok_or_else(not_found)?;
    Ok(Success::ok(CommentList {
        comments: page.items.into_iter().map(CommentView::of).collect(),
        total: page.total,
        total_capped: false,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Comments on an error. Secrets in the text are filtered; an error has at most `limits.max_comments` comments.
#[utoipa::path(
    post, path = "/api/errors/{id}/comments", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    request_body = CommentRequest,
    responses(
        (status = 201, description = "The comment", body = Envelope<CommentView>),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn create_comment(
    Json { caller, body }: Json,
    id: PathId<ErrorId>,
    discussion: Data<Discussion>,
) -> ApiResult<Success<CommentView>> {
    caller.require(Permission::ErrorsResolve)?;
    let id = id.get()?;
    let text = read_comment(body)?;
    let written = discussion.comment(caller.scope(), id, &text, caller.actor());
    let written = written
        .await
        .map_err(|error| comment_refused(error, not_found))?;
    Ok(Success::created(CommentView::of(written)))
}

/// Changes the caller's own comment.
#[utoipa::path(
    put, path = "/api/errors/{id}/comments/{comment_id}", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("comment_id" = uuid::Uuid, Path, description = "Comment id"),
    ),
    request_body = CommentRequest,
    responses(
        (status = 200, description = "The comment", body = Envelope<CommentView>),
        (status = 403, description = "Somebody else's", body = ErrorEnvelope),
        (status = 404, description = "Comment not found", body = ErrorEnvelope),
    )
)]
pub async fn update_comment(
    Json { caller, body }: Json,
    path: Path<(String, String)>,
    discussion: Data<Discussion>,
) -> ApiResult<Success<CommentView>> {
    caller.require(Permission::ErrorsResolve)?;
    let key = comment_key(&path)?;
    let text = read_comment(body)?;
    let edited = discussion.edit(caller.scope(), key, &text, caller.actor());
    let edited = edited
        .await
        .map_err(|error| comment_refused(error, no_comment))?;
    Ok(Success::ok(CommentView::of(edited)))
}

/// Deletes the caller's own comment; any, for whoever may delete errors.
#[utoipa::path(
    delete, path = "/api/errors/{id}/comments/{comment_id}", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("comment_id" = uuid::Uuid, Path, description = "Comment id"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Somebody else's", body = ErrorEnvelope),
        (status = 404, description = "Comment not found", body = ErrorEnvelope),
    )
)]
pub async fn delete_comment(
    caller: Caller,
    path: Path<(String, String)>,
    discussion: Data<Discussion>,
) -> ApiResult<HttpResponse> {
    let may_delete_any = caller.principal().may(Permission::ErrorsDelete);
    if !may_delete_any {
        caller.require(Permission::ErrorsResolve)?;
    }
    let key = comment_key(&path)?;
    let deleted = discussion.delete_comment(caller.scope(), key, caller.actor(), may_delete_any);
    deleted
        .await
        .map_err(|error| comment_refused(error, no_comment))?;
    Ok(HttpResponse::NoContent().finish())
}

fn comment_key((error, comment): &(String, String)) -> ApiResult<(ErrorId, CommentId)> {
    let malformed = |field| ApiError::field(field, "must be a UUID");
    let error = error.parse().map_err(|_| malformed("id"))?;
    let comment = comment.parse().map_err(|_| malformed("comment_id"))?;
    Ok((error, comment))
}

fn no_comment() -> ApiError {
    ApiError::new(Code::CommentNotFound)
}

pub(crate) fn comment_refused(error: CommentError, missing: fn() -> ApiError) -> ApiError {
    match error {
        CommentError::NotFound => missing(),
        CommentError::NotOwn => ApiError::new(Code::PermissionDenied),
        CommentError::Store(error) => error.into(),
        other => ApiError::field("text", &format!("is one too many: {other}")),
    }
}

fn read_comment(body: JsonBody) -> ApiResult<String> {
    let mut fields = body.fields()?;
    let text = fields.required("text");
    if text.chars().count() > Comment::MAX_CHARS {
        fields.problem("text", "must be at most 10000 characters long");
    }
    fields.finish(text)
}
