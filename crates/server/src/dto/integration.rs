//! Channels as clients see them.

use faultbook_domain::notifications::{ChannelState, Shown};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntegrationView {
    /// slack, email, webhook or sms.
    #[schema(example = "slack")]
    name: &'static str,
    /// connected (the last test passed), configured, `not_configured` or error.
    #[schema(example = "connected")]
    status: &'static str,
    /// Its configuration; secrets are masked.
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    last_test: Option<OffsetDateTime>,
    /// Why the last test failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl IntegrationView {
    /// The view of a channel.
    #[must_use]
    pub fn of(shown: Shown) -> Self {
        Self {
            name: shown.kind.as_str(),
            status: match shown.state {
                ChannelState::Connected => "connected",
                ChannelState::Configured => "configured",
                ChannelState::NotConfigured => "not_configured",
                ChannelState::Error => "error",
            },
            config: shown.config,
            last_test: shown.last_test,
            error: shown.last_error,
        }
    }
}

/// Every channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntegrationList {
    /// slack, email, webhook, sms.
    pub integrations: Vec<IntegrationView>,
}
