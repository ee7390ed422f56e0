//! Port: the audit log.

use super::audit_entry::{AuditEntry, AuditFilter};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// Stores the audit log.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends an entry.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn append_audit_entry(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Lists a tenant's entries that [match](AuditFilter::matches), newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_audit_entries(
        &self,
        tenant: TenantScope,
        filter: &AuditFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError>;
}
