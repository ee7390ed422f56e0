//! Breadcrumbs and web request of an occurrence, as shown.

use faultbook_domain::errors::{Breadcrumb, WebRequest};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What happened before an occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breadcrumb)]
pub struct BreadcrumbView {
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    timestamp: Option<OffsetDateTime>,
    #[serde(rename = "type")]
    #[schema(example = "http")]
    kind: Option<String>,
    #[schema(example = "fetch")]
    category: Option<String>,
    #[schema(example = "info")]
    level: Option<String>,
    message: Option<String>,
    #[schema(value_type = Option<Object>)]
    data: Option<Map<String, Value>>,
}

impl From<Breadcrumb> for BreadcrumbView {
    fn from(breadcrumb: Breadcrumb) -> Self {
        let Breadcrumb {
            timestamp,
            kind,
            category,
            level,
            message,
            data,
        } = breadcrumb;
        Self {
            timestamp,
            kind,
            category,
            level,
            message,
            data,
        }
    }
}

/// The web request during which an error occurred.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebRequest)]
pub struct WebRequestView {
    #[schema(example = "POST")]
    method: Option<String>,
    url: Option<String>,
    /// A text, or an object.
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
    /// As sent.
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

impl From<WebRequest> for WebRequestView {
    fn from(request: WebRequest) -> Self {
        let WebRequest {
            method,
            url,
            query,
            headers,
            body,
        } = request;
        Self {
            method,
            url,
            query,
            headers,
            body,
        }
    }
}
