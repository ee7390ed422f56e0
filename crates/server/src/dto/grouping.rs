//! Grouping as clients see and change it.

use faultbook_domain::errors::Explained;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why an error's latest occurrence is grouped as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grouping {
    /// Normalized message, frames, what was hashed.
    #[serde(flatten)]
    #[schema(value_type = Object, inline)]
    explanation: Value,
    /// Every fingerprint the error owns: one unless errors were merged.
    #[schema(value_type = Vec<String>)]
    fingerprints: Vec<String>,
}

impl Grouping {
    /// What the domain explained.
    #[must_use]
    pub fn of(explained: Explained) -> Self {
        let Explained {
            explanation,
            fingerprints,
        } = explained;
        Self {
            // An explanation is text, flags and numbers: it always has a JSON form.
            explanation: serde_json::to_value(explanation).unwrap_or_default(),
            fingerprints: fingerprints.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Which error takes another in.
#[derive(Debug, ToSchema)]
pub struct MergeRequest {
    /// The error that stays.
    pub into: Uuid,
}

/// Which fingerprint gets an error of its own.
#[derive(Debug, ToSchema)]
pub struct SplitRequest {
    /// One of the error's fingerprints.
    #[schema(example = "5f0c1d2e3b4a59687786a5b4c3d2e1f0")]
    pub fingerprint: String,
}
