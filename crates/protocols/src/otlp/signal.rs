//! Logs, traces and metrics.

/// What a request exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Logs,
    Traces,
    Metrics,
}

impl Signal {
    /// What an item of it is called where dropped ones are counted.
    pub(super) const fn item(self) -> &'static str {
        match self {
            Self::Logs => "log",
            Self::Traces => "span",
            Self::Metrics => "metric",
        }
    }

    /// Returns whether a member of a request in JSON holds its resource groups. Names of protobuf are allowed beside
    /// those of JSON.
    pub(super) fn is_groups(self, name: &str) -> bool {
        match self {
            Self::Logs => matches!(name, "resourceLogs" | "resource_logs"),
            Self::Traces => matches!(name, "resourceSpans" | "resource_spans"),
            Self::Metrics => matches!(name, "resourceMetrics" | "resource_metrics"),
        }
    }

    /// Returns whether a member of a resource group holds its scope groups.
    pub(super) fn is_scopes(self, name: &str) -> bool {
        match self {
            Self::Logs => matches!(name, "scopeLogs" | "scope_logs"),
            Self::Traces => matches!(name, "scopeSpans" | "scope_spans"),
            Self::Metrics => matches!(name, "scopeMetrics" | "scope_metrics"),
        }
    }

    /// Returns whether a member of a scope group holds its items.
    pub(super) fn is_items(self, name: &str) -> bool {
        match self {
            Self::Logs => matches!(name, "logRecords" | "log_records"),
            Self::Traces => name == "spans",
            Self::Metrics => name == "metrics",
        }
    }
}
