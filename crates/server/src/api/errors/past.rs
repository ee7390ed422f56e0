//! What is shown of a single error beside what lists show.

use super::surroundings::{BreadcrumbView, WebRequestView};
use super::triage_view::ActorView;
use faultbook_domain::errors::{
    Actor, Breadcrumb, ErrorHistory, NamedActor, Occurrence, OwnedFingerprint, WebRequest,
};
use faultbook_domain::fingerprint::Fingerprint;
use serde::Serialize;
use std::collections::HashMap;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A fingerprint of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorFingerprint {
    #[schema(value_type = String, example = "5f0c1d2e3b4a59687786a5b4c3d2e1f0")]
    fingerprint: Fingerprint,
    /// The occurrences that it ever had: those of all fingerprints add up to `total_count`.
    count: u64,
    /// The message of its newest stored occurrence.
    message: Option<String>,
    /// Since when it belongs to the error.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    joined_at: OffsetDateTime,
    /// Who merged it into the error; null for the error's own.
    joined_by: Option<ActorView>,
    /// The error that it came with; null for the error's own.
    merged_from: Option<Uuid>,
}

/// What is shown of a single error: of its latest occurrence, and of its past.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorPast {
    /// What happened before the latest occurrence, oldest first.
    #[schema(required = false)]
    breadcrumbs: Vec<BreadcrumbView>,
    /// The web request during which the latest occurrence happened.
    request: Option<WebRequestView>,
    /// Occurrences of today, UTC.
    #[schema(required = false)]
    count_today: u64,
    /// The release of the earliest occurrence that named one.
    first_release: Option<String>,
    /// The release of the latest occurrence that named one.
    last_release: Option<String>,
    /// Its fingerprints, first joined first: 100 at most.
    #[schema(required = false)]
    fingerprints: Vec<ErrorFingerprint>,
}

impl ErrorPast {
    /// The view of an error's past; `names` are those of whoever merged.
    #[must_use]
    pub fn of(
        latest: Option<&Occurrence>,
        history: ErrorHistory,
        names: &HashMap<Actor, NamedActor>,
    ) -> Self {
        let ErrorHistory {
            count_within,
            first_release,
            last_release,
            fingerprints,
        } = history;
        let breadcrumbs = latest.map(Breadcrumb::all).unwrap_or_default();
        let fingerprints = fingerprints.into_iter().map(|owned| {
            let OwnedFingerprint {
                fingerprint,
                count,
                message,
                joined_at,
                merged,
            } = owned;
            let (by, from) = merged.unzip();
            ErrorFingerprint {
                fingerprint,
                count,
                message,
                joined_at,
                joined_by: by
                    .and_then(|by| names.get(&by).cloned())
                    .map(ActorView::from),
                merged_from: from.map(|from| from.0),
            }
        });
        Self {
            breadcrumbs: breadcrumbs.into_iter().map(BreadcrumbView::from).collect(),
            request: latest.and_then(WebRequest::of).map(WebRequestView::from),
            count_today: count_within,
            first_release,
            last_release,
            fingerprints: fingerprints.collect(),
        }
    }
}
