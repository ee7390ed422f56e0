//! Incidents over SQL.

use super::sql_text::{Bound, Sql};
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use faultbook_domain::id::{ErrorId, IncidentId, ProjectId};
use faultbook_domain::incidents::{
    ErrorLinks, Incident, IncidentChange, IncidentCounts, IncidentQuery, IncidentStatus,
    IncidentStore, IncidentUpdate, LinkedError, NewIncident, ProjectIncidents,
};
use faultbook_domain::page::Page;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{ChangeRow, IncidentRow, all};
use faultbook_sql::schema::{incident_changes, incident_errors, incidents};
use faultbook_sql::types::{DbId, Id};

#[derive(QueryableByName)]
struct StatusRow {
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct TitleRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    status: String,
}

#[derive(QueryableByName)]
struct ErrorRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Id)]
    id: DbId,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Id)]
    id: DbId,
}

#[async_trait]
impl IncidentStore for Store {
    async fn create_incident(&self, new: &NewIncident) -> Result<(), StoreError> {
        let new = new.clone();
        self.write(async move |connection| {
            diesel::insert_into(incidents::table)
                .values(IncidentRow::from(&new.incident))
                .execute(connection)
                .await?;
            insert_what_belongs(connection, &new).await
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

    async fn list_incident_changes(
        &self,
        id: IncidentId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<(u64, IncidentChange)>, StoreError> {
        let before = before.and_then(|place| i64::try_from(place).ok());
        self.read(async move |connection| {
            let own =
                || incident_changes::table.filter(incident_changes::incident_id.eq(DbId(id.0)));
            let total: i64 = own().select(count_star()).first(connection).await?;
            let rows: Vec<ChangeRow> = own()
                .filter(incident_changes::place.lt(before.unwrap_or(i64::MAX)))
                .order(incident_changes::place.desc())
                .limit(i64::from(limit))
                .select(ChangeRow::as_select())
                .load(connection)
                .await?;
            let entry = |row: ChangeRow| (row.place.unsigned_abs(), row.into());
            Ok(Page {
                items: rows.into_iter().map(entry).collect(),
                total: total.unsigned_abs(),
                next: None,
            })
        })
        .await
    }

    async fn list_incidents(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError> {
        self.read(async move |connection| {
            let counts = counts(connection, tenant, &query).await?;
            let wanted = match query.statuses.as_slice() {
                [] => IncidentStatus::ALL.as_slice(),
                some => some,
            };
            let mut sql = Sql::of("SELECT i.id FROM incidents i WHERE ");
            push_counted(&mut sql, tenant, &query);
            sql.push(" AND i.status IN ");
            sql.list(
                wanted
                    .iter()
                    .map(|one| Bound::Text(one.as_str().to_owned())),
            );
            sql.push(" ORDER BY i.id DESC");
            sql.with(" LIMIT ", Bound::Int(i64::from(query.limit)));
            let skipped = i64::try_from(query.offset).unwrap_or(i64::MAX);
            sql.with(" OFFSET ", Bound::Int(skipped));
            let ids: Vec<IdRow> = sql.into_query().load(connection).await?;
            let ids: Vec<DbId> = ids.into_iter().map(|row| row.id).collect();
            let rows = incidents::table
                .filter(incidents::id.eq_any(ids))
                .order(incidents::id.desc())
                .select(IncidentRow::as_select())
                .load(connection)
                .await?;
            Ok(Page {
                items: all(rows)?,
                total: counts.among(wanted),
                next: None,
            })
        })
        .await
    }

    async fn list_incident_titles(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<Vec<(IncidentId, String, IncidentStatus)>, StoreError> {
        let query = IncidentQuery {
            of_project,
            ..IncidentQuery::default()
        };
        self.read(async move |connection| {
            let mut sql = Sql::of("SELECT i.id, i.title, i.status FROM incidents i WHERE ");
            push_counted(&mut sql, tenant, &query);
            sql.push(" ORDER BY i.id DESC");
            let rows: Vec<TitleRow> = sql.into_query().load(connection).await?;
            let titles = rows.into_iter().filter_map(|row| {
                let status = row.status.parse().ok()?;
                Some((IncidentId(row.id.0), row.title, status))
            });
            Ok(titles.collect())
        })
        .await
    }

    async fn count_incidents(
        &self,
        tenant: TenantScope,
        query: &IncidentQuery,
    ) -> Result<IncidentCounts, StoreError> {
        let query = query.clone();
        self.read(async move |connection| counts(connection, tenant, &query).await)
            .await
    }

    async fn update_incident(&self, update: &IncidentUpdate) -> Result<Option<u64>, StoreError> {
        let update = update.clone();
        self.write(async move |connection| {
            let incident = &update.incident;
            let own = incidents::table
                .filter(incidents::tenant_id.eq(DbId(incident.tenant_id.0)))
                .filter(incidents::id.eq(DbId(incident.id.0)));
            let row = IncidentRow::from(incident);
            if diesel::update(own).set(row).execute(connection).await? == 0 {
                return Ok(None);
            }
            let last: Option<i64> = incident_changes::table
                .filter(incident_changes::incident_id.eq(DbId(incident.id.0)))
                .select(max(incident_changes::place))
                .first(connection)
                .await?;
            let last = last.unwrap_or(0);
            let entries: Vec<ChangeRow> = (last + 1..)
                .zip(&update.changes)
                .map(|(place, change)| ChangeRow::of(incident.id, place, change))
                .collect();
            let entries_after = last.unsigned_abs() + entries.len() as u64;
            diesel::insert_into(incident_changes::table)
                .values(entries)
                .execute(connection)
                .await?;
            if let Some(links) = &update.links {
                let old = incident_errors::table
                    .filter(incident_errors::incident_id.eq(DbId(incident.id.0)));
                diesel::delete(old).execute(connection).await?;
                insert_links(connection, incident.id, links).await?;
            }
            Ok(Some(entries_after))
        })
        .await
    }

    async fn list_incident_errors(
        &self,
        of: &[IncidentId],
    ) -> Result<Vec<LinkedError>, StoreError> {
        let of: Vec<DbId> = of.iter().map(|id| DbId(id.0)).collect();
        self.read(async move |connection| {
            let rows: Vec<(DbId, DbId, DbId)> = incident_errors::table
                .filter(incident_errors::incident_id.eq_any(of.clone()))
                .order((incident_errors::incident_id, incident_errors::place))
                .select((
                    incident_errors::incident_id,
                    incident_errors::project_id,
                    incident_errors::error_id,
                ))
                .load(connection)
                .await?;
            let mut found: Vec<LinkedError> = Vec::new();
            for (incident, project, error) in rows {
                let link = LinkedError {
                    incident: IncidentId(incident.0),
                    project: ProjectId(project.0),
                    error: ErrorId(error.0),
                };
                let own = found.iter().rev();
                // Two linked errors may have been merged.
                if !own
                    .take_while(|one| one.incident == link.incident)
                    .any(|one| *one == link)
                {
                    found.push(link);
                }
            }
            Ok(found)
        })
        .await
    }
}

/// Opens an incident, unless its rule has one that is not over. Returns whether it did.
pub(super) async fn open_incident(
    connection: &mut Connection,
    new: &NewIncident,
) -> Result<bool, Failure> {
    let opened = diesel::insert_into(incidents::table)
        .values(IncidentRow::from(&new.incident))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    if opened > 0 {
        insert_what_belongs(connection, new).await?;
    }
    Ok(opened > 0)
}

/// Writes the first entry of an incident's history, and its links.
async fn insert_what_belongs(
    connection: &mut Connection,
    new: &NewIncident,
) -> Result<(), Failure> {
    let id = new.incident.id;
    diesel::insert_into(incident_changes::table)
        .values(ChangeRow::of(id, 1, &new.first_change()))
        .execute(connection)
        .await?;
    insert_links(connection, id, &new.links).await
}

/// Links those errors that exist.
async fn insert_links(
    connection: &mut Connection,
    incident: IncidentId,
    links: &ErrorLinks,
) -> Result<(), Failure> {
    if links.errors.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::of("SELECT e.project_id, e.id FROM errors e WHERE e.project_id IN ");
    sql.list(links.projects.iter().map(|id| Bound::Id(DbId(id.0))));
    sql.push(" AND e.id IN ");
    sql.list(links.errors.iter().map(|id| Bound::Id(DbId(id.0))));
    let known: Vec<ErrorRow> = sql.into_query().load(connection).await?;
    let found = links.errors.iter().filter_map(|id| {
        let mut known = known.iter();
        known.find(|row| row.id.0 == id.0)
    });
    let rows: Vec<_> = (1_i64..)
        .zip(found)
        .map(|(place, row)| {
            (
                incident_errors::incident_id.eq(DbId(incident.0)),
                incident_errors::place.eq(place),
                incident_errors::project_id.eq(row.project_id),
                incident_errors::error_id.eq(row.id),
            )
        })
        .collect();
    diesel::insert_into(incident_errors::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

async fn counts(
    connection: &mut Connection,
    tenant: TenantScope,
    query: &IncidentQuery,
) -> Result<IncidentCounts, Failure> {
    let mut sql = Sql::of("SELECT i.status, count(*) AS count FROM incidents i WHERE ");
    push_counted(&mut sql, tenant, query);
    sql.push(" GROUP BY i.status");
    let rows: Vec<StatusRow> = sql.into_query().load(connection).await?;
    let counts = rows.into_iter().filter_map(|row| {
        let status = row.status.parse().ok()?;
        Some((status, row.count.unsigned_abs()))
    });
    Ok(IncidentCounts(counts.collect()))
}

/// Appends what must hold of incidents `i` whatever the query's statuses.
fn push_counted(sql: &mut Sql, tenant: TenantScope, query: &IncidentQuery) {
    sql.with("i.tenant_id = ", Bound::Id(DbId(tenant.id().0)));
    if let Some(severity) = query.severity {
        let severity = severity.as_str().to_owned();
        sql.with(" AND i.severity = ", Bound::Text(severity));
    }
    if let Some(of) = &query.of_project {
        sql.push(" AND ");
        push_of_project(sql, of);
    }
}

/// Appends that incidents `i` belong to a project alone.
pub(super) fn push_of_project(sql: &mut Sql, of: &ProjectIncidents) {
    sql.push("(i.rule_id IN ");
    sql.list(of.rules.iter().map(|rule| Bound::Id(DbId(rule.0))));
    let linked = "(SELECT 1 FROM incident_errors l WHERE l.incident_id = i.id";
    sql.push(&format!(
        " OR (EXISTS {linked}) AND NOT EXISTS {linked} AND l.project_id <> "
    ));
    sql.bind(Bound::Id(DbId(of.project.0)));
    sql.push(")))");
}
