//! Alert rules.

use crate::PostgresStore;
use crate::failure::Failure;
use crate::row::{ChangeRow, DeliveryRow, FiringRow, IncidentRow, RuleRow};
use crate::schema::{alert_firings, alert_rules, deliveries, incident_changes, incidents, tenants};
use crate::session::Session;
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Double, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, Firing};
use faultbook_domain::alerts::{LONGEST_CONDITION, NewFiring, RuleEvaluation, RuleStore};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::RuleId;
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;
use uuid::Uuid;

const NOTE: &str = "
UPDATE alert_rules r SET evaluated_at = n.evaluated_at, value = n.value, failure = n.failure,
  state_since = coalesce(r.state_since, n.evaluated_at)
FROM unnest($1, $2, $3, $4, $5) AS n (id, updated_at, evaluated_at, value, failure)
WHERE r.id = n.id AND r.updated_at = n.updated_at";

#[async_trait]
impl RuleStore for PostgresStore {
    async fn create_rule(&self, rule: &AlertRule, most: u32) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            // Whoever adds a rule waits here for the others, and counts theirs.
            tenants::table
                .find(rule.tenant_id.0)
                .select(tenants::id)
                .for_no_key_update()
                .load::<Uuid>(&mut *session)
                .await?;
            let there: i64 = alert_rules::table
                .filter(alert_rules::tenant_id.eq(rule.tenant_id.0))
                .select(count_star())
                .first(&mut *session)
                .await?;
            if there >= i64::from(most) {
                return Ok(false);
            }
            diesel::insert_into(alert_rules::table)
                .values(RuleRow::from(rule))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(true)
        })
        .await
    }

    async fn rule(&self, tenant: TenantScope, id: RuleId) -> Result<Option<AlertRule>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let row = alert_rules::table
                .filter(alert_rules::tenant_id.eq(tenant.id().0))
                .filter(alert_rules::id.eq(id.0))
                .select(RuleRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(row.map(AlertRule::try_from).transpose()?)
        })
        .await
    }

    async fn rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows = alert_rules::table
                .filter(alert_rules::tenant_id.eq(tenant.id().0))
                .order(alert_rules::id)
                .select(RuleRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let rules: Result<_, StoreError> = rows.into_iter().map(AlertRule::try_from).collect();
            Ok(rules?)
        })
        .await
    }

    async fn enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError> {
        let fits = format!("octet_length(alert_rules.condition) <= {LONGEST_CONDITION}");
        self.run(|| async {
            let mut session = self.look().await?;
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
                .load(&mut *session)
                .await?;
            session.finish().await?;
            Ok(readable(rows))
        })
        .await
    }

    async fn update_rule(&self, rule: &AlertRule) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let mut row = RuleRow::from(rule);
            row.version += 1;
            let seen = alert_rules::table
                .filter(alert_rules::id.eq(row.id))
                .filter(alert_rules::version.eq(rule.version));
            let written = diesel::update(seen).set(row).execute(&mut *session).await?;
            session.finish().await?;
            Ok(written > 0)
        })
        .await
    }

    async fn delete_rule(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let gone = alert_rules::table
                .filter(alert_rules::tenant_id.eq(tenant.id().0))
                .filter(alert_rules::id.eq(id.0));
            let gone = diesel::delete(gone).execute(&mut *session).await?;
            session.finish().await?;
            Ok(gone > 0)
        })
        .await
    }

    async fn settle_rule(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let settled = session.settle_rule(id, version, state).await?;
            session.finish().await?;
            Ok(settled)
        })
        .await
    }

    async fn note_rules(&self, notes: &[RuleEvaluation]) -> Result<(), StoreError> {
        let column =
            |of: fn(&RuleEvaluation) -> Option<OffsetDateTime>| -> Vec<Option<OffsetDateTime>> {
                notes.iter().map(of).collect()
            };
        let ids: Vec<Uuid> = notes.iter().map(|note| note.id.0).collect();
        let changed = column(|note| Some(note.updated_at));
        let evaluated = column(|note| note.health.evaluated_at);
        let values: Vec<Option<f64>> = notes.iter().map(|note| note.health.value).collect();
        let failures = notes.iter().map(|note| note.health.failure.as_deref());
        let failures: Vec<Option<&str>> = failures.collect();
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(NOTE)
                .bind::<Array<SqlUuid>, _>(&ids)
                .bind::<Array<Nullable<Timestamptz>>, _>(&changed)
                .bind::<Array<Nullable<Timestamptz>>, _>(&evaluated)
                .bind::<Array<Nullable<Double>>, _>(&values)
                .bind::<Array<Nullable<Text>>, _>(&failures)
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn fire(&self, alarm: &NewFiring) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let rule = alarm.firing.rule_id;
            if !session
                .settle_rule(rule, alarm.version, alarm.state)
                .await?
            {
                return Ok(false);
            }
            let mut firing = alarm.firing.clone();
            firing.incident_id = None;
            if let Some(incident) = &alarm.incident
                && session.open_incident(incident).await?
            {
                firing.incident_id = Some(incident.id);
            }
            session.post(&firing, &alarm.deliveries).await?;
            session.finish().await?;
            Ok(true)
        })
        .await
    }
}

/// The rules that can be read: what one row holds must not cost the others.
fn readable(rows: Vec<RuleRow>) -> Vec<AlertRule> {
    let read = |row: RuleRow| {
        let rule = row.id;
        AlertRule::try_from(row)
            .inspect_err(|error| tracing::error!(%rule, %error, "a rule cannot be read"))
            .ok()
    };
    rows.into_iter().filter_map(read).collect()
}

impl Session {
    async fn settle_rule(
        &mut self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, Failure> {
        let seen = alert_rules::table
            .filter(alert_rules::id.eq(id.0))
            .filter(alert_rules::version.eq(version));
        let settled = diesel::update(seen)
            .set((
                alert_rules::active.eq(state.active),
                alert_rules::state_since.eq(state.since),
                alert_rules::last_triggered.eq(state.last_triggered),
                alert_rules::version.eq(version + 1),
            ))
            .execute(&mut **self)
            .await?;
        Ok(settled > 0)
    }

    /// Opens an incident, unless its rule has one that is not over. Returns whether it did.
    async fn open_incident(&mut self, incident: &Incident) -> Result<bool, Failure> {
        let opened = diesel::insert_into(incidents::table)
            .values(IncidentRow::from(incident))
            .on_conflict_do_nothing()
            .execute(&mut **self)
            .await?;
        if opened > 0 {
            self.begin_history(incident, Actor::System).await?;
        }
        Ok(opened > 0)
    }

    /// Writes the first entry of an incident's history.
    pub async fn begin_history(&mut self, incident: &Incident, by: Actor) -> Result<(), Failure> {
        let created = IncidentChange {
            at: incident.created_at,
            actor: by.to_string(),
            field: "created".to_owned(),
            from: None,
            to: None,
        };
        diesel::insert_into(incident_changes::table)
            .values(ChangeRow::of(incident.id, 1, &created))
            .execute(&mut **self)
            .await?;
        Ok(())
    }

    /// Writes a firing and its messages.
    pub async fn post(&mut self, firing: &Firing, messages: &[Delivery]) -> Result<(), Failure> {
        diesel::insert_into(alert_firings::table)
            .values(FiringRow::try_from(firing)?)
            .execute(&mut **self)
            .await?;
        let rows: Result<Vec<DeliveryRow>, _> =
            messages.iter().map(DeliveryRow::try_from).collect();
        diesel::insert_into(deliveries::table)
            .values(rows?)
            .execute(&mut **self)
            .await?;
        Ok(())
    }
}
