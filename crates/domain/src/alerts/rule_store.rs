//! Alert rules.

use super::alert_rule::{AlertRule, Delivery, Firing, RuleHealth};
use super::evaluator::RuleState;
use crate::id::RuleId;
use crate::incidents::Incident;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Bytes of the longest condition that is evaluated. Rules of an older version may hold longer ones: every
/// node loads every rule each few seconds, so those are left out.
pub const LONGEST_CONDITION: usize = 16_384;

/// What firing a rule writes.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFiring {
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

/// What an evaluation found of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEvaluation {
    /// The rule.
    pub id: RuleId,
    /// When somebody last changed the rule that was evaluated.
    pub updated_at: OffsetDateTime,
    /// What was found.
    pub health: RuleHealth,
}

/// Keeps alert rules and their state.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RuleStore: Send + Sync {
    /// Adds a rule, unless its tenant has `most` already: MUST hold however many are added at once.
    /// Returns whether it was added.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_rule(&self, rule: &AlertRule, most: u32) -> Result<bool, StoreError>;

    /// A tenant's rule.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_rule(
        &self,
        tenant: TenantScope,
        id: RuleId,
    ) -> Result<Option<AlertRule>, StoreError>;

    /// A tenant's rules, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError>;

    /// Every tenant's enabled rules, but those of suspended tenants and those whose condition is longer
    /// than [`LONGEST_CONDITION`]. MUST NOT fail over what a single rule holds.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError>;

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
    async fn save_rule_state(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError>;

    /// Writes what evaluations found. MUST leave out a rule that somebody changed since, and MUST NOT
    /// change any rule's version. Sets `since` of a state that has none.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_evaluations(&self, notes: &[RuleEvaluation]) -> Result<(), StoreError>;

    /// Writes all that firing comes to, or nothing. MUST return `false`, and write nothing, when the rule
    /// has another version by now: so that of several nodes that decide to fire, one does.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_firing(&self, alarm: &NewFiring) -> Result<bool, StoreError>;
}
