//! Alert rules.

use super::StoreError;
use crate::alert::RuleState;
use crate::entity::{AlertRule, Delivery, Firing, Incident, RuleId, TenantScope};
use async_trait::async_trait;

/// What firing a rule writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// The rule's version that was looked at.
    pub version: i64,
    /// What is remembered of the rule from now on.
    pub state: RuleState,
    /// The firing.
    pub firing: Firing,
    /// Its messages.
    pub deliveries: Vec<Delivery>,
    /// The incident it opens, unless the rule has one that is not over.
    pub incident: Option<Incident>,
}

/// Keeps alert rules and their state.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RuleStore: Send + Sync {
    /// Adds a rule.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_rule(&self, rule: &AlertRule) -> Result<(), StoreError>;

    /// A tenant's rule.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn rule(&self, tenant: TenantScope, id: RuleId) -> Result<Option<AlertRule>, StoreError>;

    /// A tenant's rules, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError>;

    /// Every tenant's enabled rules, but those of suspended tenants.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError>;

    /// Writes a rule that was looked at in the version it carries, and makes it one newer. Returns
    /// `false`, and changes nothing, when it has another version by now or is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_rule(&self, rule: &AlertRule) -> Result<bool, StoreError>;

    /// Removes a rule. What it fired stays in the history. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_rule(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError>;

    /// Remembers a rule's state. Returns `false`, and changes nothing, for another version.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn settle_rule(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError>;

    /// Writes all that firing comes to, or nothing. MUST return `false`, and write nothing, when the rule
    /// has another version by now: so that of several nodes that decide to fire, one does.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn fire(&self, alarm: &Alarm) -> Result<bool, StoreError>;
}
