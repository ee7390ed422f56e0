//! Writing down what evaluations found.

use super::alert_rule::{AlertRule, RuleHealth};
use super::alerting::Alerting;
use super::rule_store::RuleEvaluation;
use crate::error_chain::error_chain;
use crate::store_error::StoreError;
use crate::sync::lock;
use time::{Duration, OffsetDateTime};

/// How often it is written down that a rule was evaluated while nothing changes.
const NOTED_EVERY: Duration = Duration::seconds(20);
/// How often the log repeats that a rule cannot be evaluated.
const LOGGED_EVERY: Duration = Duration::MINUTE;

impl Alerting {
    /// A rule was evaluated.
    pub(super) fn found(
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
        noted(rule, health, now)
    }

    /// A rule could not be evaluated: told by the log when that is new, and once in a while.
    pub(super) fn failed(
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
        noted(rule, health, now)
    }

    pub(super) async fn note(&self, notes: Vec<RuleEvaluation>) {
        if notes.is_empty() {
            return;
        }
        if let Err(error) = self.parts.rules.record_evaluations(&notes).await {
            tracing::warn!(
                cause = error_chain(&error),
                "what rules found is not written down"
            );
        }
    }
}

/// The note, if it says more than what is written down already.
fn noted(rule: &AlertRule, health: RuleHealth, now: OffsetDateTime) -> Option<RuleEvaluation> {
    let is_old = rule
        .health
        .evaluated_at
        .is_none_or(|at| now - at >= NOTED_EVERY);
    (is_old || rule.health.failure != health.failure).then_some(RuleEvaluation {
        id: rule.id,
        updated_at: rule.updated_at,
        health,
    })
}
