//! Builds the stored results of rule evaluations, and logs failures.

use super::alert_rule::{AlertRule, RuleHealth};
use super::alerting::Alerting;
use super::rule_store::RuleEvaluation;
use crate::error_chain::error_chain;
use crate::ingest::hour_of;
use crate::store_error::StoreError;
use crate::sync::lock;
use time::{Duration, OffsetDateTime};

/// Interval at which an unchanged result is stored.
const STORED_EVERY: Duration = Duration::seconds(20);
/// Interval at which the failure of a rule is logged again.
const LOGGED_EVERY: Duration = Duration::MINUTE;

/// Rules whose peaks a node remembers; beyond, it forgets them all and stores them again.
const REMEMBERED: usize = 100_000;

/// The highest value of a rule that a node stored in an hour.
pub(super) struct StoredPeak {
    hour: OffsetDateTime,
    /// When the rule's settings last changed.
    updated_at: OffsetDateTime,
    value: f64,
}

impl Alerting {
    /// Builds the result of a successful evaluation.
    pub(super) fn evaluation_succeeded(
        &self,
        rule: &AlertRule,
        value: f64,
        now: OffsetDateTime,
    ) -> Option<RuleEvaluation> {
        lock(&self.logged).remove(&rule.id);
        let health = RuleHealth {
            evaluated_at: Some(now),
            value: Some(value),
            failure: None,
        };
        let peak = self.new_peak(rule, value, now);
        changed_evaluation(rule, health, peak, now)
    }

    /// Returns the value if it is the highest that this node stored of the rule, as it is now, in the hour.
    fn new_peak(&self, rule: &AlertRule, value: f64, now: OffsetDateTime) -> Option<f64> {
        let of = (hour_of(now), rule.updated_at);
        let mut peaks = lock(&self.peaks);
        let known = peaks.get(&rule.id);
        if known.is_some_and(|known| (known.hour, known.updated_at) == of && known.value >= value) {
            return None;
        }
        if peaks.len() >= REMEMBERED {
            peaks.clear();
        }
        let (hour, updated_at) = of;
        peaks.insert(
            rule.id,
            StoredPeak {
                hour,
                updated_at,
                value,
            },
        );
        Some(value)
    }

    /// Builds the result of a failed evaluation, and logs the failure when it is new, and periodically.
    pub(super) fn evaluation_failed(
        &self,
        rule: &AlertRule,
        reason: String,
        cause: Option<&StoreError>,
        now: OffsetDateTime,
    ) -> Option<RuleEvaluation> {
        let mut logged = lock(&self.logged);
        let is_known = logged
            .get(&rule.id)
            .is_some_and(|(said, at)| *said == reason && now - *at < LOGGED_EVERY);
        if !is_known {
            let cause = cause.map(|error| error_chain(error));
            tracing::warn!(rule = %rule.id, tenant = %rule.tenant_id, reason, cause,
                "a rule cannot be evaluated");
            logged.insert(rule.id, (reason.clone(), now));
        }
        let health = RuleHealth {
            evaluated_at: Some(now),
            value: None,
            failure: Some(reason),
        };
        changed_evaluation(rule, health, None, now)
    }

    pub(super) async fn note(&self, notes: Vec<RuleEvaluation>) {
        if notes.is_empty() {
            return;
        }
        if let Err(error) = self.parts.rules.record_evaluations(&notes).await {
            tracing::warn!(
                cause = error_chain(&error),
                "evaluation results were not stored"
            );
            let mut peaks = lock(&self.peaks);
            for note in &notes {
                peaks.remove(&note.id);
            }
        }
    }
}

/// Returns the result to store, unless it repeats the stored one.
fn changed_evaluation(
    rule: &AlertRule,
    health: RuleHealth,
    peak: Option<f64>,
    now: OffsetDateTime,
) -> Option<RuleEvaluation> {
    let is_old = rule
        .health
        .evaluated_at
        .is_none_or(|at| now - at >= STORED_EVERY);
    let is_new = rule.health.failure != health.failure || peak.is_some();
    (is_old || is_new).then_some(RuleEvaluation {
        id: rule.id,
        updated_at: rule.updated_at,
        health,
        peak,
    })
}
