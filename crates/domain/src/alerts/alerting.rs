//! Service: evaluates alert rules and fires them.
//!
//! A round is divided into one or two [`TenantEvaluation`]s per tenant. Metrics of the last hour are queried once for
//! all tenants; queries that may read more run in the tenant's own evaluation, once for all windows. A failure
//! affects only its own rule, and is stored with that rule.

use super::alert_metrics_store::AlertMetricsStore;
use super::alert_rule::{AlertRule, Delivery, Firing};
use super::compiled_rule::CompiledRule;
use super::condition::Condition;
use super::evaluator::{AlertEvaluator, Outcome};
use super::failure_reason::reason_of;
use super::new_firing;
use super::rule_health::StoredPeak;
use super::rule_store::{NewFiring, RuleEvaluation, RuleStore};
pub use super::tenant_evaluation::TenantEvaluation;
use super::tenant_evaluation::{MeasureError, MetricQuery, MetricResult, QueryArguments};
use crate::clock::Clock;
use crate::error_chain::error_chain;
use crate::id::{ProjectId, RuleId};
use crate::id_source::IdSource;
use crate::notifications::Outbox;
use crate::notifications::{NotificationKind, TopError};
use crate::store_error::StoreError;
use crate::syntax::SyntaxError;
use crate::tenancy::ProjectStore;
use crate::tenancy::TenantScope;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration as Span, Instant};
use time::OffsetDateTime;

/// Counts of evaluated rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evaluated {
    /// Rules evaluated, successfully or not.
    pub rules: usize,
    /// Rules fired by this node.
    pub fired: usize,
    /// Rules whose evaluation failed.
    pub failed: usize,
}

/// Which rules to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluationScope {
    /// All rules.
    Every,
    /// Rules about new errors and regressions, which fire without delay.
    Immediate,
}

/// Why a test notification was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestRuleError {
    /// The rule's condition is no longer valid.
    #[error(transparent)]
    Condition(#[from] SyntaxError),
    /// The metric cannot be measured.
    #[error("what it asks cannot be answered")]
    Unmeasured(#[source] StoreError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Dependencies of [`Alerting`].
pub struct AlertingDependencies {
    /// Alert rules.
    pub rules: Arc<dyn RuleStore>,
    /// Metrics.
    pub metrics: Arc<dyn AlertMetricsStore>,
    /// The outbox of messages.
    pub outbox: Arc<dyn Outbox>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Decides whether a rule fires.
    pub evaluator: Arc<dyn AlertEvaluator>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Public base URL, for links in messages.
    pub public_url: String,
}

/// Evaluates alert rules and fires them.
pub struct Alerting {
    pub(super) parts: AlertingDependencies,
    /// The last failure logged of each rule, and when.
    pub(super) logged: Mutex<HashMap<RuleId, (String, OffsetDateTime)>>,
    /// The highest value of each rule that this node stored in an hour.
    pub(super) peaks: Mutex<HashMap<RuleId, StoredPeak>>,
    /// Until when queries for all tenants are suspended.
    pub(super) separate_until: Mutex<Option<OffsetDateTime>>,
}

impl Alerting {
    /// Creates the service.
    #[must_use]
    pub fn new(parts: AlertingDependencies) -> Self {
        Self {
            parts,
            logged: Mutex::default(),
            peaks: Mutex::default(),
            separate_until: Mutex::default(),
        }
    }

    /// Evaluates every tenant's enabled rules sequentially, and fires those that became true. Safe on several nodes
    /// at once: only one of them fires a rule.
    ///
    /// # Errors
    /// [`StoreError`] when the rules cannot be read; the next round retries.
    pub async fn evaluate(&self, scope: EvaluationScope) -> Result<Evaluated, StoreError> {
        let mut all = Evaluated::default();
        for mut evaluation in self.begin(scope).await? {
            while !evaluation.is_done() {
                let one = self.advance(&mut evaluation, Span::MAX).await;
                all.rules += one.rules;
                all.fired += one.fired;
                all.failed += one.failed;
            }
        }
        Ok(all)
    }

    /// Evaluates rules of one tenant until all are done or `at_most` has passed. Call it again to continue.
    pub async fn advance(&self, evaluation: &mut TenantEvaluation, at_most: Span) -> Evaluated {
        let began = Instant::now();
        let mut evaluated = Evaluated::default();
        let mut notes = Vec::new();
        for (rule, reason) in std::mem::take(&mut evaluation.broken) {
            evaluated.rules += 1;
            evaluated.failed += 1;
            notes.extend(self.evaluation_failed(&rule, reason, None, evaluation.now));
        }
        while let Some(compiled) = evaluation.waiting.pop_front() {
            evaluated.rules += 1;
            evaluation.current = Some(compiled);
            notes.extend(self.evaluate_current(evaluation, &mut evaluated).await);
            evaluation.current = None;
            if began.elapsed() >= at_most {
                break;
            }
        }
        self.note(notes).await;
        evaluated
    }

    /// Fails the current rule, whose evaluation took too long, and the rules with the same query.
    pub async fn give_up(&self, evaluation: &mut TenantEvaluation) -> Evaluated {
        evaluation.give_up_query();
        let Some(compiled) = evaluation.current.take() else {
            return Evaluated::default();
        };
        let reason = "What the rule asks takes too long to answer.".to_owned();
        let note = self.evaluation_failed(&compiled.rule, reason, None, evaluation.now);
        self.note(note.into_iter().collect()).await;
        Evaluated {
            failed: 1,
            ..Evaluated::default()
        }
    }

    /// Sends a test notification through a rule's channels, with the current value of its metric.
    ///
    /// # Errors
    /// [`TestRuleError`]; nothing is sent.
    pub async fn try_out(
        &self,
        rule: &AlertRule,
    ) -> Result<(Firing, Vec<Delivery>), TestRuleError> {
        let tenant = TenantScope::of(rule.tenant_id);
        let projects = self.parts.projects.list_projects(tenant).await?;
        let now = self.parts.clock.now();
        let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let condition = Condition::parse(&rule.condition)?;
        let compiled = CompiledRule::compile(rule.clone(), condition, &projects);
        let query = MetricQuery::of(&compiled);
        let value = if compiled.projects.is_empty() {
            0.0
        } else {
            let requested = (&*self.parts.metrics, now);
            let arguments = QueryArguments::of(&compiled);
            let result = MetricResult::query(&query, &arguments, &ids, requested).await;
            let result = result.map_err(TestRuleError::Unmeasured)?;
            result.value(&compiled).unwrap_or_default()
        };
        let top = self
            .top(&compiled, now)
            .await
            .map_err(TestRuleError::Unmeasured)?;
        let (firing, deliveries) =
            self.build_firing(&compiled, (value, top), NotificationKind::Test, now);
        self.parts
            .outbox
            .enqueue_firing(&firing, &deliveries)
            .await?;
        Ok((firing, deliveries))
    }

    /// Evaluates the current rule and returns the result to store, if any.
    async fn evaluate_current(
        &self,
        evaluation: &mut TenantEvaluation,
        evaluated: &mut Evaluated,
    ) -> Option<RuleEvaluation> {
        let compiled = evaluation.current.clone()?;
        let measured = evaluation.measure(&compiled, &*self.parts.metrics).await;
        let (now, rule) = (evaluation.now, &compiled.rule);
        let value = match measured {
            Ok(value) => value,
            Err(unmeasured) => {
                evaluated.failed += 1;
                let (reason, cause) = match &unmeasured {
                    MeasureError::Store(error) => (reason_of(error), Some(error)),
                    MeasureError::GivenUp => {
                        let reason = "What the rule asks could not be answered in time.";
                        (reason, None)
                    }
                };
                return self.evaluation_failed(rule, reason.to_owned(), cause, now);
            }
        };
        match self.decide(&compiled, value).await {
            Ok(fired) => {
                evaluated.fired += usize::from(fired);
                self.evaluation_succeeded(rule, value, now)
            }
            Err(error) => {
                evaluated.failed += 1;
                self.evaluation_failed(rule, reason_of(&error).to_owned(), Some(&error), now)
            }
        }
    }

    /// Decides about a rule and stores the decision. Returns whether the rule fired.
    async fn decide(&self, compiled: &CompiledRule, value: f64) -> Result<bool, StoreError> {
        let (rule, now) = (&compiled.rule, self.parts.clock.now());
        let measured = compiled.measured(value);
        let outcome = self.parts.evaluator.evaluate(rule.state, measured, now);
        let state = rule.state.after(outcome, now);
        match outcome {
            Outcome::Hold => Ok(false),
            Outcome::Clear => {
                self.parts
                    .rules
                    .save_rule_state(rule.id, rule.version, state)
                    .await?;
                Ok(false)
            }
            Outcome::Fire => {
                // Top errors are optional: a failed query does not hold up the alert.
                let top = self.top(compiled, now).await.unwrap_or_else(|error| {
                    tracing::warn!(rule = %rule.id, cause = error_chain(&error), "no top errors");
                    Vec::new()
                });
                let kind = NotificationKind::Alert;
                let (firing, deliveries) = self.build_firing(compiled, (value, top), kind, now);
                let sent = (&firing, deliveries.len());
                let incident = new_firing::build_incident(compiled, sent, (&*self.parts.ids, now));
                let alarm = NewFiring {
                    version: rule.version,
                    state,
                    firing,
                    deliveries,
                    incident,
                };
                let fired = self.parts.rules.record_firing(&alarm).await?;
                if fired {
                    tracing::info!(rule = %rule.id, value, limit = compiled.limit, "a rule fired");
                }
                Ok(fired)
            }
        }
    }

    async fn top(
        &self,
        compiled: &CompiledRule,
        now: OffsetDateTime,
    ) -> Result<Vec<TopError>, StoreError> {
        if compiled.projects.is_empty() {
            return Ok(Vec::new());
        }
        let since = now - compiled.window;
        let metrics = &self.parts.metrics;
        metrics
            .list_top_errors(
                compiled.alert_metric(),
                &compiled.projects,
                since,
                &compiled.filter,
            )
            .await
    }

    fn build_firing(
        &self,
        compiled: &CompiledRule,
        measured: (f64, Vec<TopError>),
        kind: NotificationKind,
        now: OffsetDateTime,
    ) -> (Firing, Vec<Delivery>) {
        let made = (&*self.parts.ids, now, self.parts.public_url.as_str());
        new_firing::build_firing(compiled, measured, kind, made)
    }
}
