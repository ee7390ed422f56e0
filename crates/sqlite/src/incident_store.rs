//! Incidents.

use crate::SqliteStore;
use crate::row::{ChangeRow, IncidentRow, Uid};
use crate::rule_store::begin_history;
use crate::schema::{incident_changes, incidents};
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

#[async_trait]
impl IncidentStore for SqliteStore {
    async fn create_incident(&self, incident: &Incident, by: Actor) -> Result<(), StoreError> {
        let incident = incident.clone();
        self.write(move |connection| {
            diesel::insert_into(incidents::table)
                .values(IncidentRow::from(&incident))
                .execute(connection)?;
            begin_history(connection, &incident, by)?;
            Ok(())
        })
        .await
    }

    async fn incident(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError> {
        self.read(move |connection| {
            let row = incidents::table
                .filter(incidents::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(incidents::id.eq(Uid::from(id.0)))
                .select(IncidentRow::as_select())
                .first(connection)
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            let changes = incident_changes::table
                .filter(incident_changes::incident_id.eq(row.id))
                .order(incident_changes::place)
                .select(ChangeRow::as_select())
                .load(connection)?;
            let history: Result<_, StoreError> =
                changes.into_iter().map(IncidentChange::try_from).collect();
            Ok(Some((row.try_into()?, history?)))
        })
        .await
    }

    async fn incidents(
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
        self.read(move |connection| {
            let matching = || {
                let mut all = incidents::table
                    .filter(incidents::tenant_id.eq(Uid::from(tenant.id().0)))
                    .into_boxed();
                if let Some(status) = status {
                    all = all.filter(incidents::status.eq(status.as_str()));
                }
                if let Some(severity) = severity {
                    all = all.filter(incidents::severity.eq(severity.as_str()));
                }
                if let Some(rules) = &rules {
                    let rules = rules
                        .iter()
                        .map(|rule| Uid::from(rule.0))
                        .collect::<Vec<_>>();
                    all = all.filter(incidents::rule_id.eq_any(rules));
                }
                all
            };
            let total: i64 = matching().select(count_star()).first(connection)?;
            let rows = matching()
                .order(incidents::id.desc())
                .offset(i64::try_from(offset).unwrap_or(i64::MAX))
                .limit(i64::from(limit))
                .select(IncidentRow::as_select())
                .load(connection)?;
            let items: Result<_, StoreError> = rows.into_iter().map(Incident::try_from).collect();
            Ok(Page {
                items: items?,
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
        self.write(move |connection| {
            let id = Uid::from(incident.id.0);
            let own = incidents::table
                .filter(incidents::tenant_id.eq(Uid::from(incident.tenant_id.0)))
                .filter(incidents::id.eq(id));
            let row = IncidentRow::from(&incident);
            if diesel::update(own).set(row).execute(connection)? == 0 {
                return Ok(false);
            }
            let last: Option<i64> = incident_changes::table
                .filter(incident_changes::incident_id.eq(id))
                .select(max(incident_changes::place))
                .first(connection)?;
            for (place, change) in (last.unwrap_or(0) + 1..).zip(&changes) {
                diesel::insert_into(incident_changes::table)
                    .values(ChangeRow::of(incident.id, place, change))
                    .execute(connection)?;
            }
            Ok(true)
        })
        .await
    }
}
