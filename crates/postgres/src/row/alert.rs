//! Alert rules and what comes of them.

use super::parsed;
use crate::failure::corrupt;
use crate::schema::{
    alert_firings, alert_rules, deliveries, incident_changes, incidents, integrations,
};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, DeliveryStatus, Firing, RuleHealth};
use faultbook_domain::id::{DeliveryId, FiringId, IncidentId, RuleId, TenantId};
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Integration;
use faultbook_domain::store_error::StoreError;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `alert_rules`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = alert_rules, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct RuleRow {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub name: String,
    pub condition: String,
    pub threshold: f64,
    pub time_window: i64,
    pub enabled: bool,
    pub notifications: String,
    pub open_incident: Option<String>,
    pub active: bool,
    pub last_triggered: Option<OffsetDateTime>,
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub state_since: Option<OffsetDateTime>,
    pub evaluated_at: Option<OffsetDateTime>,
    pub value: Option<f64>,
    pub failure: Option<String>,
}

/// A row of `incidents`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = incidents, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct IncidentRow {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub title: String,
    pub severity: String,
    pub status: String,
    pub description: String,
    pub assigned_to: Option<String>,
    pub rule_id: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub resolved_at: Option<OffsetDateTime>,
}

/// A row of `incident_changes`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = incident_changes, check_for_backend(diesel::pg::Pg))]
pub struct ChangeRow {
    pub incident_id: Uuid,
    pub place: i64,
    pub at: OffsetDateTime,
    pub actor: String,
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// A row of `alert_firings`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_firings, check_for_backend(diesel::pg::Pg))]
pub struct FiringRow {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub rule_id: Uuid,
    pub condition: String,
    pub incident_id: Option<Uuid>,
    pub notification: String,
}

/// A row of `deliveries`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
pub struct DeliveryRow {
    pub id: Uuid,
    pub firing_id: Uuid,
    pub tenant_id: Uuid,
    pub channel: String,
    pub status: String,
    pub attempts: i32,
    pub next_attempt_at: OffsetDateTime,
    pub reached: String,
    pub reason: Option<String>,
    pub created_at: OffsetDateTime,
    pub delivered_at: Option<OffsetDateTime>,
}

/// A row of `integrations`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = integrations, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, primary_key(tenant_id, kind))]
pub struct IntegrationRow {
    pub tenant_id: Uuid,
    pub kind: String,
    pub sealed: Vec<u8>,
    pub updated_at: OffsetDateTime,
    pub last_test: Option<OffsetDateTime>,
    pub last_error: Option<String>,
}

impl From<&AlertRule> for RuleRow {
    fn from(rule: &AlertRule) -> Self {
        let names: Vec<&str> = rule
            .notifications
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        Self {
            id: rule.id.0,
            tenant_id: rule.tenant_id.0,
            name: rule.name.clone(),
            condition: rule.condition.clone(),
            threshold: rule.threshold,
            time_window: i64::try_from(rule.time_window.as_secs()).unwrap_or(i64::MAX),
            enabled: rule.enabled,
            notifications: names.join(","),
            open_incident: rule
                .open_incident
                .map(|severity| severity.as_str().to_owned()),
            active: rule.state.active,
            last_triggered: rule.state.last_triggered,
            version: rule.version,
            created_at: rule.created_at,
            updated_at: rule.updated_at,
            state_since: rule.state.since,
            evaluated_at: rule.health.evaluated_at,
            value: rule.health.value,
            failure: rule.health.failure.clone(),
        }
    }
}

impl TryFrom<RuleRow> for AlertRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self, StoreError> {
        // A name that this version does not know costs itself, not the rule.
        let kinds = row
            .notifications
            .split(',')
            .filter_map(|name| name.parse().ok());
        let kinds: Vec<ChannelKind> = kinds.collect();
        let severity = row.open_incident.as_deref();
        Ok(Self {
            id: RuleId(row.id),
            tenant_id: TenantId(row.tenant_id),
            notifications: kinds,
            open_incident: severity.and_then(|name| name.parse().ok()),
            name: row.name,
            condition: row.condition,
            threshold: row.threshold,
            time_window: Duration::from_secs(row.time_window.unsigned_abs()),
            enabled: row.enabled,
            state: RuleState {
                active: row.active,
                since: row.state_since,
                last_triggered: row.last_triggered,
            },
            health: RuleHealth {
                evaluated_at: row.evaluated_at,
                value: row.value,
                failure: row.failure,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl From<&Incident> for IncidentRow {
    fn from(incident: &Incident) -> Self {
        Self {
            id: incident.id.0,
            tenant_id: incident.tenant_id.0,
            title: incident.title.clone(),
            severity: incident.severity.as_str().to_owned(),
            status: incident.status.as_str().to_owned(),
            description: incident.description.clone(),
            assigned_to: incident.assigned_to.clone(),
            rule_id: incident.rule_id.map(|rule| rule.0),
            created_at: incident.created_at,
            updated_at: incident.updated_at,
            resolved_at: incident.resolved_at,
        }
    }
}

impl TryFrom<IncidentRow> for Incident {
    type Error = StoreError;

    fn try_from(row: IncidentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: IncidentId(row.id),
            tenant_id: TenantId(row.tenant_id),
            severity: parsed("incidents", "severity", &row.severity)?,
            status: parsed("incidents", "status", &row.status)?,
            title: row.title,
            description: row.description,
            assigned_to: row.assigned_to,
            rule_id: row.rule_id.map(RuleId),
            created_at: row.created_at,
            updated_at: row.updated_at,
            resolved_at: row.resolved_at,
        })
    }
}

impl ChangeRow {
    /// The entry at this place of an incident's history.
    pub fn of(incident: IncidentId, place: i64, change: &IncidentChange) -> Self {
        Self {
            incident_id: incident.0,
            place,
            at: change.at,
            actor: change.actor.clone(),
            field: change.field.clone(),
            old: change.from.clone(),
            new: change.to.clone(),
        }
    }
}

impl From<ChangeRow> for IncidentChange {
    fn from(row: ChangeRow) -> Self {
        Self {
            at: row.at,
            actor: row.actor,
            field: row.field,
            from: row.old,
            to: row.new,
        }
    }
}

impl TryFrom<&Firing> for FiringRow {
    type Error = StoreError;

    fn try_from(firing: &Firing) -> Result<Self, StoreError> {
        Ok(Self {
            id: firing.id.0,
            tenant_id: firing.tenant_id.0,
            rule_id: firing.rule_id.0,
            condition: firing.condition.clone(),
            incident_id: firing.incident_id.map(|incident| incident.0),
            notification: serde_json::to_string(&firing.notification)
                .map_err(StoreError::internal)?,
        })
    }
}

impl TryFrom<FiringRow> for Firing {
    type Error = StoreError;

    fn try_from(row: FiringRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: FiringId(row.id),
            tenant_id: TenantId(row.tenant_id),
            rule_id: RuleId(row.rule_id),
            condition: row.condition,
            incident_id: row.incident_id.map(IncidentId),
            notification: serde_json::from_str(&row.notification)
                .map_err(|_| corrupt("alert_firings", "notification", &row.notification))?,
        })
    }
}

impl TryFrom<&Delivery> for DeliveryRow {
    type Error = StoreError;

    fn try_from(delivery: &Delivery) -> Result<Self, StoreError> {
        Ok(Self {
            id: delivery.id.0,
            firing_id: delivery.firing_id.0,
            tenant_id: delivery.tenant_id.0,
            channel: delivery.channel.as_str().to_owned(),
            status: delivery.status.as_str().to_owned(),
            attempts: i32::try_from(delivery.attempts).unwrap_or(i32::MAX),
            next_attempt_at: delivery.next_attempt_at,
            reached: serde_json::to_string(&delivery.reached).map_err(StoreError::internal)?,
            reason: delivery.reason.clone(),
            created_at: delivery.created_at,
            delivered_at: delivery.delivered_at,
        })
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(row.id),
            firing_id: FiringId(row.firing_id),
            tenant_id: TenantId(row.tenant_id),
            channel: parsed("deliveries", "channel", &row.channel)?,
            status: DeliveryStatus::from_stored(&row.status)
                .ok_or_else(|| corrupt("deliveries", "status", &row.status))?,
            attempts: row.attempts.unsigned_abs(),
            next_attempt_at: row.next_attempt_at,
            reached: serde_json::from_str(&row.reached)
                .map_err(|_| corrupt("deliveries", "reached", &row.reached))?,
            reason: row.reason,
            created_at: row.created_at,
            delivered_at: row.delivered_at,
        })
    }
}

impl From<&Integration> for IntegrationRow {
    fn from(integration: &Integration) -> Self {
        Self {
            tenant_id: integration.tenant_id.0,
            kind: integration.kind.as_str().to_owned(),
            sealed: integration.sealed.clone(),
            updated_at: integration.updated_at,
            last_test: integration.last_test,
            last_error: integration.last_error.clone(),
        }
    }
}

impl TryFrom<IntegrationRow> for Integration {
    type Error = StoreError;

    fn try_from(row: IntegrationRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant_id: TenantId(row.tenant_id),
            kind: parsed("integrations", "kind", &row.kind)?,
            sealed: row.sealed,
            updated_at: row.updated_at,
            last_test: row.last_test,
            last_error: row.last_error,
        })
    }
}
