//! Who changed what.

use crate::SqliteStore;
use crate::row::{AuditRow, Uid};
use crate::schema::audit;
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::identity::AuditEntry;
use faultbook_domain::identity::AuditLog;
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;

#[async_trait]
impl AuditLog for SqliteStore {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let row = AuditRow::from(entry);
        self.write(move |connection| {
            diesel::insert_into(audit::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn entries(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.read(move |connection| {
            let own = || audit::table.filter(audit::tenant_id.eq(Uid::from(tenant.id().0)));
            let total: i64 = own().select(count_star()).first(connection)?;
            let rows = own()
                .filter(audit::id.lt(Uid::from(Cursor::bound(after))))
                .order(audit::id.desc())
                .limit(i64::from(limit) + 1)
                .select(AuditRow::as_select())
                .load(connection)?;
            let items: Result<_, StoreError> = rows.into_iter().map(AuditEntry::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &AuditEntry| {
                one.id.0
            }))
        })
        .await
    }
}
