//! The audit log over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::identity::AuditEntry;
use faultbook_domain::identity::AuditLog;
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{AuditRow, all};
use faultbook_sql::schema::audit;
use faultbook_sql::types::DbId;

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
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.read(async move |connection| {
            let own = || audit::table.filter(audit::tenant_id.eq(DbId(tenant.id().0)));
            let total: i64 = own().select(count_star()).first(connection).await?;
            let rows = own()
                .filter(audit::id.lt(DbId(Cursor::bound(after))))
                .order(audit::id.desc())
                .limit(i64::from(limit) + 1)
                .select(AuditRow::as_select())
                .load(connection)
                .await?;
            let items: Vec<AuditEntry> = all(rows)?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items, limit, total, |one: &AuditEntry| {
                one.id.0
            }))
        })
        .await
    }
}
