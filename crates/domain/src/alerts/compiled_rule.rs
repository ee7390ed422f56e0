//! A rule compiled for evaluation: parsed condition, filter and projects.

use super::alert_metrics_store::{AlertMetric, MetricFilter};
use super::alert_rule::AlertRule;
use super::condition::{Condition, Field, Limit, Metric, Within};
use super::evaluator::Measured;
use super::span::LONGEST_WINDOW;
use crate::errors::{Level, Severity};
use crate::id::ProjectId;
use crate::ingest::hour_of;
use crate::tenancy::Project;
use std::time::Duration;
use time::OffsetDateTime;

/// Longest window whose occurrences are counted exactly; longer ones count by whole hours.
const EXACT_UP_TO: Duration = Duration::from_secs(3_600);

/// A rule with its parsed condition, metric filter and projects.
pub(super) struct CompiledRule {
    pub(super) rule: AlertRule,
    pub(super) condition: Condition,
    pub(super) window: Duration,
    pub(super) limit: f64,
    pub(super) projects: Vec<ProjectId>,
    pub(super) filter: MetricFilter,
}

impl CompiledRule {
    /// Compiles a rule from its parsed condition and the tenant's projects.
    pub(super) fn compile(rule: AlertRule, condition: Condition, projects: &[Project]) -> Self {
        let window = match condition.within {
            Within::Span(span) => span,
            Within::TimeWindow => rule.time_window,
        };
        let limit = match condition.limit {
            Limit::Number(number) => number,
            Limit::Threshold => rule.threshold,
        };
        let mut compiled = Self {
            rule,
            window: window.min(LONGEST_WINDOW),
            limit,
            projects: projects.iter().map(|project| project.id).collect(),
            filter: metric_filter(condition.metric),
            condition,
        };
        for field in compiled.condition.fields.clone() {
            if !compiled.narrow(&field, projects) {
                // Contradicting filters match nothing.
                compiled.projects.clear();
            }
        }
        compiled
    }

    /// Adds a field to the filter. Returns `false` when it contradicts the filter.
    fn narrow(&mut self, field: &Field, projects: &[Project]) -> bool {
        fn put<T: PartialEq + Clone>(slot: &mut Option<T>, wanted: &T) -> bool {
            slot.get_or_insert_with(|| wanted.clone()) == wanted
        }
        let filter = &mut self.filter;
        match field {
            Field::Level(level) => put(&mut filter.level, level),
            Field::Severity(severity) => put(&mut filter.severity, severity),
            Field::Source(source) => put(&mut filter.source, source),
            Field::Environment(named) => put(&mut filter.environment, named),
            Field::Release(release) => put(&mut filter.release, release),
            Field::Project(named) => {
                let id = named.parse::<ProjectId>().ok();
                let is_meant =
                    |project: &&Project| project.slug.as_str() == named || Some(project.id) == id;
                let meant = projects.iter().find(is_meant).map(|project| project.id);
                self.projects.retain(|project| Some(*project) == meant);
                true
            }
        }
    }

    pub(super) fn alert_metric(&self) -> AlertMetric {
        let is_exact = self.window <= EXACT_UP_TO || self.filter.release.is_some();
        match (self.condition.metric, self.rule.include_ignored) {
            (Metric::NewErrors, _) => AlertMetric::NewErrors,
            (Metric::Regressions, _) => AlertMetric::Regressions,
            (metric, false) if is_exact || metric == Metric::AffectedUsers => {
                AlertMetric::Occurrences
            }
            (metric, true) if is_exact || metric == Metric::AffectedUsers => {
                AlertMetric::AllOccurrences
            }
            (_, false) => AlertMetric::OccurrencesByHour,
            (_, true) => AlertMetric::AllOccurrencesByHour,
        }
    }

    /// Returns the metric's value for a count of its events.
    pub(super) fn value_of(&self, count: u64) -> f64 {
        match self.condition.metric {
            Metric::ErrorRate => count as f64 / (self.window.as_secs_f64() / 60.0),
            _ => count as f64,
        }
    }

    /// Returns a value with what it is compared with.
    pub(super) const fn measured(&self, value: f64) -> Measured {
        Measured {
            value,
            comparison: self.condition.comparison,
            limit: self.limit,
            window: self.window,
        }
    }

    /// Returns the start of the window before a time: of its hour where events count by whole hours.
    pub(super) fn window_start(&self, at: OffsetDateTime) -> OffsetDateTime {
        let start = at - self.window;
        if self.alert_metric() == AlertMetric::OccurrencesByHour {
            hour_of(start)
        } else {
            start
        }
    }

    pub(super) const fn counts_users(&self) -> bool {
        matches!(self.condition.metric, Metric::AffectedUsers)
    }

    /// Returns whether a query for all tenants can serve it: its window is short enough not to read a tenant's older
    /// data.
    pub(super) fn is_recent(&self) -> bool {
        !self.counts_users() && self.window <= EXACT_UP_TO
    }

    pub(super) const fn is_immediate(&self) -> bool {
        matches!(
            self.condition.metric,
            Metric::NewErrors | Metric::Regressions
        )
    }

    pub(super) fn named(&self, of: impl Fn(&Field) -> Option<&String>) -> Option<String> {
        self.condition.fields.iter().find_map(of).cloned()
    }
}

/// Returns the filter that a metric implies.
fn metric_filter(metric: Metric) -> MetricFilter {
    MetricFilter {
        severity: (metric == Metric::CriticalCount).then_some(Severity::Critical),
        level: (metric == Metric::WarningCount).then_some(Level::Warning),
        ..MetricFilter::default()
    }
}
