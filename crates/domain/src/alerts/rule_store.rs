//! Port: alert rules and their state.

use super::alert_rule::{AlertRule, Delivery, Firing, RuleHealth};
use super::evaluator::RuleState;
use crate::id::RuleId;
use crate::incidents::NewIncident;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// Maximum bytes of a condition that is evaluated. Longer ones of older versions are skipped: every node loads all
/// rules every few seconds.
pub const LONGEST_CONDITION: usize = 16_384;

/// Everything that firing a rule writes.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFiring {
    /// The rule's version that was evaluated.
    pub version: i64,
    /// The rule's new state.
    pub state: RuleState,
    /// The firing.
    pub firing: Firing,
    /// Its deliveries.
    pub deliveries: Vec<Delivery>,
    /// The incident to open, unless the rule has one that is not over.
    pub incident: Option<NewIncident>,
}

/// Result of an evaluation, to be stored with its rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEvaluation {
    /// The rule.
    pub id: RuleId,
    /// `updated_at` of the rule that was evaluated.
    pub updated_at: OffsetDateTime,
    /// The result.
    pub health: RuleHealth,
    /// The highest value of the UTC hour of the evaluation, where it is higher than what was stored of it.
    pub peak: Option<f64>,
}

/// The highest value of a rule's metric in one UTC hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RulePeak {
    /// The rule.
    pub rule: RuleId,
    /// Start of the hour.
    pub hour: OffsetDateTime,
    /// The value.
    pub value: f64,
}

/// How long peaks of rules are kept, at least.
pub const PEAKS_KEPT: Duration = Duration::hours(48);

/// Stores alert rules and their state.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RuleStore: Send + Sync {
    /// Adds a rule, unless its tenant has `most` already: MUST hold under concurrent calls. Returns whether it was
    /// added.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_rule(&self, rule: &AlertRule, most: u32) -> Result<bool, StoreError>;

    /// Returns a rule by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_rule(
        &self,
        tenant: TenantScope,
        id: RuleId,
    ) -> Result<Option<AlertRule>, StoreError>;

    /// Lists a tenant's rules, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError>;

    /// Lists every tenant's enabled rules, except those of suspended tenants and those whose condition is longer than
    /// [`LONGEST_CONDITION`]. MUST NOT fail because of the content of a single rule.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError>;

    /// Updates a rule if it still has the version it carries, and increments the version. Returns `false`, and
    /// changes nothing, when the version differs or the rule does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_rule(&self, rule: &AlertRule) -> Result<bool, StoreError>;

    /// Deletes a rule; its firings stay in the history. Returns whether it existed.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_rule(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError>;

    /// Stores a rule's state. Returns `false`, and changes nothing, for another version.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn save_rule_state(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError>;

    /// Stores evaluation results. MUST skip a rule whose settings changed since, and MUST NOT change any rule's
    /// version. Sets `since` of a state that has none. Keeps the highest of the `peak`s of a rule and an hour, however
    /// many nodes store some, and removes those of hours before [`PEAKS_KEPT`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_evaluations(&self, notes: &[RuleEvaluation]) -> Result<(), StoreError>;

    /// Lists the peaks of a tenant's rules since a time, of one rule if given, by rule and hour.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_rule_peaks(
        &self,
        tenant: TenantScope,
        rule: Option<RuleId>,
        since: OffsetDateTime,
    ) -> Result<Vec<RulePeak>, StoreError>;

    /// Writes a firing atomically. MUST return `false`, and write nothing, when the rule has another version by now,
    /// so that of several nodes that decide to fire, only one does.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_firing(&self, alarm: &NewFiring) -> Result<bool, StoreError>;
}
