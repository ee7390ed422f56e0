//! Incidents over SQL.

use super::rule_store::insert_first_change;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use faultbook_domain::errors::Actor;
use faultbook_domain::id::IncidentId;
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::incidents::{IncidentQuery, IncidentStore};
use faultbook_domain::page::Page;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{ChangeRow, IncidentRow, all};
use faultbook_sql::schema::{incident_changes, incidents};
use faultbook_sql::types::DbId;

#[async_trait]
impl IncidentStore for Store {
    async fn create_incident(&self, incident: &Incident, by: Actor) -> Result<(), StoreError> {
        let incident = incident.clone();
        self.write(async move |connection| {
            diesel::insert_into(incidents::table)
                .values(IncidentRow::from(&incident))
                .execute(connection)
                .await?;
            insert_first_change(connection, &incident, by).await?;
            Ok(())
        })
        .await
    }

    async fn get_incident(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError> {
        self.read(async move |connection| {
            let row = incidents::table
                .filter(incidents::tenant_id.eq(DbId(tenant.id().0)))
                .filter(incidents::id.eq(DbId(id.0)))
                .select(IncidentRow::as_select())
                .first(connection)
                .await
                .optional()?;
            let Some(row) = row else {
                return Ok(None);
            };
            let changes = incident_changes::table
                .filter(incident_changes::incident_id.eq(row.id))
                .order(incident_changes::place)
                .select(ChangeRow::as_select())
                .load(connection)
                .await?;
            let history = changes.into_iter().map(IncidentChange::from).collect();
            Ok(Some((row.try_into()?, history)))
        })
        .await
    }

    async fn list_incidents(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError> {
        let IncidentQuery {
            status,
            severity,
            rules,
            offset,
            limit,
        } = query;
        self.read(async move |connection| {
            let matching = || {
                let mut all = incidents::table
                    .filter(incidents::tenant_id.eq(DbId(tenant.id().0)))
                    .into_boxed();
                if let Some(status) = status {
                    all = all.filter(incidents::status.eq(status.as_str()));
                }
                if let Some(severity) = severity {
                    all = all.filter(incidents::severity.eq(severity.as_str()));
                }
                if let Some(rules) = &rules {
                    let rules = rules.iter().map(|rule| DbId(rule.0));
                    all = all.filter(incidents::rule_id.eq_any(rules.collect::<Vec<_>>()));
                }
                all
            };
            let total: i64 = matching().select(count_star()).first(connection).await?;
            let rows = matching()
                .order(incidents::id.desc())
                .offset(i64::try_from(offset).unwrap_or(i64::MAX))
                .limit(i64::from(limit))
                .select(IncidentRow::as_select())
                .load(connection)
                .await?;
            Ok(Page {
                items: all(rows)?,
                total: u64::try_from(total).unwrap_or(0),
                next: None,
            })
        })
        .await
    }

    async fn update_incident(
        &self,
        incident: &Incident,
        changes: &[IncidentChange],
    ) -> Result<bool, StoreError> {
        let (incident, changes) = (incident.clone(), changes.to_vec());
        self.write(async move |connection| {
            let own = incidents::table
                .filter(incidents::tenant_id.eq(DbId(incident.tenant_id.0)))
                .filter(incidents::id.eq(DbId(incident.id.0)));
            let row = IncidentRow::from(&incident);
            if diesel::update(own).set(row).execute(connection).await? == 0 {
                return Ok(false);
            }
            let last: Option<i64> = incident_changes::table
                .filter(incident_changes::incident_id.eq(DbId(incident.id.0)))
                .select(max(incident_changes::place))
                .first(connection)
                .await?;
            let entries: Vec<ChangeRow> = (last.unwrap_or(0) + 1..)
                .zip(&changes)
                .map(|(place, change)| ChangeRow::of(incident.id, place, change))
                .collect();
            diesel::insert_into(incident_changes::table)
                .values(entries)
                .execute(connection)
                .await?;
            Ok(true)
        })
        .await
    }
}
