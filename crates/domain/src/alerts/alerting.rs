//! Evaluating alert rules.
//!
//! A round is divided into shares, each of one tenant. What rules ask about the last hour is asked once for
//! all tenants; everything that may read more is asked by the tenant's own share, once for all windows. A
//! failure costs the rule that caused it, and is written down with that rule.

use super::alert_metrics_store::AlertMetricsStore;
use super::alert_rule::{AlertRule, Delivery, Firing};
use super::compiled_rule::CompiledRule;
use super::condition::{Condition, InvalidCondition};
use super::evaluator::{AlertEvaluator, Measured, Outcome, RuleState};
use super::failure_reason::reason_of;
use super::new_firing;
use super::rule_store::{NewFiring, RuleEvaluation, RuleStore};
pub use super::tenant_evaluation::Share;
use super::tenant_evaluation::{Answer, Question, Unmeasured, Wanted};
use crate::clock::Clock;
use crate::error_chain::error_chain;
use crate::id::{ProjectId, RuleId};
use crate::id_source::IdSource;
use crate::notifications::Outbox;
use crate::notifications::{NotificationKind, TopError};
use crate::store_error::StoreError;
use crate::tenancy::ProjectStore;
use crate::tenancy::TenantScope;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration as Span, Instant};
use time::OffsetDateTime;

/// What came of evaluating rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evaluated {
    /// Rules that were evaluated, with or without success.
    pub rules: usize,
    /// Rules that fired, on this node.
    pub fired: usize,
    /// Rules that could not be evaluated.
    pub failed: usize,
}

/// Which rules to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluationScope {
    /// All of them.
    Every,
    /// Those about new errors and regressions, which are to be told at once.
    Immediate,
}

/// Why a rule could not be tried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTried {
    /// Its condition is not understood any more.
    #[error(transparent)]
    Condition(#[from] InvalidCondition),
    /// What it asks cannot be answered.
    #[error("what it asks cannot be answered")]
    Unmeasured(#[source] StoreError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The stores and sources that alerting needs.
pub struct AlertingParts {
    /// Rules.
    pub rules: Arc<dyn RuleStore>,
    /// What they look at.
    pub signals: Arc<dyn AlertMetricsStore>,
    /// Messages.
    pub outbox: Arc<dyn Outbox>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// The decision.
    pub evaluator: Arc<dyn AlertEvaluator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Where clients reach the API: the beginning of links in messages.
    pub public_url: String,
}

/// Looks at rules and lets them fire.
pub struct Alerting {
    pub(super) parts: AlertingParts,
    /// What was logged of rules that fail, and when.
    pub(super) logged: Mutex<HashMap<RuleId, (String, OffsetDateTime)>>,
    /// Until when no question is asked about all tenants.
    pub(super) apart_until: Mutex<Option<OffsetDateTime>>,
}

impl Alerting {
    /// Alerting over these parts.
    #[must_use]
    pub fn new(parts: AlertingParts) -> Self {
        Self {
            parts,
            logged: Mutex::default(),
            apart_until: Mutex::default(),
        }
    }

    /// Evaluates every tenant's enabled rules, one share after the other, and fires those whose time has
    /// come. Safe on several nodes at once: of those that decide to fire a rule, one does.
    ///
    /// # Errors
    /// [`StoreError`] when the rules cannot be read; the next round goes on.
    pub async fn evaluate(&self, scrutiny: EvaluationScope) -> Result<Evaluated, StoreError> {
        let mut all = Evaluated::default();
        for mut share in self.begin(scrutiny).await? {
            while !share.is_done() {
                let one = self.advance(&mut share, Span::MAX).await;
                all.rules += one.rules;
                all.fired += one.fired;
                all.failed += one.failed;
            }
        }
        Ok(all)
    }

    /// Evaluates rules of a share until all are or the time is over. No rule costs another its turn.
    pub async fn advance(&self, share: &mut Share, at_most: Span) -> Evaluated {
        let began = Instant::now();
        let mut evaluated = Evaluated::default();
        let mut notes = Vec::new();
        for (rule, reason) in std::mem::take(&mut share.broken) {
            evaluated.rules += 1;
            evaluated.failed += 1;
            notes.extend(self.failed(&rule, reason, None, share.now));
        }
        while let Some(compiled) = share.waiting.pop_front() {
            evaluated.rules += 1;
            share.current = Some(compiled);
            notes.extend(self.look(share, &mut evaluated).await);
            share.current = None;
            if began.elapsed() >= at_most {
                break;
            }
        }
        self.note(notes).await;
        evaluated
    }

    /// Gives up the rule at which a share has been stopped because it took too long, and the rules that ask
    /// the same.
    pub async fn give_up(&self, share: &mut Share) -> Evaluated {
        share.give_up_question();
        let Some(compiled) = share.current.take() else {
            return Evaluated::default();
        };
        let reason = "What the rule asks takes too long to answer.".to_owned();
        let note = self.failed(&compiled.rule, reason, None, share.now);
        self.note(note.into_iter().collect()).await;
        Evaluated {
            failed: 1,
            ..Evaluated::default()
        }
    }

    /// Sends a marked message through a rule's channels, with what it measures now.
    ///
    /// # Errors
    /// [`NotTried`]; nothing is sent then.
    pub async fn try_out(&self, rule: &AlertRule) -> Result<(Firing, Vec<Delivery>), NotTried> {
        let tenant = TenantScope::of(rule.tenant_id);
        let projects = self.parts.projects.list_projects(tenant).await?;
        let now = self.parts.clock.now();
        let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let condition = Condition::parse(&rule.condition)?;
        let compiled = CompiledRule::at(rule.clone(), condition, &projects);
        let question = Question::of(&compiled);
        let value = if compiled.projects.is_empty() {
            0.0
        } else {
            let asked = (&*self.parts.signals, now);
            let wanted = Wanted::by(&compiled);
            let answer = Answer::to(&question, &wanted, &ids, asked).await;
            let answer = answer.map_err(NotTried::Unmeasured)?;
            answer.value(&compiled).unwrap_or_default()
        };
        let top = self
            .top(&compiled, now)
            .await
            .map_err(NotTried::Unmeasured)?;
        let (firing, deliveries) =
            self.raised(&compiled, (value, top), NotificationKind::Test, now);
        self.parts
            .outbox
            .enqueue_firing(&firing, &deliveries)
            .await?;
        Ok((firing, deliveries))
    }

    /// Evaluates the current rule of a share; what there is to be written down of it.
    async fn look(&self, share: &mut Share, evaluated: &mut Evaluated) -> Option<RuleEvaluation> {
        let compiled = share.current.clone()?;
        let measured = share.measure(&compiled, &*self.parts.signals).await;
        let (now, rule) = (share.now, &compiled.rule);
        let value = match measured {
            Ok(value) => value,
            Err(unmeasured) => {
                evaluated.failed += 1;
                let (reason, cause) = match &unmeasured {
                    Unmeasured::Store(error) => (reason_of(error), Some(error)),
                    Unmeasured::Before => {
                        let reason = "What the rule asks could not be answered in time.";
                        (reason, None)
                    }
                };
                return self.failed(rule, reason.to_owned(), cause, now);
            }
        };
        match self.decide(&compiled, value).await {
            Ok(fired) => {
                evaluated.fired += usize::from(fired);
                self.found(rule, value, now)
            }
            Err(error) => {
                evaluated.failed += 1;
                self.failed(rule, reason_of(&error).to_owned(), Some(&error), now)
            }
        }
    }

    /// Returns whether the rule fired.
    async fn decide(&self, compiled: &CompiledRule, value: f64) -> Result<bool, StoreError> {
        let (rule, now) = (&compiled.rule, self.parts.clock.now());
        let measured = Measured {
            value,
            comparison: compiled.condition.comparison,
            limit: compiled.limit,
            window: compiled.window,
        };
        match self.parts.evaluator.evaluate(rule.state, measured, now) {
            Outcome::Hold => Ok(false),
            Outcome::Clear => {
                let state = RuleState {
                    active: false,
                    since: Some(now),
                    ..rule.state
                };
                self.parts
                    .rules
                    .save_rule_state(rule.id, rule.version, state)
                    .await?;
                Ok(false)
            }
            Outcome::Fire => {
                // An alert without its top errors is better than none.
                let top = self.top(compiled, now).await.unwrap_or_else(|error| {
                    tracing::warn!(rule = %rule.id, cause = error_chain(&error), "no top errors");
                    Vec::new()
                });
                let kind = NotificationKind::Alert;
                let (firing, deliveries) = self.raised(compiled, (value, top), kind, now);
                let incident = new_firing::incident(rule, &firing, (&*self.parts.ids, now));
                let since = rule.state.since.filter(|_| rule.state.active);
                let alarm = NewFiring {
                    version: rule.version,
                    state: RuleState {
                        active: true,
                        since: since.or(Some(now)),
                        last_triggered: Some(now),
                    },
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
        let signals = &self.parts.signals;
        signals
            .list_top_errors(
                compiled.signal(),
                &compiled.projects,
                since,
                &compiled.filter,
            )
            .await
    }

    fn raised(
        &self,
        compiled: &CompiledRule,
        told: (f64, Vec<TopError>),
        kind: NotificationKind,
        now: OffsetDateTime,
    ) -> (Firing, Vec<Delivery>) {
        let made = (&*self.parts.ids, now, self.parts.public_url.as_str());
        new_firing::raised(compiled, told, kind, made)
    }
}
