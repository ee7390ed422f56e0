//! Response types of facets.

use faultbook_domain::errors::{Facet, FacetValue, Facets};
use serde::Serialize;
use utoipa::ToSchema;

/// A value with the errors that have a matching occurrence of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetValueView {
    /// The value.
    value: String,
    /// Errors.
    count: u64,
}

/// How many errors have a matching occurrence of each value: the 20 most frequent values.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsView {
    level: Vec<FacetValueView>,
    severity: Vec<FacetValueView>,
    environment: Vec<FacetValueView>,
    release: Vec<FacetValueView>,
    source: Vec<FacetValueView>,
    /// open, resolved, ignored, and regressed within open.
    status: Vec<FacetValueView>,
}

impl From<Facets> for FacetsView {
    fn from(facets: Facets) -> Self {
        let view = |facet: Facet| {
            let values = facet.into_iter();
            values
                .map(|FacetValue { value, count }| FacetValueView { value, count })
                .collect()
        };
        let Facets {
            level,
            severity,
            environment,
            release,
            source,
            status,
        } = facets;
        Self {
            level: view(level),
            severity: view(severity),
            environment: view(environment),
            release: view(release),
            source: view(source),
            status: view(status),
        }
    }
}
