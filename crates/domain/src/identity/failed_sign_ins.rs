//! Service: writes failed sign-ins of known people to the audit logs of their tenants.

use super::audit_entry::{AuditEntry, AuditFilter};
use super::audit_log::AuditLog;
use super::member_store::MemberStore;
use super::user_store::UserStore;
use crate::clock::Clock;
use crate::errors::{Actor, NamedActor};
use crate::id::AuditId;
use crate::id_source::IdSource;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use time::Duration;

/// Of a person and an address, one entry in such a time.
const QUIET: Duration = Duration::minutes(10);

/// Entries of that time that are looked at.
const LOOKED_AT: u32 = 100;

/// Writes failed sign-ins to the audit log.
pub struct FailedSignIns {
    users: Arc<dyn UserStore>,
    members: Arc<dyn MemberStore>,
    audit: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl FailedSignIns {
    /// Creates the service.
    #[must_use]
    pub fn new(
        (users, members): (Arc<dyn UserStore>, Arc<dyn MemberStore>),
        audit: Arc<dyn AuditLog>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
    ) -> Self {
        Self {
            users,
            members,
            audit,
            clock,
            ids,
        }
    }

    /// Writes down that somebody failed to sign in as a person, in each tenant of theirs: one entry a person and address
    /// in 10 minutes. Does nothing where nobody has the e-mail address.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn record(
        &self,
        email: &str,
        address: Option<&str>,
        request_id: &str,
    ) -> Result<(), StoreError> {
        let found = self.users.find_user(&email.trim().to_lowercase()).await?;
        let Some(user) = found else {
            return Ok(());
        };
        let now = self.clock.now();
        for member in self.members.list_memberships(user.id).await? {
            let target = format!("user:{}", user.id);
            let recent = AuditFilter {
                action: Some(ACTION.to_owned()),
                target: Some(target.clone()),
                since: Some(now - QUIET),
                ..AuditFilter::default()
            };
            let tenant = TenantScope::of(member.tenant_id);
            let recent = self
                .audit
                .list_audit_entries(tenant, &recent, None, LOOKED_AT);
            let is_known = |entry: &AuditEntry| entry.ip_address.as_deref() == address;
            if recent.await?.items.iter().any(is_known) {
                continue;
            }
            let entry = AuditEntry {
                id: AuditId(self.ids.next_id(now)),
                tenant_id: member.tenant_id,
                actor: Actor::System.to_string(),
                actor_name: NamedActor::unnamed(Actor::System).name,
                actor_email: None,
                action: ACTION.to_owned(),
                target,
                target_name: Some(user.name.clone()),
                old: None,
                new: None,
                detail: Some(user.email.clone()),
                ip_address: address.map(str::to_owned),
                request_id: request_id.to_owned(),
                at: now,
            };
            self.audit.append_audit_entry(&entry).await?;
        }
        Ok(())
    }
}

const ACTION: &str = "user.sign_in_failed";
