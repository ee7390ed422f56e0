//! The condition of an alert rule: metric, comparison, limit, window and filter.

use super::span::write_span;
use crate::errors::{Level, Severity};
use crate::syntax::Comparison;
use std::fmt;
use std::time::Duration;

/// The metric to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Occurrences.
    ErrorCount,
    /// Occurrences of critical severity.
    CriticalCount,
    /// Occurrences of level warning.
    WarningCount,
    /// Errors that occurred for the first time.
    NewErrors,
    /// Errors that occurred again after they had been resolved.
    Regressions,
    /// Occurrences per minute.
    ErrorRate,
    /// Distinct `user.id`s among the occurrences (the whole `user` where it has no id).
    AffectedUsers,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 7] = [
        Self::ErrorCount,
        Self::CriticalCount,
        Self::WarningCount,
        Self::NewErrors,
        Self::Regressions,
        Self::ErrorRate,
        Self::AffectedUsers,
    ];

    /// Returns the name in conditions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorCount => "error_count",
            Self::CriticalCount => "critical_count",
            Self::WarningCount => "warning_count",
            Self::NewErrors => "new_errors",
            Self::Regressions => "regressions",
            Self::ErrorRate => "error_rate",
            Self::AffectedUsers => "affected_users",
        }
    }
}

/// The right-hand side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A number in the condition.
    Number(f64),
    /// The rule's `threshold`.
    Threshold,
}

/// The window of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// A duration in the condition.
    Span(Duration),
    /// The rule's `time_window`, explicit or by default.
    TimeWindow,
}

/// A filter of a `where` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Level.
    Level(Level),
    /// Source.
    Source(String),
    /// Environment.
    Environment(String),
    /// Severity.
    Severity(Severity),
    /// Project, by slug or id.
    Project(String),
    /// Release.
    Release(String),
}

impl Field {
    /// The name in conditions.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Level(_) => "level",
            Self::Source(_) => "source",
            Self::Environment(_) => "environment",
            Self::Severity(_) => "severity",
            Self::Project(_) => "project",
            Self::Release(_) => "release",
        }
    }

    /// The value in conditions.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Level(level) => level.as_str(),
            Self::Severity(severity) => severity.as_str(),
            Self::Source(text)
            | Self::Environment(text)
            | Self::Project(text)
            | Self::Release(text) => text,
        }
    }
}

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The metric to measure.
    pub metric: Metric,
    /// The comparison operator.
    pub comparison: Comparison,
    /// The right-hand side.
    pub limit: Limit,
    /// The window.
    pub within: Within,
    /// Filters that must all match.
    pub fields: Vec<Field>,
}

impl fmt::Display for Condition {
    /// Formats the canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (metric, comparison) = (self.metric.as_str(), self.comparison.as_str());
        write!(f, "{metric} {comparison} ")?;
        match self.limit {
            Limit::Number(number) => write!(f, "{number}")?,
            Limit::Threshold => f.write_str("threshold")?,
        }
        match self.within {
            Within::Span(span) => write!(f, " in {}", write_span(span))?,
            Within::TimeWindow => f.write_str(" in time_window")?,
        }
        for (place, field) in self.fields.iter().enumerate() {
            let (name, value) = (field.name(), field.value());
            let joint = if place == 0 { "where" } else { "and" };
            let quote = if value.contains('"') { '\'' } else { '"' };
            write!(f, " {joint} {name} = {quote}{value}{quote}")?;
        }
        Ok(())
    }
}
