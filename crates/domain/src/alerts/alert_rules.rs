//! Service: creates, changes and deletes alert rules.

use super::alert_rule::{AlertRule, RuleHealth};
use super::condition::{Condition, Limit, Within};
use super::evaluator::RuleState;
use super::rule_store::{RulePeak, RuleStore};
use crate::clock::Clock;
use crate::errors::Severity;
use crate::id::RuleId;
use crate::id_source::IdSource;
use crate::notifications::ChannelKind;
use crate::store_error::StoreError;
use crate::syntax::SyntaxError;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// How often an update is retried when the rule's version changed concurrently.
const TRIES: usize = 100;

/// Input to create or update a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub condition: String,
    /// Value of `threshold` in the condition.
    pub threshold: f64,
    /// Value of `time_window` in the condition.
    pub time_window: Duration,
    /// Whether the rule is evaluated.
    pub enabled: bool,
    /// Channels to notify.
    pub notifications: Vec<ChannelKind>,
    /// Severity of the incident to open; `None` opens none.
    pub open_incident: Option<Severity>,
    /// Whether occurrences count that are recorded while their error is ignored.
    pub include_ignored: bool,
}

/// Threshold and window that a condition contains, as defaults of a rule's settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConditionArguments {
    /// The number it compares with; `None` for `threshold`.
    pub threshold: Option<f64>,
    /// Its window; `None` for `time_window` or none.
    pub time_window: Option<Duration>,
}

/// Parses a condition and returns its threshold and window.
///
/// # Errors
/// [`SyntaxError`] with the position.
pub fn condition_arguments(condition: &str) -> Result<ConditionArguments, SyntaxError> {
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

/// Creates, changes and deletes a tenant's alert rules.
pub struct AlertRules {
    store: Arc<dyn RuleStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    most: u32,
}

impl AlertRules {
    /// Creates the service, with a maximum number of rules per tenant.
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

    /// Lists a tenant's rules, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError> {
        self.store.list_rules(tenant).await
    }

    /// Lists the highest values of a tenant's rules in each hour since a time, of one rule if given.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn peaks(
        &self,
        tenant: TenantScope,
        rule: Option<RuleId>,
        since: OffsetDateTime,
    ) -> Result<Vec<RulePeak>, StoreError> {
        self.store.list_rule_peaks(tenant, rule, since).await
    }

    /// Returns a rule by id.
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

    /// Creates a rule; `None` when the tenant has reached its limit.
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
                include_ignored: false,
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

    /// Updates a rule. A changed condition resets the rule's state: it fires if the condition is true. `None` when
    /// the rule does not exist.
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
                && (settings.enabled, settings.include_ignored)
                    == (current.enabled, current.include_ignored);
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

    /// Deletes a rule. Returns whether it existed.
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
        include_ignored,
    } = settings;
    AlertRule {
        name,
        condition,
        threshold,
        time_window,
        enabled,
        notifications,
        open_incident,
        include_ignored,
        ..rule.clone()
    }
}
