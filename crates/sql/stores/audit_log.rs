//! The audit log over SQL.

use super::sql_text::{Bound, Sql};
use super::tag_filter::like;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use faultbook_domain::identity::{AuditEntry, AuditFilter, AuditLog};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{AuditRow, all};
use faultbook_sql::schema::audit;
use faultbook_sql::types::{DbId, DbTime, Id};

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Id)]
    id: DbId,
}

#[async_trait]
impl AuditLog for Store {
    async fn append_audit_entry(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let entry = entry.clone();
        self.write(async move |connection| {
            diesel::insert_into(audit::table)
                .values(AuditRow::from(&entry))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn list_audit_entries(
        &self,
        tenant: TenantScope,
        filter: &AuditFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let filter = filter.clone();
        self.read(async move |connection| {
            let mut counted = Sql::of("SELECT count(*) AS count FROM audit a WHERE ");
            push_filter(&mut counted, tenant, &filter);
            let total: CountRow = counted.into_query().get_result(connection).await?;
            let mut listed = Sql::of("SELECT a.id FROM audit a WHERE ");
            push_filter(&mut listed, tenant, &filter);
            listed.with(" AND a.id < ", Bound::Id(DbId(Cursor::bound(after))));
            let most = i64::from(limit) + 1;
            listed.with(" ORDER BY a.id DESC LIMIT ", Bound::Int(most));
            let ids: Vec<IdRow> = listed.into_query().load(connection).await?;
            let ids: Vec<DbId> = ids.into_iter().map(|row| row.id).collect();
            let rows = audit::table
                .filter(audit::id.eq_any(ids))
                .order(audit::id.desc())
                .select(AuditRow::as_select())
                .load(connection)
                .await?;
            let items: Vec<AuditEntry> = all(rows)?;
            let total = total.count.unsigned_abs();
            Ok(Page::newest(items, limit, total, |one: &AuditEntry| {
                one.id.0
            }))
        })
        .await
    }
}

/// Appends what must hold of entries `a`.
fn push_filter(sql: &mut Sql, tenant: TenantScope, filter: &AuditFilter) {
    let AuditFilter {
        actor,
        action,
        target,
        words,
        since,
        until,
    } = filter;
    sql.with("a.tenant_id = ", Bound::Id(DbId(tenant.id().0)));
    if let Some(actor) = actor {
        let actor = || Bound::Text(actor.clone());
        sql.with(" AND (a.actor = ", actor());
        sql.with(" OR a.actor_name = ", actor());
        sql.with(" OR a.actor_email = ", actor());
        sql.push(")");
    }
    if let Some(action) = action {
        sql.with(" AND (a.action = ", Bound::Text(action.clone()));
        let of_kind = format!("{action}.");
        let length = of_kind.chars().count();
        sql.push(&format!(" OR substr(a.action, 1, {length}) = "));
        sql.bind(Bound::Text(of_kind));
        sql.push(")");
    }
    if let Some(target) = target {
        sql.with(" AND a.target = ", Bound::Text(target.clone()));
    }
    for word in words {
        let held = format!("%{}%", like(std::slice::from_ref(word)));
        sql.with(" AND a.words LIKE ", Bound::Text(held));
        sql.push(" ESCAPE '\\'");
    }
    if let Some(since) = since {
        sql.with(" AND a.at >= ", Bound::Time(DbTime(*since)));
    }
    if let Some(until) = until {
        sql.with(" AND a.at < ", Bound::Time(DbTime(*until)));
    }
}
