//! API keys as clients see them.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::identity::ApiKeySettings;
use faultbook_domain::identity::{ApiKey, KeyText, Permissions};
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
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    expires_at: Option<OffsetDateTime>,
    /// Within a minute.
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    last_used: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    created_at: OffsetDateTime,
    /// The one project it is for.
    project_id: Option<Uuid>,
    /// Requests a minute, in place of the configured limits.
    rate_limit: Option<i32>,
}

/// A key just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyView {
    /// The secret: shown this once.
    #[schema(example = "sk_live_abc123def456...")]
    api_key: String,
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
    /// 1 to 200 characters.
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
pub fn read_key(body: Value) -> Result<(ApiKeySettings, Option<String>), ApiError> {
    let mut fields = Fields::of(body)?;
    let name = fields.required("name");
    if name.chars().count() > 200 {
        fields.problem("name", "must be at most 200 characters long");
    }
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
