//! API keys.

use crate::dto::{KeyList, KeyView, NewKeyRequest, NewKeyView, read_key};
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::state::AppState;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::Permission;
use faultbook_domain::identity::{NotMade, NotRevoked};

/// Lists the keys that are not revoked, newest first. A key that is bound to a project sees the keys of that
/// project alone.
#[utoipa::path(
    get, path = "/api/settings/api-keys", operation_id = "list_api_keys", tag = "Settings",
    responses(
        (status = 200, description = "Every key, without its secret", body = Envelope<KeyList>),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage keys", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn list_api_keys(caller: Caller, state: Data<AppState>) -> ApiResult<Success<KeyList>> {
    caller.require(Permission::KeysManage)?;
    let keys = state.api_keys.list(caller.principal()).await?;
    Ok(Success::ok(KeyList {
        total: keys.len(),
        api_keys: keys.into_iter().map(KeyView::of).collect(),
    }))
}

/// Makes a key. Its secret is in this answer and nowhere else.
///
/// A tenant has at most `limits.max_keys` keys that are not revoked: 400 beyond. A key that is bound to a
/// project makes keys of that project alone.
#[utoipa::path(
    post, path = "/api/settings/api-keys", operation_id = "create_api_key", tag = "Settings",
    request_body = NewKeyRequest,
    responses(
        (status = 201, description = "The key with its secret", body = Envelope<NewKeyView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage keys, or lacks what it would grant", body = ErrorEnvelope),
        (status = 404, description = "No such project", body = ErrorEnvelope),
        (status = 413, description = "Larger than 1 MiB", body = ErrorEnvelope),
        (status = 415, description = "Not JSON", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn create_api_key(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (caller, body) = sender.json(&request, &state).await?;
    caller.require(Permission::KeysManage)?;
    let (mut wanted, project) = read_key(body)?;
    wanted.project_id = project.map(|named| caller.project(&named)).transpose()?;
    let made = state.api_keys.make(caller.principal(), wanted).await;
    let (secret, key) = made.map_err(|refused| match refused {
        NotMade::Store(error) => ApiError::from(error),
        NotMade::Expired => ApiError::field("expires_at", "must lie in the future"),
        full @ NotMade::TooMany(_) => {
            ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {full}"))
        }
        _ => ApiError::new(Code::PermissionDenied),
    })?;
    let mut answer = Success::created(NewKeyView::of(&secret, key)).respond_to(&request);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Revokes a key: every node refuses it within 5 seconds. Nobody revokes a key that may do more than they.
#[utoipa::path(
    delete, path = "/api/settings/api-keys/{id}", operation_id = "revoke_api_key", tag = "Settings",
    params(("id" = uuid::Uuid, Path, description = "Key id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage keys, or lacks what the other may do", body = ErrorEnvelope),
        (status = 404, description = "No such key", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn revoke_api_key(
    caller: Caller,
    id: Path<String>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::KeysManage)?;
    let id: KeyId = id
        .parse()
        .map_err(|_| ApiError::field("id", "must be a UUID"))?;
    let revoked = state.api_keys.revoke(caller.principal(), id).await;
    revoked.map_err(|refused| match refused {
        NotRevoked::Store(error) => ApiError::from(error),
        NotRevoked::NotFound => ApiError::new(Code::KeyNotFound),
        _ => ApiError::new(Code::PermissionDenied),
    })?;
    Ok(HttpResponse::NoContent().finish())
}
