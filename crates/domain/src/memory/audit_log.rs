//! [`AuditLog`](crate::identity::AuditLog) in process.

use super::{MemoryStore, newest_page};
use crate::identity::{AuditEntry, AuditFilter, AuditLog};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

#[async_trait]
impl AuditLog for MemoryStore {
    async fn append_audit_entry(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.state().audit.push(entry.clone());
        Ok(())
    }

    async fn list_audit_entries(
        &self,
        tenant: TenantScope,
        filter: &AuditFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let state = self.state();
        let own = state.audit.iter();
        let own = own.filter(|entry| entry.tenant_id == tenant.id() && filter.matches(entry));
        Ok(newest_page(own, (after, limit), |entry| entry.id.0))
    }
}
