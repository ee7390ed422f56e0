//! Rows of alert rules, firings, deliveries, incidents and integrations.

use super::{corrupt, parsed};
use crate::schema::{
    alert_firings, alert_rules, deliveries, incident_changes, incidents, integrations,
};
use crate::types::{DbId, DbTime};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, DeliveryStatus, Firing, RuleHealth};
use faultbook_domain::id::{DeliveryId, FiringId, IncidentId, RuleId, TenantId};
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::{ChannelTest, Integration};
use faultbook_domain::store_error::StoreError;
use std::time::Duration;

/// A row of `alert_rules`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = alert_rules, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct RuleRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub name: String,
    pub condition: String,
    pub threshold: f64,
    pub time_window: i64,
    pub enabled: bool,
    pub notifications: String,
    pub open_incident: Option<String>,
    pub include_ignored: bool,
    pub active: bool,
    pub last_triggered: Option<DbTime>,
    pub version: i64,
    pub created_at: DbTime,
    pub updated_at: DbTime,
    pub state_since: Option<DbTime>,
    pub evaluated_at: Option<DbTime>,
    pub value: Option<f64>,
    pub failure: Option<String>,
}

/// A row of `incidents`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = incidents, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct IncidentRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub title: String,
    pub severity: String,
    pub status: String,
    pub description: String,
    pub assigned_to: Option<String>,
    pub rule_id: Option<DbId>,
    pub created_at: DbTime,
    pub updated_at: DbTime,
    pub resolved_at: Option<DbTime>,
}

/// A row of `incident_changes`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = incident_changes, treat_none_as_default_value = false)]
pub struct ChangeRow {
    pub incident_id: DbId,
    pub place: i64,
    pub at: DbTime,
    pub actor: String,
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    pub text: Option<String>,
}

/// A row of `alert_firings`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_firings, treat_none_as_default_value = false)]
pub struct FiringRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub rule_id: DbId,
    pub condition: String,
    pub incident_id: Option<DbId>,
    pub notification: String,
}

/// A row of `deliveries`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct DeliveryRow {
    pub id: DbId,
    pub firing_id: DbId,
    pub tenant_id: DbId,
    pub channel: String,
    pub status: String,
    pub attempts: i32,
    pub next_attempt_at: DbTime,
    pub reached: String,
    pub reason: Option<String>,
    pub created_at: DbTime,
    pub delivered_at: Option<DbTime>,
    pub result: Option<String>,
    pub last_attempt_at: Option<DbTime>,
    pub took_us: Option<i64>,
}

/// A row of `integrations`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = integrations, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(tenant_id, kind))]
pub struct IntegrationRow {
    pub tenant_id: DbId,
    pub kind: String,
    pub sealed: Vec<u8>,
    pub set_by_manager: bool,
    pub updated_at: DbTime,
    pub last_test: Option<DbTime>,
    pub last_error: Option<String>,
    pub last_result: Option<String>,
    pub last_took_us: Option<i64>,
}

/// Returns a duration as the database keeps it.
#[must_use]
pub fn micros(took: Duration) -> i64 {
    i64::try_from(took.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(micros.unsigned_abs())
}

impl From<&AlertRule> for RuleRow {
    fn from(rule: &AlertRule) -> Self {
        let names: Vec<&str> = rule
            .notifications
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        Self {
            id: DbId(rule.id.0),
            tenant_id: DbId(rule.tenant_id.0),
            name: rule.name.clone(),
            condition: rule.condition.clone(),
            threshold: rule.threshold,
            time_window: i64::try_from(rule.time_window.as_secs()).unwrap_or(i64::MAX),
            enabled: rule.enabled,
            notifications: names.join(","),
            open_incident: rule
                .open_incident
                .map(|severity| severity.as_str().to_owned()),
            include_ignored: rule.include_ignored,
            active: rule.state.active,
            last_triggered: rule.state.last_triggered.map(DbTime),
            version: rule.version,
            created_at: DbTime(rule.created_at),
            updated_at: DbTime(rule.updated_at),
            state_since: rule.state.since.map(DbTime),
            evaluated_at: rule.health.evaluated_at.map(DbTime),
            value: rule.health.value,
            failure: rule.health.failure.clone(),
        }
    }
}

impl TryFrom<RuleRow> for AlertRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self, StoreError> {
        // An unknown channel name of another version is skipped, and does not invalidate the rule.
        let kinds = row
            .notifications
            .split(',')
            .filter_map(|name| name.parse().ok());
        let kinds: Vec<ChannelKind> = kinds.collect();
        let severity = row.open_incident.as_deref();
        Ok(Self {
            id: RuleId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            notifications: kinds,
            open_incident: severity.and_then(|name| name.parse().ok()),
            include_ignored: row.include_ignored,
            name: row.name,
            condition: row.condition,
            threshold: row.threshold,
            time_window: Duration::from_secs(row.time_window.unsigned_abs()),
            enabled: row.enabled,
            state: RuleState {
                active: row.active,
                since: row.state_since.map(|at| at.0),
                last_triggered: row.last_triggered.map(|at| at.0),
            },
            health: RuleHealth {
                evaluated_at: row.evaluated_at.map(|at| at.0),
                value: row.value,
                failure: row.failure,
            },
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

impl From<&Incident> for IncidentRow {
    fn from(incident: &Incident) -> Self {
        Self {
            id: DbId(incident.id.0),
            tenant_id: DbId(incident.tenant_id.0),
            title: incident.title.clone(),
            severity: incident.severity.as_str().to_owned(),
            status: incident.status.as_str().to_owned(),
            description: incident.description.clone(),
            assigned_to: incident.assigned_to.clone(),
            rule_id: incident.rule_id.map(|rule| DbId(rule.0)),
            created_at: DbTime(incident.created_at),
            updated_at: DbTime(incident.updated_at),
            resolved_at: incident.resolved_at.map(DbTime),
        }
    }
}

impl TryFrom<IncidentRow> for Incident {
    type Error = StoreError;

    fn try_from(row: IncidentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: IncidentId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            severity: parsed("incidents", "severity", &row.severity)?,
            status: parsed("incidents", "status", &row.status)?,
            title: row.title,
            description: row.description,
            assigned_to: row.assigned_to,
            rule_id: row.rule_id.map(|id| RuleId(id.0)),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            resolved_at: row.resolved_at.map(|at| at.0),
        })
    }
}

impl ChangeRow {
    /// Builds the row of an incident's history entry at this position.
    pub fn of(incident: IncidentId, place: i64, change: &IncidentChange) -> Self {
        Self {
            incident_id: DbId(incident.0),
            place,
            at: DbTime(change.at),
            actor: change.actor.clone(),
            field: change.field.clone(),
            old: change.from.clone(),
            new: change.to.clone(),
            text: change.text.clone(),
        }
    }
}

impl From<ChangeRow> for IncidentChange {
    fn from(row: ChangeRow) -> Self {
        Self {
            at: row.at.0,
            actor: row.actor,
            field: row.field,
            from: row.old,
            to: row.new,
            text: row.text,
        }
    }
}

impl TryFrom<&Firing> for FiringRow {
    type Error = StoreError;

    fn try_from(firing: &Firing) -> Result<Self, StoreError> {
        Ok(Self {
            id: DbId(firing.id.0),
            tenant_id: DbId(firing.tenant_id.0),
            rule_id: DbId(firing.rule_id.0),
            condition: firing.condition.clone(),
            incident_id: firing.incident_id.map(|incident| DbId(incident.0)),
            notification: serde_json::to_string(&firing.notification)
                .map_err(StoreError::internal)?,
        })
    }
}

impl TryFrom<FiringRow> for Firing {
    type Error = StoreError;

    fn try_from(row: FiringRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: FiringId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            rule_id: RuleId(row.rule_id.0),
            condition: row.condition,
            incident_id: row.incident_id.map(|id| IncidentId(id.0)),
            notification: serde_json::from_str(&row.notification)
                .map_err(|_| corrupt("alert_firings", "notification", &row.notification))?,
        })
    }
}

impl TryFrom<&Delivery> for DeliveryRow {
    type Error = StoreError;

    fn try_from(delivery: &Delivery) -> Result<Self, StoreError> {
        Ok(Self {
            id: DbId(delivery.id.0),
            firing_id: DbId(delivery.firing_id.0),
            tenant_id: DbId(delivery.tenant_id.0),
            channel: delivery.channel.as_str().to_owned(),
            status: delivery.status.as_str().to_owned(),
            attempts: i32::try_from(delivery.attempts).unwrap_or(i32::MAX),
            next_attempt_at: DbTime(delivery.next_attempt_at),
            reached: serde_json::to_string(&delivery.reached).map_err(StoreError::internal)?,
            reason: delivery.reason.clone(),
            created_at: DbTime(delivery.created_at),
            delivered_at: delivery.delivered_at.map(DbTime),
            result: delivery.result.clone(),
            last_attempt_at: delivery.last_attempt_at.map(DbTime),
            took_us: delivery.took.map(micros),
        })
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(row.id.0),
            firing_id: FiringId(row.firing_id.0),
            tenant_id: TenantId(row.tenant_id.0),
            channel: parsed("deliveries", "channel", &row.channel)?,
            status: DeliveryStatus::from_stored(&row.status)
                .ok_or_else(|| corrupt("deliveries", "status", &row.status))?,
            attempts: row.attempts.unsigned_abs(),
            next_attempt_at: row.next_attempt_at.0,
            reached: serde_json::from_str(&row.reached)
                .map_err(|_| corrupt("deliveries", "reached", &row.reached))?,
            reason: row.reason,
            created_at: row.created_at.0,
            delivered_at: row.delivered_at.map(|at| at.0),
            result: row.result,
            last_attempt_at: row.last_attempt_at.map(|at| at.0),
            took: row.took_us.map(duration),
        })
    }
}

impl From<&Integration> for IntegrationRow {
    fn from(integration: &Integration) -> Self {
        let test = integration.last_test.as_ref();
        Self {
            tenant_id: DbId(integration.tenant_id.0),
            kind: integration.kind.as_str().to_owned(),
            sealed: integration.sealed.clone(),
            set_by_manager: integration.set_by_manager,
            updated_at: DbTime(integration.updated_at),
            last_test: test.map(|test| DbTime(test.at)),
            last_error: test.and_then(|test| test.error.clone()),
            last_result: test.map(|test| test.result.clone()),
            last_took_us: test.map(|test| micros(test.took)),
        }
    }
}

impl TryFrom<IntegrationRow> for Integration {
    type Error = StoreError;

    fn try_from(row: IntegrationRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant_id: TenantId(row.tenant_id.0),
            kind: parsed("integrations", "kind", &row.kind)?,
            sealed: row.sealed,
            set_by_manager: row.set_by_manager,
            updated_at: row.updated_at.0,
            last_test: row.last_test.map(|at| ChannelTest {
                at: at.0,
                error: row.last_error,
                result: row.last_result.unwrap_or_default(),
                took: row.last_took_us.map(duration).unwrap_or_default(),
            }),
        })
    }
}
