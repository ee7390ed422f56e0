//! Builds the stored results of rule evaluations, and logs failures.

use super::alert_rule::{AlertRule, RuleHealth};
use super::alerting::Alerting;
use super::rule_store::RuleEvaluation;
use crate::error_chain::error_chain;
use crate::store_error::StoreError;
use crate::sync::lock;
use time::{Duration, OffsetDateTime};

/// Interval at which an unchanged result is stored.
const STORED_EVERY: Duration = Duration::seconds(20);
/// Interval at which the failure of a rule is logged again.
const LOGGED_EVERY: Duration = Duration::MINUTE;

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
        changed_evaluation(rule, health, now)
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
        changed_evaluation(rule, health, now)
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
        }
    }
}

/// Returns the result to store, unless it repeats the stored one.
fn changed_evaluation(
    rule: &AlertRule,
    health: RuleHealth,
    now: OffsetDateTime,
) -> Option<RuleEvaluation> {
    let is_old = rule
        .health
        .evaluated_at
        .is_none_or(|at| now - at >= STORED_EVERY);
    (is_old || rule.health.failure != health.failure).then_some(RuleEvaluation {
        id: rule.id,
        updated_at: rule.updated_at,
        health,
    })
}
