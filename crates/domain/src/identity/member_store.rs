//! Members.

use super::member::Member;
use crate::id::{MemberId, TenantId, UserId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// What became of a change to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberChange {
    /// It was made.
    Done,
    /// There is no such member.
    NotFound,
    /// It was not made: no active owner or admin would be left.
    LastAdmin,
}

/// Keeps who belongs to which tenant.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait MemberStore: Send + Sync {
    /// Adds a member. The person must exist.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the person is a member already.
    async fn add_member(&self, member: &Member) -> Result<(), StoreError>;

    /// One member.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError>;

    /// A tenant's members, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_members(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Member>, StoreError>;

    /// Where a person is a member, oldest membership first; without tenants that are deleted.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError>;

    /// Changes role and status. MUST NOT leave a tenant that has active holders of
    /// [`BuiltInRole::ADMIN_ROLES`](super::rbac_item::BuiltInRole::ADMIN_ROLES) without one, however many change at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_member(&self, member: &Member) -> Result<MemberChange, StoreError>;

    /// Removes a member, with the same duty.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<MemberChange, StoreError>;

    /// Whether a person is a member of a tenant, in whatever status.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_membership(
        &self,
        user: UserId,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError>;
}
