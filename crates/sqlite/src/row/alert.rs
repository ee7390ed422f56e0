//! Alert rules and what comes of them.

use super::{Uid, micros, named, time};
use crate::failure::corrupt;
use crate::schema::{
    alert_firings, alert_rules, deliveries, incident_changes, incidents, integrations,
};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, DeliveryStatus, Firing, RuleHealth};
use faultbook_domain::id::{DeliveryId, FiringId, IncidentId, RuleId, TenantId};
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Integration;
use faultbook_domain::store_error::StoreError;
use std::time::Duration;

/// A row of `alert_rules`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = alert_rules, check_for_backend(Sqlite), treat_none_as_null = true)]
pub(crate) struct RuleRow {
    pub(crate) id: Uid,
    pub(crate) tenant_id: Uid,
    pub(crate) name: String,
    pub(crate) condition: String,
    pub(crate) threshold: f64,
    pub(crate) time_window: i64,
    pub(crate) enabled: bool,
    pub(crate) notifications: String,
    pub(crate) open_incident: Option<String>,
    pub(crate) active: bool,
    pub(crate) last_triggered: Option<i64>,
    pub(crate) version: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) state_since: Option<i64>,
    pub(crate) evaluated_at: Option<i64>,
    pub(crate) value: Option<f64>,
    pub(crate) failure: Option<String>,
}

/// A row of `incidents`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = incidents, check_for_backend(Sqlite), treat_none_as_null = true)]
pub(crate) struct IncidentRow {
    pub(crate) id: Uid,
    pub(crate) tenant_id: Uid,
    pub(crate) title: String,
    pub(crate) severity: String,
    pub(crate) status: String,
    pub(crate) description: String,
    pub(crate) assigned_to: Option<String>,
    pub(crate) rule_id: Option<Uid>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) resolved_at: Option<i64>,
}

/// A row of `incident_changes`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = incident_changes, check_for_backend(Sqlite))]
pub(crate) struct ChangeRow {
    pub(crate) incident_id: Uid,
    pub(crate) place: i64,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) field: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

/// A row of `alert_firings`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_firings, check_for_backend(Sqlite))]
pub(crate) struct FiringRow {
    pub(crate) id: Uid,
    pub(crate) tenant_id: Uid,
    pub(crate) rule_id: Uid,
    pub(crate) condition: String,
    pub(crate) incident_id: Option<Uid>,
    pub(crate) notification: String,
}

/// A row of `deliveries`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, check_for_backend(Sqlite))]
pub(crate) struct DeliveryRow {
    pub(crate) id: Uid,
    pub(crate) firing_id: Uid,
    pub(crate) tenant_id: Uid,
    pub(crate) channel: String,
    pub(crate) status: String,
    pub(crate) attempts: i32,
    pub(crate) next_attempt_at: i64,
    pub(crate) reached: String,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) delivered_at: Option<i64>,
}

/// A row of `integrations`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = integrations, check_for_backend(Sqlite), treat_none_as_null = true, primary_key(tenant_id, kind))]
pub(crate) struct IntegrationRow {
    pub(crate) tenant_id: Uid,
    pub(crate) kind: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) updated_at: i64,
    pub(crate) last_test: Option<i64>,
    pub(crate) last_error: Option<String>,
}

impl From<&AlertRule> for RuleRow {
    fn from(rule: &AlertRule) -> Self {
        let names: Vec<&str> = rule
            .notifications
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        Self {
            id: rule.id.0.into(),
            tenant_id: rule.tenant_id.0.into(),
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
            last_triggered: rule.state.last_triggered.map(micros),
            version: rule.version,
            created_at: micros(rule.created_at),
            updated_at: micros(rule.updated_at),
            state_since: rule.state.since.map(micros),
            evaluated_at: rule.health.evaluated_at.map(micros),
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
        let maybe =
            |column, at: Option<i64>| at.map(|at| time("alert_rules", column, at)).transpose();
        Ok(Self {
            id: RuleId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            notifications: kinds,
            open_incident: severity.and_then(|name| name.parse().ok()),
            name: row.name,
            condition: row.condition,
            threshold: row.threshold,
            time_window: Duration::from_secs(row.time_window.unsigned_abs()),
            enabled: row.enabled,
            state: RuleState {
                active: row.active,
                since: maybe("state_since", row.state_since)?,
                last_triggered: maybe("last_triggered", row.last_triggered)?,
            },
            health: RuleHealth {
                evaluated_at: maybe("evaluated_at", row.evaluated_at)?,
                value: row.value,
                failure: row.failure,
            },
            version: row.version,
            created_at: time("alert_rules", "created_at", row.created_at)?,
            updated_at: time("alert_rules", "updated_at", row.updated_at)?,
        })
    }
}

impl From<&Incident> for IncidentRow {
    fn from(incident: &Incident) -> Self {
        Self {
            id: incident.id.0.into(),
            tenant_id: incident.tenant_id.0.into(),
            title: incident.title.clone(),
            severity: incident.severity.as_str().to_owned(),
            status: incident.status.as_str().to_owned(),
            description: incident.description.clone(),
            assigned_to: incident.assigned_to.clone(),
            rule_id: incident.rule_id.map(|rule| rule.0.into()),
            created_at: micros(incident.created_at),
            updated_at: micros(incident.updated_at),
            resolved_at: incident.resolved_at.map(micros),
        }
    }
}

impl TryFrom<IncidentRow> for Incident {
    type Error = StoreError;

    fn try_from(row: IncidentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: IncidentId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            severity: named("incidents", "severity", &row.severity)?,
            status: named("incidents", "status", &row.status)?,
            title: row.title,
            description: row.description,
            assigned_to: row.assigned_to,
            rule_id: row.rule_id.map(|rule| RuleId(rule.uuid())),
            created_at: time("incidents", "created_at", row.created_at)?,
            updated_at: time("incidents", "updated_at", row.updated_at)?,
            resolved_at: row
                .resolved_at
                .map(|at| time("incidents", "resolved_at", at))
                .transpose()?,
        })
    }
}

impl ChangeRow {
    /// The entry at this place of an incident's history.
    pub(crate) fn of(incident: IncidentId, place: i64, change: &IncidentChange) -> Self {
        Self {
            incident_id: incident.0.into(),
            place,
            at: micros(change.at),
            actor: change.actor.clone(),
            field: change.field.clone(),
            old: change.from.clone(),
            new: change.to.clone(),
        }
    }
}

impl TryFrom<ChangeRow> for IncidentChange {
    type Error = StoreError;

    fn try_from(row: ChangeRow) -> Result<Self, StoreError> {
        Ok(Self {
            at: time("incident_changes", "at", row.at)?,
            actor: row.actor,
            field: row.field,
            from: row.old,
            to: row.new,
        })
    }
}

impl TryFrom<&Firing> for FiringRow {
    type Error = StoreError;

    fn try_from(firing: &Firing) -> Result<Self, StoreError> {
        Ok(Self {
            id: firing.id.0.into(),
            tenant_id: firing.tenant_id.0.into(),
            rule_id: firing.rule_id.0.into(),
            condition: firing.condition.clone(),
            incident_id: firing.incident_id.map(|incident| incident.0.into()),
            notification: serde_json::to_string(&firing.notification)
                .map_err(StoreError::internal)?,
        })
    }
}

impl TryFrom<FiringRow> for Firing {
    type Error = StoreError;

    fn try_from(row: FiringRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: FiringId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            rule_id: RuleId(row.rule_id.uuid()),
            condition: row.condition,
            incident_id: row.incident_id.map(|incident| IncidentId(incident.uuid())),
            notification: serde_json::from_str(&row.notification)
                .map_err(|_| corrupt("alert_firings", "notification", &row.notification))?,
        })
    }
}

impl TryFrom<&Delivery> for DeliveryRow {
    type Error = StoreError;

    fn try_from(delivery: &Delivery) -> Result<Self, StoreError> {
        Ok(Self {
            id: delivery.id.0.into(),
            firing_id: delivery.firing_id.0.into(),
            tenant_id: delivery.tenant_id.0.into(),
            channel: delivery.channel.as_str().to_owned(),
            status: delivery.status.as_str().to_owned(),
            attempts: i32::try_from(delivery.attempts).unwrap_or(i32::MAX),
            next_attempt_at: micros(delivery.next_attempt_at),
            reached: serde_json::to_string(&delivery.reached).map_err(StoreError::internal)?,
            reason: delivery.reason.clone(),
            created_at: micros(delivery.created_at),
            delivered_at: delivery.delivered_at.map(micros),
        })
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(row.id.uuid()),
            firing_id: FiringId(row.firing_id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            channel: named("deliveries", "channel", &row.channel)?,
            status: DeliveryStatus::from_stored(&row.status)
                .ok_or_else(|| corrupt("deliveries", "status", &row.status))?,
            attempts: row.attempts.unsigned_abs(),
            next_attempt_at: time("deliveries", "next_attempt_at", row.next_attempt_at)?,
            reached: serde_json::from_str(&row.reached)
                .map_err(|_| corrupt("deliveries", "reached", &row.reached))?,
            reason: row.reason,
            created_at: time("deliveries", "created_at", row.created_at)?,
            delivered_at: row
                .delivered_at
                .map(|at| time("deliveries", "delivered_at", at))
                .transpose()?,
        })
    }
}

impl From<&Integration> for IntegrationRow {
    fn from(integration: &Integration) -> Self {
        Self {
            tenant_id: integration.tenant_id.0.into(),
            kind: integration.kind.as_str().to_owned(),
            sealed: integration.sealed.clone(),
            updated_at: micros(integration.updated_at),
            last_test: integration.last_test.map(micros),
            last_error: integration.last_error.clone(),
        }
    }
}

impl TryFrom<IntegrationRow> for Integration {
    type Error = StoreError;

    fn try_from(row: IntegrationRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant_id: TenantId(row.tenant_id.uuid()),
            kind: named("integrations", "kind", &row.kind)?,
            sealed: row.sealed,
            updated_at: time("integrations", "updated_at", row.updated_at)?,
            last_test: row
                .last_test
                .map(|at| time("integrations", "last_test", at))
                .transpose()?,
            last_error: row.last_error,
        })
    }
}
