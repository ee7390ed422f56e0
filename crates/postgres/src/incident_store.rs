//! Incidents.

use crate::PostgresStore;
use crate::row::{ChangeRow, IncidentRow};
use crate::schema::{incident_changes, incidents};
use async_trait::async_trait;
use diesel::dsl::{count_star, max};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::Actor;
use faultbook_domain::id::IncidentId;
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::incidents::{IncidentQuery, IncidentStore};
use faultbook_domain::page::Page;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;

#[async_trait]
impl IncidentStore for PostgresStore {
    async fn create_incident(&self, incident: &Incident, by: Actor) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(incidents::table)
                .values(IncidentRow::from(incident))
                .execute(&mut *session)
                .await?;
            session.begin_history(incident, by).await?;
            session.finish().await
        })
        .await
    }

    async fn incident(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let row = incidents::table
                .filter(incidents::tenant_id.eq(tenant.id().0))
                .filter(incidents::id.eq(id.0))
                .select(IncidentRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            let Some(row) = row else {
                session.finish().await?;
                return Ok(None);
            };
            let changes = incident_changes::table
                .filter(incident_changes::incident_id.eq(row.id))
                .order(incident_changes::place)
                .select(ChangeRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let history = changes.into_iter().map(IncidentChange::from).collect();
            Ok(Some((row.try_into()?, history)))
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
        self.run(|| async {
            let mut session = self.look().await?;
            let matching = || {
                let mut all = incidents::table
                    .filter(incidents::tenant_id.eq(tenant.id().0))
                    .into_boxed();
                if let Some(status) = status {
                    all = all.filter(incidents::status.eq(status.as_str()));
                }
                if let Some(severity) = severity {
                    all = all.filter(incidents::severity.eq(severity.as_str()));
                }
                if let Some(rules) = &rules {
                    let rules = rules.iter().map(|rule| rule.0).collect::<Vec<_>>();
                    all = all.filter(incidents::rule_id.eq_any(rules));
                }
                all
            };
            let total: i64 = matching().select(count_star()).first(&mut *session).await?;
            let rows = matching()
                .order(incidents::id.desc())
                .offset(i64::try_from(offset).unwrap_or(i64::MAX))
                .limit(i64::from(limit))
                .select(IncidentRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
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
        self.run(|| async {
            let mut session = self.change().await?;
            let own = incidents::table
                .filter(incidents::tenant_id.eq(incident.tenant_id.0))
                .filter(incidents::id.eq(incident.id.0));
            let row = IncidentRow::from(incident);
            if diesel::update(own).set(row).execute(&mut *session).await? == 0 {
                session.finish().await?;
                return Ok(false);
            }
            let last: Option<i64> = incident_changes::table
                .filter(incident_changes::incident_id.eq(incident.id.0))
                .select(max(incident_changes::place))
                .first(&mut *session)
                .await?;
            let entries: Vec<ChangeRow> = (last.unwrap_or(0) + 1..)
                .zip(changes)
                .map(|(place, change)| ChangeRow::of(incident.id, place, change))
                .collect();
            diesel::insert_into(incident_changes::table)
                .values(entries)
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(true)
        })
        .await
    }
}
