//! Facets: how many errors of a list have an occurrence of each value.

/// Values of a facet: the most frequent.
pub const FACET_VALUES: i64 = 20;

/// A value with the errors that have a matching occurrence of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// Errors.
    pub count: u64,
}

/// Values, most errors first, then by value.
pub type Facet = Vec<FacetValue>;

/// The facets of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// Levels.
    pub level: Facet,
    /// Severities.
    pub severity: Facet,
    /// Environments.
    pub environment: Facet,
    /// Releases.
    pub release: Facet,
    /// Sources.
    pub source: Facet,
    /// `open`, `resolved`, `ignored`, and `regressed` within `open`.
    pub status: Facet,
}
