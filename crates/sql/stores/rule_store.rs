//! Alert rules over SQL.

use super::incident_store::open_incident;
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Double};
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, Firing};
use faultbook_domain::alerts::{
    LONGEST_CONDITION, NewFiring, PEAKS_KEPT, RuleEvaluation, RulePeak, RuleStore,
};
use faultbook_domain::id::RuleId;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{DeliveryRow, FiringRow, RuleRow, all, one};
use faultbook_sql::schema::{alert_firings, alert_rules, deliveries, rule_peaks, tenants};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;

#[async_trait]
impl RuleStore for Store {
    async fn create_rule(&self, rule: &AlertRule, most: u32) -> Result<bool, StoreError> {
        let rule = rule.clone();
        self.write(async move |connection| {
            // Serializes concurrent creations of a tenant, so that each counts the others' rules.
            dialect::lock_tenant(connection, rule.tenant_id).await?;
            let there: i64 = alert_rules::table
                .filter(alert_rules::tenant_id.eq(DbId(rule.tenant_id.0)))
                .select(count_star())
                .first(connection)
                .await?;
            if there >= i64::from(most) {
                return Ok(false);
            }
            diesel::insert_into(alert_rules::table)
                .values(RuleRow::from(&rule))
                .execute(connection)
                .await?;
            Ok(true)
        })
        .await
    }

    async fn get_rule(
        &self,
        tenant: TenantScope,
        id: RuleId,
    ) -> Result<Option<AlertRule>, StoreError> {
        self.read(async move |connection| {
            let row = alert_rules::table
                .filter(alert_rules::tenant_id.eq(DbId(tenant.id().0)))
                .filter(alert_rules::id.eq(DbId(id.0)))
                .select(RuleRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(row)?)
        })
        .await
    }

    async fn list_rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError> {
        self.read(async move |connection| {
            let rows = alert_rules::table
                .filter(alert_rules::tenant_id.eq(DbId(tenant.id().0)))
                .order(alert_rules::id)
                .select(RuleRow::as_select())
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn list_enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError> {
        let fits = format!("octet_length(alert_rules.condition) <= {LONGEST_CONDITION}");
        self.read(async move |connection| {
            let active = tenants::table
                .filter(tenants::suspended.eq(false))
                .filter(tenants::deleted_at.is_null())
                .select(tenants::id);
            let rows = alert_rules::table
                .filter(alert_rules::enabled)
                .filter(sql::<Bool>(&fits))
                .filter(alert_rules::tenant_id.eq_any(active))
                .order(alert_rules::id)
                .select(RuleRow::as_select())
                .load(connection)
                .await?;
            Ok(readable(rows))
        })
        .await
    }

    async fn update_rule(&self, rule: &AlertRule) -> Result<bool, StoreError> {
        let rule = rule.clone();
        self.write(async move |connection| {
            let mut row = RuleRow::from(&rule);
            row.version += 1;
            let seen = alert_rules::table
                .filter(alert_rules::id.eq(row.id))
                .filter(alert_rules::version.eq(rule.version));
            let written = diesel::update(seen).set(row).execute(connection).await?;
            Ok(written > 0)
        })
        .await
    }

    async fn delete_rule(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let gone = alert_rules::table
                .filter(alert_rules::tenant_id.eq(DbId(tenant.id().0)))
                .filter(alert_rules::id.eq(DbId(id.0)));
            let gone = diesel::delete(gone).execute(connection).await?;
            if gone > 0 {
                diesel::delete(rule_peaks::table.filter(rule_peaks::rule_id.eq(DbId(id.0))))
                    .execute(connection)
                    .await?;
            }
            Ok(gone > 0)
        })
        .await
    }

    async fn save_rule_state(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| update_state(connection, id, version, state).await)
            .await
    }

    async fn record_evaluations(&self, notes: &[RuleEvaluation]) -> Result<(), StoreError> {
        let notes = notes.to_vec();
        self.write(async move |connection| {
            dialect::note_rules(connection, &notes).await?;
            for note in &notes {
                keep_peak(connection, note).await?;
            }
            Ok(())
        })
        .await
    }

    async fn list_rule_peaks(
        &self,
        tenant: TenantScope,
        rule: Option<RuleId>,
        since: OffsetDateTime,
    ) -> Result<Vec<RulePeak>, StoreError> {
        self.read(async move |connection| {
            let mut own = alert_rules::table
                .filter(alert_rules::tenant_id.eq(DbId(tenant.id().0)))
                .select(alert_rules::id)
                .into_boxed();
            if let Some(rule) = rule {
                own = own.filter(alert_rules::id.eq(DbId(rule.0)));
            }
            let peaks: Vec<(DbId, DbTime, f64)> = rule_peaks::table
                .filter(rule_peaks::rule_id.eq_any(own))
                .filter(rule_peaks::hour.ge(DbTime(since)))
                .order((rule_peaks::rule_id, rule_peaks::hour))
                .select((rule_peaks::rule_id, rule_peaks::hour, rule_peaks::value))
                .load(connection)
                .await?;
            let peaks = peaks.into_iter().map(|(rule, hour, value)| RulePeak {
                rule: RuleId(rule.0),
                hour: hour.0,
                value,
            });
            Ok(peaks.collect())
        })
        .await
    }

    async fn record_firing(&self, alarm: &NewFiring) -> Result<bool, StoreError> {
        let alarm = alarm.clone();
        self.write(async move |connection| {
            let rule = alarm.firing.rule_id;
            if !update_state(connection, rule, alarm.version, alarm.state).await? {
                return Ok(false);
            }
            let mut firing = alarm.firing.clone();
            firing.incident_id = None;
            if let Some(new) = &alarm.incident
                && open_incident(connection, new).await?
            {
                firing.incident_id = Some(new.incident.id);
            }
            insert_firing(connection, &firing, &alarm.deliveries).await?;
            Ok(true)
        })
        .await
    }
}

const KEEP_PEAK: &str = "
INSERT INTO rule_peaks (rule_id, hour, value)
SELECT id, $1, $2 FROM alert_rules WHERE id = $3 AND updated_at = $4
ON CONFLICT (rule_id, hour) DO UPDATE SET value =
  CASE WHEN excluded.value > rule_peaks.value THEN excluded.value ELSE rule_peaks.value END";

/// Keeps a rule's peak, unless the rule was changed since, and removes old ones.
async fn keep_peak(connection: &mut Connection, note: &RuleEvaluation) -> Result<(), Failure> {
    let (Some(value), Some(at)) = (note.peak, note.health.evaluated_at) else {
        return Ok(());
    };
    sql_query(KEEP_PEAK)
        .bind::<Instant, _>(DbTime(hour_of(at)))
        .bind::<Double, _>(value)
        .bind::<Id, _>(DbId(note.id.0))
        .bind::<Instant, _>(DbTime(note.updated_at))
        .execute(connection)
        .await?;
    let old = rule_peaks::table
        .filter(rule_peaks::rule_id.eq(DbId(note.id.0)))
        .filter(rule_peaks::hour.lt(DbTime(at - PEAKS_KEPT)));
    diesel::delete(old).execute(connection).await?;
    Ok(())
}

/// Converts rows to rules and skips unreadable ones, so that one bad row does not affect the others.
fn readable(rows: Vec<RuleRow>) -> Vec<AlertRule> {
    let read = |row: RuleRow| {
        let rule = row.id.0;
        AlertRule::try_from(row)
            .inspect_err(|error| tracing::error!(%rule, %error, "a rule cannot be read"))
            .ok()
    };
    rows.into_iter().filter_map(read).collect()
}

async fn update_state(
    connection: &mut Connection,
    id: RuleId,
    version: i64,
    state: RuleState,
) -> Result<bool, Failure> {
    let seen = alert_rules::table
        .filter(alert_rules::id.eq(DbId(id.0)))
        .filter(alert_rules::version.eq(version));
    let settled = diesel::update(seen)
        .set((
            alert_rules::active.eq(state.active),
            alert_rules::state_since.eq(state.since.map(DbTime)),
            alert_rules::last_triggered.eq(state.last_triggered.map(DbTime)),
            alert_rules::version.eq(version + 1),
        ))
        .execute(connection)
        .await?;
    Ok(settled > 0)
}

/// Writes a firing and its deliveries.
pub(super) async fn insert_firing(
    connection: &mut Connection,
    firing: &Firing,
    messages: &[Delivery],
) -> Result<(), Failure> {
    diesel::insert_into(alert_firings::table)
        .values(FiringRow::try_from(firing)?)
        .execute(connection)
        .await?;
    let rows: Result<Vec<DeliveryRow>, _> = messages.iter().map(DeliveryRow::try_from).collect();
    diesel::insert_into(deliveries::table)
        .values(rows?)
        .execute(connection)
        .await?;
    Ok(())
}
