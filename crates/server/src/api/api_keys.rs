//! API keys: list, create, revoke.

use crate::http::audit_change::{AuditChange, fields};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::fields::Fields;
use crate::http::request::JsonBody;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::{
    ApiKey, ApiKeySettings, ApiKeys, CreateKeyError, KeyText, Permission, Permissions,
    RevokeKeyError,
};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyView {
    id: Uuid,
    #[schema(example = "Production API Key")]
    name: String,
    #[schema(example = "sk_****7890")]
    key_preview: String,
    #[schema(example = json!(["read", "write"]))]
    permissions: Vec<String>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    expires_at: Option<OffsetDateTime>,
    /// Within a minute.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_used: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    /// The one project it is for.
    project_id: Option<Uuid>,
    /// Requests a minute, in place of the configured limits.
    rate_limit: Option<i32>,
}

/// The fields of a key that the audit log tells.
const AUDITED: &[&str] = &[
    "name",
    "permissions",
    "expires_at",
    "project_id",
    "rate_limit",
];

/// A key just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyView {
    /// The secret: shown this once.
    #[schema(example = "sk_live_abc123def456...")]
    pub api_key: String,
    #[serde(flatten)]
    key: KeyView,
}

/// A tenant's keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyList {
    /// Newest first.
    pub api_keys: Vec<KeyView>,
    /// How many.
    pub total: usize,
}

/// A key to be made.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "Development Key", "permissions": ["read"], "expires_at": "2030-12-31T23:59:59Z"
}))]
pub struct NewKeyRequest {
    /// 1 to `limits.max_name` characters (200 by default).
    pub name: String,
    /// read, write, admin, or granular names such as errors:write: none that you lack.
    pub permissions: Vec<String>,
    /// When it stops being valid (RFC 3339); never by default.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// The one project it is for, by id or short name.
    pub project: Option<String>,
    /// Requests a minute, in place of the configured limits.
    pub rate_limit: Option<i32>,
}

impl KeyView {
    /// The view of a key.
    #[must_use]
    pub fn of(key: ApiKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name,
            key_preview: key.preview,
            permissions: key.permission_names,
            expires_at: key.expires_at,
            last_used: key.last_used,
            created_at: key.created_at,
            project_id: key.project_id.map(|project| project.0),
            rate_limit: key.rate_limit,
        }
    }
}

impl NewKeyView {
    /// The view of a key just made.
    #[must_use]
    pub fn of(secret: &KeyText, key: ApiKey) -> Self {
        Self {
            api_key: secret.reveal().to_owned(),
            key: KeyView::of(key),
        }
    }
}

/// Reads a key to be made, and the project it names.
///
/// # Errors
/// 400 naming every field at fault.
pub fn read_key(body: JsonBody) -> Result<(ApiKeySettings, Option<String>), ApiError> {
    let mut fields = body.fields()?;
    let name = fields.required("name");
    fields.check_length("name", &name, fields.limits().name);
    let permission_names = read_permissions(&mut fields);
    let expires_at = fields.time("expires_at");
    let project = fields.text("project");
    let rate_limit = fields.take("rate_limit").and_then(|value| {
        let rate = value.as_i64().and_then(|rate| i32::try_from(rate).ok());
        let rate = rate.filter(|rate| *rate > 0);
        if rate.is_none() {
            fields.problem("rate_limit", "must be a whole number of at least 1");
        }
        rate
    });
    let wanted = ApiKeySettings {
        name,
        permission_names,
        expires_at,
        project_id: None,
        rate_limit,
    };
    fields.finish((wanted, project))
}

fn read_permissions(fields: &mut Fields) -> Vec<String> {
    let Some(given) = fields.take("permissions") else {
        fields.problem("permissions", "is required");
        return Vec::new();
    };
    let names: Option<Vec<String>> = given.as_array().and_then(|names| {
        let name = |name: &Value| Some(name.as_str()?.to_owned());
        names.iter().map(name).collect()
    });
    let names = names.filter(|names| !names.is_empty() && Permissions::from_names(names).is_ok());
    if names.is_none() {
        let expected =
            "must be a non-empty list of read, write, admin or names such as errors:write";
        fields.problem("permissions", expected);
    }
    names.unwrap_or_default()
}

/// Lists the keys that are not revoked, newest first. A key that is bound to a project sees the keys of that
/// project alone.
#[utoipa::path(
    get, path = "/api/settings/api-keys", tag = "Settings",
    responses(
        (status = 200, description = "Every key, without its secret", body = Envelope<KeyList>),
        (status = 403, description = "The key may not manage keys", body = ErrorEnvelope),
    )
)]
pub async fn list_api_keys(caller: Caller, api_keys: Data<ApiKeys>) -> ApiResult<Success<KeyList>> {
    caller.require(Permission::KeysManage)?;
    let keys = api_keys.list(caller.principal()).await?;
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
    post, path = "/api/settings/api-keys", tag = "Settings",
    request_body = NewKeyRequest,
    responses(
        (status = 201, description = "The key with its secret", body = Envelope<NewKeyView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage keys, or lacks what it would grant", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn create_api_key(
    Json { caller, body }: Json,
    api_keys: Data<ApiKeys>,
) -> ApiResult<Success<NewKeyView>> {
    caller.require(Permission::KeysManage)?;
    let (mut wanted, project) = read_key(body)?;
    wanted.project_id = project.map(|named| caller.project(&named)).transpose()?;
    let made = api_keys.make(caller.principal(), wanted).await;
    let (secret, key) = made.map_err(|refused| match refused {
        CreateKeyError::Store(error) => ApiError::from(error),
        CreateKeyError::Expired => ApiError::field("expires_at", "must lie in the future"),
        full @ CreateKeyError::TooMany(_) => {
            ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {full}"))
        }
        _ => ApiError::new(Code::PermissionDenied),
    })?;
    let view = NewKeyView::of(&secret, key);
    let change = AuditChange::of("key", "created", view.key.id).named(&view.key.name);
    caller.record_change(change.to(fields(&view.key, AUDITED)));
    Ok(Success::created(view).secret())
}

/// Revokes a key: every node refuses it within 5 seconds. Nobody revokes a key that may do more than they.
#[utoipa::path(
    delete, path = "/api/settings/api-keys/{id}", tag = "Settings",
    params(("id" = uuid::Uuid, Path, description = "Key id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not manage keys, or lacks what the other may do", body = ErrorEnvelope),
        (status = 404, description = "Key not found", body = ErrorEnvelope),
    )
)]
pub async fn revoke_api_key(
    caller: Caller,
    id: PathId<KeyId>,
    api_keys: Data<ApiKeys>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::KeysManage)?;
    let id = id.get()?;
    let all = api_keys.list(caller.principal()).await?.into_iter();
    let before = all.map(KeyView::of).find(|key| key.id == id.0);
    let revoked = api_keys.revoke(caller.principal(), id).await;
    revoked.map_err(|refused| match refused {
        RevokeKeyError::Store(error) => ApiError::from(error),
        RevokeKeyError::NotFound => ApiError::new(Code::KeyNotFound),
        _ => ApiError::new(Code::PermissionDenied),
    })?;
    if let Some(before) = before {
        let change = AuditChange::of("key", "deleted", id).named(&before.name);
        caller.record_change(change.from(fields(&before, AUDITED)));
    }
    Ok(HttpResponse::NoContent().finish())
}
