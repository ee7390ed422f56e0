//! Making and changing alert rules.

use super::alert_rule::{AlertRule, ChannelKind, RuleHealth};
use super::condition::{Condition, InvalidCondition, Limit, Within};
use super::evaluator::RuleState;
use super::rule_store::RuleStore;
use crate::clock::Clock;
use crate::errors::Severity;
use crate::id::RuleId;
use crate::id_source::IdSource;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use std::time::Duration;

/// How often a change is tried while the evaluation, or somebody else, changes the rule under it.
const TRIES: usize = 100;

/// What somebody decides about a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub condition: String,
    /// What `threshold` stands for.
    pub threshold: f64,
    /// What `time_window` stands for.
    pub time_window: Duration,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Through which channels it tells.
    pub notifications: Vec<ChannelKind>,
    /// Opens an incident of this severity.
    pub open_incident: Option<Severity>,
}

/// What a condition says by itself, for rules that leave it out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConditionArguments {
    /// The number it compares with; `None` where it says `threshold`.
    pub threshold: Option<f64>,
    /// Its window; `None` where it says `time_window`, or nothing.
    pub time_window: Option<Duration>,
}

/// Understands a condition.
///
/// # Errors
/// [`InvalidCondition`], which points at the position.
pub fn condition_arguments(condition: &str) -> Result<ConditionArguments, InvalidCondition> {
    let condition = Condition::parse(condition)?;
    Ok(ConditionArguments {
        threshold: match condition.limit {
            Limit::Number(number) => Some(number),
            Limit::Threshold => None,
        },
        time_window: match condition.within {
            Within::Span(span) => Some(span),
            Within::TimeWindow => None,
        },
    })
}

/// A tenant's rules.
pub struct AlertRules {
    store: Arc<dyn RuleStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    most: u32,
}

impl AlertRules {
    /// Rules of this store, at most so many a tenant.
    #[must_use]
    pub fn new(
        store: Arc<dyn RuleStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        most: u32,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            most,
        }
    }

    /// A tenant's rules, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError> {
        self.store.list_rules(tenant).await
    }

    /// A tenant's rule.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn get(
        &self,
        tenant: TenantScope,
        id: RuleId,
    ) -> Result<Option<AlertRule>, StoreError> {
        self.store.get_rule(tenant, id).await
    }

    /// Makes a rule; `None` when the tenant has as many as it may have.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn create(
        &self,
        tenant: TenantScope,
        settings: RuleSettings,
    ) -> Result<Option<AlertRule>, StoreError> {
        let now = self.clock.now();
        let rule = settled(
            &AlertRule {
                id: RuleId(self.ids.next_id(now)),
                tenant_id: tenant.id(),
                name: String::new(),
                condition: String::new(),
                threshold: 0.0,
                time_window: Duration::ZERO,
                enabled: false,
                notifications: Vec::new(),
                open_incident: None,
                state: RuleState::default(),
                health: RuleHealth::default(),
                version: 1,
                created_at: now,
                updated_at: now,
            },
            settings,
        );
        let made = self.store.create_rule(&rule, self.most).await?;
        Ok(made.then_some(rule))
    }

    /// Changes a rule that was looked at. A changed condition is looked at afresh: the rule fires if it
    /// is true. `None` when the rule is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn update(
        &self,
        rule: &AlertRule,
        settings: RuleSettings,
    ) -> Result<Option<AlertRule>, StoreError> {
        for _ in 0..TRIES {
            let Some(current) = self
                .store
                .get_rule(TenantScope::of(rule.tenant_id), rule.id)
                .await?
            else {
                return Ok(None);
            };
            let same = (
                &settings.condition,
                settings.threshold,
                settings.time_window,
            ) == (&current.condition, current.threshold, current.time_window)
                && settings.enabled == current.enabled;
            let mut changed = settled(&current, settings.clone());
            changed.updated_at = self.clock.now();
            if !same {
                changed.state.active = false;
                changed.state.since = None;
                changed.health = RuleHealth::default();
            }
            if self.store.update_rule(&changed).await? {
                changed.version += 1;
                return Ok(Some(changed));
            }
        }
        Err(StoreError::unavailable("the rule changes all the time"))
    }

    /// Removes a rule. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn delete(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError> {
        self.store.delete_rule(tenant, id).await
    }
}

fn settled(rule: &AlertRule, settings: RuleSettings) -> AlertRule {
    let RuleSettings {
        name,
        condition,
        threshold,
        time_window,
        enabled,
        notifications,
        open_incident,
    } = settings;
    AlertRule {
        name,
        condition,
        threshold,
        time_window,
        enabled,
        notifications,
        open_incident,
        ..rule.clone()
    }
}
