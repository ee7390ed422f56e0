//! Who changed what.

use crate::PostgresStore;
use crate::row::AuditRow;
use crate::schema::audit;
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::identity::AuditEntry;
use faultbook_domain::identity::AuditLog;
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;

#[async_trait]
impl AuditLog for PostgresStore {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(audit::table)
                .values(AuditRow::from(entry))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn entries(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let own = || audit::table.filter(audit::tenant_id.eq(tenant.id().0));
            let total: i64 = own().select(count_star()).first(&mut *session).await?;
            let rows = own()
                .filter(audit::id.lt(Cursor::bound(after)))
                .order(audit::id.desc())
                .limit(i64::from(limit) + 1)
                .select(AuditRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let items: Result<_, StoreError> = rows.into_iter().map(AuditEntry::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &AuditEntry| {
                one.id.0
            }))
        })
        .await
    }
}
