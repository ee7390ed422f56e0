//! Alert rules.

use crate::SqliteStore;
use crate::row::{ChangeRow, DeliveryRow, FiringRow, IncidentRow, RuleRow, Uid, micros};
use crate::schema::{alert_firings, alert_rules, deliveries, incident_changes, incidents, tenants};
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Bool, Double, Nullable, Text};
use faultbook_domain::alerts::AlertRule;
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{LONGEST_CONDITION, NewFiring, RuleEvaluation, RuleStore};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::RuleId;
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use std::collections::HashSet;

const NOTE: &str = "UPDATE alert_rules SET evaluated_at = ?1, value = ?2, failure = ?3, \
     state_since = coalesce(state_since, ?1) WHERE id = ?4 AND updated_at = ?5";

#[async_trait]
impl RuleStore for SqliteStore {
    async fn create_rule(&self, rule: &AlertRule, most: u32) -> Result<bool, StoreError> {
        let row = RuleRow::from(rule);
        self.write(move |connection| {
            let there: i64 = alert_rules::table
                .filter(alert_rules::tenant_id.eq(row.tenant_id))
                .select(count_star())
                .first(connection)?;
            if there >= i64::from(most) {
                return Ok(false);
            }
            diesel::insert_into(alert_rules::table)
                .values(row)
                .execute(connection)?;
            Ok(true)
        })
        .await
    }

    async fn rule(&self, tenant: TenantScope, id: RuleId) -> Result<Option<AlertRule>, StoreError> {
        self.read(move |connection| {
            let row = alert_rules::table
                .filter(alert_rules::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(alert_rules::id.eq(Uid::from(id.0)))
                .select(RuleRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(AlertRule::try_from).transpose()?)
        })
        .await
    }

    async fn rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError> {
        self.read(move |connection| {
            let rows = alert_rules::table
                .filter(alert_rules::tenant_id.eq(Uid::from(tenant.id().0)))
                .order(alert_rules::id)
                .select(RuleRow::as_select())
                .load(connection)?;
            let rules: Result<_, StoreError> = rows.into_iter().map(AlertRule::try_from).collect();
            Ok(rules?)
        })
        .await
    }

    async fn enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError> {
        let fits = format!("octet_length(alert_rules.condition) <= {LONGEST_CONDITION}");
        self.read(move |connection| {
            let active: Vec<Uid> = tenants::table
                .filter(tenants::suspended.eq(false))
                .filter(tenants::deleted_at.is_null())
                .select(tenants::id)
                .load(connection)?;
            let rows = alert_rules::table
                .filter(alert_rules::enabled)
                .filter(sql::<Bool>(&fits))
                .order(alert_rules::id)
                .select(RuleRow::as_select())
                .load(connection)?;
            let active: HashSet<Uid> = active.into_iter().collect();
            let rows = rows.into_iter();
            Ok(readable(rows.filter(|row| active.contains(&row.tenant_id))))
        })
        .await
    }

    async fn update_rule(&self, rule: &AlertRule) -> Result<bool, StoreError> {
        let (seen, mut row) = (rule.version, RuleRow::from(rule));
        row.version += 1;
        self.write(move |connection| {
            let seen = alert_rules::table
                .filter(alert_rules::id.eq(row.id))
                .filter(alert_rules::version.eq(seen));
            Ok(diesel::update(seen).set(row).execute(connection)? > 0)
        })
        .await
    }

    async fn delete_rule(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let gone = alert_rules::table
                .filter(alert_rules::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(alert_rules::id.eq(Uid::from(id.0)));
            Ok(diesel::delete(gone).execute(connection)? > 0)
        })
        .await
    }

    async fn settle_rule(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| Ok(settle(connection, id, version, state)?))
            .await
    }

    async fn note_rules(&self, notes: &[RuleEvaluation]) -> Result<(), StoreError> {
        let notes = notes.to_vec();
        self.write(move |connection| {
            for note in notes {
                sql_query(NOTE)
                    .bind::<Nullable<BigInt>, _>(note.health.evaluated_at.map(micros))
                    .bind::<Nullable<Double>, _>(note.health.value)
                    .bind::<Nullable<Text>, _>(note.health.failure)
                    .bind::<Binary, _>(Uid::from(note.id.0))
                    .bind::<BigInt, _>(micros(note.updated_at))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }

    async fn fire(&self, alarm: &NewFiring) -> Result<bool, StoreError> {
        let NewFiring {
            version,
            state,
            firing,
            deliveries,
            incident,
        } = alarm;
        let (version, state, id, incident) = (*version, *state, firing.rule_id, incident.clone());
        let mut firing = FiringRow::try_from(firing)?;
        let messages: Result<Vec<_>, _> = deliveries.iter().map(DeliveryRow::try_from).collect();
        let messages = messages?;
        self.write(move |connection| {
            if !settle(connection, id, version, state)? {
                return Ok(false);
            }
            firing.incident_id = match incident {
                Some(incident) if open_incident(connection, &incident)? => {
                    Some(incident.id.0.into())
                }
                _ => None,
            };
            post(connection, firing, messages)?;
            Ok(true)
        })
        .await
    }
}

/// The rules that can be read: what one row holds must not cost the others.
fn readable(rows: impl Iterator<Item = RuleRow>) -> Vec<AlertRule> {
    let read = |row: RuleRow| {
        let rule = row.id.uuid();
        AlertRule::try_from(row)
            .inspect_err(|error| tracing::error!(%rule, %error, "a rule cannot be read"))
            .ok()
    };
    rows.filter_map(read).collect()
}

fn settle(
    connection: &mut SqliteConnection,
    id: RuleId,
    version: i64,
    state: RuleState,
) -> QueryResult<bool> {
    let seen = alert_rules::table
        .filter(alert_rules::id.eq(Uid::from(id.0)))
        .filter(alert_rules::version.eq(version));
    let settled = diesel::update(seen)
        .set((
            alert_rules::active.eq(state.active),
            alert_rules::state_since.eq(state.since.map(micros)),
            alert_rules::last_triggered.eq(state.last_triggered.map(micros)),
            alert_rules::version.eq(version + 1),
        ))
        .execute(connection)?;
    Ok(settled > 0)
}

/// Opens an incident, unless its rule has one that is not over. Returns whether it did.
fn open_incident(connection: &mut SqliteConnection, incident: &Incident) -> QueryResult<bool> {
    let opened = diesel::insert_or_ignore_into(incidents::table)
        .values(IncidentRow::from(incident))
        .execute(connection)?;
    if opened > 0 {
        begin_history(connection, incident, Actor::System)?;
    }
    Ok(opened > 0)
}

/// Writes the first entry of an incident's history.
pub(crate) fn begin_history(
    connection: &mut SqliteConnection,
    incident: &Incident,
    by: Actor,
) -> QueryResult<usize> {
    let created = IncidentChange {
        at: incident.created_at,
        actor: by.to_string(),
        field: "created".to_owned(),
        from: None,
        to: None,
    };
    diesel::insert_into(incident_changes::table)
        .values(ChangeRow::of(incident.id, 1, &created))
        .execute(connection)
}

/// Writes a firing and its messages.
pub(crate) fn post(
    connection: &mut SqliteConnection,
    firing: FiringRow,
    messages: Vec<DeliveryRow>,
) -> QueryResult<()> {
    diesel::insert_into(alert_firings::table)
        .values(firing)
        .execute(connection)?;
    for message in messages {
        diesel::insert_into(deliveries::table)
            .values(message)
            .execute(connection)?;
    }
    Ok(())
}
