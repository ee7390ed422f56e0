//! Members who may read errors.

use crate::id::{MemberId, UserId};
use crate::identity::{
    Member, MemberStatus, MemberStore, Permission, Permissions, RbacStore, permissions_of,
};
use crate::store::Store;
use crate::store_error::StoreError;
use crate::tenancy::{TenantScope, TenantStore};
use std::sync::Arc;

/// Finds members who may read a tenant's errors now: active ones whose role allows it, unless the tenant is suspended.
#[derive(Clone)]
pub struct Readers {
    members: Arc<dyn MemberStore>,
    tenants: Arc<dyn TenantStore>,
    rbac_items: Arc<dyn RbacStore>,
}

impl Readers {
    /// Finds them in a store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Self {
        Self {
            members: store.clone(),
            tenants: store.clone(),
            rbac_items: store.clone(),
        }
    }

    /// Returns a member who may.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError> {
        let found = self.members.get_member(tenant, id).await?;
        self.admitted(tenant, found).await
    }

    /// Returns a user's membership, if it allows it.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn user(
        &self,
        tenant: TenantScope,
        id: UserId,
    ) -> Result<Option<Member>, StoreError> {
        let found = self.members.find_membership(id, tenant.id()).await?;
        self.admitted(tenant, found).await
    }

    async fn admitted(
        &self,
        tenant: TenantScope,
        member: Option<Member>,
    ) -> Result<Option<Member>, StoreError> {
        let Some(member) = member.filter(|member| member.status == MemberStatus::Active) else {
            return Ok(None);
        };
        let open = self.tenants.get_tenant(tenant.id()).await?;
        if open.is_none_or(|tenant| tenant.suspended) {
            return Ok(None);
        }
        let role = permissions_of(&*self.rbac_items, tenant, member.role_id).await?;
        let may = role.is_some_and(|role: Permissions| role.allows(Permission::ErrorsRead));
        Ok(may.then_some(member))
    }
}
