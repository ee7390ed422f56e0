//! Response types of similar errors.

use super::view::ErrorView;
use faultbook_domain::errors::Similarity;
use serde::Serialize;
use utoipa::ToSchema;

/// A similar error.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarView {
    /// The error, as in lists.
    error: ErrorView,
    /// From 0.3 to 1.
    #[schema(example = 0.6)]
    score: f64,
    /// What is alike.
    #[schema(example = json!(["same innermost frame"]))]
    why: Vec<String>,
}

impl SimilarView {
    /// An error with what it has in common with another.
    #[must_use]
    pub fn of(error: ErrorView, similarity: Similarity) -> Self {
        let Similarity { score, why } = similarity;
        Self {
            error,
            score: (score * 100.0).round() / 100.0,
            why,
        }
    }
}

/// Errors similar to one.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarList {
    /// Best first, then newest.
    pub similar: Vec<SimilarView>,
}
